"""Which related records count: they exist at `as_of`, lie in the window, pass the condition."""

from datetime import timedelta

import numpy as np

from tierloom.backends.columns.constants import number
from tierloom.backends.columns.moments import dated_by_day, newest
from tierloom.backends.columns.rollups import Rows
from tierloom.domain.context import RunContext
from tierloom.engine.columns import (
    ChildRows,
    Columns,
    Mask,
    NumberColumn,
    Positions,
    ReferenceColumn,
)
from tierloom.rules import dates, ir


def in_time(related: ir.Related, children: Columns, context: RunContext) -> Mask | None:
    """Return which records exist at `as_of` and lie in the window, None where all do.

    A record without a date exists, and lies in no window.
    """
    field = related.date_field
    if field is None:
        return None
    column = children.column(field)
    assert isinstance(column, NumberColumn)
    by_day = dated_by_day(children, field)
    last = number(context.today if by_day else context.as_of)
    late = newest(children, field) > last
    if related.window_days is None:
        return np.asarray(~(column.values > last)) if late else None
    first_day = context.today - timedelta(days=related.window_days - 1)
    first = number(first_day if by_day else dates.start_of_day(first_day, context.zone))
    found = np.asarray(column.values >= first)
    return found & (column.values <= last) if late else found


def unordered_rows(children: ChildRows, related: ir.Related, keep: Mask | None) -> Rows:
    """Return the rows that count, by position of the child: the quickest to get."""
    column = children.columns.column(related.reference)
    assert isinstance(column, ReferenceColumn)
    size = len(children.starts) - 1
    rows = Rows(slice(None), column.positions, size)
    if keep is not None:
        rows = rows.where(keep)
    return rows.where(rows.parents >= 0)


def ordered_rows(children: ChildRows, keep: Mask | None) -> Rows:
    """Return the rows that count, by parent, date and id."""
    counts = np.diff(children.starts)
    parents: Positions = np.repeat(np.arange(len(counts)), counts)
    rows = Rows(children.rows, parents, len(counts))
    return rows if keep is None else rows.where(keep[children.rows])
