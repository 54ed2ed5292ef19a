"""Moving a node of the builder's tree to any place: what dragging does."""

from dataclasses import replace

from tierloom.rules.builder.edits import MAX_LEVELS, delete, levels
from tierloom.rules.builder.tree import Group, Node, find, nodes, parent_of


def move_to(root: Group, name: str, group: str, place: int) -> Group:
    """Move a node into a group, before the child that stands at `place` once the node is taken out.

    What cannot be done changes nothing: a stranger, a group into itself, more levels than allowed,
    or across the border of a group about related records, whose conditions are about other fields.
    """
    node, holder = find(root, name), find(root, group)
    if node is None or node is root or not isinstance(holder, Group):
        return root
    if any(one.id == group for one in nodes(node)):
        return root
    if _asks_about(root, name) != _asks_about(root, group, inside=True):
        return root
    moved = _insert(delete(root, name), group, node, place)
    return moved if levels(moved) <= MAX_LEVELS else root


def _asks_about(root: Group, name: str, *, inside: bool = False) -> str:
    """Return the id of the group whose related records a node is about, "" for the tree's own."""
    at = find(root, name) if inside else parent_of(root, name)
    while isinstance(at, Group):
        if at.relation:
            return at.id
        at = parent_of(root, at.id)
    return ""


def _insert(node: Group, group: str, child: Node, place: int) -> Group:
    if node.id == group:
        return replace(node, children=(*node.children[:place], child, *node.children[place:]))
    children = (
        _insert(one, group, child, place) if isinstance(one, Group) else one
        for one in node.children
    )
    return replace(node, children=tuple(children))
