"""The past before the first result: each month-end counted again by hand from the rows that were put in."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.unit.services.shop import CUSTOMERS, NOON, TODAY, VALUE, Shop, insert
from tierloom.domain.fields import Link
from tierloom.domain.rules import Json
from tierloom.domain.tiers import TierModel
from tierloom.engine.results import ABSENT
from tierloom.services import drafts, records
from tierloom.services.runs import recalculation, reconstruction
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.store.results import Move

ZONE = ZoneInfo("Asia/Shanghai")
MONTH_ENDS = [
    date(2025, 3, 31), date(2025, 4, 30), date(2025, 5, 31), date(2025, 6, 30), date(2025, 7, 31), date(2025, 8, 31),
    date(2025, 9, 30), date(2025, 10, 31), date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28),
]  # fmt: skip
DAYS = [TODAY - timedelta(days=back) for back in range(9, 0, -1)]
BODY = cast(dict[str, Any], VALUE)
RECENT: Json = {
    **BODY,
    "key": "recent",
    "main": False,
    "tiers": [
        {
            **BODY["tiers"][0],
            "key": "active",
            "rule": {"some": [{"var": "orders"}, {"<": [{"days_since": [{"var": "day"}]}, 60]}]},
        }
    ],
}


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def end_of(day: date) -> int:
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZONE)
    return ms(midnight) - 1


def number(bench: Workbench, model: str = "value") -> int:
    return bench.published.documents["tier_model", model].id


def stored(shop: Shop, model: str = "value") -> list[Move]:
    with reading(shop.platform, shop.owner) as bench:
        return bench.uow.results.moves(number(bench, model), 0, 100_000)


def placed_at(shop: Shop, days: list[date], model: str = "value") -> list[dict[int, str]]:
    """The stored tier of every record at the ends of some days, by key."""
    with reading(shop.platform, shop.owner) as bench:
        names = [one.key for one in bench.published.tier_model(model).all_tiers]
        found = bench.uow.results.past(number(bench, model), [end_of(day) for day in days])
    return [
        {
            record: names[code]
            for record, code in zip(
                one.placements.ids.tolist(), one.placements.codes.tolist(), strict=True
            )
        }
        if one
        else {}
        for one in found
    ]


def orders_of(shop: Shop, customer: int) -> list[dict[str, object]]:
    return [
        dict(one)
        for one in shop.orders.values()
        if isinstance(link := one["customer"], Link) and link.id == customer
    ]


def by_hand(shop: Shop, day: date) -> dict[int, str]:
    """Who is where at the end of a day, worked out without rules, columns and stored results."""
    found = {}
    for customer, row in shop.customers.items():
        dated = orders_of(shop, customer)
        past = [one for one in dated if cast(date, one["day"]) <= day]
        if dated and not past:
            continue  # came later
        spend = sum(round(cast(float, one["amount"]) * 100) for one in past) / 100
        points = cast("int | None", row["points"])
        middle = spend >= 300 and points is not None and points > 20
        found[customer] = "gold" if spend >= 1000 else "silver" if middle else "rest"
    return found


def test_the_instants() -> None:
    found = reconstruction.instants(NOON, ZONE)
    assert [ms(one) for one in found] == sorted({end_of(one) for one in [*MONTH_ENDS, *DAYS]})
    assert [
        one.astimezone(ZONE).date() for one in reconstruction.month_ends(NOON, ZONE)
    ] == MONTH_ENDS
    # The day after a month's end, the week before overlaps it.
    first = datetime(2024, 3, 1, 0, 30, tzinfo=ZONE)
    assert reconstruction.month_ends(first, ZONE)[-1].astimezone(ZONE).date() == date(2024, 2, 29)
    assert len(reconstruction.instants(first, ZONE)) == 12 + 7 - 1


def test_a_day_that_begins_at_one_o_clock() -> None:
    """In Beirut the clock was put forward at midnight: the day before ended at the first instant of one o'clock."""
    end = reconstruction.day_end(date(2022, 3, 26), ZoneInfo("Asia/Beirut"))
    assert end + timedelta(milliseconds=1) == datetime(2022, 3, 26, 22, tzinfo=UTC)


def test_every_point_is_what_a_count_by_hand_gives(any_shop: Shop) -> None:
    shop = any_shop
    days = sorted({*MONTH_ENDS, *DAYS})
    wanted = [by_hand(shop, day) for day in days]
    assert placed_at(shop, days) == wanted
    assert len({frozenset(Counter(one.values()).items()) for one in wanted}) > 6, "a real history"
    assert placed_at(shop, [MONTH_ENDS[0] - timedelta(days=1)]) == [{}]


def test_moves_go_from_one_point_to_the_next(shop: Shop) -> None:
    """Replayed from the baseline, the moves give each point; they come in order of time, before the real run."""
    days = sorted({*MONTH_ENDS, *DAYS})
    here = by_hand(shop, days[0])
    moves = stored(shop)
    assert moves
    assert {one.cause for one in moves} == {reconstruction.CAUSE}
    assert [one.effective_at for one in moves] == sorted(one.effective_at for one in moves)
    names = ["gold", "silver", "rest"]
    for day in days[1:]:
        for one in (one for one in moves if one.effective_at == end_of(day)):
            assert here.get(one.record, "") == (names[one.origin] if one.origin != ABSENT else "")
            here[one.record] = names[one.target]
        assert here == by_hand(shop, day)
    for one in (one for one in moves if one.effective_at == ms(NOON)):
        here[one.record] = names[one.target]
    assert here == {one: shop.tier(one) for one in shop.customers}


