"""The civil calendar over arrays of days since 1970-01-01.

NaN is unknown, and so is what leaves the years 1 to 9999.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierloom.engine.columns import Doubles

FIRST_DAY, LAST_DAY = -719_162, 2_932_896
_FAR = 120_000  # months: further than from any day to any other

Whole = NDArray[np.int64]


def shift(days: Doubles, amount: Doubles, unit: str) -> Doubles:
    """Add an amount of days, weeks, months or years; the day of the month is clamped."""
    match unit:
        case "day":
            moved = days + amount
        case "week":
            moved = days + 7 * amount
        case "month":
            moved = _add_months(days, amount)
        case "year":
            moved = _add_months(days, 12 * amount)
        case _:
            raise ValueError(f"No unit {unit!r} of dates.")
    return np.where((moved >= FIRST_DAY) & (moved <= LAST_DAY), moved, np.nan)


def difference(later: Doubles, earlier: Doubles, unit: str) -> Doubles:
    """Return the largest n with earlier + n units <= later; swapped, the negative of that."""
    match unit:
        case "day":
            return later - earlier
        case "week":
            return np.asarray(np.trunc((later - earlier) / 7))
        case "month":
            return _months_between(later, earlier)
        case "year":
            return np.asarray(np.trunc(_months_between(later, earlier) / 12))
    raise ValueError(f"No unit {unit!r} of dates.")


def part(days: Doubles, unit: str) -> Doubles:
    """Return the year, month, day of the month, or weekday (Monday is 1)."""
    whole, known = _whole(days)
    months = _month(whole)
    match unit:
        case "year":
            found = months // 12 + 1970
        case "month":
            found = months % 12 + 1
        case "day":
            found = whole - _first_day(months) + 1
        case "weekday":
            found = (whole + 3) % 7 + 1
        case _:
            raise ValueError(f"No part {unit!r} of dates.")
    return np.where(known, found, np.nan)


def start(days: Doubles, unit: str) -> Doubles:
    """Return the first day of the week (Monday), month or year that each day is in."""
    whole, known = _whole(days)
    months = _month(whole)
    match unit:
        case "day":
            found = whole
        case "week":
            found = whole - (whole + 3) % 7
        case "month":
            found = _first_day(months)
        case "year":
            found = _first_day(months // 12 * 12)
        case _:
            raise ValueError(f"No unit {unit!r} of dates.")
    return np.where(known, found, np.nan)


def to_anniversary(days: Doubles, today: float) -> Doubles:
    """Return the days from today to the next day with the same month and day.

    29 February counts as the 28th in common years.
    """
    whole, known = _whole(days)
    now = int(today)
    month = _month(whole) % 12
    in_month = whole - _first_day(_month(whole))
    this_year = int(_month(np.asarray(now))) // 12 * 12
    first = _place(this_year + month, in_month)
    following = _place(this_year + 12 + month, in_month)
    return np.where(known, np.where(first >= now, first, following) - now, np.nan)


def _add_months(days: Doubles, amount: Doubles) -> Doubles:
    whole, known = _whole(days)
    months, counted = _whole(np.clip(amount, -_FAR, _FAR))
    start = _month(whole)
    placed = _place(start + months, whole - _first_day(start))
    return np.where(known & counted, placed, np.nan)


def _months_between(later: Doubles, earlier: Doubles) -> Doubles:
    high, low = np.maximum(later, earlier), np.minimum(later, earlier)
    known = ~np.isnan(high)
    found = np.asarray(_month(_whole(high)[0]) - _month(_whole(low)[0]), np.float64)
    found = np.where(known, found, np.nan)
    found = found - (_add_months(low, found) > high)
    return np.where(later < earlier, -found, found)


def _place(months: Whole, in_month: Whole) -> Whole:
    """Return the day that is `in_month` days (clamped) into the month."""
    start = _first_day(months)
    return np.asarray(start + np.minimum(in_month, _first_day(months + 1) - start - 1))


def _month(days: Whole) -> Whole:
    """Return months since January 1970."""
    return _as(_as(days, "datetime64[D]"), "datetime64[M]").astype(np.int64)


def _first_day(months: Whole) -> Whole:
    return _as(_as(months, "datetime64[M]"), "datetime64[D]").astype(np.int64)


def _as(array: NDArray[Any], kind: str) -> NDArray[Any]:
    return np.asarray(np.asarray(array).astype(kind))


def _whole(values: Doubles) -> tuple[Whole, NDArray[np.bool_]]:
    known = np.asarray(np.isfinite(values))
    return np.where(known, values, 0).astype(np.int64), known
