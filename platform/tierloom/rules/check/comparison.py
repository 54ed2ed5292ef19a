"""Comparisons: equality, order and between."""

from datetime import UTC, date, datetime, timedelta

from tierloom.rules import ir
from tierloom.rules.check.alike import agreed, beside
from tierloom.rules.check.checker import Checker, Rule, Scope, refuse, truth_of
from tierloom.rules.check.literals import is_null, plain
from tierloom.rules.check.sources import key_of
from tierloom.rules.dates import start_of_day
from tierloom.rules.ir import Comparison, Family
from tierloom.rules.syntax import Apply, Scalar, Syntax
from tierloom.rules.types import DATETIME, name_of
from tierloom.text import T

FLIPPED = {
    Comparison.EQUAL: Comparison.EQUAL,
    Comparison.LESS: Comparison.GREATER,
    Comparison.LESS_EQUAL: Comparison.GREATER_EQUAL,
    Comparison.GREATER: Comparison.LESS,
    Comparison.GREATER_EQUAL: Comparison.LESS_EQUAL,
}
_ORDERED = (Family.NUMBER, Family.DATE, Family.DATETIME)


def _equal(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    left, right = node.args
    for one, other in ((left, right), (right, left)):
        if is_null(one):
            return _unknown(checker, other, scope)
    return _pair(checker, Comparison.EQUAL, left, right, scope)


def _unequal(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    found = _equal(checker, node, scope)
    return found.part if isinstance(found, ir.Not) else ir.Not(found)


def _unknown(checker: Checker, node: Syntax, scope: Scope) -> ir.Predicate:
    if isinstance(node, Scalar):
        return ir.Constant(is_null(node))
    value = checker.value(node, scope)
    if isinstance(value, ir.Truth):
        message = T("A yes/no question is never unknown.")
        raise refuse("never-unknown", node.pointer, message)
    return ir.Not(ir.IsKnown(value))


def _ordered(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    comparison = Comparison(node.key)
    if len(node.args) == 2:
        return _pair(checker, comparison, *node.args, scope)
    low, middle, high = node.args
    lower = _pair(checker, comparison, low, middle, scope)
    upper = _pair(checker, comparison, middle, high, scope)
    if isinstance(low, Scalar) and isinstance(high, Scalar) and isinstance(middle, Apply):
        _require_rising(checker, low, middle, high, scope)
    return ir.And((lower, upper))


def _require_rising(
    checker: Checker, low: Scalar, middle: Apply, high: Scalar, scope: Scope
) -> None:
    """Refuse a between whose ends are swapped."""
    value = key_of(checker, checker.value(middle, scope), middle.pointer)
    kind = value.type
    first, last = (_rank(checker, beside(checker, scope, one, value), kind) for one in (low, high))
    if first > last:
        message = T(
            "From %(low)s up to %(high)s there is nothing: the first value is the greater one.",
            low=low.value,
            high=high.value,
        )
        raise refuse("swapped-ends", low.pointer, message, T("Swap the two values."))


def _rank(checker: Checker, literal: ir.Literal, kind: ir.ValueType) -> float:
    match literal.value:
        case datetime() as moment:
            return moment.timestamp()
        case date() as day if kind.family is Family.DATETIME:
            return start_of_day(day, checker.zone).timestamp()
        case date() as day:
            return day.toordinal()
        case str() as option:
            return kind.options.index(option)
        case int() | float() as number:
            return number
    raise ValueError(f"{literal.value!r} has no order.")


def _pair(
    checker: Checker, comparison: Comparison, left: Syntax, right: Syntax, scope: Scope
) -> ir.Predicate:
    if isinstance(left, Scalar) and not isinstance(right, Scalar):
        return _pair(checker, FLIPPED[comparison], right, left, scope)
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        one: ir.ValueNode = plain(left)
        other: ir.ValueNode = plain(right)
    else:
        one = key_of(checker, checker.value(left, scope), left.pointer)
        if isinstance(right, Scalar):
            other = beside(checker, scope, right, one)
        else:
            other = key_of(checker, checker.value(right, scope), right.pointer)
    beside_value = isinstance(right, Scalar) and not isinstance(left, Scalar)
    _require_comparable(comparison, one, other, left.pointer, beside_value=beside_value)
    if one.type.family is Family.DATETIME and other.type.family is Family.DATE:
        assert isinstance(other, ir.Literal)
        return whole_day(checker, comparison, one, other)
    if isinstance(other, ir.Literal) and isinstance(other.value, bool):
        return _is_boolean(one, other)
    return ir.Compare(comparison, one, other)


def _require_comparable(
    comparison: Comparison,
    left: ir.ValueNode,
    right: ir.ValueNode,
    pointer: str,
    *,
    beside_value: bool,
) -> None:
    """Refuse what does not compare; a constant beside a value has been cast to its type."""
    kind, other = left.type, right.type
    if kind.family is Family.CHOICES:
        message = T("A multiple choice cannot be compared as a whole.")
        raise refuse(
            "choices-compared", pointer, message, T("Ask whether it has any of some options.")
        )
    if comparison is not Comparison.EQUAL and not (
        kind.family in _ORDERED or (kind.family is Family.CHOICE and kind.ranked)
    ):
        message = T("There is no order in %(kind)s.", kind=name_of(kind))
        hint = T("Rank its options first.") if kind.family is Family.CHOICE else None
        raise refuse("no-order", pointer, message, hint)
    if beside_value:
        return
    dates = {kind.family, other.family} == {Family.DATE, Family.DATETIME}
    if dates:
        message = T("A date with time does not compare with a date.")
        hint = T("Take its day first, with date_of.")
        raise refuse("types-differ", pointer, message, hint)
    if comparison is Comparison.EQUAL and kind.family is other.family is Family.CHOICE:
        return
    agreed(kind, other, pointer)


def _is_boolean(value: ir.ValueNode, literal: ir.Literal) -> ir.Predicate:
    if literal.value is True:
        return truth_of(value)
    if isinstance(value, ir.Truth):
        return ir.Not(value.predicate)
    return ir.Compare(Comparison.EQUAL, value, literal)


def whole_day(
    checker: Checker, comparison: Comparison, value: ir.ValueNode, literal: ir.Literal
) -> ir.Predicate:
    """Compare a date with time with a day: the whole local day, as half-open bounds in UTC."""
    assert isinstance(literal.value, date)
    start = start_of_day(literal.value, checker.zone).astimezone(UTC)
    end = start_of_day(literal.value + timedelta(days=1), checker.zone).astimezone(UTC)
    match comparison:
        case Comparison.LESS:
            return ir.Compare(comparison, value, ir.Literal(start, DATETIME))
        case Comparison.LESS_EQUAL:
            return ir.Compare(Comparison.LESS, value, ir.Literal(end, DATETIME))
        case Comparison.GREATER:
            return ir.Compare(Comparison.GREATER_EQUAL, value, ir.Literal(end, DATETIME))
        case Comparison.GREATER_EQUAL:
            return ir.Compare(comparison, value, ir.Literal(start, DATETIME))
        case Comparison.EQUAL:
            return ir.And(
                (
                    ir.Compare(Comparison.GREATER_EQUAL, value, ir.Literal(start, DATETIME)),
                    ir.Compare(Comparison.LESS, value, ir.Literal(end, DATETIME)),
                )
            )


RULES: dict[str, Rule] = {
    "==": _equal,
    "!=": _unequal,
    "<": _ordered,
    "<=": _ordered,
    ">": _ordered,
    ">=": _ordered,
}
