"""Dates relative to the run: `today`, `now`, `date_add`, `date_diff`, `days_since` and so on."""

from tierloom.rules import ir
from tierloom.rules.check.checker import Checker, Rule, Scope, refuse
from tierloom.rules.check.literals import cast
from tierloom.rules.check.sources import as_day, whole_number
from tierloom.rules.dates import INSTANT_UNITS, PARTS, UNITS
from tierloom.rules.ir import Family, Function
from tierloom.rules.syntax import Apply, Scalar, Syntax
from tierloom.rules.types import DATE, DATETIME, INTEGER, name_of
from tierloom.text import T


def _today(_checker: Checker, _node: Apply, _scope: Scope) -> ir.ValueNode:
    return ir.Today(DATE)


def _now(_checker: Checker, _node: Apply, _scope: Scope) -> ir.ValueNode:
    return ir.Now(DATETIME)


def _date_add(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    day, count, unit = node.args
    args = (_date(checker, day, scope), whole_number(checker, count, scope))
    return ir.Call(Function.DATE_ADD, args, DATE, _word(unit, UNITS))


def _date_diff(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    later, earlier, unit = node.args
    args = (_date(checker, later, scope), _date(checker, earlier, scope))
    return ir.Call(Function.DATE_DIFF, args, INTEGER, _word(unit, UNITS))


def _days_since(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    args = (ir.Today(DATE), _day(checker, node.args[0], scope))
    return ir.Call(Function.DATE_DIFF, args, INTEGER, "day")


def _date_of(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    return ir.Call(Function.DATE_OF, (_moment(checker, node.args[0], scope),), DATE)


def _moment(checker: Checker, node: Syntax, scope: Scope) -> ir.ValueNode:
    value = checker.value(node, scope)
    if value.type.family is not Family.DATETIME:
        message = T("A date with time is needed here, this is %(kind)s.", kind=name_of(value.type))
        raise refuse("wrong-type", node.pointer, message)
    return value


def _anniversary(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    return ir.Call(Function.ANNIVERSARY, (_day(checker, node.args[0], scope),), INTEGER)


def _datetime_add(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    moment, count, unit = node.args
    args = (_moment(checker, moment, scope), whole_number(checker, count, scope))
    return ir.Call(Function.DATE_ADD, args, DATETIME, _word(unit, INSTANT_UNITS))


def _datetime_truncate(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    moment, unit = node.args
    args = (_moment(checker, moment, scope),)
    return ir.Call(Function.TRUNCATE, args, DATETIME, _word(unit, INSTANT_UNITS))


def _date_part(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    day = _day(checker, node.args[0], scope)
    return ir.Call(Function.DATE_PART, (day,), INTEGER, _word(node.args[1], PARTS))


def _day(checker: Checker, node: Syntax, scope: Scope) -> ir.ValueNode:
    """Read a date; a date with time counts as its local day."""
    if isinstance(node, Scalar):
        return cast(checker, node, DATE)
    return as_day(checker.value(node, scope), node.pointer)


def _date(checker: Checker, node: Syntax, scope: Scope) -> ir.ValueNode:
    if isinstance(node, Scalar):
        return cast(checker, node, DATE)
    value = checker.value(node, scope)
    if value.type.family is Family.DATE:
        return value
    message = T("A date is needed here, this is %(kind)s.", kind=name_of(value.type))
    hint = None
    if value.type.family is Family.DATETIME:
        hint = T("Take its day first, with date_of.")
    raise refuse("wrong-type", node.pointer, message, hint)


def _word(node: Syntax, known: tuple[str, ...]) -> str:
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value in known:
        return node.value
    message = T("A unit is needed here.")
    raise refuse(
        "unknown-unit", node.pointer, message, T("Pick one of: %(names)s.", names=", ".join(known))
    )


RULES: dict[str, Rule] = {
    "today": _today,
    "now": _now,
    "date_add": _date_add,
    "datetime_add": _datetime_add,
    "datetime_truncate": _datetime_truncate,
    "date_diff": _date_diff,
    "days_since": _days_since,
    "date_of": _date_of,
    "days_to_anniversary": _anniversary,
    "date_part": _date_part,
}
