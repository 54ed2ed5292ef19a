import pytest

from tierloom.rules.builder import Condition, Group, add_condition, add_group
from tierloom.rules.builder.edits import MAX_LEVELS, levels
from tierloom.rules.builder.placing import move_to
from tierloom.rules.builder.tree import Node


def outline(node: Node) -> object:
    """A tree as nested lists of ids, to compare with one drawn by hand."""
    return [node.id, *map(outline, node.children)] if isinstance(node, Group) else node.id


TREE = Group(
    "n1",
    children=(
        Condition("n2"),
        Group("n3", False, (Condition("n4"), Condition("n5"))),
        Group("n6", relation="orders", children=(Condition("n7"), Condition("n8"))),
    ),
)


@pytest.mark.parametrize(
    ("name", "group", "place", "expected"),
    [
        ("n2", "n1", 1, ["n1", ["n3", "n4", "n5"], "n2", ["n6", "n7", "n8"]]),
        ("n2", "n3", 1, ["n1", ["n3", "n4", "n2", "n5"], ["n6", "n7", "n8"]]),
        ("n5", "n1", 0, ["n1", "n5", "n2", ["n3", "n4"], ["n6", "n7", "n8"]]),
        ("n8", "n6", 0, ["n1", "n2", ["n3", "n4", "n5"], ["n6", "n8", "n7"]]),
        ("n6", "n3", 9, ["n1", "n2", ["n3", "n4", "n5", ["n6", "n7", "n8"]]]),
    ],
)
def test_a_node_goes_where_it_is_dropped(
    name: str, group: str, place: int, expected: object
) -> None:
    assert outline(move_to(TREE, name, group, place)) == expected


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("n3", "n3"),
        ("n1", "n3"),
        ("n9", "n1"),
        ("n2", "n9"),
        ("n2", "n4"),
        ("n2", "n6"),
        ("n7", "n1"),
    ],
)
def test_what_cannot_be_done_changes_nothing(name: str, group: str) -> None:
    assert move_to(TREE, name, group, 0) is TREE


def test_a_group_never_goes_into_its_own_inside() -> None:
    tree = add_group(Group("n1", children=(Group("n2"),)), "n2")
    assert move_to(tree, "n2", "n3", 0) is tree


def test_nobody_can_nest_more_deeply_than_the_builder_shows() -> None:
    tree = add_condition(Group("n1"), "n1")
    inner = "n1"
    for _ in range(MAX_LEVELS - 1):
        tree = add_group(tree, inner)
        inner = f"n{max(int(one) for one in _ids(tree)) - 1}"
    assert levels(tree) == MAX_LEVELS
    other = add_group(tree, "n1")
    group = other.children[-1]
    assert move_to(other, group.id, inner, 0) is other


def _ids(tree: Group) -> list[str]:
    from tierloom.rules.builder.tree import nodes

    return [node.id[1:] for node in nodes(tree)]
