"""The fuel chain: as many of everything on any day, tiers counted by hand, and what is planted in it."""

from collections import Counter
from datetime import date, timedelta
from functools import cache

import pytest

from tests.unit.services.demo.tables import Row, Table, differing, tables_of
from tierloom.services.demo import fuel

ANCHORS = [date(2024, 2, 29), date(2025, 3, 1), date(2026, 12, 31)]
DAYS = pytest.mark.parametrize("day", ANCHORS, ids=str)


@cache
def drawn(day: date) -> dict[str, Table]:
    return tables_of(fuel.draw("zh", day))


@cache
def filled(day: date) -> list[list[Row]]:
    """Each customer's fill-ups, oldest first."""
    found: list[list[Row]] = [[] for _ in drawn(day)["customers"].rows]
    fills = drawn(day)["transactions"]
    for row, customer in zip(fills.rows, fills.links["customer"], strict=True):
        found[customer].append(row)
    return found


def spent(fills: list[Row], day: date) -> int | None:
    """Fen of the last 365 days, None where no amount of them is known."""
    year = [one["amount"] for one in fills if day - timedelta(365) < one["filled_on"] <= day]
    known = [round(one * 100) for one in year if one is not None]
    return sum(known) if known or not year else None


def value_tier(fills: list[Row], day: date) -> str:
    fen = spent(fills, day)
    if fen is None:
        return "not enough data"
    if fen >= 2_000_000 and (day - fills[-1]["filled_on"]).days < 60:
        return "diamond"
    return "gold" if fen >= 800_000 else "silver" if fen >= 300_000 else "bronze"


def lifecycle_tier(fills: list[Row], day: date) -> str:
    if not fills:
        return "prospect"
    if (day - fills[0]["filled_on"]).days < 45:
        return "new"
    silence = (day - fills[-1]["filled_on"]).days
    return "active" if silence < 45 else "at_risk" if silence < 120 else "lost"


def driver_type(customer: Row, fills: list[Row], day: date) -> str:
    year = [one for one in fills if day - timedelta(365) < one["filled_on"] <= day]
    clean = sum(one["fuel"] in ("charge", "e98") for one in year)
    vehicle = customer["vehicle"]
    if vehicle == "hybrid" or (year and clean * 2 >= len(year)):
        return "green"
    if vehicle in ("truck", "coach"):
        return "heavy"
    return "business" if vehicle == "van" or len(year) >= 30 else "private"


def fleet_size(cards: int) -> str:
    return "large" if cards >= 20 else "medium" if cards >= 8 else "small"


def cards_of_companies(day: date) -> Counter[int]:
    return Counter(one for one in drawn(day)["cards"].links["company"] if one >= 0)


SIZES = {
    "value": {"diamond": 445, "gold": 484, "silver": 1657, "bronze": 7413, "not enough data": 1},
    "lifecycle": {"new": 532, "active": 5016, "at_risk": 2174, "lost": 1791, "prospect": 487},
    "driver": {"green": 1095, "heavy": 477, "business": 770, "private": 7658},
    "fleet": {"large": 1, "medium": 56, "small": 101},
}


@DAYS
def test_sizes_counted_by_hand_are_the_same_on_any_day(day: date) -> None:
    fills, customers = filled(day), drawn(day)["customers"].rows
    assert Counter(value_tier(one, day) for one in fills) == SIZES["value"]
    assert Counter(lifecycle_tier(one, day) for one in fills) == SIZES["lifecycle"]
    pairs = zip(customers, fills, strict=True)
    assert Counter(driver_type(one, bought, day) for one, bought in pairs) == SIZES["driver"]
    fleets = cards_of_companies(day)
    sizes = [fleet_size(fleets[number]) for number in range(len(drawn(day)["companies"].rows))]
    assert Counter(sizes) == SIZES["fleet"]


@DAYS
def test_as_many_rows_on_any_day(day: date) -> None:
    assert {name: len(one.rows) for name, one in drawn(day).items()} == {
        "customers": 10_000,
        "companies": 158,
        "cards": 10_600,
        "transactions": 95_000,
        "complaints": 434,
        "surveys": 1_983,
    }


@DAYS
def test_what_is_planted(day: date) -> None:
    assert sum(one["city"] is None for one in drawn(day)["customers"].rows) == 312
    fleets = cards_of_companies(day).most_common()
    assert fleets[0] == (0, 40)
    assert fleets[1][1] < 20
    names = [one["name"] for one in drawn(day)["companies"].rows]
    assert len(set(names)) == len(names)
    assert names[0] == "顺达物流有限公司"


def test_rows_are_plausible() -> None:
    day = ANCHORS[0]
    customers = drawn(day)["customers"].rows
    for customer, fills in zip(customers, filled(day), strict=True):
        days = [one["filled_on"] for one in fills]
        assert days == sorted(days)
        assert all(customer["joined_on"] <= one < day for one in days)
    phones = [one["phone"] for one in customers if one["phone"]]
    assert len(set(phones)) == len(phones), "nobody is there twice"
    owners, transactions = drawn(day)["cards"].links["customer"], drawn(day)["transactions"]
    pairs = zip(transactions.links["card"], transactions.links["customer"], strict=True)
    assert all(owners[card] == customer for card, customer in pairs)
    spend = sorted((spent(one, day) or 0 for one in filled(day)), reverse=True)
    assert 0.45 < sum(spend[:1_000]) / sum(spend) < 0.75, "a tenth brings more than half"


def test_language_changes_names_only() -> None:
    english = tables_of(fuel.draw("en", ANCHORS[0]))
    for name, table in drawn(ANCHORS[0]).items():
        assert table.links == english[name].links
        assert differing(table, english[name]) <= {"name", "remark"}
    assert english["companies"].rows[0]["name"] == "Swift Logistics"
