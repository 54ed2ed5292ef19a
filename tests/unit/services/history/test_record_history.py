"""A record's history: moves with what brought them about, what was given by hand, changes; the newest first."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from tests.unit.services.shop import TODAY, VALUE, Shop, cells
from tierloom.domain.fields import Link, Value
from tierloom.domain.people import Role
from tierloom.domain.rules import Json
from tierloom.errors import NotFound
from tierloom.services import overrides, records
from tierloom.services.history.lapses import NO_LAPSE
from tierloom.services.history.record_history import (
    CHANGES,
    GIVEN,
    KINDS,
    MOVES,
    Event,
    History,
    history,
)
from tierloom.services.workbench import reading, writing
from tierloom.store.changes import Cause

FRESH: Json = {
    "format": 1, "kind": "tier_model", "key": "fresh", "label": "Fresh", "record_type": "customers",
    "tiers": [{"key": "new", "label": "New", "icon": "sprout", "slot": "teal",
               "rule": {"<": [{"var": "silence"}, 30]}}],
    "default": {"key": "old", "label": "Old"},
}  # fmt: skip


def told(
    shop: Shop, customer: int, kind: str = "", limit: int = 20, role: Role = Role.OWNER
) -> History:
    with reading(shop.platform, shop.people[role]) as bench:
        return history(bench, bench.published.table("customers"), customer, kind, limit)


def newest_move(shop: Shop, customer: int, role: Role = Role.OWNER) -> Event:
    return next(one for one in told(shop, customer, MOVES, role=role).events if one.move)


def way(event: Event) -> tuple[str, str, str]:
    move = event.move
    assert move
    origin, target = (one.key if one else "-" for one in (move.origin, move.target))
    return origin, target, move.cause


def one_in(shop: Shop, tier: str) -> int:
    return next(one for one in shop.customers if shop.tier(one) == tier)


def order(shop: Shop, customer: int, invoice: str = "Z1") -> dict[str, Value]:
    link = Link(customer, str(shop.customers[customer]["number"]))
    return {"invoice": invoice, "customer": link, "day": TODAY, "amount": 5000.0}


def give(shop: Shop, customer: int, tier: str, model: str = "value") -> int:
    shop.clock.pass_by(minutes=10)
    return overrides.give(
        shop.platform, shop.people[Role.DATA_ADMIN], model, customer, tier, "Key account", None
    )


def test_a_move_leads_to_the_order_that_somebody_added(any_shop: Shop) -> None:
    shop = any_shop
    customer = one_in(shop, "rest")
    shop.clock.pass_by(hours=1)
    editor = shop.people[Role.DATA_ADMIN]
    records.edit(shop.platform, editor, "customers", customer, 1, {"remark": "Asked for an offer"})
    shop.clock.pass_by(hours=1)
    saved = records.add(shop.platform, shop.owner, "orders", order(shop, customer))
    event = newest_move(shop, customer)
    assert way(event) == ("rest", "gold", "edit")
    origin = event.origin
    assert (origin.who, origin.record, str(origin.title)) == ("owner", saved.id, "Added")
    assert origin.table
    assert origin.table.key == "orders"
    assert event.when == shop.clock.now
    assert event.noticed is None


def test_a_move_by_an_edit_of_its_own(shop: Shop) -> None:
    customer = next(
        one for one in shop.customers if 300 <= shop.spend(one) < 1000 and shop.tier(one) == "rest"
    )
    shop.clock.pass_by(hours=1)
    editor = shop.people[Role.DATA_ADMIN]
    records.edit(shop.platform, editor, "customers", customer, 1, {"points": 50})
    event = newest_move(shop, customer)
    assert way(event) == ("rest", "silver", "edit")
    origin = event.origin
    assert (origin.who, origin.record, str(origin.title)) == ("Data_admin", customer, "Edited")
    found = told(shop, customer).events
    assert [one.kind for one in found[:2]] == [MOVES, CHANGES], "the change came before the move"


def test_the_change_of_the_same_moment_goes_before_one_right_after_it(shop: Shop) -> None:
    customer = one_in(shop, "rest")
    shop.clock.pass_by(hours=1)
    saved = records.add(shop.platform, shop.owner, "orders", order(shop, customer))
    shop.clock.pass_by(seconds=1)
    editor = shop.people[Role.DATA_ADMIN]
    records.edit(shop.platform, editor, "orders", saved.id, 1, {"amount": 6000.0})
    shop.clock.pass_by(seconds=1)
    records.delete(shop.platform, editor, "orders", [saved.id])
    down, up = (one for one in told(shop, customer, MOVES, limit=2).events)
    assert (way(up)[:2], str(up.origin.title)) == (("rest", "gold"), "Added")
    assert (way(down)[:2], str(down.origin.title)) == (("gold", "rest"), "Moved to the bin")
    assert down.origin.record is None, "nothing leads to what is in the bin"


def test_an_order_out_of_sight_is_not_led_to(shop: Shop) -> None:
    customer = one_in(shop, "rest")
    shop.clock.pass_by(hours=1)
    records.add(shop.platform, shop.owner, "orders", order(shop, customer))
    shop.limit(Role.VIEWER, "orders", {"<": [{"var": "amount"}, 1000]})
    origin = newest_move(shop, customer, Role.VIEWER).origin
    assert origin.record is None
    assert origin.who == "owner"


def test_a_move_leads_to_the_import_for_those_who_may_import(shop: Shop) -> None:
    customer = one_in(shop, "rest")
    shop.clock.pass_by(hours=1)
    with writing(shop.platform, shop.owner) as bench:
        account = shop.owner.account
        batch = bench.uow.imports.create(shop.workspace, None, "订单 March.xlsx", account)
        table = bench.published.table("orders")
        stored = cells({one.key: one.type for one in table.fields}, order(shop, customer))
        cause = Cause("import", account, str(batch.id))
        bench.uow.records(table).insert([stored], bench.uow.now, cause)
    shop.clock.pass_by(minutes=3)
    shop.run("import")
    event = newest_move(shop, customer)
    assert way(event) == ("rest", "gold", "import")
    assert (event.origin.imported, event.origin.file) == (batch.id, "订单 March.xlsx")
    other = newest_move(shop, customer, Role.VIEWER).origin
    assert (other.who, other.imported, other.file) == ("owner", None, "")
    shop.clock.pass_by(hours=1)
    with writing(shop.platform, shop.owner) as bench:
        rows = bench.uow.records(bench.published.table("orders"))
        [number] = rows.ids_by_key(["Z1"]).values()
        rows.delete([number], bench.uow.now, Cause("undo", account, str(batch.id)))
    shop.run("import")
    event = newest_move(shop, customer)
    assert way(event) == ("gold", "rest", "import")
    assert (str(event.origin.title), event.origin.imported) == ("Import undone", batch.id)


def test_time_moves_at_midnight_and_says_when_that_was_noticed(shop: Shop) -> None:
    customer = next(iter(shop.customers))
    joined = TODAY - timedelta(days=20)
    shop.apply(FRESH)
    shop.run("rules")
    version = 1
    records.edit(shop.platform, shop.owner, "customers", customer, version, {"joined": joined})
    shop.clock.pass_by(days=40)
    shop.run("time")
    event = next(
        one for one in told(shop, customer, MOVES).events if one.move and one.move.cause == "time"
    )
    assert way(event) == ("new", "old", "time")
    # 30 days after joining, at the first instant of that day in Shanghai.
    day = joined + timedelta(days=29)
    assert event.when == datetime(day.year, day.month, day.day, 16, tzinfo=UTC)
    assert event.noticed == shop.clock.now
    [turned] = event.origin.lapse.turned
    assert (str(turned.words), turned.met) == ("days since joining is less than 30", False)


def test_what_turned_is_told_to_those_who_may_read_it(shop: Shop) -> None:
    fresh: Json = {"<": [{"var": "silence"}, 30]}
    hidden: Json = {"!=": [{"var": "phone"}, "13800138000"]}
    rule: Json = {"and": [{"or": [fresh, {"==": [{"var": "remark"}, "?"]}]}, hidden]}
    tiers: Json = [{"key": "new", "label": "New", "icon": "sprout", "slot": "teal", "rule": rule}]
    shop.apply({**FRESH, "tiers": tiers})  # type: ignore[dict-item]
    shop.run("rules")
    customer = list(shop.customers)[1]
    joined = TODAY - timedelta(days=20)
    records.edit(shop.platform, shop.owner, "customers", customer, 1, {"joined": joined})
    shop.clock.pass_by(days=11)
    shop.run("time")
    for role, words in ((Role.OWNER, ["days since joining is less than 30"]), (Role.VIEWER, [])):
        event = newest_move(shop, customer, role)
        assert way(event) == ("new", "old", "time")
        assert [str(one.words) for one in event.origin.lapse.turned] == words
    # With other data than then, nothing is told rather than something wrong.
    records.edit(shop.platform, shop.owner, "customers", customer, 2, {"joined": TODAY})
    shop.clock.pass_by(days=1)
    event = next(
        one for one in told(shop, customer, MOVES).events if one.move and one.move.cause == "time"
    )
    assert event.origin.lapse == NO_LAPSE


def test_a_stay_that_was_over_is_told(shop: Shop) -> None:
    shop.apply({**VALUE, "stay": {"grace_days": 30}})  # type: ignore[dict-item]
    shop.run("rules")
    customer = one_in(shop, "rest")
    saved = records.add(shop.platform, shop.owner, "orders", order(shop, customer))
    shop.clock.pass_by(days=1)
    records.delete(shop.platform, shop.owner, "orders", [saved.id])
    shop.clock.pass_by(days=31)
    shop.run("time")
    event = newest_move(shop, customer)
    assert way(event) == ("gold", "rest", "time")
    assert event.origin.lapse.over


def test_a_last_day_that_is_over_is_told_with_its_move(shop: Shop) -> None:
    customer = one_in(shop, "rest")
    overrides.give(shop.platform, shop.owner, "value", customer, "gold", "For a while", TODAY)
    shop.clock.pass_by(days=2)
    shop.run("time")
    found = told(shop, customer, GIVEN).events
    assert [(way(one)[:2], one.origin.over) for one in found] == [
        (("gold", "rest"), True), (("rest", "gold"), False),
    ]  # fmt: skip
    assert found[0].origin.who == ""
    assert found[0].when == datetime(2026, 3, 10, 16, tzinfo=UTC)


def test_new_rules_say_their_version(shop: Shop) -> None:
    customer = one_in(shop, "gold")
    shop.clock.pass_by(hours=1)
    tiers = cast("list[Json]", VALUE["tiers"])  # type: ignore[call-overload, index]
    poor: Json = {**tiers[0], "rule": {">=": [{"var": "spend"}, 10**6]}}  # type: ignore[dict-item]
    shop.apply({**VALUE, "tiers": [poor, tiers[1]]})  # type: ignore[dict-item]
    shop.run("rules")
    event = newest_move(shop, customer)
    assert way(event)[0::2] == ("gold", "rules")
    assert event.move
    assert event.move.version == 2


def test_what_was_given_is_told_once_with_its_move(shop: Shop) -> None:
    customer = one_in(shop, "rest")
    number = give(shop, customer, "gold")
    shop.clock.pass_by(days=3)
    overrides.end(shop.platform, shop.owner, number)
    shop.clock.pass_by(days=1)
    give(shop, customer, "rest")
    found = told(shop, customer, GIVEN).events
    assert [(one.kind, one.over or one.origin.over) for one in found] == [
        (GIVEN, False), (MOVES, True), (MOVES, False),
    ]  # fmt: skip
    same, ended, begun = found
    assert same.given
    assert (same.given.key, same.given.reason, same.given.who) == (
        "rest", "Key account", "Data_admin",
    )  # fmt: skip
    assert way(ended) == ("gold", "rest", "override")
    assert ended.origin.given
    assert ended.origin.given.ended_by == ended.origin.who == "owner"
    assert way(begun) == ("rest", "gold", "override")
    assert begun.origin.given
    assert (begun.origin.given.id, begun.origin.who) == (number, "Data_admin")


def test_what_changed_no_tier_is_told_with_its_end(shop: Shop) -> None:
    customer = one_in(shop, "rest")
    number = give(shop, customer, "rest")
    shop.clock.pass_by(days=3)
    overrides.end(shop.platform, shop.owner, number)
    ended, begun = told(shop, customer, GIVEN).events
    assert (ended.over, ended.when, begun.over) == (True, shop.clock.now, False)
    first = give(shop, customer, "silver")
    second = give(shop, customer, "gold")
    found = [one.origin.given.id for one in told(shop, customer).events[:2] if one.origin.given]
    assert found == [second, first], "the end of the first is not told: the second says so"


def test_everything_comes_in_order_and_in_pages(shop: Shop) -> None:
    customer = one_in(shop, "rest")
    for number in range(8):
        shop.clock.pass_by(hours=1)
        records.edit(
            shop.platform, shop.owner, "customers", customer, number + 1, {"points": 100 + number}
        )
        give(shop, customer, "gold" if number % 2 else "silver")
    whole = told(shop, customer, limit=1_000)
    assert not whole.has_more
    times = [one.when for one in whole.events]
    assert times == sorted(times, reverse=True)
    for limit in (1, 5, len(times) - 1, len(times)):
        page = told(shop, customer, limit=limit)
        assert [one.when for one in page.events] == times[:limit]
        assert page.has_more == (limit < len(times))
    assert {one.kind for one in told(shop, customer, CHANGES, 100).events} == {CHANGES}
    assert len(told(shop, customer, CHANGES, 100).events) == 9
    by_kind = [len(told(shop, customer, kind, 1_000).events) for kind in KINDS]
    assert by_kind[0] == len(times)


def test_what_is_not_there(shop: Shop) -> None:
    customer = next(iter(shop.customers))
    with pytest.raises(NotFound, match="sideways"):
        told(shop, customer, "sideways")
    with pytest.raises(NotFound):
        told(shop, 10**9)
    shop.limit(Role.VIEWER, "customers", {"==": [{"var": "city"}, "nowhere"]})
    with pytest.raises(NotFound):
        told(shop, customer, role=Role.VIEWER)
