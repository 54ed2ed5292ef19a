"""Local time over arrays of milliseconds; NaN is unknown.

A zone's rules are read from `zoneinfo` once per year and kept as a table of offsets. Local times in
a gap stand for the first instant after it, those of an overlap for the earlier instant.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from tierloom.backends.columns import civil
from tierloom.engine.columns import Doubles

DAY = 86_400_000
_ELAPSED = {"hour": 3_600_000, "minute": 60_000}
_YEAR = 365.2425 * DAY
_LIFETIME = 150
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Instants = NDArray[np.int64]
Table = tuple[Instants, Instants]
"""Instants in ascending order, and the offset from UTC that begins at each."""


def local_day(instants: Doubles, zone: ZoneInfo) -> Doubles:
    """Return the local date, in days since 1970-01-01."""
    return np.asarray(np.floor(to_local(instants, zone) / DAY))


def shift(instants: Doubles, amount: Doubles, unit: str, zone: ZoneInfo) -> Doubles:
    """Add elapsed hours or minutes, or days, weeks, months or years of the local calendar."""
    if unit in _ELAPSED:
        return instants + amount * _ELAPSED[unit]
    local = to_local(instants, zone)
    day = np.floor(local / DAY)
    return to_utc(civil.shift(day, amount, unit) * DAY + (local - day * DAY), zone)


def truncate(instants: Doubles, unit: str, zone: ZoneInfo) -> Doubles:
    """Return the instants at which the local minute, hour, day, week, month or year began."""
    local = to_local(instants, zone)
    if unit in _ELAPSED:
        return np.asarray(instants - np.mod(local, _ELAPSED[unit]))
    return to_utc(civil.start(np.asarray(np.floor(local / DAY)), unit) * DAY, zone)


def difference(later: Doubles, earlier: Doubles, unit: str, zone: ZoneInfo) -> Doubles:
    """Return the largest n with earlier + n units <= later; swapped, the negative of that."""
    if unit in _ELAPSED:
        return np.asarray(np.trunc((later - earlier) / _ELAPSED[unit]))
    high, low = np.maximum(later, earlier), np.minimum(later, earlier)
    found = civil.difference(local_day(high, zone), local_day(low, zone), unit) + 1
    # The time of day and a change of the clock may each take one away, and one was added.
    for _ in range(3):
        found = found - (shift(low, found, unit, zone) > high)
    return np.where(later < earlier, -found, found)


def to_local(instants: Doubles, zone: ZoneInfo) -> Doubles:
    """Return local clock times, as milliseconds of a clock that showed 0 at 1970-01-01 00:00."""
    return instants + _offsets(_table(instants, zone), instants)


def to_utc(local: Doubles, zone: ZoneInfo) -> Doubles:
    """Return the instants at which local clocks show these times."""
    table = _table(local, zone)
    before = local - _offsets(table, local - DAY)
    after = local - _offsets(table, local + DAY)
    first, second = np.minimum(before, after), np.maximum(before, after)
    ends_of_gaps = table[0][_entry(table, second)].astype(np.float64)
    fits_first = first + _offsets(table, first) == local
    fits_second = second + _offsets(table, second) == local
    found = np.where(fits_first, first, np.where(fits_second, second, ends_of_gaps))
    return np.where(np.isnan(local), np.nan, found)


def _offsets(table: Table, instants: Doubles) -> Doubles:
    if len(table[1]) == 1:  # most zones, most of the time
        return np.asarray(table[1][0], np.float64)
    return np.asarray(table[1][_entry(table, instants)], np.float64)


def _entry(table: Table, instants: Doubles) -> NDArray[np.intp]:
    found = np.searchsorted(table[0], np.nan_to_num(instants), side="right") - 1
    return np.asarray(np.maximum(found, 0))


def _table(near: Doubles, zone: ZoneInfo) -> Table:
    """Return the offsets in the years around these times; of years between there may be none."""
    known = near[np.isfinite(near)]
    if not known.size:
        return _years(zone, 1970, 1971)
    first, last = (int(one // _YEAR) + 1970 for one in (known.min(), known.max()))
    if last - first <= _LIFETIME:
        return _years(zone, first - 1, last + 1)
    years = np.unique(known // _YEAR).astype(np.int64) + 1970
    around = np.unique(np.concatenate([years - 1, years, years + 1])).tolist()
    return _joined(_changes(zone, year) for year in around)


@lru_cache(maxsize=256)
def _years(zone: ZoneInfo, first: int, last: int) -> Table:
    return _joined(_changes(zone, year) for year in range(first, last + 1))


def _joined(changes: Iterable[tuple[tuple[int, int], ...]]) -> Table:
    """Join the tables of years; an entry that changes nothing is left out."""
    pairs = np.asarray([pair for year in changes for pair in year], np.int64).reshape(-1, 2)
    changed = np.append(True, np.diff(pairs[:, 1]) != 0)
    return pairs[changed, 0], pairs[changed, 1]


@lru_cache(maxsize=4096)
def _changes(zone: ZoneInfo, year: int) -> tuple[tuple[int, int], ...]:
    """Return the offset at the start of a year, then each change within it, in milliseconds."""
    if not 1 < year < 9999:
        return ()  # at the ends of the calendar the neighbours serve
    start = int((datetime(year, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
    end = int((datetime(year + 1, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
    offset = _offset(zone, start)
    found = [(start * 1000, offset)]
    for day in range(start, end, 86_400):
        if _offset(zone, day + 86_400) != offset:
            change = _change(zone, day, day + 86_400)
            offset = _offset(zone, day + 86_400)
            found.append((change * 1000, offset))
    return tuple(found)


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """Return the second at which the offset changes between two instants."""
    old = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, seconds: int) -> int:
    offset = (_EPOCH + timedelta(seconds=seconds)).astimezone(zone).utcoffset() or timedelta()
    return int(offset / timedelta(milliseconds=1))
