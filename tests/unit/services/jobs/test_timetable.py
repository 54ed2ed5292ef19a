"""Cron expressions: what is refused, when they are due through changes of the clock, and how they are said."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierloom.errors import Invalid
from tierloom.services.jobs.timetable import Choice, Timetable, choice_of, read, words
from tierloom.text import Translator

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def local(found: list[datetime], zone: str = BERLIN) -> list[str]:
    return [one.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M %Z") for one in found]


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("", "bad-expression"),
        ("hello", "bad-expression"),
        ("@daily", "bad-expression"),
        ("* * * * * *", "bad-expression"),
        ("0 25 * * *", "bad-expression"),
        ("0 0 30 2 *", "bad-expression"),
        ("H 3 * * *", "bad-expression"),
        ("R 3 * * *", "bad-expression"),
        ("? ? * * *", "bad-expression"),
        ("0 3 * * *" + " " * 5 + "*" * 200, "bad-expression"),
        ("* * * * *", "too-often"),
        ("*/4 * * * *", "too-often"),
        ("0,58 9,10 * * *", "too-often"),
        ("58,1 0,23 * * *", "too-often"),
        ("0 9 29 2 1#5", "never-due"),
    ],
)
def test_what_is_refused(expression: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(expression, "Asia/Shanghai", NOW)
    assert [one.code for one in refused.value.problems] == [code]


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(Invalid, match="Atlantis"):
        read("0 3 * * *", "Atlantis", NOW)


def test_spaces_do_not_matter_and_few_minutes_may_lie_apart() -> None:
    assert read("  0   3 * * * ", "UTC", NOW).expression == "0 3 * * *"
    assert read("*/5 * * * *", "UTC", NOW).coming(NOW, 2) == [
        NOW + timedelta(minutes=5), NOW + timedelta(minutes=10),
    ]  # fmt: skip
    # Two minutes apart would they be in hours that follow each other; these do not.
    assert read("0,58 9 * * *", "UTC", NOW).zone == "UTC"


def test_a_local_time_of_day() -> None:
    """03:00 in Shanghai is 19:00 UTC of the day before."""
    found = Timetable("0 3 * * *", "Asia/Shanghai").following(NOW)
    assert found == datetime(2026, 3, 10, 19, tzinfo=UTC)


def test_the_hour_that_is_left_out() -> None:
    """In Berlin 2026-03-29 has no 02:30: it counts when the clock shows 03:00."""
    found = Timetable("30 2 * * *", BERLIN).coming(datetime(2026, 3, 28, 12, tzinfo=UTC), 2)
    assert local(found) == ["03-29 03:00 CEST", "03-30 02:30 CEST"]


def test_the_hour_that_comes_twice() -> None:
    """On 2026-10-25 it is 02:30 twice: a time of day counts once, the first time; every hour counts twice."""
    found = Timetable("30 2 * * *", BERLIN).coming(datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
    assert local(found) == ["10-25 02:30 CEST", "10-26 02:30 CET"]
    hourly = Timetable("0 * * * *", BERLIN).coming(datetime(2026, 10, 24, 23, 30, tzinfo=UTC), 3)
    assert local(hourly) == ["10-25 02:00 CEST", "10-25 02:00 CET", "10-25 03:00 CET"]


@pytest.mark.parametrize(
    ("expression", "english", "chinese"),
    [
        ("0 3 * * *", "every day at 03:00", "每天 03:00"),
        ("30 6,18 * * *", "every day at 06:30, 18:30", "每天 06:30、18:30"),
        ("0 9 * * 1-5", "from Monday to Friday at 09:00", "周一至周五 09:00"),
        ("0 9 * * sun,mon", "every Monday, Sunday at 09:00", "每周一、周日 09:00"),
        ("15 22 L * *", "on the last day of the month at 22:15", "每月最后一天 22:15"),
        ("0 0 1,15 * *", "on day 1, 15 of the month at 00:00", "每月 1、15 日 00:00"),
        (
            "0 0 1 1 *",
            "on day 1 of January at 00:00",
            "每年 1 月 1 日 00:00",
        ),
        ("0 9 * 3,6 1", "every Monday, in March, June at 09:00", "3 月、6 月的每周一 09:00"),
        ("5 * * * *", "every hour at minute 5", "每小时的第 5 分钟"),
        ("*/20 * * * 6", "every Saturday, every 20 minutes", "每周六，每 20 分钟"),
        ("0 9 * * 5#3", "as “0 9 * * 5#3” says", "按表达式“0 9 * * 5#3”"),
        ("0 9 1 * 1", "as “0 9 1 * 1” says", "按表达式“0 9 1 * 1”"),
        ("7,9 * * * *", "as “7,9 * * * *” says", "按表达式“7,9 * * * *”"),
    ],
)
def test_in_words(expression: str, english: str, chinese: str) -> None:
    assert Translator("en").read(words(expression)) == english
    assert Translator("zh_Hans_CN").read(words(expression)) == chinese


CHOICES = st.one_of(
    st.builds(Choice, every=st.just("hour"), minute=st.integers(0, 59).map(str)),
    st.builds(
        Choice,
        every=st.sampled_from(["day", "week", "month"]),
        at=st.times().map(lambda one: one.strftime("%H:%M")),
        weekday=st.integers(0, 6).map(str),
        day=st.one_of(st.integers(1, 31).map(str), st.just("L")),
    ),
)


@given(CHOICES)
def test_simple_choices_come_back(choice: Choice) -> None:
    expression = choice.to_expression()
    found = choice_of(read(expression, "UTC", NOW).expression)
    assert (found.every, found.to_expression()) == (choice.every, expression)


@given(CHOICES, st.integers(0, 366 * 24 * 60))
def test_due_times_are_what_was_chosen(choice: Choice, minutes: int) -> None:
    after = NOW + timedelta(minutes=minutes)
    [first, second] = Timetable(choice.to_expression(), "Asia/Shanghai").coming(after, 2)
    assert after < first < second
    shown = first.astimezone(ZoneInfo("Asia/Shanghai"))
    assert shown.second == 0
    if choice.every == "hour":
        assert (str(shown.minute), second - first) == (choice.minute, timedelta(hours=1))
        return
    assert shown.strftime("%H:%M") == choice.at
    if choice.every == "week":
        assert str(shown.isoweekday() % 7) == choice.weekday
        assert second - first == timedelta(days=7)
    if choice.every == "month" and choice.day == "L":
        assert (shown + timedelta(days=1)).day == 1
    elif choice.every == "month":
        assert str(shown.day) == choice.day


@pytest.mark.parametrize("expression", ["*/7 * * * *", "0 9 * 1 *", "0 9 1 * 1", "0 9-17 * * *"])
def test_others_stay_expressions(expression: str) -> None:
    assert choice_of(expression) == Choice(every="expression", expression=expression)


@pytest.mark.parametrize("at", ["", "25:00", "x", "12", "12:60", "-1:00"])
def test_a_wrong_time_is_refused(at: str) -> None:
    with pytest.raises(Invalid):
        read(Choice("day", at=at).to_expression(), "UTC", NOW)
