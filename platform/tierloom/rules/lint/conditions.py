"""The conditions of rules whose sources are plain fields, and what they compare a source with."""

from collections.abc import Iterator, Sequence

from tierloom.rules import ir
from tierloom.rules.explain.candidates import names_in

Leaf = ir.Compare | ir.OneOf | ir.Matches | ir.HasAnyOf | ir.IsKnown | ir.IsTrue


def leaves(predicate: ir.Predicate) -> Iterator[Leaf]:
    """Yield the conditions of an abstracted rule."""
    match predicate:
        case ir.And(parts) | ir.Or(parts):
            for one in parts:
                yield from leaves(one)
        case ir.Not(part):
            yield from leaves(part)
        case ir.Constant() | ir.InSegment():
            return
        case _:
            yield predicate


def sides_of(leaf: Leaf) -> tuple[ir.ValueNode, ...]:
    """Return what a condition asks about: one value, or two that it compares."""
    if isinstance(leaf, ir.Compare):
        return tuple(one for one in (leaf.left, leaf.right) if names_in(one))
    return (leaf.value,) if names_in(leaf.value) else ()


def constants_in(asked: Sequence[Leaf]) -> Iterator[ir.ValueNode]:
    """Yield what conditions compare a source with, as it is written."""
    for one in asked:
        match one:
            case ir.Compare(left=left, right=right):
                yield from (side for side in (left, right) if not names_in(side))
            case ir.OneOf(value=value, choices=choices):
                yield from (ir.Literal(choice, value.type) for choice in choices)
            case _:
                pass
