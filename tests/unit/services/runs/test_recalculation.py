"""Recalculation: a baseline, then moves; nothing stored for another day; never two results at once."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.unit.services.shop import NOON, VALUE, Shop
from tierloom.domain.fields import Link
from tierloom.domain.people import system_actor
from tierloom.domain.rules import Json
from tierloom.domain.tiers import TierModel
from tierloom.engine.results import ABSENT
from tierloom.errors import Conflict, NotFound
from tierloom.services import drafts, grid, records
from tierloom.services.grid import Query
from tierloom.services.runs import recalculation
from tierloom.services.workbench import reading, writing
from tierloom.store.results import Move

SHANGHAI = ZoneInfo("Asia/Shanghai")


def two_tiers(key: str, tier: str, rule: Json) -> Json:
    """A tier model with a tier and all the rest."""
    return {**VALUE, "key": key, "tiers": [{**VALUE["tiers"][0], "key": tier, "rule": rule}]}  # type: ignore[dict-item, index, call-overload]


AGE = two_tiers("age", "young", {"<=": [{"var": "silence"}, 365]})
"""Young members: a year or less."""


def moves(shop: Shop) -> list[Move]:
    """The moves since the first run; the past that was rebuilt has a test of its own."""
    with reading(shop.platform, shop.owner) as bench:
        stored = bench.uow.results.moves(bench.published.documents["tier_model", "value"].id)
    return [one for one in stored if one.cause != "reconstructed"]


def tiers(shop: Shop) -> dict[int, str]:
    """The stored tier of every record, by key."""
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
        names = {code: one.key for code, one in enumerate(model.all_tiers)}
        ids, codes = bench.columns("customers").ids, bench.codes(model)
        return {int(one): names.get(int(code), "") for one, code in zip(ids, codes, strict=True)}


def test_first_run_places_everybody(any_shop: Shop) -> None:
    shop = any_shop
    assert min(shop.sizes().values()) > 0
    assert tiers(shop) == {one: shop.tier(one) for one in shop.customers}
    assert moves(shop) == []
    [again] = shop.run()
    assert (again.sizes, again.moves) == (shop.sizes(), 0)
    assert moves(shop) == []


def test_an_edit_moves_whom_it_concerns_at_once(any_shop: Shop) -> None:
    """An order is added at noon: its customer has moved then, before any run, and a later run finds nothing to do."""
    shop = any_shop
    poor = next(one for one in shop.customers if shop.tier(one) == "rest")
    number = shop.customers[poor]["number"]
    order = {"invoice": "Z1", "customer": Link(poor, str(number)), "amount": 5000.0}
    saved = records.add(shop.platform, shop.owner, "orders", order)
    assert saved.job is None
    [move] = moves(shop)
    assert (move.record, move.origin, move.target, move.cause) == (poor, 2, 0, "edit")
    assert move.effective_at == int(NOON.timestamp() * 1000)
    assert tiers(shop)[poor] == "gold"
    shop.clock.pass_by(hours=1)
    [outcome] = shop.run("edit")
    assert outcome.moves == 0
    with reading(shop.platform, shop.owner) as bench:
        placed = bench.placed(bench.published.tier_model("value"))
    assert placed is not None
    since = dict(zip(placed.ids.tolist(), placed.since.tolist(), strict=True))
    assert since[poor] == move.effective_at


def test_orders_that_change_hands(any_shop: Shop) -> None:
    """Whom an order leaves, whom it goes to, and whose order is deleted or comes back: each follows at once."""
    shop = any_shop
    gold, poor = (
        next(one for one in shop.customers if shop.tier(one) == key) for key in ("gold", "rest")
    )
    order = {
        "invoice": "Z1",
        "customer": Link(poor, str(shop.customers[poor]["number"])),
        "amount": 5000.0,
    }
    added = records.add(shop.platform, shop.owner, "orders", order)
    before = tiers(shop)
    other = Link(gold, str(shop.customers[gold]["number"]))
    records.edit(shop.platform, shop.owner, "orders", added.id, added.version, {"customer": other})
    assert tiers(shop) == {**before, poor: "rest"}
    records.edit(
        shop.platform,
        shop.owner,
        "orders",
        added.id,
        added.version + 1,
        {"customer": order["customer"]},
    )
    assert tiers(shop) == before
    records.delete(shop.platform, shop.owner, "orders", [added.id])
    assert tiers(shop)[poor] == "rest"
    records.restore(shop.platform, shop.owner, "orders", [added.id])
    assert tiers(shop) == before
    assert [one.moves for one in shop.run()] == [0]


def test_new_and_deleted_records(any_shop: Shop) -> None:
    shop = any_shop
    gone = next(one for one in shop.customers if shop.tier(one) == "gold")
    records.delete(shop.platform, shop.owner, "customers", [gone])
    new = records.add(shop.platform, shop.owner, "customers", {"number": 9000}).id
    assert tiers(shop)[new] == "rest"
    [outcome] = shop.run()
    assert {(one.record, one.origin, one.target) for one in moves(shop)} == {
        (gone, 0, ABSENT), (new, ABSENT, 2),
    }  # fmt: skip
    sizes = shop.sizes()
    assert outcome.sizes == {**sizes, "gold": sizes["gold"] - 1, "rest": sizes["rest"] + 1}
    records.restore(shop.platform, shop.owner, "customers", [gone])
    assert tiers(shop)[gone] == "gold"


def test_another_day_stores_nothing(any_shop: Shop) -> None:
    """What would be on a day: orders after it do not count, and neither run nor move is stored."""
    shop = any_shop
    before = _stored(shop)
    past = NOON - timedelta(days=200)
    found = recalculation.recalculate(shop.platform, shop.workspace, "what-if", as_of=past)
    assert found[0].as_of == past
    assert _stored(shop) == before
    day = past.date()
    shop.orders = {k: one for k, one in shop.orders.items() if one["day"] <= day}  # type: ignore[operator]
    assert found[0].sizes == shop.sizes()


def _stored(shop: Shop) -> tuple[object, ...]:
    with reading(shop.platform, shop.owner) as bench:
        document = bench.published.documents["tier_model", "value"].id
        return bench.uow.results.head(document), bench.uow.results.runs(shop.workspace)


def test_time_alone_moves_people(any_shop: Shop) -> None:
    """Young members (a year or less) are another tier; a year later nobody is."""
    shop = any_shop
    shop.apply(AGE)
    first = {one.model.key: one for one in shop.run()}["age"]
    wanted = sum((NOON.date() - row["joined"]).days <= 365 for row in shop.customers.values())  # type: ignore[operator, misc]
    assert first.sizes["young"] == wanted > 0
    shop.clock.pass_by(days=400)
    later = {one.model.key: one for one in shop.run("time")}["age"]
    assert (later.sizes["young"], later.moves) == (0, wanted)


def test_two_runs_at_once(any_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run stores the first result of new rules between this one's computing and storing."""
    shop = any_shop
    shop.apply({**VALUE, "tiers": VALUE["tiers"][:1]})  # type: ignore[dict-item, index, call-overload]
    store = recalculation._store

    def overtaken(*given: object, **more: object) -> object:
        monkeypatch.undo()
        shop.run("rules")
        return store(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(recalculation, "_store", overtaken)
    with pytest.raises(Conflict):
        shop.run("rules")
    before = moves(shop)
    assert [one.moves for one in shop.run()] == [0]
    assert moves(shop) == before


def test_an_edit_while_a_run_computes_has_the_last_word(
    any_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run has read the customer's old orders; the edit is stored before it."""
    shop = any_shop
    poor = next(one for one in shop.customers if shop.tier(one) == "rest")
    store = recalculation._store

    def edited(*given: object, **more: object) -> object:
        order = {
            "invoice": "Z1",
            "customer": Link(poor, str(shop.customers[poor]["number"])),
            "amount": 5000.0,
        }
        records.add(shop.platform, shop.owner, "orders", order)
        return store(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(recalculation, "_store", edited)
    shop.run()
    monkeypatch.undo()
    assert tiers(shop)[poor] == "gold"
    assert [one.moves for one in shop.run()] == [0]
    assert len(moves(shop)) == 1


def test_one_model_alone(shop: Shop) -> None:
    shop.apply({**VALUE, "key": "other"})  # type: ignore[dict-item]
    found = recalculation.recalculate(shop.platform, shop.workspace, "command", only="other")
    assert [one.model.key for one in found] == ["other"]
    with pytest.raises(NotFound):
        recalculation.recalculate(shop.platform, shop.workspace, "command", only="nothing")


def test_requests_that_wait_are_one(any_shop: Shop) -> None:
    shop = any_shop
    numbers = set()
    for _ in range(3):
        with writing(shop.platform, shop.owner) as bench:
            numbers.add(recalculation.enqueue(bench, "import"))
    assert len(numbers) == 1
    assert recalculation.waiting(shop.platform, shop.workspace) in numbers


def test_time_moves_at_its_own_instant(any_shop: Shop) -> None:
    """A worker that comes five months late dates everybody's move to the midnight at which the year was over."""
    shop = any_shop
    shop.apply(AGE)
    shop.run()
    shop.clock.pass_by(days=150)
    shop.run("time")
    assert moved_by_time(shop, "age") == years_over(shop, 150)


def test_new_rules_leave_time_its_instant(any_shop: Shop) -> None:
    """Nobody has run when the rules of a model are published that reads another one: time moved both at midnight."""
    shop = any_shop
    club = two_tiers("club", "member", {"==": [{"tier": ["age"]}, "young"]})
    guests = two_tiers("club", "member", {"!=": [{"tier": ["age"]}, "young"]})
    shop.apply(AGE, club)
    shop.run()
    shop.clock.pass_by(days=150)
    shop.apply(guests)
    assert moved_by_time(shop, "club") == moved_by_time(shop, "age") == years_over(shop, 150)


def moved_by_time(shop: Shop, model: str) -> dict[int, int]:
    """Whom time has moved, and when."""
    with reading(shop.platform, shop.owner) as bench:
        number = bench.published.documents["tier_model", model].id
        stored = bench.uow.results.moves(number)
    return {one.record: one.effective_at for one in stored if one.cause == "time"}


def years_over(shop: Shop, days: int) -> dict[int, int]:
    """Whose first year is over on one of the next days, and the midnight at which it is."""
    first = NOON.date() - timedelta(days=365)
    found = {
        number: datetime.combine(row["joined"] + timedelta(days=366), time(), SHANGHAI)  # type: ignore[arg-type, operator]
        for number, row in shop.customers.items()
        if row["joined"] is not None and first <= row["joined"] < first + timedelta(days=days)  # type: ignore[operator]
    }
    assert found
    return {number: int(when.timestamp() * 1000) for number, when in found.items()}


def test_a_new_version_keeps_tiers_right_before_and_after_its_run(any_shop: Shop) -> None:
    """Tiers are stored by position: a tier put before the others must not relabel anybody, not even until the run."""
    shop = any_shop
    before = tiers(shop)
    top = {
        **VALUE["tiers"][0],
        "key": "top",
        "label": "Top",
        "rule": {">=": [{"var": "spend"}, 1500]},
    }  # type: ignore[dict-item, index, call-overload]
    shop.apply({**VALUE, "tiers": [top, *VALUE["tiers"]]})  # type: ignore[dict-item, index, call-overload, misc]
    assert tiers(shop) == before, "the old placements under the new version's codes"
    shop.clock.pass_by(hours=2)
    [outcome] = shop.run("rules")
    after = tiers(shop)
    top_ids = {one for one in shop.customers if shop.spend(one) >= 1500}
    assert {one for one, tier in after.items() if tier == "top"} == top_ids
    assert {one: tier for one, tier in after.items() if one not in top_ids} == {
        one: tier for one, tier in before.items() if one not in top_ids
    }
    assert {one.record for one in moves(shop)} == top_ids
    assert outcome.moves == len(top_ids)
    with reading(shop.platform, shop.owner) as bench:
        placed = bench.placed(bench.published.tier_model("value"))
    assert placed is not None
    stayed = np.isin(placed.ids, list(top_ids), invert=True)
    assert placed.since[stayed].max() <= NOON.timestamp() * 1000
    [again] = shop.run()
    assert again.moves == 0


def test_a_tier_that_is_gone(any_shop: Shop) -> None:
    shop = any_shop
    silver = {one for one, tier in tiers(shop).items() if tier == "silver"}
    shop.apply({**VALUE, "tiers": VALUE["tiers"][:1]})  # type: ignore[dict-item, index, call-overload]
    assert {one for one, tier in tiers(shop).items() if tier == ""} == silver
    shop.run("rules")
    assert {one for one, tier in tiers(shop).items() if tier == "rest"} >= silver


def test_not_enough_data_is_never_the_lowest_tier(shop: Shop) -> None:
    """Under hold, customers with enough spend but unknown points are neither silver nor rest."""
    shop.apply({**VALUE, "on_missing": "hold"})  # type: ignore[dict-item]
    [outcome] = shop.run("rules")
    held = {
        one for one, row in shop.customers.items()
        if row["points"] is None and 300 <= shop.spend(one) < 1000
    }  # fmt: skip
    assert outcome.not_enough_data == len(held) > 0
    assert sum(outcome.sizes.values()) == len(shop.customers) - len(held)
    with reading(shop.platform, shop.owner) as bench:
        found = grid.listing(
            bench, Query("customers", tiers=(("value", "not_enough_data"),), limit=200)
        )
    assert {row.id for row in found.rows} == held


def test_only_unknown_under_skip(shop: Shop) -> None:
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
        found = bench.columns("customers").ids[recalculation.only_unknown(bench, model)]
    assert set(found.tolist()) == {
        one for one, row in shop.customers.items()
        if row["points"] is None and 300 <= shop.spend(one) < 1000
    }  # fmt: skip


def test_system_places_what_no_person_may_read(shop: Shop) -> None:
    """A published rule over phones runs for everybody, whoever asked for the run."""
    shop.apply(two_tiers("phones", "gold", {"starts_with": [{"var": "phone"}, "138"]}))
    found = {one.model.key: one for one in shop.run()}["phones"]
    assert found.sizes == {"gold": 1, "rest": len(shop.customers) - 1}
    with reading(shop.platform, system_actor(shop.workspace)) as bench:
        draft = drafts.opened(bench, "tier_model", "phones")
    assert isinstance(draft.thing, TierModel)
