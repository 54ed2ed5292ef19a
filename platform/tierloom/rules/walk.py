"""Walks over the IR: the parts of a node, rewriting from the leaves up, replacing from the root down."""

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, cast

from tierloom.rules import ir

Rewrite = Callable[[ir.Node], ir.Node]
_Some = TypeVar("_Some", bound=ir.Node)


def parts(node: ir.Node) -> tuple[ir.Node, ...]:
    """Return the nodes directly below, without child predicates, segments and calculated fields."""
    match node:
        case ir.Var() | ir.Literal():  # most nodes are these
            return ()
        case ir.Compare(left=left, right=right):
            return (left, right)
        case ir.And(found) | ir.Or(found):
            return found
        case ir.Arithmetic(parts=found) | ir.Call(args=found):
            return found
        case ir.If(branches, otherwise):
            return (*(one for branch in branches for one in branch), otherwise)
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
    """Return the node with its parts changed; where none changes, the very same node."""
    match node:
        case ir.Literal() | ir.Var():  # most nodes are these
            return node
        case ir.Compare(comparison, left, right):
            one, other = _one(left, each), _one(right, each)
            same = one is left and other is right
            return node if same else ir.Compare(comparison, one, other)
        case ir.And(found):
            return node if (made := _all(found, each)) is found else ir.And(made)
        case ir.Or(found):
            return node if (made := _all(found, each)) is found else ir.Or(made)
        case ir.Not(part):
            return node if (changed := _one(part, each)) is part else ir.Not(changed)
        case ir.IsKnown(value) | ir.IsTrue(value) | ir.Rounded(value) | ir.Banded(value):
            return node if (kept := _one(value, each)) is value else replace(node, value=kept)
        case ir.OneOf(value=value) | ir.Matches(value=value) | ir.HasAnyOf(value=value):
            return node if (kept := _one(value, each)) is value else replace(node, value=kept)
        case ir.Truth(predicate=predicate):
            return replace(node, predicate=_one(predicate, each))
        case ir.Arithmetic(parts=values):
            return node if (args := _all(values, each)) is values else replace(node, parts=args)
        case ir.Call(args=values):
            return node if (args := _all(values, each)) is values else replace(node, args=args)
        case ir.If(branches, otherwise):
            pairs = tuple((_one(one, each), _one(value, each)) for one, value in branches)
            return replace(node, branches=pairs, otherwise=_one(otherwise, each))
        case ir.RollUpOf(rows=rows, operand=operand):
            only = None if rows.only is None else _one(rows.only, each)
            below = None if operand is None else _one(operand, each)
            return replace(node, rows=replace(rows, only=only), operand=below)
        case _:
            return node


def _one(node: _Some, each: Rewrite) -> _Some:
    return cast("_Some", each(node))


def _all(nodes: tuple[_Some, ...], each: Rewrite) -> tuple[_Some, ...]:
    """Return the changed nodes; where none changes, the very same tuple."""
    changed = tuple([_one(one, each) for one in nodes])
    return nodes if all(map(operator.is_, nodes, changed)) else changed
