"""Moments at which dates stand otherwise to each other, against every day of the years to come."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from tests.unit.rules.world import CONTEXT, compiled, var
from tierloom.domain.fields import Value
from tierloom.domain.rules import Json
from tierloom.rules import ir
from tierloom.rules.explain.candidates import Values
from tierloom.rules.lint.conditions import constants_in, leaves
from tierloom.rules.lint.moments import moments_of, reads_clock
from tierloom.rules.row import compile_value


def edges(*rules: Json) -> tuple[ir.ValueNode, ...]:
    return tuple(constants_in([leaf for one in rules for leaf in leaves(compiled(one).predicate)]))


def since(value: Json, field: str = "last") -> Json:
    return {">=": [var(field), value]}


def within(days: int) -> Json:
    return {"<=": [{"days_since": [var("last")]}, days]}


def ago(count: int, unit: str) -> Json:
    return {"date_add": [{"today": []}, -count, unit]}


@pytest.mark.parametrize(
    ("rules", "count"),
    [
        ([within(30), within(90)], 1),
        ([since("2025-03-10"), since("2024-01-01")], 1),
        ([since("2024-01-01"), within(30)], 1),
        # Thirty days ago is the first of March today: it comes to lie beside the tenth, on it, beside it, and beyond.
        ([since("2025-03-10"), within(30)], 5),
        ([since("2025-03-10"), since("2025-06-10"), within(30)], 9),
        # A month is 31 days today, and 30, 29, or 28.
        ([since(ago(1, "month")), within(30)], 4),
        ([since(ago(1, "year")), within(365)], 2),
        ([since("2999-12-31"), since("2025-03-10")], 1),
        ([since("9999-12-31"), within(30)], 1),
    ],
)
def test_there_is_a_moment_for_each_order_of_the_dates(rules: list[Json], count: int) -> None:
    found = moments_of({"last": edges(*rules)}, CONTEXT)
    assert found.contexts[0] == CONTEXT
    assert len(found.contexts) == count
    assert found.mixed == ({"last"} if count > 1 else set())


def order(values: list[Value]) -> tuple[int, ...]:
    """Compare each date with each other one, and with the day after it."""
    days = [one for one in values if isinstance(one, date)]
    assert len(days) == len(values)
    return tuple(
        (one > other) - (one < other) + 3 * ((one - other).days == 1)
        for one in days
        for other in days
    )


@pytest.mark.parametrize(
    "rules",
    [
        [since("2025-03-10"), within(30), within(90), since("2026-02-28")],
        [since(ago(1, "month")), within(30), since("2025-12-31")],
        [since(ago(2, "month")), since(ago(9, "week")), within(60)],
        [since(ago(1, "year")), within(365)],
    ],
)
def test_no_day_of_six_years_has_an_order_of_its_own(rules: list[Json]) -> None:
    asked = edges(*rules)

    def at(moment: datetime) -> tuple[int, ...]:
        context = replace(CONTEXT, as_of=moment)
        return order([compile_value(one, context)(Values({})) for one in asked])

    known = {at(one.as_of) for one in moments_of({"last": asked}, CONTEXT).contexts}
    assert known == {at(CONTEXT.as_of + timedelta(days=days)) for days in range(6 * 366)}


def test_instants_move_past_each_other_within_a_day() -> None:
    hours: Json = {"datetime_add": [{"now": []}, -36, "hour"]}
    day: Json = {"datetime_truncate": [{"now": []}, "day"]}
    found = moments_of({"joined": edges(since(hours, "joined"), since(day, "joined"))}, CONTEXT)
    assert found.mixed == set()  # a day and a half ago is always before this morning
    hours = {"datetime_add": [{"now": []}, -6, "hour"]}
    found = moments_of({"joined": edges(since(hours, "joined"), since(day, "joined"))}, CONTEXT)
    assert found.mixed == {"joined"}


def test_dates_that_meet_too_often_are_not_followed() -> None:
    days = [f"2026-0{month}-01" for month in range(1, 8)]
    asked = {
        "last": edges(*map(since, days), within(3), within(9), within(30), within(90)),
        "born": edges(since("2025-03-10"), within(30)),
    }
    found = moments_of(asked, CONTEXT)
    assert found.mixed == {"born"}
    assert found.tangled == {"last"}
    many = [since(ago(count, "month")) for count in range(1, 30)]
    assert moments_of({"last": edges(*many)}, CONTEXT).tangled == {"last"}
    # As many that all move with the day stay as they are.
    assert not moments_of({"last": edges(*map(within, range(1, 30)))}, CONTEXT).tangled


def test_what_reads_the_clock() -> None:
    assert [reads_clock(one) for one in edges(since("2025-03-10"), within(3))] == [False, True]
