"""Which related records count: they exist at `as_of`, lie in the window, pass the condition."""

from dataclasses import replace
from datetime import timedelta

import numpy as np

from tierloom.backends.columns.constants import number
from tierloom.backends.columns.kept import Kept
from tierloom.backends.columns.moments import dated_by_day, newest
from tierloom.backends.columns.rollups import Rows
from tierloom.domain.context import RunContext
from tierloom.engine.columns import (
    ChildRows,
    Columns,
    Positions,
    ReferenceColumn,
)
from tierloom.rules import dates, ir
from tierloom.rules.ir import Comparison
from tierloom.rules.types import DATE, DATETIME


def in_time(
    related: ir.Related, children: Columns, context: RunContext
) -> tuple[ir.Predicate, ...]:
    """Return what must hold of a record that exists at `as_of` and lies in the window.

    A record without a date exists, and lies in no window.
    """
    field = related.date_field
    if field is None:
        return ()
    by_day = dated_by_day(children, field)
    kind = DATE if by_day else DATETIME
    last = ir.Literal(context.today if by_day else context.as_of, kind)
    date = ir.Var((field,), kind)
    late = newest(children, field) > number(last.value)
    if related.window_days is None:
        return (ir.Not(ir.Compare(Comparison.GREATER, date, last)),) if late else ()
    first_day = context.today - timedelta(days=related.window_days - 1)
    first = first_day if by_day else dates.start_of_day(first_day, context.zone)
    since = ir.Compare(Comparison.GREATER_EQUAL, date, ir.Literal(first, kind))
    return (since, ir.Compare(Comparison.LESS_EQUAL, date, last)) if late else (since,)


def unordered_rows(children: ChildRows, related: ir.Related, keep: Kept | None) -> Rows:
    """Return the rows that count, by position of the child: the quickest to get."""
    column = children.columns.column(related.reference)
    assert isinstance(column, ReferenceColumn)
    size = len(children.starts) - 1
    all_ = Rows(slice(None), column.positions, size)
    rows = all_ if keep is None else all_.at(keep.positions())
    if children.starts[-1] < children.columns.size:  # some have no parent
        return rows.where(rows.parents >= 0)
    return replace(rows, known_counts=np.diff(children.starts)) if rows is all_ else rows


def ordered_rows(children: ChildRows, keep: Kept | None) -> Rows:
    """Return the rows that count, by parent, date and id."""
    counts = np.diff(children.starts)
    parents: Positions = np.repeat(np.arange(len(counts)), counts)
    rows = Rows(children.rows, parents, len(counts), counts)
    return rows if keep is None else rows.where(keep.mask()[children.rows])
