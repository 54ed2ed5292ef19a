"""Aggregates over the values of related records."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate, Value
from tierloom.rules import ir
from tierloom.rules.dates import local_date


class _None(Enum):
    NONE = "none"


NONE: Final = _None.NONE
"""The aggregate of nothing: known not to exist. Not to be mixed up with None, which is unknown."""

Known = Value | _None


def exists(when: Value, rows: ir.Related, context: RunContext) -> bool:
    """Tell whether a record dated so exists at `as_of`, and is in the window.

    Undated records always exist, and are in no window.
    """
    match when:
        case datetime():
            day, past = local_date(when, context.zone), when <= context.as_of
        case date():
            day, past = when, when <= context.today
        case _:
            return rows.window_days is None
    if rows.window_days is None:
        return past
    return past and day > context.today - timedelta(days=rows.window_days)


def aggregate(
    how: Aggregate, count: int, values: list[Known] | None, scale: int, kind: ir.ValueType
) -> Known:
    """Aggregate the operands of `count` rows, in order; `scale` is the operand's decimals.

    Rows whose operand is unknown are skipped; if all are, the result is unknown. Count and sum of
    nothing are 0, the others of nothing are *none*.
    """
    if values is None:
        return count
    known = [one for one in values if one is not None and one is not NONE]
    if not known:
        if any(one is None for one in values):
            return None
        return _of_numbers(0, 0, how, kind) if how is Aggregate.SUM else NONE
    match how:
        case Aggregate.FIRST:
            return known[0]
        case Aggregate.LAST:
            return known[-1]
        case Aggregate.MINIMUM:
            return min(known)  # type: ignore[type-var]
        case Aggregate.MAXIMUM:
            return max(known)  # type: ignore[type-var]
        case Aggregate.DISTINCT:
            return len(set(known))
        case Aggregate.MOST_FREQUENT:
            return _most_frequent(known)
        case Aggregate.SHARE:
            return sum(one is True for one in known) / len(known)
        case Aggregate.GAP:
            return _gap(known)
        case _:
            numbers = [one for one in known if isinstance(one, (int, float))]
            total = sum(round(one * 10**scale) for one in numbers)
            return _of_numbers(total, scale, how, kind, len(numbers))


def _most_frequent(known: Sequence[Known]) -> Known:
    """Return the value that occurs most often; of several the one that came last."""
    times = Counter(known)
    most = max(times.values())
    return next(one for one in reversed(known) if times[one] == most)


def _gap(days: Sequence[Known]) -> Known:
    if len(days) < 2:
        return NONE
    before, last = days[-2:]
    assert isinstance(before, date), "a gap is between dates"
    assert isinstance(last, date), "a gap is between dates"
    return (last - before).days


def _of_numbers(
    total: int, scale: int, how: Aggregate, kind: ir.ValueType, count: int = 1
) -> float:
    """Bring a sum of scaled integers back: by one division, so that equal amounts average to themselves."""
    if how is Aggregate.SUM and kind.scale == 0:
        return total
    return float(total) / float(count * 10**scale if how is Aggregate.AVERAGE else 10**scale)
