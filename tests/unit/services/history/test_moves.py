"""Who moved between two days, against two counts by hand; rights; the file of a list of moves."""

import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from tests.unit.services.runs.test_reconstruction import BODY, MONTH_ENDS, ZONE, by_hand
from tests.unit.services.shop import TODAY, Shop
from tierloom.domain.people import Role
from tierloom.domain.rules import Json
from tierloom.errors import Forbidden, Invalid, NotFound
from tierloom.jobs.kinds import KINDS as JOBS
from tierloom.jobs.kinds import Task
from tierloom.services import movers, records, trends
from tierloom.services.as_of import as_of
from tierloom.services.exports import move_lists, requests
from tierloom.services.exports.tints import TINTS
from tierloom.services.grid import HELD
from tierloom.services.history.moves import (
    KINDS,
    OUTSIDE,
    Moves,
    codes_of,
    moves_between,
    trail,
)
from tierloom.services.movers import Asked
from tierloom.services.overview import figure_of
from tierloom.services.runs.reconstruction import day_end
from tierloom.services.workbench import reading

ORDER = ["gold", "silver", "rest"]
FIRST, LAST = MONTH_ENDS[3], MONTH_ENDS[-2]


def pairs(shop: Shop, start: date, end: date) -> dict[int, tuple[str, str]]:
    """Where everybody was, by hand; those in neither are left out."""
    before = by_hand(shop, start)
    after = {one: shop.tier(one) for one in shop.customers} if end == TODAY else by_hand(shop, end)
    return {one: (before.get(one, OUTSIDE), after.get(one, OUTSIDE)) for one in {*before, *after}}


def kind_of(origin: str, target: str) -> set[str]:
    if origin == target:
        return {"stayed"}
    if OUTSIDE in (origin, target):
        return {"moved", "in" if origin == OUTSIDE else "out"}
    if HELD in (origin, target):
        return {"moved", "complete" if origin == HELD else "incomplete"}
    return {"moved", "up" if ORDER.index(target) < ORDER.index(origin) else "down"}


@pytest.mark.parametrize(("start", "end"), [(FIRST, LAST), (MONTH_ENDS[-1], TODAY)])
def test_flows_and_kinds(any_shop: Shop, start: date, end: date) -> None:
    shop = any_shop
    wanted = pairs(shop, start, end)
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
        found = moves_between(bench, model, day_end(start, ZONE), day_end(end, ZONE))
    assert found.flows() == Counter(wanted.values())
    for kind in ("moved", "up", "down", "in", "out", "stayed"):
        ids = {one for one, pair in wanted.items() if kind in kind_of(*pair)}
        assert set(found.ids[found.of_kind(kind)].tolist()) == ids, kind
    assert len(found.ids[found.of_kind("any")]) == len(wanted)
    chosen = found.ids[found.chosen("moved", "rest", "silver")].tolist()
    assert set(chosen) == {one for one, pair in wanted.items() if pair == ("rest", "silver")}
    assert not found.of_kind("risk").any(), "no tier of this model stands for churn risk"
    with pytest.raises(NotFound, match="sideways"):
        found.of_kind("sideways")
    with pytest.raises(NotFound, match="bronze"):
        found.chosen("moved", "bronze")


def test_who_moved_did_so_in_one_way(shop: Shop) -> None:
    """Every pair of places, "not enough data" and outside among them."""
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
    codes = codes_of(model)
    places = [(a, b) for a in codes for b in codes if (a, b) != (OUTSIDE, OUTSIDE)]
    origin, target = (
        np.array([codes[one] for one in side], np.int8) for side in zip(*places, strict=True)
    )
    at = datetime(2026, 3, 1, tzinfo=UTC)
    found = Moves(model, at, at, np.arange(len(places)), origin, target)
    ways = ("up", "down", "in", "out", "incomplete", "complete")
    for number, (a, b) in enumerate(places):
        told = {kind for kind in ("moved", "stayed", *ways) if found.of_kind(kind)[number]}
        assert told == kind_of(a, b), (a, b)
    assert sum(found.of_kind(one).sum() for one in ways) == found.of_kind("moved").sum()


def test_between_month_ends_the_earlier_one_counts(shop: Shop) -> None:
    between = Asked("value", FIRST + timedelta(days=2), LAST + timedelta(days=3), "any")
    with reading(shop.platform, shop.owner) as bench:
        found, exact = (
            movers.movers(bench, one, limit=200)
            for one in (between, Asked("value", FIRST, LAST, "any"))
        )
        near = movers.movers(
            bench, Asked("value", FIRST + timedelta(days=2), FIRST + timedelta(days=9))
        )
        now = movers.movers(bench, Asked("value", FIRST, TODAY))
    assert (found.told, exact.told) == ((FIRST, LAST), (FIRST, LAST))
    assert (found.counts, found.rows) == (exact.counts, exact.rows)
    assert (near.told, near.total) == ((FIRST, FIRST), 0)
    assert now.told == (FIRST, TODAY)


