# ruff: noqa: DTZ001 - local times without a zone are the matter here
"""Dates and local time in arrays, against the row evaluator's calendar and the zone's own rules."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierloom.backends.columns import civil, zones
from tierloom.backends.columns.constants import number
from tierloom.rules import dates
from tierloom.schemas.local_time import to_instant

NAMES = ("Asia/Shanghai", "America/New_York", "America/Sao_Paulo", "Africa/Casablanca")
NAMES = (*NAMES, "Australia/Lord_Howe", "Pacific/Apia", "Europe/London", "UTC")
days = st.dates()
near = st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)).map(
    lambda one: one.replace(microsecond=one.microsecond // 1000 * 1000)
)
units = st.sampled_from(dates.UNITS)
quick = settings(max_examples=200, deadline=None)


def doubles(*values) -> np.ndarray:
    return np.array([np.nan if value is None else number(value) for value in values])


def as_day(value: float) -> date | None:
    return None if np.isnan(value) else date.fromordinal(int(value) + date(1970, 1, 1).toordinal())


@quick
@given(days, st.integers(-5000, 5000), units)
def test_adding_to_a_date(day: date, amount: int, unit: str) -> None:
    found = civil.shift(doubles(day, None), np.array([amount, amount]), unit)
    assert as_day(found[0]) == dates.date_add(day, amount, unit)
    assert np.isnan(found[1])


@quick
@given(days, days, units)
def test_the_difference_of_dates(one: date, other: date, unit: str) -> None:
    found = civil.difference(doubles(one, other), doubles(other, one), unit)
    assert found.tolist() == [dates.date_diff(one, other, unit), dates.date_diff(other, one, unit)]


@quick
@given(days, days.filter(lambda one: one.year < 9999))
def test_parts_and_anniversaries(day: date, today: date) -> None:
    for part in dates.PARTS:
        assert civil.part(doubles(day), part)[0] == dates.date_part(day, part)
    found = civil.to_anniversary(doubles(day, None), number(today))
    assert found[0] == dates.days_to_anniversary(day, today)
    assert np.isnan(found[1])


def test_month_ends_by_hand() -> None:
    def plus(day: date, months: int) -> date | None:
        return as_day(civil.shift(doubles(day), np.array([months]), "month")[0])

    assert plus(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert plus(date(2023, 1, 31), 1) == date(2023, 2, 28)
    assert plus(date(2024, 3, 31), -1) == date(2024, 2, 29)
    assert plus(date(9999, 12, 1), 1) is None
    born, today = doubles(date(1992, 2, 29)), number(date(2023, 2, 27))
    assert civil.to_anniversary(born, today).tolist() == [1]


@quick
@given(near, st.sampled_from(NAMES))
def test_local_time_is_the_zones(instant: datetime, name: str) -> None:
    zone, aware = ZoneInfo(name), instant.replace(tzinfo=UTC)
    local = zones.to_local(doubles(aware), zone)
    clock = aware.astimezone(zone).replace(tzinfo=UTC)
    assert local.tolist() == [number(clock)]
    back = zones.to_utc(doubles(instant.replace(tzinfo=UTC)), zone)
    assert back.tolist() == [number(to_instant(instant, zone))]


def test_a_gap_is_left_at_its_end_and_an_overlap_entered_early() -> None:
    def utc(local: datetime, name: str) -> datetime:
        found = zones.to_utc(doubles(local.replace(tzinfo=UTC)), ZoneInfo(name))
        return datetime(1970, 1, 1) + timedelta(milliseconds=float(found[0]))

    # 2018-11-04 began at 01:00 in São Paulo; 2024-11-03 01:30 came twice in New York.
    assert utc(datetime(2018, 11, 4), "America/Sao_Paulo") == datetime(2018, 11, 4, 3)
    assert utc(datetime(2024, 11, 3, 1, 30), "America/New_York") == datetime(2024, 11, 3, 5, 30)
    # Samoa had no 2011-12-30 at all.
    assert utc(datetime(2011, 12, 30, 9), "Pacific/Apia") == datetime(2011, 12, 30, 10)


@quick
@given(near, near, units, st.sampled_from(NAMES[:3]))
def test_the_difference_of_instants_is_the_largest_that_fits(
    one: datetime, other: datetime, unit: str, name: str
) -> None:
    zone = ZoneInfo(name)
    high, low = (doubles(end.replace(tzinfo=UTC)) for end in (max(one, other), min(one, other)))
    found = zones.difference(high, low, unit, zone)
    assert found[0] >= 0
    assert zones.shift(low, found, unit, zone)[0] <= high[0]
    assert zones.shift(low, found + 1, unit, zone)[0] > high[0]
    if one != other:
        assert zones.difference(low, high, unit, zone)[0] == -found[0]


def test_elapsed_units_ignore_the_clock_change() -> None:
    zone = ZoneInfo("America/New_York")
    before = doubles(datetime(2024, 3, 9, 17, tzinfo=UTC))  # noon, the day before the change
    day_later = zones.shift(before, np.array([1.0]), "day", zone)
    assert day_later.tolist() == doubles(datetime(2024, 3, 10, 16, tzinfo=UTC)).tolist()
    hours_later = zones.shift(before, np.array([24.0]), "hour", zone)
    assert hours_later.tolist() == doubles(datetime(2024, 3, 10, 17, tzinfo=UTC)).tolist()
    assert zones.difference(day_later, before, "day", zone).tolist() == [1]
    assert zones.difference(day_later, before, "hour", zone).tolist() == [23]


def test_far_apart_years_are_looked_up_one_by_one() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    far = (
        datetime(2, 6, 1, tzinfo=UTC),
        datetime(2024, 6, 1, tzinfo=UTC),
        datetime(9998, 1, 1, tzinfo=UTC),
    )
    wanted = [number(one.astimezone(zone).date()) for one in far]
    assert zones.local_day(doubles(*far, None), zone)[:3].tolist() == wanted


@pytest.mark.parametrize("work", [civil.shift, civil.difference])
def test_an_unknown_unit_is_named(work) -> None:
    with pytest.raises(ValueError, match="fortnight"):
        work(np.zeros(1), np.zeros(1), "fortnight")
    with pytest.raises(ValueError, match="century"):
        civil.part(np.zeros(1), "century")
