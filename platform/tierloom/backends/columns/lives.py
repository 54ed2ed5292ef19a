"""When related records begin to count and when they stop, block by block of their table."""

from datetime import timedelta
from functools import cached_property

import numpy as np

from tierloom.backends.columns import zones
from tierloom.backends.columns.constants import number
from tierloom.backends.columns.frame import Frame
from tierloom.backends.columns.midnights import beginnings
from tierloom.backends.columns.moments import dated_by_day, newest
from tierloom.engine.columns import Doubles, Mask, NumberColumn, Positions
from tierloom.engine.results import Instants
from tierloom.engine.stays import NEVER
from tierloom.rules import dates, ir

Turns = tuple[Positions, Instants]
"""Some records of a block, by their places in it, and an instant for each (without dimensions: the same for all)."""
_NOBODY: Turns = np.empty(0, np.int64), np.asarray(NEVER)


class Lives:
    """The related records that a roll-up is about, as time goes by; `frame` is their table's, two-valued."""

    def __init__(self, rows: ir.Related, frame: Frame) -> None:
        self.rows = rows
        self.frame = frame
        self.context = frame.context
        self.today = number(frame.context.today)
        field = rows.date_field
        self.by_day = field is None or dated_by_day(frame.columns, field)
        self.last = self.today if self.by_day else number(frame.context.as_of)
        self.some_late = field is not None and newest(frame.columns, field) > self.last

    def begins(self, span: slice, *, any_may_count: bool) -> Turns:
        """Return who is dated later than now. Unless `any_may_count`, those only that will count."""
        if not self.some_late or self.dates is None:
            return _NOBODY
        late = self.dates[span] > self.last
        if self.rows.only is not None and not any_may_count:
            late &= self._wanted[span]
        who = np.flatnonzero(late)
        values = self.dates[span][who]
        if self.by_day:
            return who, beginnings(values, self.today, self.context.zone)
        known = values < number(dates.LAST_INSTANT)
        return who, np.where(known, np.where(known, values, 0).astype(np.int64), NEVER)

    def ends(self, span: slice) -> Turns:
        """Return who counts, and when each leaves the window."""
        if self.rows.window_days is None or self.dates is None:
            return _NOBODY
        who = self._counted(span)
        days = self.dates[span][who]
        if not self.by_day:
            days = zones.local_day(days, self.context.zone)
        return who, beginnings(days + self.rows.window_days, self.today, self.context.zone)

    def while_counted(self, span: slice, when: Instants | None) -> Turns:
        """Return the instants of those that count."""
        return _NOBODY if when is None else _of(self._counted(span), when)

    def while_there(self, span: slice, when: Instants | None) -> Turns:
        """Return the instants of those that exist and are in the window, whatever else is asked of them."""
        if when is None:
            return _NOBODY
        there = np.broadcast_to(when != NEVER, span.stop - span.start)
        if self.dates is not None:
            there = there & ~(self.dates[span] > self.last)
            if self.rows.window_days is not None:
                there &= self.dates[span] >= self._first
        return _of(np.flatnonzero(there), when)

    @cached_property
    def dates(self) -> Doubles | None:
        """The dates by which records exist; None where they always do."""
        if self.rows.date_field is None:
            return None
        column = self.frame.columns.column(self.rows.date_field)
        assert isinstance(column, NumberColumn)
        return column.values if self.by_day else np.asarray(column.values, np.float64)

    @cached_property
    def _first(self) -> float:
        """The first date that is in the window."""
        first = self.context.today - timedelta(days=(self.rows.window_days or 1) - 1)
        return number(first if self.by_day else dates.start_of_day(first, self.context.zone))

    @cached_property
    def _wanted(self) -> Mask:
        assert self.rows.only is not None
        return self.frame.predicate(self.rows.only).mask()

    @cached_property
    def _kept(self) -> Mask | None:
        kept = self.frame.kept_rows(self.rows)
        return None if kept is None else kept.mask()

    def _counted(self, span: slice) -> Positions:
        if self._kept is None:
            return np.arange(span.stop - span.start)
        return np.flatnonzero(self._kept[span])


def _of(who: Positions, when: Instants) -> Turns:
    return who, when[who] if when.ndim else when
