"""Dates and times as people write them, and the instants they name."""

# ruff: noqa: DTZ001

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.schemas.strategies import ZONES
from tierloom.schemas.local_time import to_instant
from tierloom.schemas.problems import BadText
from tierloom.schemas.time_text import edit_datetime, read_date, read_datetime

NEW_YORK = ZoneInfo("America/New_York")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05", "2024/3/5", "2024.03.05", "2024年3月5日", "2024年 3月 5日", "20240305",
        "２０２４－０３－０５", " 2024-03-05 ", "2024-03-05 00:00:00", "2024-03-05T00:00:00.000Z",
        "2024-03-05 0:00", "2024-03-05 12:00 AM", "2024-03-05T00:00:00+08:00",
    ],
)  # fmt: skip
def test_a_date_in_many_spellings(text):
    assert read_date(text) == date(2024, 3, 5)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2024-02-31", "no-such-day"), ("2023-02-29", "no-such-day"), ("2024-13-01", "no-such-day"),
        ("2024-00-10", "no-such-day"), ("2024-01-00", "no-such-day"), ("0000-01-01", "no-such-day"),
        ("5/3/2024", "not-a-date"), ("24-3-5", "not-a-date"), ("2024-3", "not-a-date"),
        ("2024-3/5", "not-a-date"), ("yesterday", "not-a-date"), ("45356", "not-a-date"),
        ("2024-03-05 13:20", "has-time"), ("2024-03-05 24:00", "has-time"),
        ("2024-03-05 25:00", "no-such-time"), ("1" * 1000, "not-a-date"),
    ],
)  # fmt: skip
def test_what_is_no_date(text, code):
    with pytest.raises(BadText) as caught:
        read_date(text)
    assert caught.value.problem.code == code


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("24/3/5", date(2024, 3, 5)), ("24/3/15", date(2024, 3, 15)), ("24年3月5日", date(2024, 3, 5)),
        ("05年12月31日", date(2005, 12, 31)), ("24/03/05 00:00", date(2024, 3, 5)), ("5/3/24", None),
        ("69/1/2", date(2069, 1, 2)), ("70/1/2", date(1970, 1, 2)), ("２４／３／５", date(2024, 3, 5)),
        ("24/2/30", None), ("05/03/24", None), ("12/31/24", None), ("24-3-5", None), ("24/3/2025", None),
    ],
)  # fmt: skip
def test_a_year_of_two_digits_where_it_cannot_be_a_day(text, day):
    if day is None:
        with pytest.raises(BadText):
            read_date(text)
    else:
        assert read_date(text) == day


def test_31_february_says_what_is_wrong_and_a_swapped_date_what_to_write():
    with pytest.raises(BadText, match="month 2 of 2024 has no day 31"):
        read_date("2024-02-31")
    with pytest.raises(BadText) as caught:
        read_date("05/03/2024")
    assert "2024-03-05" in str(caught.value.problem.hint)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2010-12-01 08:26:00", "2010-12-01 00:26:00.000"),
        ("2010-12-01T08:26", "2010-12-01 00:26:00.000"),
        ("2010年12月1日 8时26分", "2010-12-01 00:26:00.000"),
        ("2010年12月1日8点26分30秒", "2010-12-01 00:26:30.000"),
        ("2010/12/1 8:26:30 PM", "2010-12-01 12:26:30.000"),
        ("20101201082630", "2010-12-01 00:26:30.000"),
        ("2010-12-01 08:26:00.1239", "2010-12-01 00:26:00.123"),
        ("2010-12-01 08:26:00Z", "2010-12-01 08:26:00.000"),
        ("2010-12-01 08:26:00 -05:00", "2010-12-01 13:26:00.000"),
        ("2010-12-01", "2010-11-30 16:00:00.000"),
        ("2010-12-01 24:00", "2010-12-01 16:00:00.000"),
    ],
)
def test_a_moment_is_local_to_the_zone_unless_it_says_otherwise(text, instant):
    found = read_datetime(text, SHANGHAI)
    assert found == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2010-12-01 24:01", "2010-12-01 08:60", "2010-12-01 13:00 PM", "9999-12-31", "x"]
)
def test_what_is_no_moment(text):
    with pytest.raises(BadText):
        read_datetime(text, SHANGHAI)


def test_a_missing_wall_clock_time_is_the_first_instant_after_the_gap():
    # New York, 10 March 2024: 02:00 EST is 03:00 EDT, at 07:00 UTC.
    for minute in (0, 1, 30, 59):
        found = to_instant(datetime(2024, 3, 10, 2, minute), NEW_YORK)
        assert found == datetime(2024, 3, 10, 7, tzinfo=UTC)


def test_a_doubled_wall_clock_time_is_the_earlier_instant():
    found = to_instant(datetime(2024, 11, 3, 1, 30), NEW_YORK)
    assert found == datetime(2024, 11, 3, 5, 30, tzinfo=UTC)


def test_a_day_without_midnight_begins_with_its_first_instant():
    # São Paulo, 4 November 2018: 00:00 is skipped, the day begins at 01:00 -02:00.
    found = read_datetime("2018-11-04", ZoneInfo("America/Sao_Paulo"))
    assert found == datetime(2018, 11, 4, 3, tzinfo=UTC)


def test_the_later_of_two_equal_wall_clock_times_is_shown_with_its_offset():
    later = datetime(2024, 11, 3, 6, 30, tzinfo=UTC)
    assert edit_datetime(later, NEW_YORK) == "2024-11-03 01:30-05:00"
    assert edit_datetime(later - timedelta(hours=1), NEW_YORK) == "2024-11-03 01:30"


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2035, 1, 1)).map(
        lambda t: t.replace(microsecond=0)
    ),
    st.sampled_from(ZONES),
)
def test_an_instant_shows_its_wall_clock_time_or_the_end_of_a_gap(local, name):
    zone = ZoneInfo(name)
    instant = to_instant(local, zone)
    shown = instant.astimezone(zone).replace(tzinfo=None)
    if shown == local:
        earlier = [instant - timedelta(minutes=step) for step in (20, 30, 60, 120)]
        assert local not in [one.astimezone(zone).replace(tzinfo=None) for one in earlier]
    else:
        before = (instant - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert before < local < shown
