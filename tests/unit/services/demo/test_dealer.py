"""The car dealer: as many of everything on any day, tiers counted by hand, and what is planted in it."""

from collections import Counter
from datetime import date, timedelta
from functools import cache

import pytest

from tests.unit.services.demo.tables import Row, Table, differing, tables_of
from tierloom.services.demo import dealer

ANCHORS = [date(2024, 2, 29), date(2025, 3, 1), date(2026, 12, 31)]
DAYS = pytest.mark.parametrize("day", ANCHORS, ids=str)


@cache
def drawn(day: date) -> dict[str, Table]:
    return tables_of(dealer.draw("zh", day))


@cache
def of_customers(table: str, day: date) -> list[list[Row]]:
    """Each customer's purchases or visits, oldest first."""
    found: list[list[Row]] = [[] for _ in drawn(day)["customers"].rows]
    rows = drawn(day)[table]
    for row, customer in zip(rows.rows, rows.links["customer"], strict=True):
        found[customer].append(row)
    return found


def value_tier(bought: list[Row]) -> str:
    prices = [one["price"] for one in bought if one["price"] is not None]
    if bought and not prices:
        return "not enough data"
    spend = sum(prices)
    if spend >= 400_000:
        return "high"
    return "middle" if spend >= 200_000 else "low" if bought else "none"


def relation_tier(customer: Row, bought: list[Row], visits: list[Row], day: date) -> str:
    cars = sum(one["kind"] in ("new_car", "used_car") for one in bought)
    silence = (day - bought[-1]["bought_on"]).days if bought else 10_000
    if cars and len(bought) >= 3 and silence < 365:
        return "fan"
    if cars and silence < 540:
        return "owner"
    if bought:
        return "at_risk"
    recent = bool(visits) and (day - visits[-1]["visited_on"]).days < 90
    return "potential" if recent or (customer["browse_minutes"] or 0) >= 60 else "quiet"


def visits_in_a_year(visits: list[Row], day: date) -> int:
    return sum(day - timedelta(365) < one["visited_on"] <= day for one in visits)


def frequency_tier(number: int) -> str:
    if number >= 6:
        return "often"
    return "sometimes" if number in (3, 4) else "seldom" if number <= 2 else "rest"


SIZES = {
    "value": {"high": 262, "middle": 2000, "low": 2395, "none": 3336, "not enough data": 7},
    "relation": {"fan": 1721, "owner": 1438, "at_risk": 1505, "potential": 2210, "quiet": 1126},
    "frequency": {"often": 1362, "sometimes": 1516, "seldom": 4463, "rest": 659},
}


@DAYS
def test_sizes_counted_by_hand_are_the_same_on_any_day(day: date) -> None:
    bought, visits = of_customers("purchases", day), of_customers("visits", day)
    assert Counter(value_tier(one) for one in bought) == SIZES["value"]
    triples = zip(drawn(day)["customers"].rows, bought, visits, strict=True)
    assert Counter(relation_tier(*one, day) for one in triples) == SIZES["relation"]
    often = [visits_in_a_year(one, day) for one in visits]
    assert Counter(map(frequency_tier, often)) == SIZES["frequency"]


@DAYS
def test_as_many_rows_on_any_day(day: date) -> None:
    assert {name: len(one.rows) for name, one in drawn(day).items()} == {
        "customers": 8_000,
        "purchases": 12_317,
        "visits": 26_304,
    }


@DAYS
def test_those_with_five_visits_fall_through_the_hole_between_two_tiers(day: date) -> None:
    often = [visits_in_a_year(one, day) for one in of_customers("visits", day)]
    fallen = [one for one in often if frequency_tier(one) == "rest"]
    assert set(fallen) == {5}
    assert len(fallen) == 659


@DAYS
def test_one_customer_is_there_twice(day: date) -> None:
    customers = drawn(day)["customers"].rows
    times = Counter((one["name"], one["phone"]) for one in customers if one["phone"])
    assert [one for one, number in times.items() if number > 1] == [("周建国", "15800399999")]
    first, second = (customers[number] for number in dealer.TWINS)
    assert first["customer_no"] != second["customer_no"]
    assert first["birthday"] == second["birthday"]


def test_rows_are_plausible() -> None:
    day = ANCHORS[0]
    for table, key in (("purchases", "bought_on"), ("visits", "visited_on")):
        days = [one[key] for one in drawn(day)[table].rows]
        assert days == sorted(days)
        assert days[-1] < day
    for bought in of_customers("purchases", day):
        assert not bought or bought[0]["kind"] in ("new_car", "used_car"), "a car comes first"
    prices = [one["price"] for one in drawn(day)["purchases"].rows if one["kind"] == "new_car"]
    known = [one for one in prices if one]
    assert 140_000 < min(known) < max(known) < 450_000


def test_language_changes_names_only() -> None:
    english = tables_of(dealer.draw("en", ANCHORS[0]))
    for name, table in drawn(ANCHORS[0]).items():
        assert table.links == english[name].links
        assert differing(table, english[name]) <= {"name", "remark"}
