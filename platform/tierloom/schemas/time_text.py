"""Dates and times as people and spreadsheets write them: 2024/3/5, 2024年3月5日 13:20."""

import re
from calendar import monthrange
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from tierloom.schemas.free_text import fold_width
from tierloom.schemas.local_time import to_instant
from tierloom.schemas.problems import BadText, shown
from tierloom.text import T

_DATE = (
    r"(?P<y>\d{4})(?:(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
    r"|年 ?(?P<m2>\d{1,2})月 ?(?P<d2>\d{1,2})[日号]?|(?P<m3>\d\d)(?P<d3>\d\d))"
)
_SHORT_YEAR = re.compile(r"(\d\d)(?:年 ?\d{1,2}月|/\d{1,2}/(\d{1,2})(?!\d))", re.ASCII)
_TIME = (
    r"(?P<h>\d{1,2})(?::|时|点)(?P<min>\d{1,2})"
    r"(?:(?::|分)(?P<sec>\d{1,2})(?:[.,](?P<frac>\d{1,9}))?秒?|分)?(?: ?(?P<pm>[AaPp][Mm]))?"
)
_ZONE = r"(?: ?(?P<utc>[Zz]|UTC|GMT)| ?(?P<sign>[+-])(?P<zh>\d\d):?(?P<zm>\d\d)(?::(?P<zs>\d\d))?)?"
_MOMENT = re.compile(rf"{_DATE}(?:(?:[Tt]| {{1,3}}|(?<=[日号])){_TIME}{_ZONE})?\Z", re.ASCII)
_COMPACT = re.compile(r"(\d{8})(\d\d)(\d\d)(\d\d)\Z", re.ASCII)
_OTHER_ORDER = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d\d)\b", re.ASCII)
_MAX_TEXT = 60
_NOON = 12
_LAST_SHORT_YEAR = 69
"""Of two digits, 00 to 69 are years of this century and 70 to 99 of the last (as in POSIX)."""
# Two days from either end, so that every zone can show every instant that is held.
_FIRST = datetime(1, 1, 3, tzinfo=UTC)
_LAST = datetime(MAXYEAR, 12, 29, tzinfo=UTC)


def read_date(text: str) -> date | None:
    """Return the date in `text`; a midnight behind it, as spreadsheets write one, is dropped.

    Raises:
        BadText: it is no date, there is no such day, or it has a time of day.
    """
    found = _match(text)
    if found is None:
        return None
    day = _day(found, text)
    if found["h"] is not None and _clock(found, text) != (time(0), 0):
        raise BadText(
            "has-time",
            T("%(text)s has a time of day; this field holds only a date.", text=shown(text)),
        )
    return day


def read_datetime(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the instant in `text`, in `zone` where it names no offset.

    A date alone is the first instant of the day.

    Raises:
        BadText: it is no date and time, or there is no such day or time.
    """
    found = _match(text)
    if found is None:
        return None
    day = _day(found, text)
    clock, carried = _clock(found, text) if found["h"] is not None else (time(0), 0)
    local = datetime.combine(day, clock)
    try:
        instant = _instant(found, local + timedelta(days=carried), zone)
    except OverflowError:
        instant = _LAST
    if not _FIRST <= instant < _LAST:
        raise BadText(
            "out-of-range", T("%(text)s is too long ago or too far ahead.", text=shown(text))
        )
    return instant


def edit_datetime(value: datetime, zone: ZoneInfo) -> str:
    """Return local time as short as it can be, with the offset only where it is needed."""
    local = value.astimezone(zone)
    unit = "milliseconds" if value.microsecond else "seconds" if local.second else "minutes"
    naive = local.replace(tzinfo=None)
    # The second of two equal wall-clock times cannot be told from the first without its offset.
    plain = naive if to_instant(naive, zone) == value else local
    return plain.isoformat(" ", unit)


def _match(text: str) -> re.Match[str] | None:
    plain = fold_width(text)
    if not plain:
        return None
    compact = _COMPACT.match(plain)
    if compact:
        plain = f"{compact[1]} {compact[2]}:{compact[3]}:{compact[4]}"
    plain = _with_century(plain)
    found = _MOMENT.match(plain) if len(plain) <= _MAX_TEXT else None
    if found is None:
        swapped = _OTHER_ORDER.match(plain[:_MAX_TEXT])
        raise BadText(
            "not-a-date",
            T("%(text)s is not a date.", text=shown(text)),
            T("Write the year first, with four digits: 2024-03-05.") if swapped else None,
        )
    return found


def _with_century(plain: str) -> str:
    """Return 24/3/5 and 24年3月5日 with four digits of the year.

    05/03/24 stays as it is: it may be a day of 2024 as well as one of 2005.
    """
    found = _SHORT_YEAR.match(plain)
    if found is None or (found[2] and len(found[2]) == 2 and int(found[1]) <= _NOON):
        return plain
    return f"{'20' if int(found[1]) <= _LAST_SHORT_YEAR else '19'}{plain}"


def _day(found: re.Match[str], text: str) -> date:
    year = int(found["y"])
    month = int(found["m"] or found["m2"] or found["m3"])
    day = int(found["d"] or found["d2"] or found["d3"])
    if not 1 <= month <= 12:
        raise BadText(
            "no-such-day", T("%(text)s: there is no month %(n)s.", text=shown(text), n=month)
        )
    if not year:
        raise BadText("no-such-day", T("%(text)s: there is no year 0.", text=shown(text)))
    if not 1 <= day <= monthrange(year, month)[1]:
        raise BadText(
            "no-such-day",
            T("%(text)s: month %(month)s of %(year)s has no day %(day)s.",
              text=shown(text), year=year, month=month, day=day),
        )  # fmt: skip
    return date(year, month, day)


def _clock(found: re.Match[str], text: str) -> tuple[time, int]:
    """Return the time of day, and 1 for the midnight that ends the day (24:00)."""
    hour, minute, second = int(found["h"]), int(found["min"]), int(found["sec"] or 0)
    microsecond = int((found["frac"] or "").ljust(3, "0")[:3]) * 1000
    half = (found["pm"] or "").lower()
    if half and not 1 <= hour <= _NOON:
        hour = 99
    elif half:
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    if (hour, minute, second, microsecond) == (24, 0, 0, 0):
        return time(0), 1
    if hour > 23 or minute > 59 or second > 59:
        raise BadText(
            "no-such-time", T("%(text)s: there is no such time of day.", text=shown(text))
        )
    return time(hour, minute, second, microsecond), 0


def _instant(found: re.Match[str], local: datetime, zone: ZoneInfo) -> datetime:
    if found["utc"]:
        return local.replace(tzinfo=UTC)
    if found["sign"]:
        offset = timedelta(
            hours=int(found["zh"]), minutes=int(found["zm"]), seconds=int(found["zs"] or 0)
        )
        if offset >= timedelta(days=1):
            raise OverflowError
        signed = offset if found["sign"] == "+" else -offset
        return local.replace(tzinfo=timezone(signed)).astimezone(UTC)
    return to_instant(local, zone)
