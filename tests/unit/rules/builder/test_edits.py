"""Edits of the tree: by hand, and ten random ones at a time."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.rules.world import CATALOGUE
from tierloom.rules.builder import (
    MAX_LEVELS,
    SEGMENT,
    Condition,
    Group,
    Node,
    add_condition,
    add_group,
    choices_for,
    delete,
    duplicate,
    find,
    move_down,
    move_in,
    move_out,
    move_up,
    next_id,
    nodes,
    parent_of,
    set_all,
    set_field,
    set_negated,
    set_operator,
    set_related,
    set_values,
    settle,
    tree_from_json,
)

A, B, C = (Condition(name, "visits", "at_least", ("1",)) for name in ("n2", "n3", "n4"))
ROOT = Group("n1", True, (A, Group("n5", False, (B, C))))


def outline(node: Node) -> str:
    if not isinstance(node, Group):
        return node.id
    sign = "!" * node.negated + node.relation + ("&" if node.all else "|")
    return f"{sign}({' '.join(map(outline, node.children))})"


def test_adding() -> None:
    assert next_id(ROOT) == "n6"
    assert outline(add_condition(ROOT, "n5")) == "&(n2 |(n3 n4 n6))"
    assert outline(add_group(ROOT, "n1")) == "&(n2 |(n3 n4) |(n7))"
    assert outline(add_group(ROOT, "n5")) == "&(n2 |(n3 n4 &(n7)))"
    assert outline(add_group(ROOT, "n1", "orders")) == "&(n2 |(n3 n4) orders&(n7))"


def test_deleting_and_copying() -> None:
    assert outline(delete(ROOT, "n5")) == "&(n2)"
    assert delete(ROOT, "n1") == ROOT
    copied = duplicate(ROOT, "n5")
    assert outline(copied) == "&(n2 |(n3 n4) |(n7 n8))"
    assert find(copied, "n7") == Condition("n7", "visits", "at_least", ("1",))


def test_moving() -> None:
    assert outline(move_up(ROOT, "n4")) == "&(n2 |(n4 n3))"
    assert outline(move_down(ROOT, "n2")) == "&(|(n3 n4) n2)"
    assert outline(move_in(ROOT, "n2")) == "&(|(n2 n3 n4))"
    assert outline(move_in(move_down(ROOT, "n2"), "n2")) == "&(|(n3 n4 n2))"
    assert outline(move_in(ROOT, "n3")) == "&(n2 |(&(n3) n4))"
    assert outline(move_out(ROOT, "n3")) == "&(n2 |(n4) n3)"
    for same in (
        move_up(ROOT, "n2"),
        move_down(ROOT, "n5"),
        move_out(ROOT, "n2"),
        move_in(ROOT, "n1"),
    ):
        assert same == ROOT


def test_conditions_stay_with_their_records() -> None:
    root = Group("n1", children=(A, Group("n5", children=(B,), relation="orders")))
    assert move_out(root, "n3") == root
    assert outline(move_in(root, "n2")) == "&(|(n2) orders&(n3))"


def test_setting() -> None:
    assert find(set_field(ROOT, "n2", "age"), "n2") == Condition("n2", "age")
    assert set_field(ROOT, "n2", "visits") == ROOT
    assert find(set_operator(ROOT, "n2", "is"), "n2") == Condition("n2", "visits", "is", ("1",))
    assert find(set_values(ROOT, "n2", ("7",)), "n2") == Condition(
        "n2", "visits", "at_least", ("7",)
    )
    assert outline(set_negated(set_all(ROOT, "n5", True), "n1", True)) == "!&(n2 &(n3 n4))"
    related = set_related(ROOT, "n5", "orders", "at_most", "3")
    assert find(related, "n5") == Group("n5", False, (), False, "orders", "at_most", "3")
    assert (
        outline(set_related(add_condition(related, "n5"), "n5", "orders", "never", "0"))
        == "&(n2 orders|(n6))"
    )


def test_levels_are_limited() -> None:
    root = Group("n1")
    for _ in range(2 * MAX_LEVELS):
        innermost = [one.id for one in nodes(root) if isinstance(one, Group)][-1]
        root = add_group(root, innermost)
    assert outline(root).count("(") == MAX_LEVELS
    assert move_in(root, [one.id for one in nodes(root)][-1]) == root


def test_settling() -> None:
    root = Group(
        "n1",
        children=(
            Condition("n2", "last", "", ()),
            Condition("n3", "city", "contains", ("sh", "bj")),
            Condition("n4", SEGMENT),
            Condition("n5", "x", "contains"),
            Group("n6", relation="orders", children=(Condition("n7", "amount"),)),
        ),
    )
    settled = settle(root, "customers", CATALOGUE)
    assert [(one.operator, one.values) for one in nodes(settled) if isinstance(one, Condition)] == [
        ("in_last_days", ()),
        ("is", ("sh",)),
        ("in_segment", ()),
        ("contains", ()),
        ("at_least", ()),
    ]
    assert settle(settled, "customers", CATALOGUE) == settled


def test_choices() -> None:
    table = CATALOGUE.table("customers")
    assert [one.key for one in choices_for("plus", table, CATALOGUE)] == [
        "yes",
        "no",
        "answered",
        "unanswered",
    ]
    assert "at_least" in [one.key for one in choices_for("tier", table, CATALOGUE)]
    assert "at_least" not in [one.key for one in choices_for("city", table, CATALOGUE)]
    assert choices_for("gone", table, CATALOGUE) == ()


EDITS: list[Callable[[Group, str], Group]] = [
    add_condition, add_group, delete, duplicate, move_up, move_down, move_in, move_out,
    lambda root, name: set_negated(root, name, True),
]  # fmt: skip


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 30)), max_size=15))
def test_random_edits_keep_a_tree(steps: list[tuple[Callable[[Group, str], Group], int]]) -> None:
    root = ROOT
    for edit, at in steps:
        names = [one.id for one in nodes(root)]
        name = names[at % len(names)]
        before = root
        root = edit(root, name)
        found = [one.id for one in nodes(root)]
        assert root.id == "n1"
        assert len(set(found)) == len(found)
        if edit in (move_up, move_down, move_in, move_out):
            leaves = {one for one in nodes(root) if not isinstance(one, Group)}
            assert leaves == {one for one in nodes(before) if not isinstance(one, Group)}
        for child in nodes(root):
            assert child == root or parent_of(root, child.id) is not None


@pytest.mark.parametrize(
    "source",
    [None, [], {"id": "n1"}, {"id": 1, "all": True, "children": []}, {"id": "n1", "json": "1"}],
)
def test_what_is_no_tree(source: object) -> None:
    with pytest.raises(ValueError, match="tree"):
        tree_from_json(source)  # type: ignore[arg-type]
