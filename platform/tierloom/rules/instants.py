"""When a rule's answer can change although nobody writes anything: for one record, the next instant after `as_of`.

Exact for what `turning` tells (comparisons of a date with the clock, and so "in the last N days") and for totals over a
window, which change when a counted day leaves or a later-dated record begins to exist. Whatever else asks for today may
change at the next local midnight, whatever asks for now at the next minute. Where one part of a group decides, the
others have to wait for it.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate, Value
from tierloom.rules import ir
from tierloom.rules.dates import LAST_INSTANT, local_date, start_of_day
from tierloom.rules.ir import Function
from tierloom.rules.row import Row, compile_kleene, compile_known, compile_predicate
from tierloom.rules.turning import Turning, day_of, turning
from tierloom.rules.walk import parts

NextChange = Callable[[Row], datetime | None]
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_MS = timedelta(milliseconds=1)
_LAST_DAY = LAST_INSTANT.toordinal()


def compile_next_change(node: ir.Node, context: RunContext, *, hold: bool = False) -> NextChange:
    """Return the function that gives a record's next instant (in UTC), None where time alone changes nothing.

    Nothing changes before it in the two-valued answer; with `hold`, in the three-valued one.
    """
    return _Instants(context, hold=hold).of(node)


def _never(_: Row) -> None:
    return None


class _Instants:
    def __init__(self, context: RunContext, *, hold: bool) -> None:
        self.context = context
        self.hold = hold
        self.minute = context.as_of.replace(second=0, microsecond=0) + _MINUTE

    def of(self, node: ir.Node) -> NextChange:
        if (found := turning(node)) is not None:
            return self._turning(found)
        match node:
            case ir.Today() | ir.Call(Function.DATE_OF, (ir.Now(),)):
                return self._next_day()
            case ir.Call(Function.ANNIVERSARY, (source,)):
                return _soonest([self._next_day(), self.of(source)])
            case ir.Now():
                return lambda _: self.minute
            case ir.And(several):
                return self._decided(several, False)
            case ir.Or(several):
                return self._decided(several, True)
            case ir.RollUpOf():
                return self._roll_up(node)
            case ir.Calculated(value=below) | ir.InSegment(rule=below):
                return self.of(below)
            case ir.Scored(value=below, hold=hold):
                return _Instants(self.context, hold=hold).of(below)
            case _:
                return _soonest([self.of(one) for one in parts(node)])

    def _next_day(self) -> NextChange:
        midnight = self._midnight(self.context.today + _DAY)
        return lambda _: midnight

    def _turning(self, found: Turning) -> NextChange:
        read = compile_known(found.source, self.context, hold=self.hold)
        own = self.of(found.own)

        def find(row: Row) -> datetime | None:
            turns: list[datetime | None] = [own(row)]
            match read(row):
                case datetime() as moment:
                    turns += [_later(moment, after) for after in found.after]
                case date() as day:
                    days = (day_of(turn, day) for turn in found.days)
                    turns += [self._midnight(one) for one in days]
            return self._first(turns)

        return find

    def _decided(self, several: tuple[ir.Predicate, ...], decides: bool) -> NextChange:
        """One part that is so decides: the answer stays until the last of these can change."""
        nexts = [self.of(one) for one in several]
        if all(one is _never for one in nexts):
            return _never
        compiled = compile_kleene if self.hold else compile_predicate
        asked = [compiled(one, self.context) for one in several]
        soonest = _soonest(nexts)

        def find(row: Row) -> datetime | None:
            deciding = [
                when(row) for ask, when in zip(asked, nexts, strict=True) if ask(row) is decides
            ]
            known = [one for one in deciding if one is not None]
            if len(known) < len(deciding):
                return None
            return max(known) if known else soonest(row)

        return find

    # ── related records ─────────────────────────────────────────────────────────────────────────────────────────

    def _roll_up(self, node: ir.RollUpOf) -> NextChange:
        rows, operand = node.rows, node.operand
        strict = _Instants(self.context, hold=False)
        only = strict.of(rows.only) if rows.only is not None else _never
        reading = strict if node.aggregate is Aggregate.SHARE else self
        below = reading.of(operand) if operand is not None else _never
        if rows.date_field is None and only is _never and below is _never:
            return _never
        holds = (
            compile_predicate(rows.only, self.context) if rows.only is not None else lambda _: True
        )

        def moments(one: Row) -> Iterator[datetime | None]:
            begins, ends = self._life(one, rows)
            if begins is not None and begins > self.context.as_of:
                if only is not _never or holds(one):
                    yield begins
            elif ends is None or ends > self.context.as_of:
                yield only(one)
                if holds(one):
                    yield ends
                    yield below(one)

        def find(row: Row) -> datetime | None:
            return self._first(
                [when for one in row.related(rows.relation) for when in moments(one)]
            )

        return find

    def _life(self, row: Row, rows: ir.Related) -> tuple[datetime | None, datetime | None]:
        """Return from when and until when a related record can count; None is for ever."""
        if rows.date_field is None:
            return None, None
        begins, day = self._dated(row.value(rows.date_field))
        if rows.window_days is None:
            return begins, None
        if day is None:
            return None, self.context.as_of  # no window has what is not dated
        return begins, self._days_later(day, rows.window_days)

    def _dated(self, when: Value) -> tuple[datetime | None, date | None]:
        match when:
            case datetime():
                return when, local_date(when, self.context.zone)
            case date() if when > self.context.today:
                return self._midnight(when) or LAST_INSTANT, when
            case date():
                return None, when
            case _:
                return None, None

    # ── the calendar ────────────────────────────────────────────────────────────────────────────────────────────

    def _days_later(self, day: date, days: int) -> datetime | None:
        """Return the instant at which a day is so many days ago; one that is over where it is over."""
        left = day.toordinal() + days
        if left <= self.context.today.toordinal():
            return self.context.as_of
        return self._midnight(date.fromordinal(left)) if left < _LAST_DAY else None

    def _midnight(self, day: date | None) -> datetime | None:
        """Return when a coming day begins, None for others and for what no zone reaches."""
        if day is None or not self.context.today < day or day.toordinal() >= _LAST_DAY:
            return None
        begins = start_of_day(day, self.context.zone).astimezone(UTC)
        # Where clocks go back over midnight, a day that begins again has begun before.
        return begins if begins > self.context.as_of else self.minute

    def _first(self, instants: list[datetime | None]) -> datetime | None:
        as_of = self.context.as_of
        coming = (one for one in instants if one is not None and as_of < one < LAST_INSTANT)
        return min(coming, default=None)


def _later(moment: datetime, milliseconds: int) -> datetime | None:
    try:
        return moment + milliseconds * _MS
    except OverflowError:
        return None


def _soonest(several: list[NextChange]) -> NextChange:
    some = [one for one in several if one is not _never]
    if len(some) < 2:
        return some[0] if some else _never
    return lambda row: min((one for each in some if (one := each(row)) is not None), default=None)
