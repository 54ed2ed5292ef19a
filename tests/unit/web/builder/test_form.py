from werkzeug.datastructures import MultiDict

from tierloom.domain.fields import Field, FieldKind, FieldType
from tierloom.rules.builder import OPERATORS, Condition, Group, find
from tierloom.text import Label
from tierloom.web.builder.describe import _is_percent, _typed
from tierloom.web.builder.form import carry_out, read_values

TREE = Group(
    "n1",
    children=(
        Condition("n2", "city", "any_of", ("beijing",)),
        Group("n3", relation="orders", children=(Condition("n4", "amount", "at_least", ("5",)),)),
    ),
)


def read(*pairs: tuple[str, str]) -> Group:
    return read_values(TREE, MultiDict(pairs))


def values(tree: Group, name: str) -> tuple[str, ...]:
    node = find(tree, name)
    assert isinstance(node, Condition)
    return node.values


def test_what_the_form_does_not_say_stays() -> None:
    assert read() == TREE
    assert read(("strange", "1")) == TREE


def test_boxes_may_all_be_empty() -> None:
    assert values(read(("n2.many", "1")), "n2") == ()
    assert values(read(("n2.many", "1"), ("n2.v", "a"), ("n2.v", "b")), "n2") == ("a", "b")


def test_another_field_forgets_operator_and_values() -> None:
    assert find(read(("n2.f", "name"), ("n2.v", "x")), "n2") == Condition("n2", "name")


def test_a_list_is_one_text_with_commas_of_any_kind() -> None:
    said = read(("n2.list", "1"), ("n2.v", "a, b，c、d;e\n"))
    assert values(said, "n2") == ("a", "b", "c", "d", "e")


def test_a_percentage_gets_the_sign_that_stands_beside_it() -> None:
    for typed, kept in [("12", "12%"), ("0.5", "0.5%"), ("12%", "12%"), ("-3", "-3%"), ("", "")]:
        assert values(read(("n2.percent", "1"), ("n2.v", typed)), "n2") == (kept,)
    assert values(read(("n2.percent", "1"), ("n2.v", "abc")), "n2") == ("abc",)


def test_values_are_shown_as_people_write_them() -> None:
    money = Field("m", Label.of("m"), FieldType(FieldKind.MONEY, 2, "CNY"))
    share = Field("s", Label.of("s"), FieldType(FieldKind.PERCENT, 4))
    at_least = OPERATORS["at_least"]
    assert _typed(money, at_least, "5000.00") == "5000"
    assert _typed(money, at_least, "5000.50") == "5000.50"
    assert _typed(money, at_least, "5000.0") == "5000.0"  # still being typed
    assert _typed(share, at_least, "12.5%") == "12.5"
    assert _typed(None, None, "12%") == "12%"
    assert _is_percent(share, at_least)
    assert not _is_percent(money, at_least)


def test_related_records() -> None:
    said = find(read(("n3.rel", "orders"), ("n3.q", "never"), ("n3.n", "4")), "n3")
    assert isinstance(said, Group)
    assert (said.quantifier, said.count, len(said.children)) == ("never", "4", 1)


def test_operations() -> None:
    added = carry_out(TREE, "addc:n1")
    assert [one.id for one in added.children] == ["n2", "n3", "n5"]
    assert carry_out(added, "del:n5") == TREE
    related = carry_out(TREE, "addr:n1:orders").children[-1]
    assert isinstance(related, Group)
    assert related.relation == "orders"
    moved = carry_out(TREE, "move:n3:n1:0")
    assert [one.id for one in moved.children] == ["n3", "n2"]
    for nothing in ("noop", "", "move:n3:n1:x", "del:n99", "nonsense:n2"):
        assert carry_out(TREE, nothing) == TREE
