"""Tests that compare a record's date with the clock: when their answer turns, as a shift of that date.

Exact for a date beside today, or beside today so many days, weeks, months or years away; for the days, weeks, months
or years between a date and today, and for the days to an anniversary, wherever these are compared with constants,
looked up in a list or put into bands; and for an instant beside now, or beside so many hours or minutes from now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor

from tierloom.domain.fields import Value
from tierloom.rules import ir
from tierloom.rules.dates import date_add
from tierloom.rules.ir import Comparison, Family, Function
from tierloom.rules.types import DATE

FLIPPED = {
    Comparison.EQUAL: Comparison.EQUAL,
    Comparison.LESS: Comparison.GREATER,
    Comparison.LESS_EQUAL: Comparison.GREATER_EQUAL,
    Comparison.GREATER: Comparison.LESS,
    Comparison.GREATER_EQUAL: Comparison.LESS_EQUAL,
}
_ELAPSED = {"minute": 60_000, "hour": 3_600_000}
_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}
_FAR = 1e7
"""No calendar goes so far."""
_MANY = 24
"""The most numbers that are looked at one by one."""


@dataclass(frozen=True, slots=True)
class After:
    """The day so many days and months after the date, the day of the month clamped."""

    days: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True)
class Overtaking:
    """The first day that is, so many months later, after the day `days` after the date."""

    months: int
    days: int = 0


Turn = After | Overtaking


@dataclass(frozen=True, slots=True)
class Turning:
    """When an answer turns, given the value of `source`: at the beginning of `days`, if it is a date, or so many
    milliseconds `after` it, if it is an instant. It can turn too when `own` changes.
    """

    source: ir.ValueNode
    own: ir.ValueNode
    days: tuple[Turn, ...] = ()
    after: tuple[int, ...] = ()


def turning(node: ir.Node) -> Turning | None:
    """Return when a test or the bands of a number turn, None where that cannot be told from a date."""
    match node:
        case ir.Compare():
            return _compared(node.comparison, node.left, node.right) or _compared(
                FLIPPED[node.comparison], node.right, node.left
            )
        case ir.OneOf(value, choices) if len(choices) <= _MANY:
            numbers = [number for one in choices if (number := _number(one)) is not None]
            fits = len(numbers) == len(choices)
            steps = [step for one in numbers for step in _steps(Comparison.EQUAL, one)]
            return _counted(value, steps) if fits else None
        case ir.Banded(value, cuts) if len(cuts) <= _MANY:
            how = Comparison.GREATER if node.right_closed else Comparison.GREATER_EQUAL
            return _counted(value, [step for cut in cuts for step in _steps(how, cut)])
        case _:
            return None


def day_of(turn: Turn, day: date) -> date | None:
    """Return the day on which the answer turns, given the record's date; None outside the calendar."""
    match turn:
        case After(days, months):
            moved = date_add(day, months, "month")
            return None if moved is None else date_add(moved, days, "day")
        case Overtaking(months, days):
            target = date_add(day, days, "day")
            return None if target is None else _overtaking(target, months)


def _overtaking(target: date, months: int) -> date | None:
    first, after = date_add(target.replace(day=1), -months, "month"), date_add(target, 1, "day")
    if first is None:
        return None
    found = date_add(first, target.day, "day")
    # The next day of that month leads to the next day of the target's, if both months have it.
    if found and after and found.month == first.month and after.month == target.month:
        return found
    return date_add(first, 1, "month")


def _compared(comparison: Comparison, one: ir.ValueNode, other: ir.ValueNode) -> Turning | None:
    if (number := _constant(other)) is not None:
        return _counted(one, _steps(comparison, number))
    if one.type.family is Family.DATE and (shift := _from_today(other)) is not None:
        turns = tuple(
            Overtaking(shift.months, late) if shift.months else After(late + 1 - shift.days)
            for late in _lates(comparison)
        )
        return Turning(one, one, days=turns)
    if one.type.family is Family.DATETIME and (ahead := _from_now(other)) is not None:
        return Turning(one, one, after=tuple(late + 1 - ahead for late in _lates(comparison)))
    return None


def _lates(comparison: Comparison) -> tuple[int, ...]:
    """Return by how much the clock must be past "`one` less one" so that "`one` compared with the clock" turns."""
    match comparison:
        case Comparison.GREATER | Comparison.LESS_EQUAL:
            return (-1,)
        case Comparison.GREATER_EQUAL | Comparison.LESS:
            return (0,)
        case Comparison.EQUAL:
            return (-1, 0)


def _steps(comparison: Comparison, limit: float) -> tuple[int, ...]:
    """Return the whole numbers at which a rising whole number, compared with a limit, gets another answer."""
    match comparison:
        case Comparison.GREATER_EQUAL | Comparison.LESS:
            return (ceil(limit),)
        case Comparison.GREATER | Comparison.LESS_EQUAL:
            return (floor(limit) + 1,)
        case Comparison.EQUAL:
            return (ceil(limit), floor(limit) + 1)


def _counted(node: ir.ValueNode, steps: Sequence[int]) -> Turning | None:
    """Return when a number that the clock makes reaches one of the steps, or falls below it."""
    match node:
        case ir.Calculated(value=below) | ir.Rounded(value=below):
            return _counted(below, steps)
        case ir.Call(Function.DATE_DIFF, (ir.Today(), source), unit=unit) if _is_date(source):
            return Turning(source, source, days=tuple(_reaching(one, unit) for one in steps))
        case ir.Call(Function.DATE_DIFF, (source, ir.Today()), unit=unit) if _is_date(source):
            return Turning(source, source, days=tuple(_reaching(1 - one, unit) for one in steps))
        case ir.Call(Function.ANNIVERSARY, (source,)):
            coming = ir.Call(Function.DATE_ADD, (ir.Today(DATE), node), DATE, "day")
            falls = tuple(After(1 - one) for one in steps)
            return Turning(coming, source, days=(After(1), *falls))
        case _:
            return None


def _reaching(count: int, unit: str) -> Turn:
    """Return the first day that is at least `count` units after a date, by `date_diff`, which is antisymmetric."""
    if unit in _DAYS:
        each = _DAYS[unit]
        return After(each * count if count > 0 else each * (count - 1) + 1)
    each = _MONTHS[unit]
    return After(months=each * count) if count > 0 else Overtaking(each * (1 - count))


def _from_today(node: ir.ValueNode) -> After | None:
    match node:
        case ir.Today():
            return After()
        case ir.Call(Function.DATE_ADD, (ir.Today(), count), unit=unit):
            number = _constant(count)
            if number is None:
                return None
            if unit in _DAYS:
                return After(days=int(number) * _DAYS[unit])
            return After(months=int(number) * _MONTHS[unit])
        case _:
            return None


def _from_now(node: ir.ValueNode) -> int | None:
    """Return by how many milliseconds an instant is ahead of now."""
    match node:
        case ir.Now():
            return 0
        case ir.Call(Function.DATE_ADD, (ir.Now(), count), unit=unit) if unit in _ELAPSED:
            number = _constant(count)
            return None if number is None else int(number) * _ELAPSED[unit]
        case _:
            return None


def _is_date(node: ir.ValueNode) -> bool:
    return node.type.family is Family.DATE


def _constant(node: ir.ValueNode) -> float | None:
    return _number(node.value) if isinstance(node, ir.Literal) else None


def _number(value: Value) -> float | None:
    """Return a number that days can be counted with."""
    match value:
        case bool():
            return None
        case int() | float() if abs(value) < _FAR:
            return value
        case _:
            return None
