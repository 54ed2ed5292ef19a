"""Arithmetic of the calendar, the same in every evaluator."""

from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tierloom.schemas.local_time import to_instant

UNITS = ("day", "week", "month", "year")
INSTANT_UNITS = ("minute", "hour", *UNITS)
_ELAPSED = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
FIRST_INSTANT = datetime(2, 1, 1, tzinfo=UTC)
LAST_INSTANT = datetime(9998, 12, 31, tzinfo=UTC)
"""What is worked out stays within these: around them, zones could leave the calendar."""
PARTS = ("year", "month", "day", "weekday")


def date_add(day: date, count: int, unit: str) -> date | None:
    """Move a date by units of the calendar; months and years clamp to the month's last day.

    None where the result leaves the years 1 to 9999.
    """
    try:
        match unit:
            case "day":
                return day + timedelta(days=count)
            case "week":
                return day + timedelta(weeks=count)
            case "month":
                return _month_add(day, count)
            case "year":
                return _month_add(day, 12 * count)
    except (OverflowError, ValueError):
        return None
    raise ValueError(f"No unit {unit!r}. Known: {', '.join(UNITS)}.")


def _month_add(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 + count
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def date_diff(later: date, earlier: date, unit: str) -> int:
    """Return the largest n with `date_add(earlier, n, unit) <= later`; antisymmetric."""
    if later < earlier:
        return -date_diff(earlier, later, unit)
    match unit:
        case "day":
            return (later - earlier).days
        case "week":
            return (later - earlier).days // 7
        case "month":
            return _months_between(later, earlier)
        case "year":
            return _months_between(later, earlier) // 12
    raise ValueError(f"No unit {unit!r}. Known: {', '.join(UNITS)}.")


def _months_between(later: date, earlier: date) -> int:
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months if _month_add(earlier, months) <= later else months - 1


def date_part(day: date, part: str) -> int:
    """Return the year, month, day or weekday (Monday is 1) of a date."""
    parts: dict[str, Callable[[], int]] = {
        "year": lambda: day.year,
        "month": lambda: day.month,
        "day": lambda: day.day,
        "weekday": day.isoweekday,
    }
    if part not in parts:
        raise ValueError(f"No part {part!r}. Known: {', '.join(PARTS)}.")
    return parts[part]()


def days_to_anniversary(day: date, today: date) -> int:
    """Return days from today to the next day with the same month and day.

    29 February counts as the 28th in common years.
    """
    for year in (today.year, today.year + 1):
        last = 28 if (day.month, day.day) == (2, 29) and not isleap(year) else day.day
        found = date(year, day.month, last)
        if found >= today:
            return (found - today).days
    raise AssertionError("An anniversary comes every year.")


def instant_add(moment: datetime, count: int, unit: str, zone: ZoneInfo) -> datetime | None:
    """Move an instant: minutes and hours elapse, larger units move the local calendar.

    None where the result leaves what instants can be.
    """
    try:
        if unit in _ELAPSED:
            return _within(moment + count * _ELAPSED[unit])
        local = moment.astimezone(zone)
        day = date_add(local.date(), count, unit)
        if day is None:
            return None
        return _within(to_instant(datetime.combine(day, local.time()), zone))
    except OverflowError:
        return None


def instant_truncate(moment: datetime, unit: str, zone: ZoneInfo) -> datetime | None:
    """Return the instant at which the local minute, hour, day, week (Monday), month or year began."""
    local = moment.astimezone(zone)
    if unit in _ELAPSED:
        inside = timedelta(minutes=local.minute if unit == "hour" else 0, seconds=local.second)
        return _within(moment - inside - timedelta(microseconds=local.microsecond))
    day = local.date()
    match unit:
        case "week":
            day -= timedelta(days=day.weekday())
        case "month":
            day = day.replace(day=1)
        case "year":
            day = day.replace(month=1, day=1)
    return _within(start_of_day(day, zone))


def _within(moment: datetime) -> datetime | None:
    return moment if FIRST_INSTANT <= moment <= LAST_INSTANT else None


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant (in UTC) of a local day."""
    return to_instant(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """Return the local date of an instant."""
    return moment.astimezone(zone).date()