def test_it_is_done_once(shop: Shop) -> None:
    before = stored(shop)
    with reading(shop.platform, shop.owner) as bench:
        runs = len(bench.uow.results.runs(shop.workspace, 1000))
        assert bench.uow.results.last_run_at(shop.workspace) == ms(NOON)
    assert [one.moves for one in shop.run()] == [0]
    assert stored(shop) == before
    with reading(shop.platform, shop.owner) as bench:
        assert len(bench.uow.results.runs(shop.workspace, 1000)) == runs + 1


def test_another_version_keeps_the_history(shop: Shop) -> None:
    before, days = stored(shop), placed_at(shop, MONTH_ENDS)
    richer: Json = {
        **BODY,
        "tiers": [{**BODY["tiers"][0], "rule": {">=": [{"var": "spend"}, 2000]}}],
    }
    shop.apply(richer)
    shop.clock.pass_by(hours=1)
    shop.run("rules")
    after = stored(shop)
    assert after[: len(before)] == before
    assert {one.cause for one in after[len(before) :]} == {"rules"}
    with reading(shop.platform, shop.owner) as bench:
        past = bench.uow.results.past(number(bench), [end_of(one) for one in MONTH_ENDS])
        sizes = [
            np.bincount(one.placements.codes, minlength=3).tolist() if one else [] for one in past
        ]
        assert {one.rule_version for one in past if one} == {1}
    assert sizes == [
        [list(one.values()).count(key) for key in ("gold", "silver", "rest")] for one in days
    ]


def test_a_model_of_ones_own_published_later(shop: Shop) -> None:
    """Its own past is rebuilt on its first publication, and the other model's stays as it is."""
    before = stored(shop)
    shop.clock.pass_by(days=3)
    shop.apply(RECENT)
    outcomes = {one.model.key: one for one in shop.run("rules")}
    assert stored(shop) == before
    assert outcomes["recent"].moves == 0, "a first result is no move"
    for day, found in zip(MONTH_ENDS, placed_at(shop, MONTH_ENDS, "recent"), strict=True):
        there = by_hand(shop, day)
        wanted = {
            one: "active"
            if any(0 <= (day - cast(date, each["day"])).days < 60 for each in orders_of(shop, one))
            else "rest"
            for one in there
        }
        assert found == wanted


def test_a_model_that_reads_no_dates_begins_now(shop: Shop) -> None:
    rule: Json = {">": [{"var": "points"}, 10]}
    tiers: Json = [{**BODY["tiers"][0], "rule": rule}]
    shop.apply({**BODY, "key": "points", "main": False, "tiers": tiers})
    shop.run("rules")
    assert stored(shop, "points") == []
    with reading(shop.platform, shop.owner) as bench:
        assert bench.uow.results.observed_since(number(bench, "points"), "reconstructed") == ms(
            NOON
        )
    assert placed_at(shop, MONTH_ENDS, "points") == [{}] * 12


def test_a_model_that_was_there_before_its_customers(shop: Shop) -> None:
    """A sample, or a template on an empty workspace: the first result is empty, and the past comes with the import."""
    table: dict[str, Any] = {
        **cast(dict[str, Any], CUSTOMERS),
        "key": "guests",
        "label": "Guests",
        "date_field": "joined",
    }
    fields = [one for one in table["fields"] if "calculation" not in one or one["key"] == "silence"]
    rule: Json = {"<=": [{"var": "silence"}, 90]}
    tiers: Json = [{**BODY["tiers"][0], "key": "young", "rule": rule}]
    model: Json = {**BODY, "key": "age", "record_type": "guests", "tiers": tiers}
    shop.apply({**table, "fields": fields}, model)
    shop.run("rules")
    assert stored(shop, "age") == []
    rows = list(shop.customers.values())
    with writing(shop.platform, shop.owner) as bench:
        ids = insert(bench, "guests", rows)
    shop.clock.pass_by(hours=1)
    shop.run("import")
    joined = {one: cast(date, row["joined"]) for one, row in zip(ids, rows, strict=True)}
    for day, found in zip(MONTH_ENDS, placed_at(shop, MONTH_ENDS, "age"), strict=True):
        assert found == {
            one: "young" if (day - since).days <= 90 else "rest"
            for one, since in joined.items()
            if since <= day
        }
    before = stored(shop, "age")
    shop.run("import")
    assert stored(shop, "age") == before


def test_records_that_are_in_the_bin_are_not_rebuilt_and_new_ones_are_moves(shop: Shop) -> None:
    before = len(stored(shop))
    gone = next(one for one in shop.customers if shop.tier(one) == "gold")
    records.delete(shop.platform, shop.owner, "customers", [gone])
    shop.clock.pass_by(hours=1)
    shop.run("edit")
    [move] = stored(shop)[before:]
    assert (move.record, move.target, move.cause) == (gone, ABSENT, "edit")
    assert gone in placed_at(shop, MONTH_ENDS[-1:])[0], "history keeps whom it had"


def test_what_is_too_large_begins_now(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconstruction, "LARGEST", 10)
    shop.apply(RECENT)
    shop.run("rules")
    assert stored(shop, "recent") == []


def test_publishing_itself_waits_for_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rebuilding is the job's: publishing only asks for it."""

    def never(*_: object) -> list[reconstruction.Past]:
        raise AssertionError("publishing must not rebuild")

    monkeypatch.setattr(reconstruction, "rebuild", never)
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
    made = drafts.create(shop.platform, shop.owner, _copy(model, "mine"))
    drafts.publish(shop.platform, shop.owner, "tier_model", "mine", made.document.version)
    assert recalculation.waiting(shop.platform, shop.workspace) is not None


def _copy(model: TierModel, key: str) -> TierModel:
    from dataclasses import replace

    return replace(model, key=key, main=False, id=0)