def test_looking_back_between_month_ends_compares_those(shop: Shop) -> None:
    with reading(shop.platform, shop.owner) as bench:
        past = as_of(bench, LAST + timedelta(days=3))
        model = past.published.tier_model("value")
        trend, week = trends.trend_and_week(past, model, None)
    assert trend
    assert (trend.since.day, trend.points[-1].day) == (MONTH_ENDS[-3], LAST)
    assert trend.moves.flows() == Counter(pairs(shop, MONTH_ENDS[-3], LAST).values())
    assert week is None, "nobody knows who moved within those days"


def test_the_list_has_as_many_as_the_count_and_whoever_brings_most_first(shop: Shop) -> None:
    wanted = pairs(shop, FIRST, LAST)
    moved = [one for one, pair in wanted.items() if pair[0] != pair[1]]
    with reading(shop.platform, shop.owner) as bench:
        page = movers.movers(bench, Asked("value", FIRST, LAST), limit=10)
        whole = [
            one for chunk in movers.chunks(bench, Asked("value", FIRST, LAST)) for one in chunk
        ]
    assert page.total == len(moved) == page.counts["moved"] > 10
    assert page.rebuilt
    assert [one.id for one in whole[:10]] == [one.id for one in page.rows]
    assert [one.id for one in whole] == sorted(moved, key=lambda one: (-shop.spend(one), one))
    for one in whole:
        places = (
            one.origin.key if one.origin else OUTSIDE,
            one.target.key if one.target else OUTSIDE,
        )
        assert places == wanted[one.id]
        assert one.entered == (places[0] == OUTSIDE)
        assert one.cause == "reconstructed"
        assert one.when
        assert FIRST < one.when.astimezone(ZONE).date() <= LAST
        assert by_hand(shop, one.when.astimezone(ZONE).date())[one.id] == places[1]


def test_days_that_cannot_be(shop: Shop) -> None:
    with reading(shop.platform, shop.owner) as bench:
        for start, end in [(LAST, FIRST), (FIRST, FIRST), (FIRST, TODAY + timedelta(days=1))]:
            with pytest.raises(Invalid):
                movers.movers(bench, Asked("value", start, end))
        with pytest.raises(NotFound, match="not known"):
            movers.movers(bench, Asked("value", FIRST - timedelta(days=400), LAST))


def test_a_role_that_sees_some_records_only(shop: Shop) -> None:
    """Also of those in the bin it learns nothing."""
    shop.limit(Role.VIEWER, "customers", {"==": [{"var": "city"}, "bj"]})
    mine = {one for one, row in shop.customers.items() if row["city"] == "bj"}
    wanted = {one: pair for one, pair in pairs(shop, FIRST, TODAY).items() if one in mine}
    gone = next(one for one in mine if shop.tier(one) != "rest")
    for _ in range(2):
        with reading(shop.platform, shop.people[Role.VIEWER]) as bench:
            model = bench.published.tier_model("value")
            found = moves_between(bench, model, day_end(FIRST, ZONE), day_end(TODAY, ZONE))
            assert found.flows() == Counter(wanted.values())
            rows = movers.movers(bench, Asked("value", FIRST, TODAY, "any"), limit=100).rows
            assert {one.id for one in rows} == set(wanted)
        if gone in wanted:
            records.delete(shop.platform, shop.owner, "customers", [gone])
            shop.clock.pass_by(minutes=1)
            shop.run("edit")
            del wanted[gone]


def test_a_record_in_the_bin_has_moved_out(shop: Shop) -> None:
    gone = next(one for one in shop.customers if shop.tier(one) == "gold")
    records.delete(shop.platform, shop.owner, "customers", [gone])
    shop.clock.pass_by(minutes=1)
    shop.run("edit")
    with reading(shop.platform, shop.owner) as bench:
        found = movers.movers(bench, Asked("value", MONTH_ENDS[-1], TODAY, "out"))
    [row] = found.rows
    assert (row.id, row.left, row.cause) == (gone, True, "edit")
    assert row.record
    assert row.record.values["name"] == shop.customers[gone]["name"]


def test_a_tier_that_a_new_version_has_not(shop: Shop) -> None:
    """The past keeps its own rules; in the new version's words its silver is nowhere."""
    before = Counter(by_hand(shop, LAST).values())
    shop.apply({**BODY, "tiers": BODY["tiers"][:1]})
    shop.clock.pass_by(minutes=1)
    shop.run("rules")
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
        found = trail(bench, model, (day_end(LAST, ZONE), bench.context.as_of))
    assert found.sizes(0) == {"gold": before["gold"], "rest": before["rest"], HELD: 0}


