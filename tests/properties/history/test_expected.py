"""The brute-force world says what the prose says: the dated example of stay policies, by hand."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.properties.history.conditions import Answer, Compared, Json, Seen, moment_of
from tests.properties.history.expected import (
    DEFAULT,
    HELD,
    Expected,
    Model,
    Move,
    Policy,
    days_later,
    first_instant,
)

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Earned:
    """So many points in the last year."""

    least: int

    def json(self) -> Json:
        raise AssertionError("No platform is asked here.")

    def answer(self, seen: Seen, hold: bool) -> Answer:
        first = seen.then.today - timedelta(365)
        rows = seen.children("orders")
        earned = [one["amount"] for one in rows if first < one["day"] <= seen.then.today]
        return bool(sum(earned) >= self.least)


def at(year: int, month: int, day: int, hour: int = 12, zone: ZoneInfo = BERLIN) -> int:
    return int(datetime(year, month, day, hour, tzinfo=zone).timestamp() * 1000)


def told(moves: list[Move]) -> list[tuple[object, ...]]:
    return [(moment_of(one.at).astimezone(BERLIN).date(), one.target, *one.causes) for one in moves]


@pytest.mark.parametrize("step", [1, 7, 31, 1000])
def test_the_dated_example(step: int) -> None:
    """Points protect a tier for a year, a month of grace follows, then one level down; looked at often or seldom."""
    world = Expected(BERLIN, at(2024, 1, 1))
    tiers = (("gold", Earned(5000)), ("silver", Earned(1000)))
    world.published["first"] = Model(
        "first", "customers", False, tiers, Policy(365, True, 30, True)
    )
    world.rows["customers"][1] = {}
    world.take_rules()
    world.settle("rules")
    for day, amount in ((date(2024, 1, 10), 1200), (date(2024, 6, 1), 4000)):
        world.pass_to(at(day.year, day.month, day.day))
        number = len(world.rows["orders"])
        world.rows["orders"][number] = {"customer": 1, "day": day, "amount": amount}
        world.settle("edit")
    while world.now < at(2027, 1, 1):
        world.pass_to(world.now + step * 86_400_000)
    assert told(world.kept["first"].moves[1]) == [
        (date(2024, 1, 10), "silver", "edit"),
        (date(2024, 6, 1), "gold", "edit"),
        (date(2025, 7, 1), "silver", "time"),
        (date(2026, 7, 31), DEFAULT, "time"),
    ]


def test_unknown_values_are_not_the_lowest_tier() -> None:
    for hold, wanted in ((True, HELD), (False, DEFAULT)):
        world = Expected(BERLIN, at(2024, 1, 1))
        tiers = (("gold", Compared("points", ">=", 3)),)
        world.published["first"] = Model("first", "customers", hold, tiers)
        world.rows["customers"][1] = {"points": None}
        world.take_rules()
        world.settle("rules")
        assert world.kept["first"].placed == {1: wanted}


def test_local_days() -> None:
    """Clocks go forward on 30 March 2025 at 2:00, back on 26 October at 3:00; in Santiago at midnight."""
    assert days_later(at(2025, 3, 29, 2), 1, BERLIN) == at(2025, 3, 30, 1, ZoneInfo("UTC"))
    assert days_later(at(2025, 3, 29, 12), 1, BERLIN) - at(2025, 3, 29, 12) == 23 * 3_600_000
    assert days_later(at(2025, 10, 25, 2), 1, BERLIN) == at(2025, 10, 26, 0, ZoneInfo("UTC"))
    assert days_later(at(2025, 10, 25, 12), 1, BERLIN) - at(2025, 10, 25, 12) == 25 * 3_600_000
    santiago = ZoneInfo("America/Santiago")
    found = moment_of(first_instant(date(2025, 9, 7), santiago))
    assert found == datetime(2025, 9, 7, 4, tzinfo=UTC)
    assert first_instant(date(2025, 3, 30), BERLIN) == at(2025, 3, 30, 0)
