"""Days on which answers turn, and the instants at which days begin, over arrays. Days are counted from 1970-01-01."""

from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from tierloom.backends.columns import civil, zones
from tierloom.backends.columns.constants import number
from tierloom.engine.columns import Doubles
from tierloom.engine.results import Instants
from tierloom.engine.stays import NEVER
from tierloom.rules import dates
from tierloom.rules.turning import After, Overtaking, Turn

_LAST_DAY = number(dates.LAST_INSTANT.date())
_NEAR = 1_024
"""The midnights of so many days from today on are kept at hand, or more: what comes due soon."""


def day_of(turn: Turn, days: Doubles) -> Doubles:
    """Return the days on which an answer turns, given the records' dates; NaN outside the calendar."""
    match turn:
        case After(count, 0):
            return days + count
        case After(count, months):
            return civil.shift(days, np.asarray(float(months)), "month") + count
        case Overtaking(months, late):
            return _overtaking(days + late, months)


def reach(turn: Turn) -> int:
    """Return a number of days after which, counted from a date, an answer does not turn any more."""
    match turn:
        case After(count, months):
            return count + max(31 * months, 0)
        case Overtaking(months):
            return max(-31 * months, 0) + 31


def beginnings(days: Doubles, today: float, zone: ZoneInfo) -> Instants:
    """Return when days begin, `NEVER` for NaN, for days that have begun by `today` and those beyond the calendar."""
    first = int(today) // _NEAR * _NEAR
    near = _near(first, zone)
    behind = len(near) - 1
    wanted = np.where(days > today, days - first, np.nan)
    found = near.take(np.fmin(wanted, behind).astype(np.int64))
    far = (wanted >= behind) & (days < _LAST_DAY)
    if far.any():
        several, which = np.unique(days[far], return_inverse=True)
        found = np.asarray(found)
        found[far] = _begin(np.asarray(several, np.float64), zone)[which]
    return found


@lru_cache(maxsize=64)
def _near(first: int, zone: ZoneInfo) -> Instants:
    """Return when each of two times `_NEAR` days begins, from a day on; the last place says `NEVER`."""
    days = np.arange(first, first + 2 * _NEAR, dtype=np.float64)
    inside = days < _LAST_DAY
    begun = _begin(np.where(inside, days, 0.0), zone)
    return np.append(np.where(inside, begun, NEVER), NEVER)


def _begin(days: Doubles, zone: ZoneInfo) -> Instants:
    return zones.to_utc(days * zones.DAY, zone).astype(np.int64)


def _overtaking(targets: Doubles, months: int) -> Doubles:
    start = civil.start(targets, "month")
    first = civil.shift(start, np.asarray(float(-months)), "month")
    found = first + civil.part(targets, "day")
    same = (civil.start(found, "month") == first) & (civil.start(targets + 1, "month") == start)
    return np.where(same, found, civil.shift(first, np.asarray(1.0), "month"))
