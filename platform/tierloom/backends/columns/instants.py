"""When answers can change although nobody writes anything, for all records at once: `rules.instants` over columns.

Instants are milliseconds UTC. Within this module None stands for "never, for none of these records", and an array
without dimensions for the same instant everywhere. Records are taken block by block, and only those whose answer is
open: what other parts of a rule decide for good is not looked at.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import reduce

import numpy as np

from tierloom.backends.columns import zones
from tierloom.backends.columns.constants import number
from tierloom.backends.columns.frame import Frame
from tierloom.backends.columns.lives import Lives
from tierloom.backends.columns.midnights import beginnings, day_of, reach
from tierloom.backends.columns.moments import relation_of
from tierloom.backends.columns.nodes import parts_of
from tierloom.backends.columns.vectors import Numbers
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate
from tierloom.engine.columns import Columns, Doubles, Mask, Positions, ReferenceColumn
from tierloom.engine.results import Instants
from tierloom.engine.stays import NEVER
from tierloom.rules import dates, ir
from tierloom.rules.turning import Turning, turning

BLOCK = 65_536
_LAST = number(dates.LAST_INSTANT)
_NO_TIME = int(np.iinfo(np.int64).min)
_MINUTE = timedelta(minutes=1)
Who = slice | Positions
"""Some records, by position."""


def next_change(
    node: ir.Node, columns: Columns, context: RunContext, *, hold: bool = False
) -> Instants:
    """Return for every record the next instant after `as_of` at which time alone can change a result, else `NEVER`.

    Nothing changes before it in the two-valued answer; with `hold`, in the three-valued one.
    """
    with np.errstate(all="ignore"):
        return _Instants(columns, context, hold=hold).of_all(node)


class _Instants:
    def __init__(self, columns: Columns, context: RunContext, *, hold: bool) -> None:
        self.columns = columns
        self.context = context
        self.frame = Frame(columns, context, hold=hold)
        self.as_of = number(context.as_of)
        self.minute = int(number(context.as_of.replace(second=0, microsecond=0) + _MINUTE))
        self.today = number(context.today)
        # What is asked for block by block is worked out, or looked for on the shelf, once.
        self._turnings: dict[int, Turning | None] = {}
        self._timed: dict[int, bool] = {}
        self._masks: dict[tuple[int, bool], Mask] = {}
        self._values: dict[int, Doubles] = {}
        self._roll_ups: dict[int, Instants] = {}
        self._scored: dict[bool, _Instants] = {hold: self}

    def of_all(self, node: ir.Node) -> Instants:
        """Return the next instants of all records."""
        found = np.full(self.columns.size, NEVER, np.int64)
        if self.is_timed(node):
            for span in spans(self.columns.size):
                when = self.of(node, span)
                if when is not None:
                    # Where clocks go back over midnight, a day that begins again has begun before.
                    found[span] = np.where(when > self.as_of, when, self.minute)
        return found

    def of(self, node: ir.Node, who: Who) -> Instants | None:
        """Return the next instants of some records."""
        if not self.is_timed(node):
            return None
        if (found := self._turning_of(node)) is not None:
            return self._turning(found, who)
        match node:
            case ir.Today() | ir.Call(ir.Function.DATE_OF, (ir.Now(),)):
                return beginnings(np.asarray(self.today + 1), self.today, self.context.zone)
            case ir.Call(ir.Function.ANNIVERSARY, (source,)):
                midnight = beginnings(np.asarray(self.today + 1), self.today, self.context.zone)
                return _soonest([midnight, self.of(source, who)])
            case ir.Now():
                return np.asarray(self.minute)
            case ir.And(several):
                return self._decided(several, False, who)
            case ir.Or(several):
                return self._decided(several, True, who)
            case ir.RollUpOf():
                return self._roll_up(node)[who]
            case ir.Scored(value=below, hold=hold):
                return self._under(hold).of(below, who)
            case _:
                return _soonest([self.of(one, who) for one in parts_of(node)])

    def is_timed(self, node: ir.Node) -> bool:
        """Tell whether a result can change as time goes by."""
        if id(node) not in self._timed:
            self._timed[id(node)] = asks_for_time(node)
        return self._timed[id(node)]

    def _turning_of(self, node: ir.Node) -> Turning | None:
        if id(node) not in self._turnings:
            self._turnings[id(node)] = turning(node)
        return self._turnings[id(node)]

    def _under(self, hold: bool) -> "_Instants":
        if hold not in self._scored:
            self._scored[hold] = _Instants(self.columns, self.context, hold=hold)
        return self._scored[hold]

    # ── a date beside the clock ─────────────────────────────────────────────────────────────────

    def _turning(self, found: Turning, who: Who) -> Instants | None:
        own = self.of(found.own, who)
        if not found.after:
            return _soonest([own, self._day_turns(found, who)])
        values = np.asarray(self._value(found.source, who), np.float64)  # a narrow one would round
        return _soonest([own, *(self._coming(values + after) for after in found.after)])

    def _day_turns(self, found: Turning, who: Who) -> Instants | None:
        """Return when the days begin on which answers turn; dates of long ago are not looked at."""
        earliest = self.today - max(map(reach, found.days))
        match found.source:
            case ir.Call(ir.Function.DATE_OF, (instant,)):
                recent = self._value(instant, who) > (earliest - 2) * zones.DAY
            case source:
                recent = self._value(source, who) > earliest
        if not recent.any():
            return None
        if recent.all():
            return self._turned(found, self._days(found.source, who))
        some = np.flatnonzero(recent)
        when = np.full(recent.size, NEVER, np.int64)
        when[some] = self._turned(found, self._days(found.source, _among(who, some)))
        return when

    def _days(self, source: ir.ValueNode, who: Who) -> Doubles:
        """Return a date's values; local days are worked out for these records only."""
        match source:
            case ir.Call(ir.Function.DATE_OF, (instant,)):
                return zones.local_day(self._value(instant, who), self.context.zone)
        return self._value(source, who)

    def _turned(self, found: Turning, values: Doubles) -> Instants:
        days = (day_of(turn, values) for turn in found.days)
        first = reduce(np.fmin, (np.where(one > self.today, one, np.nan) for one in days))
        return beginnings(first, self.today, self.context.zone)

    def _coming(self, instants: Doubles) -> Instants:
        """Return the instants that are still to come."""
        coming = (instants > self.as_of) & (instants < _LAST)
        return np.where(coming, np.where(coming, instants, 0).astype(np.int64), NEVER)

    # ── groups ──────────────────────────────────────────────────────────────────────────────────

    def _decided(self, several: Sequence[ir.Predicate], decides: bool, who: Who) -> Instants | None:
        """One part that is so decides: the answer stays until the last of these can change."""
        timed = [one for one in several if self.is_timed(one)]
        settled = self._deciding([one for one in several if not self.is_timed(one)], decides)
        if not settled:
            return self._decided_by_time(timed, decides, who)
        for_good = reduce(np.logical_or, (one[who] for one in settled))
        if not for_good.any():
            return self._decided_by_time(timed, decides, who)
        open_ = np.flatnonzero(~for_good)
        when = self._decided_by_time(timed, decides, _among(who, open_)) if open_.size else None
        if when is None:
            return None
        found = np.full(for_good.size, NEVER, np.int64)
        found[open_] = when
        return found

    def _decided_by_time(
        self, timed: Sequence[ir.Predicate], decides: bool, who: Who
    ) -> Instants | None:
        nexts = [self.of(one, who) for one in timed]
        soonest = _soonest(nexts)
        if soonest is None or len(timed) == 1:
            return soonest
        deciding = [one[who] for one in self._deciding(timed, decides)]
        last = np.full(deciding[0].size, _NO_TIME, np.int64)
        for when, so in zip(nexts, deciding, strict=True):
            np.maximum(last, NEVER if when is None else when, out=last, where=so)
        return np.where(last == _NO_TIME, soonest, last)

    def _deciding(self, several: Sequence[ir.Predicate], decides: bool) -> list[Mask]:
        """Return where each part is certainly so."""
        missing = [one for one in several if (id(one), decides) not in self._masks]
        for one, answers in zip(missing, self.frame.predicates(missing), strict=True):
            found = answers.bounds()
            self._masks[id(one), decides] = found.true if decides else ~found.possible
        return [self._masks[id(one), decides] for one in several]

    def _value(self, node: ir.ValueNode, who: Who) -> Doubles:
        if id(node) not in self._values:
            found = self.frame.value(node)
            assert isinstance(found, Numbers), "The clock is compared with dates and instants."
            self._values[id(node)] = found.values
        values = self._values[id(node)]
        return values[who] if values.ndim else values

    # ── related records ─────────────────────────────────────────────────────────────────────────

    def _roll_up(self, node: ir.RollUpOf) -> Instants:
        if id(node) not in self._roll_ups:
            self._roll_ups[id(node)] = self._first_of_children(node)
        return self._roll_ups[id(node)]

    def _first_of_children(self, node: ir.RollUpOf) -> Instants:
        """Return when the first of each record's related ones begins to count, stops, or is another one itself."""
        table = self.columns.children(relation_of(node.rows, self.columns)).columns
        strict = _Instants(table, self.context, hold=False)
        shares = node.aggregate is Aggregate.SHARE
        reading = strict if shares else strict._under(self.frame.hold)
        lives = Lives(node.rows, strict.frame)
        parents = table.column(node.rows.reference)
        assert isinstance(parents, ReferenceColumn)
        only, operand = node.rows.only, node.operand
        asked = only is not None and strict.is_timed(only)
        found = np.full(self.columns.size + 1, NEVER, np.int64)  # the last is of those without one
        for span in spans(table.size):
            turns = [lives.begins(span, any_may_count=asked), lives.ends(span)]
            if asked and only is not None:
                turns.append(lives.while_there(span, strict.of(only, span)))
            if operand is not None:
                turns.append(lives.while_counted(span, reading.of(operand, span)))
            for who, when in turns:
                np.minimum.at(found, parents.positions[span][who], when)
        return found[:-1]


def spans(size: int) -> Iterator[slice]:
    """Give blocks of records."""
    for start in range(0, size, BLOCK):
        yield slice(start, min(start + BLOCK, size))


def asks_for_time(node: ir.Node) -> bool:
    """Tell whether a result can change as time goes by."""
    match node:
        case ir.Today() | ir.Now() | ir.Call(ir.Function.ANNIVERSARY):
            return True
        case ir.RollUpOf(rows=rows, operand=operand):
            below = [one for one in (rows.only, operand) if one is not None]
            return rows.date_field is not None or any(map(asks_for_time, below))
    return any(map(asks_for_time, parts_of(node)))


def _among(who: Who, some: Positions) -> Positions:
    """Return the positions of some of the records."""
    return some + who.start if isinstance(who, slice) else who[some]


def _soonest(several: Iterable[Instants | None]) -> Instants | None:
    some = [one for one in several if one is not None]
    return np.asarray(reduce(np.minimum, some)) if some else None
