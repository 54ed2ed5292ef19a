"""The civil calendar in whole numbers: the same terms on every engine, and no engine's own dates.

Dates are days since 1970-01-01, of the years 1 to 9999; months are counted from January of the year
0. Counting starts on 0000-03-01, so that nothing is negative and every division rounds down.
"""

from calendar import isleap
from dataclasses import dataclass
from datetime import date

from tierloom.backends.sql.plan import Plan
from tierloom.backends.sql.terms import (
    BIGINT,
    TEXT,
    Sql,
    all_of,
    call,
    case,
    cast,
    joined,
    mark,
    whole,
)

FIRST_DAY, LAST_DAY = -719_162, 2_932_896
_MARCH = 719_468
_MONDAYS = 719_162
"""Makes multiples of 7 of Mondays."""
_FIRST_MONTH, _LAST_MONTH = 12, 119_999
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Civil:
    """A day as the month it is in and its place in it, counted from 0."""

    day: Sql
    month: Sql
    place: Sql


def split(plan: Plan, day: Sql) -> Civil:
    """Return the month of a day."""
    div, let = plan.script.engine.quotient, plan.let
    day = let(day)
    quarters = (day + whole(_MARCH)) * whole(4) + whole(3)
    century = let(div(quarters, 146_097))
    in_century = let(div(quarters - century * whole(146_097), 4)) * whole(4) + whole(3)
    year = let(div(in_century, 1461))
    in_year = let(div(in_century - year * whole(1461), 4)) * whole(5) + whole(461)
    month = let(div(in_year, 153))
    place = let(div(in_year - month * whole(153), 5))
    months = let((century * whole(100) + year) * whole(12) + month - whole(1))
    return Civil(day, months, place)


def first_day(plan: Plan, month: Sql) -> Sql:
    """Return the first day of a month."""
    div, let = plan.script.engine.quotient, plan.let
    shifted = let(month - whole(2))
    year = let(div(shifted, 12))
    days = div((shifted - year * whole(12)) * whole(153) + whole(2), 5)
    leaps = div(year, 4) - div(year, 100) + div(year, 400)
    return let(year * whole(365) + leaps + days - whole(_MARCH))


def shift(plan: Plan, day: Sql, amount: Sql, unit: str) -> Sql:
    """Add an amount of days, weeks, months or years; the day of the month is clamped."""
    match unit:
        case "day":
            return _within(plan.let(plan.let(day) + plan.let(amount)))
        case "week":
            return _within(plan.let(plan.let(day) + plan.let(amount) * whole(7)))
        case "month":
            return _add_months(plan, day, amount)
        case "year":
            return _add_months(plan, day, plan.let(amount) * whole(12))
    raise ValueError(f"No unit {unit!r} of dates.")


def difference(plan: Plan, later: Sql, earlier: Sql, unit: str) -> Sql:
    """Return the largest n with earlier + n units <= later; swapped, the negative of that."""
    later, earlier = plan.let(later), plan.let(earlier)
    if unit == "day":
        return later - earlier
    swapped = later.copy() < earlier
    high = plan.let(case([(swapped, earlier)], later))
    low = plan.let(case([(swapped, later)], earlier))
    div = plan.script.engine.quotient
    match unit:
        case "week":
            found = div(high - low, 7)
        case "month":
            found = _months_between(plan, high, low)
        case "year":
            found = div(plan.let(_months_between(plan, high, low)), 12)
        case _:
            raise ValueError(f"No unit {unit!r} of dates.")
    found = plan.let(found)
    return case([(swapped, whole(0) - found)], found)


def part(plan: Plan, day: Sql, unit: str) -> Sql:
    """Return the year, month, day of the month, or weekday (Monday is 1)."""
    div = plan.script.engine.quotient
    if unit == "weekday":
        shifted = plan.let(plan.let(day) + whole(_MONDAYS))
        return shifted - div(shifted, 7) * whole(7) + whole(1)
    civil = split(plan, day)
    year = plan.let(div(civil.month, 12))
    match unit:
        case "year":
            return year
        case "month":
            return civil.month - year * whole(12) + whole(1)
        case "day":
            return civil.place + whole(1)
    raise ValueError(f"No part {unit!r} of dates.")


def start(plan: Plan, day: Sql, unit: str) -> Sql:
    """Return the first day of the week (Monday), month or year that a day is in."""
    day = plan.let(day)
    match unit:
        case "day":
            return day
        case "week":
            return day - plan.let(part(plan, day, "weekday")) + whole(1)
        case "month":
            return first_day(plan, split(plan, day).month)
        case "year":
            year = plan.let(part(plan, day, "year"))
            return first_day(plan, plan.let(year * whole(12)))
    raise ValueError(f"No unit {unit!r} of dates.")


def to_anniversary(plan: Plan, day: Sql, today: date) -> Sql:
    """Return the days from today to the next day with the same month and day.

    29 February counts as the 28th in common years.
    """
    month = plan.let(part(plan, day, "month"))
    place = plan.let(part(plan, day, "day"))
    this = plan.let(_in_year(month, place, today.year))
    following = plan.let(_in_year(month, place, today.year + 1))
    now = whole(today.toordinal() - _EPOCH)
    return case([(this >= now, this - now)], following - now)


def written(plan: Plan, day: Sql) -> Sql:
    """Return a date as 2024-02-29."""
    pieces = []
    for unit, digits in (("year", 4), ("month", 2), ("day", 2)):
        number = plan.let(part(plan, day, unit))
        pieces.append(padded(number, digits))
    return joined([pieces[0], mark("-"), pieces[1], mark("-"), pieces[2]])


def padded(number: Sql, digits: int) -> Sql:
    """Return a number that is not negative with zeros before it."""
    return call("SUBSTR", cast(whole(10**digits) + number, TEXT), whole(2), whole(digits))


def _within(day: Sql) -> Sql:
    return case([(all_of([day >= whole(FIRST_DAY), day <= whole(LAST_DAY)]), day)])


def _add_months(plan: Plan, day: Sql, amount: Sql) -> Sql:
    civil = split(plan, day)
    moved = plan.let(civil.month + plan.let(amount))
    valid = all_of([moved >= whole(_FIRST_MONTH), moved <= whole(_LAST_MONTH)])
    month = plan.let(case([(valid, moved)]))
    first = first_day(plan, month)
    length = _length(plan, month)
    return first + case([(civil.place < length, civil.place)], length - whole(1))


def _length(plan: Plan, month: Sql) -> Sql:
    return plan.let(first_day(plan, plan.let(month + whole(1))) - first_day(plan, month))


def _months_between(plan: Plan, high: Sql, low: Sql) -> Sql:
    """Count whole months: a later day of the month is reached by the last day of a shorter one too."""
    above, below = split(plan, high), split(plan, low)
    short = all_of([above.place < below.place, above.place < _length(plan, above.month) - whole(1)])
    return above.month - below.month - case([(short, whole(1))], whole(0))


def _in_year(month: Sql, place: Sql, year: int) -> Sql:
    starts = [
        (month.eq(whole(number)), whole(date(year, number, 1).toordinal() - _EPOCH))
        for number in range(1, 13)
    ]
    leap_day = all_of([month.eq(whole(2)), place.eq(whole(29))])
    back = whole(1) if isleap(year) else case([(leap_day, whole(2))], whole(1))
    return cast(case(starts), BIGINT) + place - back
