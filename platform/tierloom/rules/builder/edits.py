"""Edits of the builder's tree. Each takes a tree and an id, and returns a new tree.

What cannot be done (the node is gone, or already first) changes nothing: a page may be older than
the tree.
"""

from collections.abc import Callable
from dataclasses import replace

from tierloom.rules.builder.tree import Condition, Group, Node, find, next_id, nodes, parent_of

MAX_LEVELS = 6
Children = tuple[Node, ...]


def add_condition(root: Group, group: str) -> Group:
    """Add an empty condition at the end of a group; it has the id `next_id(root)`."""
    return _append(root, group, Condition(next_id(root)))


def add_group(root: Group, group: str, relation: str = "") -> Group:
    """Add a group with one empty condition, about related records where `relation` is given."""
    name = next_id(root)
    inner = Condition(f"n{int(name[1:]) + 1}")
    holder = find(root, group)
    all_of = not (isinstance(holder, Group) and holder.all) or bool(relation)
    return _append(root, group, Group(name, all_of, (inner,), relation=relation))


def delete(root: Group, name: str) -> Group:
    """Take a node out."""
    return _replace(root, name, lambda _: ())


def duplicate(root: Group, name: str) -> Group:
    """Put a copy behind a node; the copy's nodes get new ids."""
    return _replace(root, name, lambda node: (node, _renamed(node, int(next_id(root)[1:]))))


def move_up(root: Group, name: str) -> Group:
    """Change places with the node before."""
    return _swap(root, name, -1)


def move_down(root: Group, name: str) -> Group:
    """Change places with the node behind."""
    return _swap(root, name, 1)


def move_in(root: Group, name: str) -> Group:
    """Move a node into the group before it, else the one behind it, else into a new group."""
    holder = parent_of(root, name)
    if holder is None:
        return root
    place = _place(holder, name)
    node = holder.children[place]
    for beside in (place - 1, place + 1):
        if 0 <= beside < len(holder.children):
            group = holder.children[beside]
            if isinstance(group, Group) and not group.relation:
                inside = (*group.children, node) if beside < place else (node, *group.children)
                return _limited(root, _set(delete(root, name), group.id, children=inside))
    wrapped = Group(next_id(root), not holder.all, (node,))
    return _limited(root, _replace(root, name, lambda _: (wrapped,)))


def move_out(root: Group, name: str) -> Group:
    """Move a node behind the group that holds it; never out of a group about related records."""
    holder = parent_of(root, name)
    outer = parent_of(root, holder.id) if holder else None
    node = find(root, name)
    if holder is None or outer is None or node is None or holder.relation:
        return root
    left = delete(root, name)
    return _replace(left, holder.id, lambda group: (group, node))


def set_field(root: Group, name: str, field: str) -> Group:
    """Choose a condition's field; another field forgets operator and values."""
    node = find(root, name)
    if not isinstance(node, Condition) or node.field == field:
        return root
    return _set(root, name, field=field, operator="", values=())


def set_operator(root: Group, name: str, operator: str) -> Group:
    """Choose what a condition asks; its values stay."""
    return _set(root, name, operator=operator) if _is(root, name, Condition) else root


def set_values(root: Group, name: str, values: tuple[str, ...]) -> Group:
    """Give a condition's values."""
    return _set(root, name, values=values) if _is(root, name, Condition) else root


def set_all(root: Group, name: str, all_of: bool) -> Group:
    """Choose between all of a group's children and any of them."""
    return _set(root, name, all=all_of) if _is(root, name, Group) else root


def set_negated(root: Group, name: str, negated: bool) -> Group:
    """Choose whether a group holds where its children do not."""
    return _set(root, name, negated=negated) if _is(root, name, Group) else root


def set_related(root: Group, name: str, relation: str, quantifier: str, count: str) -> Group:
    """Choose which related records a group asks about, and how many of them there must be.

    Conditions about other records would make no sense: they go when the relation changes.
    """
    node = find(root, name)
    if not isinstance(node, Group) or node.id == root.id:
        return root
    children = node.children if node.relation == relation else ()
    return _set(
        root, name, relation=relation, quantifier=quantifier, count=count, children=children
    )


# ── how ─────────────────────────────────────────────────────────────────────────────────────────


def _replace(root: Group, name: str, make: Callable[[Node], Children]) -> Group:
    """Put other nodes in the place of one; the root stays."""
    children: list[Node] = []
    for child in root.children:
        if child.id == name:
            children.extend(make(child))
        else:
            children.append(_replace(child, name, make) if isinstance(child, Group) else child)
    return replace(root, children=tuple(children))


def _set(root: Group, name: str, **changes: object) -> Group:
    if root.id == name:
        return replace(root, **changes)  # type: ignore[arg-type]
    return _replace(root, name, lambda node: (replace(node, **changes),))  # type: ignore[arg-type]


def _append(root: Group, group: str, node: Node) -> Group:
    holder = find(root, group)
    if not isinstance(holder, Group):
        return root
    return _limited(root, _set(root, group, children=(*holder.children, node)))


def _limited(before: Group, after: Group) -> Group:
    """Refuse a tree that nobody can read any more."""
    return after if levels(after) <= MAX_LEVELS else before


def levels(node: Node) -> int:
    """Return how many groups lie inside one another."""
    if not isinstance(node, Group):
        return 0
    return 1 + max((levels(child) for child in node.children), default=0)


def _is(root: Group, name: str, sort: type[Node]) -> bool:
    return isinstance(find(root, name), sort)


def _place(holder: Group, name: str) -> int:
    return next(place for place, child in enumerate(holder.children) if child.id == name)


def _swap(root: Group, name: str, by: int) -> Group:
    holder = parent_of(root, name)
    if holder is None:
        return root
    place, children = _place(holder, name), list(holder.children)
    if not 0 <= place + by < len(children):
        return root
    children[place], children[place + by] = children[place + by], children[place]
    return _set(root, holder.id, children=tuple(children))


def _renamed(node: Node, start: int) -> Node:
    names = {one.id: f"n{start + count}" for count, one in enumerate(nodes(node))}

    def rename(one: Node) -> Node:
        if isinstance(one, Group):
            return replace(one, id=names[one.id], children=tuple(map(rename, one.children)))
        return replace(one, id=names[one.id])

    return rename(node)
