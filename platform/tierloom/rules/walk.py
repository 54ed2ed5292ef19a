"""Walks over the IR: the parts of a node, and rewriting from the leaves up."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, cast

from tierloom.rules import ir

Rewrite = Callable[[ir.Node], ir.Node]
_Some = TypeVar("_Some", bound=ir.Node)


def parts(node: ir.Node) -> tuple[ir.Node, ...]:
    """Return the nodes directly below, without child predicates, segments and calculated fields."""
    match node:
        case ir.Arithmetic(parts=found) | ir.Call(args=found):
            return found
        case ir.And(found) | ir.Or(found):
            return found
        case ir.If(branches, otherwise):
            return (*(one for branch in branches for one in branch), otherwise)
        case ir.Compare(left=left, right=right):
            return (left, right)
        case ir.OneOf(value=value) | ir.Matches(value=value) | ir.HasAnyOf(value=value):
            return (value,)
        case ir.Rounded(value) | ir.Banded(value):
            return (value,)
        case ir.IsKnown(value) | ir.IsTrue(value):
            return (value,)
        case ir.Not(part):
            return (part,)
        case ir.Truth(predicate=predicate):
            return (predicate,)
        case _:
            return ()


def rewrite(node: _Some, change: Rewrite) -> _Some:
    """Rebuild a node from its leaves up, each rebuilt node passed through `change`.

    Child predicates are rewritten too; segments and calculated fields are not: they are compiled
    by themselves.
    """
    return cast("_Some", change(_rebuilt(node, change)))


def _rebuilt(node: ir.Node, change: Rewrite) -> ir.Node:
    match node:
        case ir.Arithmetic(parts=found):
            return replace(node, parts=_all(found, change))
        case ir.Call(args=found):
            return replace(node, args=_all(found, change))
        case ir.And(found):
            return ir.And(_all(found, change))
        case ir.Or(found):
            return ir.Or(_all(found, change))
        case ir.If(branches, otherwise):
            pairs = tuple((rewrite(one, change), rewrite(value, change)) for one, value in branches)
            return replace(node, branches=pairs, otherwise=rewrite(otherwise, change))
        case ir.Compare(left=left, right=right):
            return replace(node, left=rewrite(left, change), right=rewrite(right, change))
        case ir.OneOf(value=value) | ir.Matches(value=value) | ir.HasAnyOf(value=value):
            return replace(node, value=rewrite(value, change))
        case ir.IsKnown(value) | ir.IsTrue(value) | ir.Rounded(value) | ir.Banded(value):
            return replace(node, value=rewrite(value, change))
        case ir.Not(part):
            return ir.Not(rewrite(part, change))
        case ir.Truth(predicate=predicate):
            return replace(node, predicate=rewrite(predicate, change))
        case ir.RollUpOf(rows=rows, operand=operand):
            only = None if rows.only is None else rewrite(rows.only, change)
            below = None if operand is None else rewrite(operand, change)
            return replace(node, rows=replace(rows, only=only), operand=below)
        case _:
            return node


def _all(nodes: tuple[_Some, ...], change: Rewrite) -> tuple[_Some, ...]:
    return tuple(rewrite(one, change) for one in nodes)
