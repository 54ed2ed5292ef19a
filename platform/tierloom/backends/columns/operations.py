"""What values are made of others: the function behind a node, for a block of records or for all."""

from collections.abc import Callable, Sequence

from tierloom.backends.columns import arithmetic
from tierloom.backends.columns.bounds import Bounds
from tierloom.backends.columns.calls import call
from tierloom.backends.columns.vectors import Numbers, Vector
from tierloom.domain.context import RunContext
from tierloom.rules import ir

Operation = Callable[..., Vector]


def operands(node: ir.ValueNode) -> tuple[ir.ValueNode, ...]:
    """Return the values that a node is made of."""
    match node:
        case ir.Arithmetic(parts=parts):
            return parts
        case ir.Call(args=args):
            return args
        case ir.Rounded(value=value) | ir.Banded(value=value):
            return (value,)
        case ir.If(branches, otherwise):
            return (*(value for _, value in branches), otherwise)
    raise TypeError(f"{type(node).__name__} is no value.")


def conditions(node: ir.ValueNode) -> tuple[ir.Predicate, ...]:
    """Return the conditions that a node decides by."""
    match node:
        case ir.If(branches):
            return tuple(condition for condition, _ in branches)
    return ()


def operation(node: ir.ValueNode, context: RunContext) -> Operation:
    """Return the function of the answers to the node's conditions, then of its operands."""
    match node:
        case ir.Arithmetic(sign):
            return lambda *parts: arithmetic.arithmetic(sign, _numbers(parts))
        case ir.Call():
            return lambda *args: call(node, args, context)
        case ir.Rounded(type=kind):
            return lambda part: arithmetic.rounded(_number(part), kind.scale or 0)
        case ir.Banded():
            return lambda part: arithmetic.banded(_number(part), node)
        case ir.If(branches):
            return lambda *given: _chosen(given[: len(branches)], given[len(branches) :])
    raise TypeError(f"{type(node).__name__} is no value.")


def _chosen(answers: Sequence[Bounds], values: Sequence[Vector]) -> Vector:
    *branches, otherwise = values
    return arithmetic.if_else(list(zip(answers, branches, strict=True)), otherwise)


def _numbers(vectors: Sequence[Vector]) -> list[Numbers]:
    return list(map(_number, vectors))


def _number(vector: Vector) -> Numbers:
    assert isinstance(vector, Numbers), "Arithmetic is for numbers."
    return vector
