"""The sample shop: loaded once, the same on any day, with tiers that look like a shop's."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.unit.services.demo.tables import Row
from tierloom.domain.fields import FieldKind
from tierloom.services import demo
from tierloom.services.demo.history import HISTORY_DAYS
from tierloom.services.demo.names import Lang
from tierloom.services.demo.shop import CUSTOMERS, SILENT_DAYS, Sample, draw_sample
from tierloom.services.platform import Platform, open_platform
from tierloom.services.runs import recalculation
from tierloom.services.settings import Settings
from tierloom.services.workbench import reading

ANCHORS = [date(2024, 2, 29), date(2025, 3, 1), date(2026, 12, 31)]
ZONE = ZoneInfo("Asia/Shanghai")


@cache
def drawn(lang: Lang, day: date) -> Sample:
    return draw_sample(lang, day)


def opened(folder: Path, day: date) -> Iterator[Platform]:
    """A platform whose clock stands at noon of a day in Shanghai."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZONE).astimezone(UTC)
    with open_platform(Settings(folder), lambda: noon) as platform:
        yield platform


@pytest.fixture(scope="module", params=ANCHORS, ids=str)
def day(request: pytest.FixtureRequest) -> date:
    found: date = request.param
    return found


@pytest.fixture(scope="module")
def platform(day: date, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    for one in opened(tmp_path_factory.mktemp("demo"), day):
        demo.load(one, "demo", "zh")
        yield one


def sizes(platform: Platform) -> dict[str, dict[str, int]]:
    actor = demo.load(platform, "demo", "zh", date(2000, 1, 1))
    outcomes = recalculation.recalculate(platform, actor.workspace, "test")
    assert [one.moves for one in outcomes] == [0] * len(outcomes), "the stored tiers are up to date"
    return {
        one.model.key: {**one.sizes, "not enough data": one.not_enough_data} for one in outcomes
    }


# ── what the tiers should be, worked out without the rules ─────────────────────────────


def bought(sample: Sample) -> list[list[Row]]:
    """Each customer's orders that were neither cancelled nor refunded."""
    found: list[list[Row]] = [[] for _ in sample.customers]
    for order in sample.orders:
        if order.values["status"] not in ("cancelled", "refunded"):
            found[order.customer].append(dict(order.values))
    return found


def value_tier(customer: Row, orders: list[Row], day: date) -> str:
    year = [one for one in orders if day - timedelta(365) < one["ordered_on"] <= day]
    amounts = [one["amount"] for one in year if one["amount"] is not None]
    if year and not amounts:
        return "not enough data"
    spend = sum(round(one * 100) for one in amounts) / 100
    recent = any(day - one["ordered_on"] < timedelta(90) for one in orders)
    if spend >= 15000 and recent and len(year) >= 8:
        return "diamond"
    if spend >= 5000 and recent:
        plus, city = customer["plus_member"], customer["city"]
        metro = city in ("shanghai", "beijing")
        if len(year) >= 6 or (plus and metro):
            return "gold"
        if plus is not False and (city is None or metro) and None in (plus, city):
            return "not enough data"
    return "silver" if spend >= 2000 else "bronze" if spend >= 500 else "others"


def lifecycle_tier(orders: list[Row], day: date) -> str:
    if not orders:
        return "prospect"
    first, last = orders[0]["ordered_on"], orders[-1]["ordered_on"]
    if day - first < timedelta(30):
        return "new"
    silence = (day - last).days
    return "active" if silence < 90 else "at_risk" if silence < 180 else "lost"


# ── tests ──────────────────────────────────────────────────────


def test_tiers_are_those_counted_by_hand(platform: Platform, day: date) -> None:
    sample = drawn("zh", day)
    pairs = list(zip(sample.customers, bought(sample), strict=True))
    found = sizes(platform)
    assert found["value"] == Counter(value_tier(one, orders, day) for one, orders in pairs)
    lifecycle = Counter(lifecycle_tier(orders, day) for _, orders in pairs)
    assert found["lifecycle"] == {**lifecycle, "not enough data": 0}


def test_tiers_have_the_same_sizes_on_any_day(platform: Platform) -> None:
    assert sizes(platform) == {
        "value": {
            "diamond": 35,
            "gold": 105,
            "silver": 317,
            "bronze": 668,
            "others": 866,
            "not enough data": 9,
        },
        "lifecycle": {
            "new": 182,
            "active": 735,
            "at_risk": 335,
            "lost": 550,
            "prospect": 198,
            "not enough data": 0,
        },
    }


def test_segments_are_neither_empty_nor_everybody(platform: Platform) -> None:
    actor = demo.load(platform, "demo", "zh", ANCHORS[0])
    with reading(platform, actor) as bench:
        found = {
            one.key: int(bench.matching(one.rule, one.record_type).sum())
            for one in bench.published.segments()
        }
    assert len(found) == 6
    assert all(50 < size < 1000 for size in found.values()), found


def test_loading_again_changes_nothing(platform: Platform) -> None:
    before = state(platform)
    demo.load(platform, "demo", "zh", date(2030, 1, 1))
    assert state(platform) == before
    assert before[0] == CUSTOMERS


def state(platform: Platform) -> tuple[int, int, int, int]:
    actor = demo.load(platform, "demo", "zh", ANCHORS[0])
    with reading(platform, actor) as bench:
        return (
            bench.uow.records(bench.published.table("customers")).count(),
            bench.uow.records(bench.published.table("orders")).count(),
            bench.workspace.catalogue_version,
            bench.uow.changes.head(),
        )


# ── the rows themselves ──────────────────────────────────────────────────────


@pytest.mark.parametrize("day", ANCHORS, ids=str)
def test_rows_are_plausible(day: date) -> None:
    sample = drawn("zh", day)
    assert len(sample.customers) == CUSTOMERS
    assert 11_500 <= len(sample.orders) <= 13_500
    days = [one.day for one in sample.orders]
    assert days == [one.values["ordered_on"] for one in sample.orders]
    assert days == sorted(days)
    assert day - timedelta(HISTORY_DAYS) <= days[0] <= days[-1] < day
    for key in ("city", "gender", "birthday", "phone", "email", "source", "plus_member"):
        unknown = sum(one[key] is None for one in sample.customers) / CUSTOMERS
        assert 0.02 < unknown < 0.06, key
    spend = sorted(sum(one["amount"] or 0 for one in orders) for orders in bought(sample))
    assert 0.4 < sum(spend[-CUSTOMERS // 10 :]) / sum(spend) < 0.7, "a tenth brings about half"


def test_customers_join_before_they_buy() -> None:
    day = ANCHORS[0]
    sample = drawn("zh", day)
    joined = [dict[str, Any](one)["member_since"] for one in sample.customers]
    assert all(joined[order.customer] <= order.day for order in sample.orders)


@pytest.mark.parametrize("day", ANCHORS, ids=str)
def test_one_diamond_customer_has_been_silent_for_long(day: date) -> None:
    sample = drawn("zh", day)
    silence = {
        number: (day - orders[-1]["ordered_on"]).days
        for number, (one, orders) in enumerate(zip(sample.customers, bought(sample), strict=True))
        if orders and value_tier(one, orders, day) == "diamond"
    }
    longest, following = sorted(silence.values())[:-3:-1]
    assert longest == SILENT_DAYS == 83
    assert following < 60
    silent = max(silence, key=lambda number: silence[number])
    last = max(one.day for one in sample.orders if one.customer == silent)
    assert (day - last).days == 83, "nor did they order anything that was cancelled"


def test_language_changes_names_only() -> None:
    chinese, english = drawn("zh", ANCHORS[0]), drawn("en", ANCHORS[0])
    assert chinese.orders == english.orders
    differing = {
        key
        for one, other in zip(chinese.customers, english.customers, strict=True)
        for key in one
        if one[key] != other[key]
    }
    assert differing == {"name", "email", "remark"}


def test_every_stored_field_is_filled(platform: Platform, day: date) -> None:
    actor = demo.load(platform, "demo", "zh", day)
    sample = drawn("zh", day)
    with reading(platform, actor) as bench:
        for table, row in (("customers", sample.customers[0]), ("orders", sample.orders[0].values)):
            stored = bench.published.table(table).stored_fields
            links = {one.key for one in stored if one.type.kind is FieldKind.REFERENCE}
            assert {one.key for one in stored} == set(row) | links
