"""Comparisons of an instant's local day with one day, as comparisons of the instant itself.

An instant is compared where it stands; its local day would have to be worked out for every record.
"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from tierloom.rules import dates, ir
from tierloom.rules.ir import Comparison
from tierloom.rules.types import DATETIME

_AROUND = timedelta(days=2)
"""Further away than any change of the clock reaches."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_FIRST = (dates.FIRST_INSTANT + 2 * _AROUND).toordinal() - _EPOCH_DAY
_LAST = (dates.LAST_INSTANT - 2 * _AROUND).toordinal() - _EPOCH_DAY


def as_instants(
    comparison: Comparison, moment: ir.ValueNode, day: float, zone: ZoneInfo
) -> ir.Predicate | None:
    """Return the same question about the instant `moment`; None where the clock changes near that day.

    `day` is counted from 1970-01-01. Where clocks go back over midnight, a day may come twice.
    """
    first, after = _start(day, zone), _start(day + 1, zone)
    if first is None or after is None:
        return None
    since = ir.Compare(Comparison.GREATER_EQUAL, moment, first)
    before = ir.Compare(Comparison.LESS, moment, after)
    match comparison:
        case Comparison.GREATER_EQUAL:
            return since
        case Comparison.LESS_EQUAL:
            return before
        case Comparison.GREATER:
            return ir.Compare(Comparison.GREATER_EQUAL, moment, after)
        case Comparison.LESS:
            return ir.Compare(Comparison.LESS, moment, first)
        case Comparison.EQUAL:
            return ir.And((since, before))


def _start(day: float, zone: ZoneInfo) -> ir.Literal | None:
    """Return the instant at which a day begins, None near a change of the clock or for no day."""
    if not _FIRST <= day <= _LAST:
        return None
    instant = dates.start_of_day(date.fromordinal(int(day) + _EPOCH_DAY), zone)
    offsets = {(instant + shift).astimezone(zone).utcoffset() for shift in (-_AROUND, _AROUND)}
    return ir.Literal(instant, DATETIME) if len(offsets) == 1 else None
