"""Until the next change nothing changes, and an exact one is the very instant at which the answer turns."""

from datetime import UTC, datetime, timedelta
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


def next_change(rule: Json, row: Record, context: RunContext = CONTEXT) -> datetime | None:
    return compile_next_change(compiled(rule).predicate, context)(row)


def answer(rule: Json, row: Record, at: datetime, *, hold: bool = False) -> bool | None:
    context = RunContext(at, ZONE, CATALOGUE)
    make = compile_kleene if hold else compile_predicate
    return make(compiled(rule).predicate, context)(row)


@settings(max_examples=250, deadline=None)
@given(rules, customers(), st.booleans())
def test_nothing_changes_before_the_next_change(rule: Json, row: Record, hold: bool) -> None:
    found = next_change(rule, row)
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
    birthday: Json = {"<=": [{"days_to_anniversary": [var("born")]}, 30]}
    assert next_change(birthday, customer(born=TODAY)) == local(1)
    joined: Json = {"<": [var("joined"), {"now": []}]}
    assert next_change(joined, customer(joined=AS_OF)) == AS_OF + timedelta(minutes=1)


def test_a_day_begins_when_the_zone_says_so() -> None:
    zone = ZoneInfo("America/Sao_Paulo")
    # In 2018 the clocks there went from 00:00 to 01:00 on the fourth of November.
    context = RunContext(datetime(2018, 11, 3, 12, tzinfo=UTC), zone, CATALOGUE)
    rule: Json = {">": [{"days_since": [var("last")]}, 0]}
    row = customer(last=datetime(2018, 11, 3, tzinfo=UTC).date())
    assert next_change(rule, row, context) == datetime(2018, 11, 4, 3, tzinfo=UTC)
