"""The one place where wall-clock time becomes an instant, by the rules of a zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def to_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant (aware, UTC) of a naive local time.

    In an overlap it is the earlier instant; in a gap the first instant after the gap.

    Raises:
        OverflowError: the instant is outside the years 1 to 9999.
    """
    aware = local.replace(tzinfo=zone, fold=0)
    instant = aware.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    return _end_of_gap(local.replace(tzinfo=zone, fold=1).astimezone(UTC), instant, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find the first second with the later offset between two instants."""
    later = after.astimezone(zone).utcoffset()
    low, high = before.replace(microsecond=0), after.replace(microsecond=0)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == later:
            high = middle
        else:
            low = middle
    return high
