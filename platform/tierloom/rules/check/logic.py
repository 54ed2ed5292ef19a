"""And, or, not, and branches: `and`, `or`, `!`, `!!`, `if`, `min`, `max`, `coalesce`."""

from collections.abc import Sequence

from tierloom.rules import ir
from tierloom.rules.check.alike import alike
from tierloom.rules.check.checker import Checker, Rule, Scope, every, refuse, truth_of
from tierloom.rules.ir import Family
from tierloom.rules.syntax import Apply, Scalar, Syntax
from tierloom.rules.types import INTEGER, name_of
from tierloom.text import T


def _parts(checker: Checker, nodes: Sequence[Syntax], scope: Scope) -> tuple[ir.Predicate, ...]:
    return every(lambda node: checker.predicate(node, scope), nodes)


def _and(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    parts = _parts(checker, node.args, scope)
    return parts[0] if len(parts) == 1 else ir.And(parts)


def _or(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    parts = _parts(checker, node.args, scope)
    return parts[0] if len(parts) == 1 else ir.Or(parts)


def _xor(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    """An odd number of parts holds: counted, so that many parts stay small."""
    parts = _parts(checker, node.args, scope)
    if len(parts) == 1:
        return parts[0]
    one, zero = ir.Literal(1, INTEGER), ir.Literal(0, INTEGER)
    counted = tuple(ir.If(((part, one),), zero, INTEGER) for part in parts)
    total = ir.Arithmetic(ir.Sign.ADD, counted, INTEGER)
    odd = ir.Arithmetic(ir.Sign.REMAINDER, (total, ir.Literal(2, INTEGER)), INTEGER)
    return ir.Compare(ir.Comparison.EQUAL, odd, one)


def _holds(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    """A question holds; anything else is filled in (0 is a value)."""
    (inner,) = node.args
    if isinstance(inner, Scalar):
        return checker.predicate(inner, scope)
    value = checker.value(inner, scope)
    return truth_of(value) if value.type.family is Family.BOOLEAN else ir.IsKnown(value)


def _not(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    return ir.Not(_holds(checker, node, scope))


def _if(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    if len(node.args) % 2 == 0:
        message = T("“if” needs a last value for everything else.")
        raise refuse("wrong-arity", node.pointer, message)
    conditions = _parts(checker, node.args[:-1:2], scope)
    values, kind = alike(checker, [*node.args[1::2], node.args[-1]], scope, nulls=True)
    branches = tuple(zip(conditions, values[:-1], strict=True))
    return ir.If(branches, values[-1], kind)


def _extreme(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    values, kind = alike(checker, node.args, scope)
    if kind.family not in (Family.NUMBER, Family.DATE, Family.DATETIME):
        message = T("There is no order in %(kind)s.", kind=name_of(kind))
        raise refuse("no-order", node.pointer, message)
    return values[0] if len(values) == 1 else ir.Call(ir.Function(node.key), values, kind)


def _coalesce(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    values, kind = alike(checker, node.args, scope)
    return values[0] if len(values) == 1 else ir.Call(ir.Function.COALESCE, values, kind)


RULES: dict[str, Rule] = {
    "and": _and,
    "or": _or,
    "xor": _xor,
    "!": _not,
    "!!": _holds,
    "if": _if,
    "min": _extreme,
    "max": _extreme,
    "coalesce": _coalesce,
}
