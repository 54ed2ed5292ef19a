"""When a rule's answer can change although nobody writes anything: for one record, the next instant after `as_of`.

Exact for comparisons of a date with today (and so for "in the last N days") and for totals over a window, which change
when their oldest counted day leaves or a later-dated record begins to exist. Whatever else asks for today may change at
the next local midnight, whatever asks for now at the next minute.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import ceil, floor

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Value
from tierloom.rules import ir
from tierloom.rules.dates import local_date, start_of_day
from tierloom.rules.facts import FactFinder
from tierloom.rules.ir import Comparison, Family, Function
from tierloom.rules.row import Row, compile_predicate, compile_value
from tierloom.rules.walk import parts

NextChange = Callable[[Row], datetime | None]
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_FLIPPED = {
    Comparison.EQUAL: Comparison.EQUAL,
    Comparison.LESS: Comparison.GREATER,
    Comparison.LESS_EQUAL: Comparison.GREATER_EQUAL,
    Comparison.GREATER: Comparison.LESS,
    Comparison.GREATER_EQUAL: Comparison.LESS_EQUAL,
}


def compile_next_change(node: ir.Node, context: RunContext) -> NextChange:
    """Return the function that gives a record's next instant (in UTC), None where time alone changes nothing."""
    return _Instants(context).of(node)


class _Instants:
    def __init__(self, context: RunContext) -> None:
        self.context = context
        self.finder = FactFinder(context.catalogue)

    def of(self, node: ir.Node) -> NextChange:
        match node:
            case ir.Today() | ir.Call(Function.ANNIVERSARY):
                midnight = self._midnight(self.context.today + _DAY)
                return lambda _: midnight
            case ir.Now():
                minute = self.context.as_of.replace(second=0, microsecond=0) + _MINUTE
                return lambda _: minute
            case ir.Compare():
                return self._compare(node)
            case ir.RollUpOf():
                return self._roll_up(node)
            case ir.Calculated(value=below) | ir.Scored(value=below) | ir.InSegment(rule=below):
                return self.of(below)
            case _:
                return _soonest([self.of(one) for one in parts(node)])

    # ── a date beside today ─────────────────────────────────────────────────────────────────────────────────────

    def _compare(self, node: ir.Compare) -> NextChange:
        for comparison, one, other in (
            (node.comparison, node.left, node.right),
            (_FLIPPED[node.comparison], node.right, node.left),
        ):
            days = _days_from_today(other)
            if one.type.family is Family.DATE and days is not None:
                return self._turning(one, partial(_days, comparison, days))
            source, limit = _days_since(one), _number(other)
            if source is not None and limit is not None:
                return self._turning(source, partial(_days_after, comparison, limit))
        return _soonest([self.of(node.left), self.of(node.right)])

    def _turning(self, source: ir.ValueNode, turns: Callable[[date], Iterator[date]]) -> NextChange:
        read, own = compile_value(source, self.context), self.of(source)

        def find(row: Row) -> datetime | None:
            day = read(row)
            found = [own(row)]
            if isinstance(day, date):
                found += [self._midnight(one) for one in _within(turns, day)]
            return _first(one for one in found if one and one > self.context.as_of)

        return find

    # ── related records ─────────────────────────────────────────────────────────────────────────────────────────

    def _roll_up(self, node: ir.RollUpOf) -> NextChange:
        rows, key = node.rows, node.rows.date_field
        only = rows.only
        lasting = only is None or not self.finder.facts(only, rows.child).time_dependent
        holds = compile_predicate(only, self.context) if only is not None and lasting else None
        below = _soonest([self.of(one) for one in (only, node.operand) if one is not None])

        def find(row: Row) -> datetime | None:
            found: list[datetime | None] = []
            for one in row.related(rows.relation):
                if holds is None or holds(one):
                    when = one.value(key) if key is not None else None
                    found += [below(one), *self._comes_and_goes(when, rows.window_days)]
            return _first(one for one in found if one and one > self.context.as_of)

        return find

    def _comes_and_goes(self, when: Value, window: int | None) -> Iterator[datetime]:
        """Yield when a record begins to exist, and when it leaves the window."""
        match when:
            case datetime():
                day = local_date(when, self.context.zone)
                yield when
            case date():
                day = when
                yield self._midnight(day)
            case _:
                return
        if window is not None:
            yield self._midnight(day + timedelta(days=window))

    def _midnight(self, day: date) -> datetime:
        return start_of_day(day, self.context.zone).astimezone(UTC)


def _days(comparison: Comparison, offset: int, day: date) -> Iterator[date]:
    """Yield the days on which "`day` compared with today + offset" turns."""
    reached = day - timedelta(days=offset)
    match comparison:
        case Comparison.GREATER | Comparison.LESS_EQUAL:
            yield reached
        case Comparison.GREATER_EQUAL | Comparison.LESS:
            yield reached + _DAY
        case Comparison.EQUAL:
            yield reached
            yield reached + _DAY


def _days_after(comparison: Comparison, limit: float, day: date) -> Iterator[date]:
    """Yield the days on which "days since `day` compared with limit" turns."""
    at_least, more = day + timedelta(days=ceil(limit)), day + timedelta(days=floor(limit) + 1)
    match comparison:
        case Comparison.GREATER_EQUAL | Comparison.LESS:
            yield at_least
        case Comparison.GREATER | Comparison.LESS_EQUAL:
            yield more
        case Comparison.EQUAL:
            yield at_least
            yield more


def _within(turns: Callable[[date], Iterator[date]], day: date) -> list[date]:
    """Return the turning days that the calendar has."""
    try:
        return [one for one in turns(day) if one.year < 9999]
    except OverflowError:
        return []


def _days_from_today(node: ir.ValueNode) -> int | None:
    match node:
        case ir.Today():
            return 0
        case ir.Call(Function.DATE_ADD, (ir.Today(), ir.Literal(int() as days)), unit="day"):
            return days
        case _:
            return None


def _days_since(node: ir.ValueNode) -> ir.ValueNode | None:
    match node:
        case ir.Call(Function.DATE_DIFF, (ir.Today(), source), unit="day"):
            return source if source.type.family is Family.DATE else None
        case ir.Calculated(value=below) | ir.Rounded(value=below):
            return _days_since(below)
        case _:
            return None


def _number(node: ir.ValueNode) -> float | None:
    match node:
        case ir.Literal(int() | float() as number) if not isinstance(number, bool):
            return number if abs(number) < 1e7 else None
        case _:
            return None


def _soonest(several: list[NextChange]) -> NextChange:
    if len(several) == 1:
        return several[0]
    return lambda row: _first(one for each in several if (one := each(row)) is not None)


def _first(instants: Iterable[datetime]) -> datetime | None:
    return min(instants, default=None)