def test_trend_and_week(shop: Shop) -> None:
    risk: Json = [
        {**BODY["tiers"][0], "key": "quiet", "slot": "magenta", "icon": "moon", "rule": QUIET}
    ]
    shop.apply({**BODY, "key": "care", "main": False, "tiers": risk})
    shop.run("rules")
    with reading(shop.platform, shop.owner) as bench:
        value, care = (bench.published.tier_model(one) for one in ("value", "care"))
        figure = figure_of(bench, value)
        trend, week = trends.trend_and_week(bench, value, figure)
        _, alarm = trends.trend_and_week(bench, care, figure)
    assert trend
    assert [one.day for one in trend.points] == [*MONTH_ENDS, TODAY]
    assert [one.rebuilt for one in trend.points] == [True] * 12 + [False]
    for point in trend.points[:-1]:
        there = list(by_hand(shop, point.day).values())
        assert point.sizes == {key: there.count(key) for key in ORDER} | {HELD: 0}
    now = shop.sizes()
    assert all(trend.change(key) == now[key] - trend.points[-2].sizes[key] for key in ORDER)
    assert trend.growth == len(shop.customers) - len(by_hand(shop, MONTH_ENDS[-1]))
    ago = TODAY - timedelta(days=7)
    fell = [one for one, pair in pairs(shop, ago, TODAY).items() if "down" in kind_of(*pair)]
    assert week
    assert (week.kind, week.day, week.count) == ("down", ago, len(fell))
    assert alarm
    silent = [
        one for one in shop.customers if _quiet(shop, one, TODAY) and not _quiet(shop, one, ago)
    ]
    assert (alarm.kind, alarm.count) == ("risk", len(silent))
    assert alarm.count > 0
    assert alarm.amount == pytest.approx(sum(shop.spend(one) for one in silent))


QUIET: Json = {
    "and": [
        {">": [{"var": "orders_count"}, 0]},
        {"none": [{"var": "orders"}, {"<": [{"days_since": [{"var": "day"}]}, 50]}]},
    ]
}


def _quiet(shop: Shop, customer: int, day: date) -> bool:
    days = [
        bought
        for one in shop.orders.values()
        if getattr(one["customer"], "id", None) == customer
        and isinstance(bought := one["day"], date)
        and bought <= day
    ]
    return bool(days) and (day - max(days)).days >= 50


# ── the file ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _file(shop: Shop, asked: Asked, kind: str, role: Role = Role.OWNER) -> Path:
    actor = shop.people[role]
    number = move_lists.request(shop.platform, actor, asked, kind, "en")
    with shop.platform.database.reading() as uow:
        job = uow.jobs.get(number)
    assert job
    result = JOBS["export"](Task(shop.platform, job, actor, lambda *_: None))
    assert isinstance(result, dict)
    assert str(result["name"]).startswith("Value-Moved up-")
    return shop.platform.folder / "jobs" / str(number) / str(result["file"])


def test_the_file_of_a_list_of_moves(shop: Shop) -> None:
    asked = Asked("value", FIRST, LAST, "up")
    wanted = {one: pair for one, pair in pairs(shop, FIRST, LAST).items() if "up" in kind_of(*pair)}
    with _file(shop, asked, "csv").open(encoding="utf-8-sig", newline="") as stream:
        head, *rows = csv.reader(stream)
    assert head == ["Name", "Spend", "From tier", "To tier", "When", "Why"]
    names = {str(shop.customers[one]["name"]): pair for one, pair in wanted.items()}
    assert {row[0]: (row[2].lower(), row[3].lower()) for row in rows} == names
    assert {row[5] for row in rows} == {"Reconstructed"}
    book = openpyxl.load_workbook(_file(shop, asked, "xlsx"))
    assert book.sheetnames == ["Summary", "Moved up"]
    cells = list(book["Moved up"].iter_rows(min_row=2))
    assert len(cells) == len(wanted)
    for row in cells:
        slot = {"Gold": "gold", "Silver": "slate"}.get(str(row[3].value))
        if slot:
            tint = next(tint for key, tint in TINTS.items() if key == slot)
            assert row[3].fill.fgColor.rgb == "FF" + tint.chip[1:].upper()
            assert row[3].font.color.rgb == "FF" + tint.ink[1:].upper()
    said = {str(row[0].value): row[1].value for row in book["Summary"].iter_rows() if row[0].value}
    assert said["From the end of"] == FIRST.isoformat()
    assert said["By"] == shop.owner.name
    assert said["Moved up"] == len(wanted)
    assert "reconstructed" in str(said["Please note"])


def test_who_may_take_the_file(shop: Shop) -> None:
    with _file(shop, Asked("value", FIRST, LAST, "up"), "csv", Role.DATA_ADMIN).open() as stream:
        assert len(stream.readlines()) > 1
    for role in (Role.VIEWER, Role.ANALYST, Role.DESIGNER):
        with pytest.raises(Forbidden):
            _file(shop, Asked("value", FIRST, LAST, "up"), "csv", role)
    with pytest.raises(Invalid):
        move_lists.request(shop.platform, shop.owner, Asked("value", FIRST, LAST), "pdf", "en")
    assert set(KINDS) >= {"moved", "up", "down", "in", "out"}
    assert requests.KIND == move_lists.KIND
