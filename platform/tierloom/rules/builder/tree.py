"""The builder's tree: groups of conditions, as somebody edits them. Edits make new trees."""

from collections.abc import Iterator
from dataclasses import dataclass

SEGMENT = "@segment"
"""Stands for the field where a condition asks about a segment."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A field, what is asked of it, and the values as texts that somebody typed or picked.

    Anything may be empty: then the condition is unfinished. `field` may be `reference.field`.
    """

    id: str
    field: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Advanced:
    """A part of a rule that the builder cannot show: its JSON, kept as it is."""

    id: str
    json: str


@dataclass(frozen=True, slots=True)
class Group:
    """All of its children, or any of them.

    With a `relation` it asks about related records: at least (or at most) `count` of them, or none
    ("never"), for which the children hold.
    """

    id: str
    all: bool = True
    children: "tuple[Node, ...]" = ()
    negated: bool = False
    relation: str = ""
    quantifier: str = "at_least"
    count: str = "1"


Node = Condition | Group | Advanced
FIRST_ID = "n1"


def nodes(node: Node) -> Iterator[Node]:
    """Yield the node and everything below it, parents first."""
    yield node
    if isinstance(node, Group):
        for child in node.children:
            yield from nodes(child)


def find(root: Group, name: str) -> Node | None:
    """Return the node with this id, None where there is none."""
    return next((one for one in nodes(root) if one.id == name), None)


def parent_of(root: Group, name: str) -> Group | None:
    """Return the group that holds the node with this id, None for the root and for strangers."""
    for one in nodes(root):
        if isinstance(one, Group) and any(child.id == name for child in one.children):
            return one
    return None


def next_id(root: Group) -> str:
    """Return the id that the next new node gets."""
    return f"n{1 + max(_number(one.id) for one in nodes(root))}"


def _number(name: str) -> int:
    return int(name[1:]) if name[1:].isdecimal() else 0
