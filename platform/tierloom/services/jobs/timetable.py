"""When something is due again and again: cron expressions, read in a time zone, and said in words.

The library does the calendar. Ours are five fields (minute, hour, day, month, weekday); a time that the clock
passes twice on the day it is put back counts once, one that it leaps over counts at the leap's end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from croniter import CroniterError, croniter

from tierloom.errors import Problem, raise_if
from tierloom.text import T, Text

LEAST_MINUTES = 5
LONGEST = 120
_FIELDS = 5
_YEARS = 10
_MANY = 4
_ANY = ["*"]

WEEKDAYS = (
    T("Sunday"),
    T("Monday"),
    T("Tuesday"),
    T("Wednesday"),
    T("Thursday"),
    T("Friday"),
    T("Saturday"),
)
MONTHS = (
    T("January"),
    T("February"),
    T("March"),
    T("April"),
    T("May"),
    T("June"),
    T("July"),
    T("August"),
    T("September"),
    T("October"),
    T("November"),
    T("December"),
)


@dataclass(frozen=True, slots=True)
class Timetable:
    """A cron expression that is known to be good, in a time zone that exists."""

    expression: str
    zone: str

    def following(self, after: datetime) -> datetime:
        """Return the first instant of it after another one, in UTC."""
        local = after.astimezone(ZoneInfo(self.zone))
        times = croniter(
            self.expression, local, ret_type=datetime, max_years_between_matches=_YEARS
        )
        found: datetime = times.get_next()
        while found.fold and not self._every_hour:
            found = times.get_next()
        return found.astimezone(UTC)

    def coming(self, after: datetime, count: int) -> list[datetime]:
        """Return the next few instants of it, in UTC."""
        found: list[datetime] = []
        for _ in range(count):
            after = self.following(after)
            found.append(after)
        return found

    @property
    def _every_hour(self) -> bool:
        """Whether it goes by hours that pass, not by what the clock shows."""
        return self.expression.split()[1].startswith("*")


def read(expression: str, zone: str, now: datetime) -> Timetable:
    """Read what somebody has typed.

    Raises:
        Invalid: it is no expression, there is no such zone, or it is due more often than every five minutes.
    """
    written = " ".join(expression.split())
    raise_if([*_bad_zone(zone), *_bad_expression(written)])
    table = Timetable(written, zone)
    raise_if(_never_due(table, now))
    return table


def _bad_zone(zone: str) -> Iterator[Problem]:
    if zone not in available_timezones():
        message = T("There is no time zone “%(zone)s”. Write one like Asia/Shanghai.", zone=zone)
        yield Problem("unknown-zone", "/zone", message)


def _bad_expression(written: str) -> Iterator[Problem]:
    said = written[:LONGEST]
    parts = written.split()
    if len(parts) != _FIELDS or len(written) > LONGEST:
        message = T(
            "Write five parts with spaces between them: minute, hour, day of the month, month, day of"
            " the week. “0 3 * * *” is every day at 03:00. You wrote “%(said)s”.",
            said=said,
        )
        yield Problem("bad-expression", "/expression", message)
        return
    # The library knows letters for random times; ours are the same in every process.
    random = any(set("HhRr") & set(one) for one in parts[:3])
    if random or not croniter.is_valid(written, strict=True):
        message = T("“%(said)s” cannot be read, or names a day that no month has.", said=said)
        yield Problem("bad-expression", "/expression", message)
    elif _least_gap(written) < LEAST_MINUTES:
        message = T(
            "“%(said)s” is due more often than every %(n)s minutes.", said=said, n=LEAST_MINUTES
        )
        yield Problem("too-often", "/expression", message)


def _never_due(table: Timetable, now: datetime) -> Iterator[Problem]:
    try:
        table.following(now)
    except CroniterError:
        message = T("“%(said)s” is never due.", said=table.expression)
        yield Problem("never-due", "/expression", message)


def _least_gap(written: str) -> int:
    """Return the fewest minutes between two of its times, over the hours that follow each other."""
    minute, hour, *_ = croniter.expand(written)[0]
    minutes = list(range(60)) if minute == _ANY else sorted(map(int, minute))
    hours = set(range(24)) if hour == _ANY else set(map(int, hour))
    gaps = [after - before for before, after in pairwise(minutes)]
    if any((one + 1) % 24 in hours for one in hours):
        gaps.append(minutes[0] + 60 - minutes[-1])
    return min(gaps, default=60)


# ── in words ────────────────────────────────────────────────────────────────────────────────────────────────────────


def words(expression: str) -> Text:
    """Say when an expression is due: “every Monday at 09:00”. One that is hard to say is shown as it is."""
    (minute, hour, day, month, weekday), nth = croniter.expand(expression)
    days = None if nth else _days(day, month, weekday)
    minutes = list(range(60)) if minute == _ANY else [int(one) for one in minute]
    if days is not None and hour != _ANY and len(hour) * len(minutes) <= _MANY:
        times = [f"{int(one):02}:{other:02}" for one in hour for other in minutes]
        return T("%(days)s at %(times)s", days=days, times=times)
    again = _again(minutes) if hour == _ANY else None
    if days is None or again is None:
        return T("as “%(expression)s” says", expression=expression)
    if (day, month, weekday) == (_ANY, _ANY, _ANY):
        return again
    return T("%(days)s, %(often)s", days=days, often=again)


def _again(minutes: Sequence[int]) -> Text | None:
    if len(minutes) == 1:
        return T("every hour at minute %(minute)s", minute=minutes[0])
    step = minutes[1] - minutes[0]
    if minutes == list(range(0, 60, step)) and 60 % step == 0:
        return T("every %(minutes)s minutes", minutes=step)
    return None


def _days(day: Sequence[object], month: Sequence[object], weekday: Sequence[object]) -> Text | None:
    by_day, by_weekday = list(day) != _ANY, list(weekday) != _ANY
    if by_day and by_weekday:
        return None
    found = T("every day")
    if by_weekday:
        order = sorted(weekday, key=_monday_first)
        names = [WEEKDAYS[int(str(one)) % 7] for one in order]
        found = T("every %(weekdays)s", weekdays=names)
        if [_monday_first(one) for one in order] == list(range(5)):
            found = T("from Monday to Friday")
    elif by_day and list(day) == ["l"]:
        found = T("on the last day of the month")
    elif by_day and "l" in day:
        return None
    elif by_day:
        return _dates(day, month)
    return (
        found
        if list(month) == _ANY
        else T("%(days)s, in %(months)s", days=found, months=_names(month))
    )


def _dates(day: Sequence[object], month: Sequence[object]) -> Text:
    days = [str(one) for one in day]
    if list(month) == _ANY:
        return T("on day %(days)s of the month", days=days)
    return T("on day %(days)s of %(months)s", days=days, months=_names(month))


def _names(month: Sequence[object]) -> list[Text]:
    return [MONTHS[int(str(one)) - 1] for one in month]


def _monday_first(weekday: object) -> int:
    return (int(str(weekday)) - 1) % 7


# ── simple choices ──────────────────────────────────────────────────────────────────────────────────────────────────

EVERY = ("hour", "day", "week", "month", "expression")
LAST_DAY = "L"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a form asks instead of an expression. `every` is one of `EVERY`; texts are as somebody typed them."""

    every: str = "day"
    minute: str = "0"
    at: str = "03:00"
    weekday: str = "1"
    day: str = "1"
    expression: str = ""

    def to_expression(self) -> str:
        """Return the expression that it stands for; what was typed wrong stays wrong in it."""
        hour, _, minute = self.at.partition(":")
        time = f"{_number(minute)} {_number(hour)}"
        match self.every:
            case "hour":
                return f"{_number(self.minute)} * * * *"
            case "day":
                return f"{time} * * *"
            case "week":
                return f"{time} * * {self.weekday or '?'}"
            case "month":
                return f"{time} {self.day or '?'} * *"
            case _:
                return self.expression


def choice_of(expression: str) -> Choice:
    """Return the simplest choice that stands for an expression."""
    parts = expression.split()
    times = dict(zip(("minute", "hour", "day", "month", "weekday"), parts, strict=True))
    plain = Choice(every="expression", expression=expression)
    if not times["minute"].isdecimal() or times["month"] != "*":
        return plain
    if times["hour"] == times["day"] == times["weekday"] == "*":
        return Choice("hour", minute=times["minute"], expression=expression)
    if not times["hour"].isdecimal():
        return plain
    at = f"{int(times['hour']):02}:{int(times['minute']):02}"
    match times["day"], times["weekday"]:
        case "*", "*":
            return Choice("day", at=at, expression=expression)
        case "*", weekday if weekday.isdecimal():
            return Choice("week", at=at, weekday=str(int(weekday) % 7), expression=expression)
        case day, "*" if day.isdecimal() or day == LAST_DAY:
            return Choice("month", at=at, day=day, expression=expression)
        case _:
            return plain


def _number(text: str) -> str:
    return str(int(text)) if text.isdecimal() else text.strip() or "?"
