"""Walks over the IR: the parts of a node, rewriting from the leaves up, replacing from the root down."""

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
    return cast("_Some", change(_mapped(node, lambda one: rewrite(one, change))))


def substitute(node: _Some, change: Callable[[ir.Node], ir.Node | None]) -> _Some:
    """Replace nodes from the root down: where `change` gives a node it stands there, and nothing below is visited."""
    found = change(node)
    if found is None:
        found = _mapped(node, lambda one: substitute(one, change))
    return cast("_Some", found)


def _mapped(node: ir.Node, each: Rewrite) -> ir.Node:
    match node:
        case ir.Arithmetic(parts=found):
            return replace(node, parts=_all(found, each))
        case ir.Call(args=found):
            return replace(node, args=_all(found, each))
        case ir.And(found):
            return ir.And(_all(found, each))
        case ir.Or(found):
            return ir.Or(_all(found, each))
        case ir.If(branches, otherwise):
            pairs = tuple((_one(one, each), _one(value, each)) for one, value in branches)
            return replace(node, branches=pairs, otherwise=_one(otherwise, each))
        case ir.Compare(left=left, right=right):
            return replace(node, left=_one(left, each), right=_one(right, each))
        case ir.OneOf(value=value) | ir.Matches(value=value) | ir.HasAnyOf(value=value):
            return replace(node, value=_one(value, each))
        case ir.IsKnown(value) | ir.IsTrue(value) | ir.Rounded(value) | ir.Banded(value):
            return replace(node, value=_one(value, each))
        case ir.Not(part):
            return ir.Not(_one(part, each))
        case ir.Truth(predicate=predicate):
            return replace(node, predicate=_one(predicate, each))
        case ir.RollUpOf(rows=rows, operand=operand):
            only = None if rows.only is None else _one(rows.only, each)
            below = None if operand is None else _one(operand, each)
            return replace(node, rows=replace(rows, only=only), operand=below)
        case _:
            return node


def _one(node: _Some, each: Rewrite) -> _Some:
    return cast("_Some", each(node))


def _all(nodes: tuple[_Some, ...], each: Rewrite) -> tuple[_Some, ...]:
    return tuple(_one(one, each) for one in nodes)
