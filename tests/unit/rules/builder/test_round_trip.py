"""Tree → JSON → tree is a fixpoint, and the JSON compiles to what was meant."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.rules.world import CATALOGUE, OBJECTS, ORDERS, TAGS, TIERS, ZONE, var
from tierloom.domain.fields import FieldKind
from tierloom.domain.rules import EVERYBODY, NOBODY, RuleDocument
from tierloom.domain.tables import RecordType
from tierloom.rules.builder import (
    OPERATORS,
    QUANTIFIERS,
    SEGMENT,
    Advanced,
    Condition,
    Group,
    Input,
    Node,
    Written,
    nodes,
    operators_for,
    read_tree,
    tree_from_json,
    tree_to_json,
    write_tree,
)
from tierloom.rules.compile import check_rule

CUSTOMERS = CATALOGUE.table("customers")
VALUES: dict[FieldKind, list[str]] = {
    FieldKind.TEXT: ["Bob", "o%b", "“x”", "12"],
    FieldKind.PHONE: ["13812345678"],
    FieldKind.INTEGER: ["0", "7", "-12", "1200"],
    FieldKind.MONEY: ["5000.00", "0.10", "-3.50"],
    FieldKind.PERCENT: ["12.5%", "100%"],
    FieldKind.DATE: ["2025-03-31", "2024-02-29"],
    FieldKind.DATETIME: ["2025-03-31", "2025-03-31 08:30"],
    FieldKind.REFERENCE: ["K1", "K2"],
    FieldKind.RATING: ["1", "5"],
    FieldKind.PERSON: ["1", "12", "99"],
    FieldKind.REGION: ["440000", "440300", "310115"],
}


def written(root: Group, table: str = "customers") -> Written:
    return write_tree(root, table, CATALOGUE, zone=ZONE)


def read(rule: Any, table: str = "customers") -> Group:
    return read_tree(RuleDocument.of(rule), table, CATALOGUE, zone=ZONE)


@st.composite
def conditions(draw: st.DrawFn, table: RecordType = CUSTOMERS) -> Condition:
    field = draw(st.sampled_from(table.live_fields))
    operator = draw(st.sampled_from(operators_for(field.type)))
    values = st.sampled_from(
        VALUES.get(field.type.kind) or [o.key for o in field.type.options] or ["x"]
    )
    match operator.input:
        case Input.NONE:
            texts: list[str] = []
        case Input.DAYS:
            texts = [draw(st.sampled_from(["0", "7", "90"]))]
        case Input.MANY:
            texts = draw(st.lists(values, min_size=1, max_size=3, unique=True))
        case _:
            texts = [draw(values) for _ in range(operator.arity)]
    return Condition("", field.key, operator.key, tuple(texts))


others = st.sampled_from(
    [
        Condition("", SEGMENT, "in_segment", ("spenders",)),
        Condition("", SEGMENT, "not_in_segment", ("spenders",)),
        Advanced("", '{">":[{"/":[{"var":"spend"},{"var":"visits"}]},300]}'),
    ]
)


def groups(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.builds(
        Group,
        st.just(""),
        st.booleans(),
        st.lists(inner, min_size=1, max_size=3).map(tuple),
        st.booleans(),
    )


@st.composite
def related(draw: st.DrawFn) -> Group:
    children = draw(st.lists(conditions(ORDERS), max_size=2))
    quantifier = draw(st.sampled_from(sorted(QUANTIFIERS)))
    count = "0" if quantifier == "never" else draw(st.sampled_from(["1", "3"]))
    # Without a condition there is nothing that could be "any" rather than "all".
    all_of = draw(st.booleans()) or not children
    return Group("", all_of, tuple(children), draw(st.booleans()), "orders", quantifier, count)


trees = st.recursive(st.one_of(conditions(), conditions(), others, related()), groups, max_leaves=8)
roots = st.builds(
    Group,
    st.just(""),
    st.booleans(),
    st.lists(trees, min_size=1, max_size=3).map(tuple),
    st.booleans(),
)


def numbered(root: Group) -> Group:
    """Give ids in the order in which reading gives them: parents first."""
    count = 0

    def named(node: Any) -> Any:
        nonlocal count
        count += 1
        source = {**tree_to_json(node), "id": f"n{count}"}
        if isinstance(node, Group):
            source["children"] = [named(child) for child in node.children]
        return source

    return tree_from_json(named(root))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(roots)
def test_tree_to_json_to_tree(root: Group) -> None:
    root = numbered(root)
    result = written(root)
    assert result.unfinished == ()
    _, problems = check_rule(result.document, "customers", CATALOGUE, OBJECTS, zone=ZONE)
    assert {one.code for one in problems} <= {"swapped-ends"}
    again = read_tree(result.document, "customers", CATALOGUE, zone=ZONE)
    assert again == root
    assert written(again).document == result.document
    assert tree_from_json(json.loads(json.dumps(tree_to_json(root)))) == root
    assert set(result.places) == {one.id for one in nodes(root)}
    for name, place in result.places.items():
        assert result.node_at(place) == name


@pytest.mark.parametrize("key", OPERATORS)
def test_every_question_is_asked_of_some_field(key: str) -> None:
    fitting = [f for f in CUSTOMERS.live_fields if OPERATORS[key] in operators_for(f.type)]
    assert fitting or key.endswith("in_segment")


# ── from other people's JSON ────────────────────────────────────────────────────────────────────


READ: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "a lone condition": ({">": [var("visits"), 5]}, (("visits", "more_than", "5"),)),
    "the other spelling": ({"and": [{"===": [var("city"), "sh"]}]}, (("city", "is", "sh"),)),
    "bare arguments": ({"!": var("name")}, (("name", "empty"),)),
    "contains": ({"in": ["ob", var("name")]}, (("name", "contains", "ob"),)),
    "one option": ({"in": ["tea", var("tags")]}, ({"in": ["tea", var("tags")]},)),
    "not between": (
        {"!": {"<=": [1, var("visits"), 5]}},
        (("not", ("visits", "between", "1", "5")),),
    ),
    "a bare boolean": (var("plus"), (var("plus"),)),
    "a builder's date": (
        {"date==": [var("last"), "2025-06-01T00:00:00.000Z"]},
        (("last", "on", "2025-06-01"),),
    ),
    "a builder's count": (
        {">=": [{"reduce": [{"filter": [var("orders"), {">": [var("amount"), 1]}]},
                            {"+": [1, var("accumulator")]}, 0]}, 2]},
        (("orders", "at_least", "2", ("amount", "more_than", "1.00")),),
    ),
    "some": (
        {"some": [var("orders"), {"!": [var("day")]}]},
        (("orders", "at_least", "1", ("day", "empty")),),
    ),
    "one link up": ({"==": [var("customer.city"), "sh"]}, ({"==": [var("customer.city"), "sh"]},)),
    "unknown field": ({"==": [var("x"), "sh"]}, ({"==": [var("x"), "sh"]},)),
    "text for a number": ({"==": [var("visits"), "5"]}, ({"==": [var("visits"), "5"]},)),
    "too fine": ({"==": [var("spend"), 0.001]}, ({"==": [var("spend"), 0.001]},)),
    "nothing for a value": ({">": [var("visits"), None]}, ({">": [var("visits"), None]},)),
}  # fmt: skip


def shape(node: Node) -> Any:
    match node:
        case Condition():
            return (node.field, node.operator, *node.values)
        case Advanced():
            return json.loads(node.json)
        case Group() if node.relation:
            return (node.relation, node.quantifier, node.count, *map(shape, node.children))
        case Group():
            return (
                "not" if node.negated else "all" if node.all else "any",
                *map(shape, node.children),
            )


@pytest.mark.parametrize("name", READ)
def test_it_is_read_as(name: str) -> None:
    rule, expected = READ[name]
    found = read(rule)
    if name == "not between":
        assert shape(found) == expected[0]
    else:
        assert tuple(map(shape, found.children)) == expected
    again = written(found)
    assert again.unfinished == ()
    one, other = (
        check_rule(rule, "customers", CATALOGUE),
        check_rule(again.document, "customers", CATALOGUE),
    )
    assert (one[0] is None) == (other[0] is None)
    if one[0] and other[0]:
        assert one[0].predicate == other[0].predicate


def test_fields_one_link_up_are_conditions() -> None:
    found = read({"==": [var("customer.city"), "sh"]}, "orders")
    assert shape(found.children[0]) == ("customer.city", "is", "sh")


def test_what_is_no_rule_is_kept() -> None:
    found = read_tree(RuleDocument('{"frob":[1]}'), "customers", CATALOGUE)
    assert [shape(one) for one in found.children] == [{"frob": [1]}]
    assert written(found).document.json == '{"and":[{"frob":[1]}]}'
    broken = read_tree(RuleDocument("{"), "customers", CATALOGUE)
    assert written(broken).unfinished == ("n2",)


def test_empty_trees() -> None:
    assert read_tree(NOBODY, "customers", CATALOGUE) == Group("n1")
    assert write_tree(Group("n1"), "customers", CATALOGUE).document == NOBODY
    assert read_tree(EVERYBODY, "customers", CATALOGUE, empty=EVERYBODY) == Group("n1")
    assert write_tree(Group("n1"), "customers", CATALOGUE, empty=EVERYBODY).document == EVERYBODY
    assert shape(read_tree(EVERYBODY, "customers", CATALOGUE).children[0]) is True


# ── unfinished ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "condition",
    [
        Condition("n2"),
        Condition("n2", "visits"),
        Condition("n2", "visits", "at_least"),
        Condition("n2", "visits", "at_least", ("",)),
        Condition("n2", "visits", "at_least", ("many",)),
        Condition("n2", "visits", "between", ("1",)),
        Condition("n2", "visits", "contains", ("1",)),
        Condition("n2", "city", "is", ("ny",)),
        Condition("n2", "city", "any_of", ()),
        Condition("n2", "last", "on", ("2025-02-31",)),
        Condition("n2", "last", "in_last_days", ("-1",)),
        Condition("n2", "last", "in_last_days", ("1.5",)),
        Condition("n2", "gone", "filled"),
        Condition("n2", "x", "filled"),
        Condition("n2", SEGMENT, "in_segment", ("",)),
    ],
)
def test_an_unfinished_condition_is_left_out(condition: Condition) -> None:
    rest = Condition("n3", "visits", "at_least", ("5",))
    for children in ((condition, rest), (Group("n4", False, (condition,)), rest)):
        result = written(Group("n1", True, children))
        assert result.document.json == '{"and":[{">=":[{"var":"visits"},5]}]}'
        assert result.unfinished == ("n2",)
        assert "n2" not in result.parts


def test_a_group_about_records_goes_with_its_last_condition() -> None:
    inner = Group("n2", children=(Condition("n3"),), relation="orders")
    assert written(Group("n1", children=(inner,))).document == NOBODY
    assert written(Group("n1", children=(Group("n2", relation="orders"),))).unfinished == ()
    assert written(
        Group("n1", children=(Group("n2", relation="orders", count="x"),))
    ).unfinished == ("n2",)
    assert written(Group("n1", children=(Group("n2", relation="bills"),))).unfinished == ("n2",)


def test_what_people_type() -> None:
    typed = Group(
        "n1",
        children=(
            Condition("n2", "spend", "at_least", ("¥5,000",)),
            Condition("n3", "rate", "more_than", ("12%",)),
            Condition("n4", "last", "after", ("2025/3/5",)),
            Condition("n5", "tier", "is", (TIERS[2].title(),)),
            Condition("n6", "tags", "has_all_of", TAGS[:2]),
            Condition("n7", "phone", "is", ("138 1234 5678",)),
            Condition("n8", "phone", "contains", ("0138",)),
        ),
    )
    assert json.loads(written(typed).document.json)["and"] == [
        {">=": [{"var": "spend"}, 5000]},
        {">": [{"var": "rate"}, 0.12]},
        {">": [{"var": "last"}, "2025-03-05"]},
        {"==": [{"var": "tier"}, "gold"]},
        {"and": [{"in": ["tea", {"var": "tags"}]}, {"in": ["coffee", {"var": "tags"}]}]},
        {"==": [{"var": "phone"}, "13812345678"]},
        {"in": ["0138", {"var": "phone"}]},
    ]


def test_parts_are_about_the_tree_s_own_records() -> None:
    inner = Group("n2", children=(Condition("n3", "day", "filled"),), relation="orders", count="2")
    result = written(Group("n1", children=(inner,)))
    assert set(result.parts) == {"n1", "n2"}
    assert json.loads(result.parts["n2"].json) == json.loads(result.document.json)["and"][0]
    assert result.node_at("/and/0/>=/0/count/0/filter/1/and/0/!!/0/var") == "n3"
    assert result.node_at("/nowhere") == "n1"
