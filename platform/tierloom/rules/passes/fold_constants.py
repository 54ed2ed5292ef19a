"""What is constant is worked out once, when the rule is compiled."""

import math

from tierloom.rules import ir
from tierloom.rules.arithmetic import calculate, compare


def fold_constants(node: ir.Node) -> ir.Node:
    """Replace what no record can change by its value.

    What is unknown for every record (a division by zero) stays: under `hold` it is uncertain.
    """
    match node:
        case ir.Compare(comparison, ir.Literal(left, kind), ir.Literal(right)):
            if left is None or right is None:
                return node
            return ir.Constant(compare(comparison, left, right, kind))
        case ir.Arithmetic(sign, parts):
            return _calculated(node, sign, parts)
        case ir.IsKnown(ir.Literal(value)):
            return ir.Constant(value is not None)
        case ir.OneOf(ir.Literal(value), choices) if value is not None:
            return ir.Constant(value in choices)
        case ir.Not(ir.Constant(value)):
            return ir.Constant(not value)
        case ir.IsTrue(ir.Literal(bool(value))):
            return ir.Constant(value)
        case ir.And(parts):
            return _group(parts, neutral=True)
        case ir.Or(parts):
            return _group(parts, neutral=False)
        case ir.If(branches, otherwise, kind):
            return _branches(branches, otherwise, kind)
        case _:
            return node


def _calculated(
    node: ir.Arithmetic, sign: ir.Sign, parts: tuple[ir.ValueNode, ...]
) -> ir.ValueNode:
    numbers = [
        float(one.value)
        for one in parts
        if isinstance(one, ir.Literal) and isinstance(one.value, (int, float))
    ]
    if len(numbers) < len(parts):
        return node
    value = calculate(sign, numbers)
    if value is None or not math.isfinite(value):
        return node
    return ir.Literal(int(value) if value.is_integer() else value, node.type)


def _group(parts: tuple[ir.Predicate, ...], *, neutral: bool) -> ir.Predicate:
    """Leave out what does not matter; one part may decide for all."""
    if ir.Constant(not neutral) in parts:
        return ir.Constant(not neutral)
    kept = tuple(one for one in parts if not isinstance(one, ir.Constant))
    if not kept:
        return ir.Constant(neutral)
    if len(kept) == 1:
        return kept[0]
    return ir.And(kept) if neutral else ir.Or(kept)


def _branches(
    branches: tuple[tuple[ir.Predicate, ir.ValueNode], ...],
    otherwise: ir.ValueNode,
    kind: ir.ValueType,
) -> ir.ValueNode:
    kept = []
    for condition, value in branches:
        if condition == ir.Constant(True):
            otherwise = value
            break
        if condition != ir.Constant(False):
            kept.append((condition, value))
    return ir.If(tuple(kept), otherwise, kind) if kept else otherwise
