"""The calendar, against dates worked out by hand and against `dateutil`."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from tierloom.rules.dates import (
    UNITS,
    date_add,
    date_diff,
    date_part,
    days_to_anniversary,
    start_of_day,
)

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
SHIFTS = {"day": "days", "week": "weeks", "month": "months", "year": "years"}


@pytest.mark.parametrize(
    ("day", "count", "unit", "expected"),
    [
        (date(2025, 1, 31), 1, "month", date(2025, 2, 28)),
        (date(2024, 1, 31), 1, "month", date(2024, 2, 29)),
        (date(2024, 2, 29), 1, "year", date(2025, 2, 28)),
        (date(2025, 3, 31), -1, "month", date(2025, 2, 28)),
        (date(2025, 12, 31), 2, "week", date(2026, 1, 14)),
        (date(9999, 12, 31), 1, "day", None),
        (date(1, 1, 1), -1, "month", None),
        (date(2025, 1, 1), 10**12, "day", None),
    ],
)
def test_adding(day: date, count: int, unit: str, expected: date | None) -> None:
    assert date_add(day, count, unit) == expected


@given(days, st.integers(-500, 500), st.sampled_from(UNITS))
def test_adding_is_dateutil_s(day: date, count: int, unit: str) -> None:
    assert date_add(day, count, unit) == day + relativedelta(**{SHIFTS[unit]: count})  # type: ignore[arg-type]


@given(days, days, st.sampled_from(UNITS))
def test_the_difference_is_the_largest_that_fits(a: date, b: date, unit: str) -> None:
    count = date_diff(a, b, unit)
    assert date_diff(b, a, unit) == -count
    if a >= b:
        one, more = date_add(b, count, unit), date_add(b, count + 1, unit)
        assert one is not None
        assert one <= a
        assert more is not None
        assert more > a


@pytest.mark.parametrize(
    ("born", "today", "expected"),
    [
        (date(1990, 3, 31), date(2025, 3, 31), 0),
        (date(1990, 3, 30), date(2025, 3, 31), 364),
        (date(2000, 2, 29), date(2025, 2, 27), 1),
        (date(2000, 2, 29), date(2025, 3, 1), 364),
        (date(2000, 2, 29), date(2024, 2, 28), 1),
        (date(2000, 12, 31), date(2025, 1, 1), 364),
    ],
)
def test_the_anniversary(born: date, today: date, expected: int) -> None:
    assert days_to_anniversary(born, today) == expected


def test_parts() -> None:
    assert [date_part(date(2025, 3, 31), part) for part in ("year", "month", "day", "weekday")] == [
        2025,
        3,
        31,
        1,
    ]
    for call in (
        lambda: date_part(date(2025, 1, 1), "era"),
        lambda: date_add(date(2025, 1, 1), 1, "era"),
    ):
        with pytest.raises(ValueError, match="Known: "):
            call()
    with pytest.raises(ValueError, match="Known: "):
        date_diff(date(2025, 1, 2), date(2025, 1, 1), "era")


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "America/Sao_Paulo", "Africa/Cairo", "America/New_York"]
)
def test_the_first_instant_of_a_day(zone: str) -> None:
    """By brute force: the first minute whose local date is the day."""
    place = ZoneInfo(zone)
    for day in (date(2018, 11, 4), date(2025, 3, 9), date(2025, 4, 25), date(2025, 11, 2)):
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
        while moment.astimezone(place).date() < day:
            moment += timedelta(minutes=1)
        assert start_of_day(day, place) == moment
