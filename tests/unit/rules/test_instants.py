"""Until the next change nothing changes, and an exact one is the very instant at which the answer turns."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.rules.generated import customers, rules
from tests.unit.rules.world import (
    AS_OF,
    CATALOGUE,
    CONTEXT,
    TODAY,
    ZONE,
    Record,
    compiled,
    customer,
    order,
    var,
)
from tierloom.domain.context import RunContext
from tierloom.domain.rules import Json
from tierloom.rules.instants import compile_next_change
from tierloom.rules.row import compile_kleene, compile_predicate

MS = timedelta(milliseconds=1)


def next_change(
    rule: Json, row: Record, context: RunContext = CONTEXT, *, hold: bool = False
) -> datetime | None:
    return compile_next_change(compiled(rule).predicate, context, hold=hold)(row)


def answer(rule: Json, row: Record, at: datetime, *, hold: bool = False) -> bool | None:
    context = RunContext(at, ZONE, CATALOGUE)
    make = compile_kleene if hold else compile_predicate
    return make(compiled(rule).predicate, context)(row)


@settings(max_examples=250, deadline=None)
@given(rules, customers(), st.booleans())
def test_nothing_changes_before_the_next_change(rule: Json, row: Record, hold: bool) -> None:
    found = next_change(rule, row, hold=hold)
    last = found - MS if found else AS_OF + timedelta(days=400)
    now = answer(rule, row, AS_OF, hold=hold)
    assert found is None or found > AS_OF
    for part in (0.001, 0.1, 0.35, 0.5, 0.8, 1):
        assert answer(rule, row, AS_OF + (last - AS_OF) * part, hold=hold) == now


def local(days: int) -> datetime:
    """The local midnight at which the day so many days after today begins; Shanghai has no summer time."""
    day = TODAY + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("rule", "row", "expected"),
    [
        ({"<": [{"days_since": [var("last")]}, 90]}, customer(last=TODAY - timedelta(30)), local(60)),
        ({">": [{"days_since": [var("last")]}, 90]}, customer(last=TODAY - timedelta(30)), local(61)),
        ({">=": [{"days_since": [var("last")]}, 90]}, customer(last=TODAY - timedelta(90)), None),
        ({"==": [{"days_since": [var("last")]}, 0]}, customer(last=TODAY), local(1)),
        ({"<=": [0, {"days_since": [var("last")]}, 6]}, customer(last=TODAY + timedelta(2)), local(2)),
        ({">=": [var("idle"), 10]}, customer(order(day=TODAY - timedelta(4), amount=1)), local(6)),
        ({">=": [var("recent"), 1]}, customer(order(day=TODAY - timedelta(4), amount=100)), local(86)),
        ({">=": [var("recent"), 1]}, customer(order(day=TODAY - timedelta(4), amount=99)), None),
        ({">=": [var("recent"), 1]}, customer(order(day=TODAY + timedelta(3), amount=100)), local(3)),
        ({">=": [var("spend"), 5]}, customer(spend=1), None),
    ],
)  # fmt: skip
def test_an_exact_change_is_the_instant_at_which_the_answer_turns(
    rule: Json, row: Record, expected: datetime | None
) -> None:
    found = next_change(rule, row)
    assert found == expected
    if found is not None:
        assert answer(rule, row, found) != answer(rule, row, found - MS)


def test_what_else_asks_for_today_or_now_may_change_at_midnight_or_the_next_minute() -> None:
    month: Json = {"==": [{"date_part": [{"today": []}, "month"]}, var("visits")]}
    assert next_change(month, customer(visits=1)) == local(1)
    joined: Json = {"<": [var("joined"), {"datetime_truncate": [{"now": []}, "hour"]}]}
    assert next_change(joined, customer(joined=AS_OF)) == AS_OF + timedelta(minutes=1)


NOW: Json = {"now": []}


@pytest.mark.parametrize(
    ("rule", "ahead", "expected"),
    [
        ({"<": [var("joined"), NOW]}, timedelta(0), MS),
        ({">": [var("joined"), NOW]}, timedelta(0), None),
        ({">": [var("joined"), NOW]}, timedelta(seconds=5), timedelta(seconds=5)),
        ({"<": [{"datetime_add": [NOW, -36, "hour"]}, var("joined")]}, -timedelta(hours=30), timedelta(hours=6)),
        ({"<=": [{"datetime_add": [NOW, -90, "minute"]}, var("joined")]}, timedelta(0), timedelta(minutes=90) + MS),
    ],
)  # fmt: skip
def test_an_instant_beside_now_turns_when_now_reaches_it(
    rule: Json, ahead: timedelta, expected: timedelta | None
) -> None:
    found = next_change(rule, customer(joined=AS_OF + ahead))
    assert found == (None if expected is None else AS_OF + expected)


def turning_days(rule: Json, row: Record, days: int) -> list[int]:
    """Look at every local noon, and return the days on which the answer is another one than the day before."""
    noon = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=ZONE).astimezone(UTC)
    predicate = compiled(rule).predicate
    moments = (RunContext(noon + timedelta(days=n), ZONE, CATALOGUE) for n in range(days + 1))
    answers = [compile_predicate(predicate, one)(row) for one in moments]
    return [n for n in range(1, days + 1) if answers[n] != answers[n - 1]]


units = st.sampled_from(["day", "week", "month", "year"])
counted = st.one_of(
    st.builds(
        lambda unit, swapped: {
            "date_diff": [{"today": []}, var("last"), unit]
            if not swapped
            else [var("last"), {"today": []}, unit]
        },
        units,
        st.booleans(),
    ),
    st.just({"days_to_anniversary": [var("last")]}),
)
compared = st.sampled_from(["<", "<=", ">", ">=", "=="])
clock_tests = st.one_of(
    st.builds(lambda op, of, n: {op: [of, n]}, compared, counted, st.integers(-40, 40)),
    st.builds(lambda op, of, n: {op: [n, of]}, compared, counted, st.integers(-3, 3)),
    st.builds(lambda of, n: {"in": [of, n]}, counted, st.lists(st.integers(-9, 9), min_size=1)),
    st.builds(
        lambda op, n, unit: {op: [var("last"), {"date_add": [{"today": []}, n, unit]}]},
        compared,
        st.integers(-14, 14),
        units,
    ),
)


@settings(max_examples=150, deadline=None)
@given(clock_tests, st.integers(-420, 420))
def test_tests_of_a_date_beside_the_clock_turn_on_the_very_day(rule: Json, days: int) -> None:
    row = customer(last=TODAY + timedelta(days=days))
    turns = turning_days(rule, row, 450)
    found = next_change(rule, row)
    if turns:
        assert found is not None
        assert found <= local(turns[0])
    exact = all(one not in str(rule) for one in ("anniversary", "==", "'in'"))
    if exact and found is not None and found <= local(450):
        assert [found] == [local(one) for one in turns[:1]]


def test_what_one_part_of_a_group_decides_waits_for_that_part() -> None:
    soon: Json = {"<": [{"days_since": [var("last")]}, 31]}
    late: Json = {">=": [{"days_since": [var("last")]}, 90]}
    row = customer(last=TODAY - timedelta(30), spend=5)
    assert next_change({"and": [soon, late]}, row) == local(60)
    assert next_change({"or": [soon, late]}, row) == local(1)
    assert next_change({"and": [soon, {">": [var("spend"), 10]}]}, row) is None
    assert next_change({"or": [soon, {"<": [var("spend"), 10]}]}, row) is None
    unknown: Json = {"and": [soon, {">": [var("debt"), 10]}]}
    assert next_change(unknown, row) is None
    assert next_change(unknown, row, hold=True) == local(1)


def test_a_related_record_that_is_over_or_does_not_count_changes_nothing() -> None:
    recent: Json = {">=": [var("recent"), 1]}
    over, small = order(day=TODAY - timedelta(90), amount=100), order(day=TODAY, amount=1)
    assert next_change(recent, customer(over, small)) is None


def test_a_day_begins_when_the_zone_says_so() -> None:
    zone = ZoneInfo("America/Sao_Paulo")
    # In 2018 the clocks there went from 00:00 to 01:00 on the fourth of November.
    context = RunContext(datetime(2018, 11, 3, 12, tzinfo=UTC), zone, CATALOGUE)
    rule: Json = {">": [{"days_since": [var("last")]}, 0]}
    row = customer(last=datetime(2018, 11, 3, tzinfo=UTC).date())
    assert next_change(rule, row, context) == datetime(2018, 11, 4, 3, tzinfo=UTC)


def test_a_day_that_begins_twice_is_looked_at_again() -> None:
    zone = ZoneInfo("America/St_Johns")
    # In 2010 the clocks there went from 00:01 on the seventh of November back to 23:01 on the sixth.
    again = datetime(2010, 11, 7, 2, 31, tzinfo=UTC)
    rule: Json = {">": [{"days_since": [var("last")]}, 0]}
    row = customer(last=date(2010, 11, 6))
    for minutes in (0, 20, 58):
        moment = again + timedelta(minutes=minutes)
        found = next_change(rule, row, RunContext(moment, zone, CATALOGUE))
        assert found == moment + timedelta(minutes=1)
