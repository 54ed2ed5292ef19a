"""Where a record stands under a stay policy: protected, kept, by hand; what lists mark and count."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.services.shop import VALUE, Shop
from tierloom.domain.fields import Link
from tierloom.domain.people import Role
from tierloom.domain.rules import Json
from tierloom.errors import NotFound
from tierloom.services import grid, holds, overrides, records
from tierloom.services.as_of import as_of
from tierloom.services.explaining import next_look, ways_up, why
from tierloom.services.exports import requests
from tierloom.services.exports.writing import ExportKind
from tierloom.services.grid import Query
from tierloom.services.overrides import moment
from tierloom.services.standing import Standing, standings
from tierloom.services.workbench import reading, writing
from tierloom.store.frontiers import Stay as StoredStay
from tierloom.text import translator

STAY: Json = {**VALUE, "stay": {"days": 60, "grace_days": 30}}  # type: ignore[dict-item]
"""Gold and Silver are kept for 60 days, and then for 30 more."""


@pytest.fixture(name="loyal")
def _loyal(shop: Shop) -> Shop:
    shop.apply(STAY)
    shop.run("rules")
    return shop


def standing(shop: Shop, customer: int, role: Role = Role.OWNER) -> Standing:
    with reading(shop.platform, shop.people[role]) as bench:
        [found] = standings(bench, bench.published.table("customers"), customer)
    return found


def key_of(found: Standing) -> str | None:
    return found.tier.key if found.tier else None


def spoil(shop: Shop) -> tuple[int, datetime]:
    """Let a customer of the default tier reach gold by one order, and lose it again; return it and when it was in."""
    customer = next(one for one in shop.customers if shop.tier(one) == "rest")
    shop.clock.pass_by(days=1)
    link = Link(customer, "")
    begun = shop.clock.now
    saved = records.add(
        shop.platform, shop.owner, "orders",
        {"invoice": "Z1", "customer": link, "day": begun.date(), "amount": 5000.0},
    )  # fmt: skip
    shop.clock.pass_by(days=10)
    records.delete(shop.platform, shop.owner, "orders", [saved.id])
    return customer, begun


def says(shop: Shop, customer: int) -> str | None:
    with reading(shop.platform, shop.owner) as bench:
        found = why(bench, bench.published.tier_model("value"), customer, "en").tier
    return found.key if found else None


def test_it_is_protected_then_kept_then_goes_down(loyal: Shop) -> None:
    customer, begun = spoil(loyal)
    protected, kept = begun + timedelta(days=60), begun + timedelta(days=90)
    found = standing(loyal, customer)
    assert key_of(found) == "gold"
    assert says(loyal, customer) == "rest"
    assert found.stay
    assert (found.stay.protected_until, found.stay.kept_until) == (protected, None)
    assert found.stay.looks_at == protected
    loyal.clock.now = protected + timedelta(hours=1)
    loyal.run("time")
    found = standing(loyal, customer)
    assert key_of(found) == "gold"
    assert found.stay
    assert (found.stay.protected_until, found.stay.kept_until) == (None, kept)
    with reading(loyal.platform, loyal.owner) as bench:
        model = bench.published.tier_model("value")
        ends = holds.held(bench, model)
        assert {one: moment(at or 0) for one, at in ends[holds.KEPT].items()} == {customer: kept}
        page = grid.listing(bench, Query("customers", tiers=(("value", holds.KEPT),)))
        assert [one.id for one in page.rows] == [customer]
        assert grid.holds_beside(bench, page.query, model) == {holds.KEPT: 1}
    loyal.clock.now = kept + timedelta(seconds=1)
    loyal.run("time")
    found = standing(loyal, customer)
    assert (key_of(found), found.since) == ("rest", kept)
    assert found.stay
    assert found.stay.looks_at is None, "the default tier is not protected"


def test_by_hand_goes_before_what_is_kept(loyal: Shop) -> None:
    customer, begun = spoil(loyal)
    loyal.clock.now = begun + timedelta(days=61)
    loyal.run("time")
    number = overrides.give(
        loyal.platform, loyal.owner, "value", customer, "silver", "Agreed with them", None
    )
    found = standing(loyal, customer)
    assert key_of(found) == "silver"
    assert found.by_hand
    assert found.stay
    assert found.stay.tier
    assert (found.stay.tier.key, found.stay.kept_until) == ("gold", begun + timedelta(days=90))
    with reading(loyal.platform, loyal.owner) as bench:
        ends = holds.held(bench, bench.published.tier_model("value"))
    assert ends == {holds.BY_HAND: {customer: None}, holds.KEPT: {}}
    overrides.end(loyal.platform, loyal.owner, number)
    assert key_of(standing(loyal, customer)) == "gold", "still kept"


def test_stays_are_read_as_they_are_stored(loyal: Shop) -> None:
    customer = next(one for one in loyal.customers if loyal.tier(one) == "gold")
    now = round(loyal.clock.now.timestamp() * 1000)
    day = 86_400_000
    for protected, grace in ((now + 5 * day, 0), (0, now + 7 * day), (now - day, 0), (0, 0)):
        with writing(loyal.platform, loyal.owner) as bench:
            document = bench.published.documents["tier_model", "value"].id
            row = StoredStay(customer, 0, now - 9 * day, protected, grace)
            bench.uow.frontiers.put_stays(loyal.workspace, document, [row])
        found = standing(loyal, customer).stay
        assert found
        expected = [moment(one) if one > now else None for one in (protected, grace)]
        assert [found.protected_until, found.kept_until] == expected


def test_without_a_policy_there_is_no_stay(shop: Shop) -> None:
    customer = next(iter(shop.customers))
    assert standing(shop, customer).stay is None
    with reading(shop.platform, shop.owner) as bench:
        found = holds.held(bench, bench.published.tier_model("value"))
        assert found == {holds.BY_HAND: {}, holds.KEPT: {}}
        assert (
            grid.holds_beside(bench, Query("customers"), bench.published.tier_model("value")) == {}
        )


def test_what_would_move_up_speaks_of_the_rules(shop: Shop) -> None:
    customer = next(one for one in shop.customers if shop.tier(one) == "rest")
    with reading(shop.platform, shop.owner) as bench:
        before = ways_up(bench, bench.published.tier_model("value"), customer, 2)
    overrides.give(shop.platform, shop.owner, "value", customer, "gold", "Why", None)
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
        assert ways_up(bench, model, customer, 2) == before
        assert before
        found = why(bench, model, customer, "en").tier
    assert found
    assert found.key == "rest"


def test_who_is_by_hand_is_counted_beside_the_other_models_only(shop: Shop) -> None:
    some = list(shop.customers)[:5]
    for one in some:
        overrides.give(shop.platform, shop.owner, "value", one, "gold", "Why", None)
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
        rest = Query("customers", tiers=(("value", "rest"),))
        assert grid.holds_beside(bench, rest, model) == {holds.BY_HAND: 5}
        chosen = Query("customers", tiers=(("value", holds.BY_HAND),))
        page = grid.listing(bench, chosen)
        assert sorted(one.id for one in page.rows) == some
        name = requests.file_name(bench, chosen, "", ExportKind.CSV, translator("zh_Hans_CN"))
        assert name.startswith("客户-手动指定-")
        assert page.sizes == grid.listing(bench, Query("customers")).sizes
    shop.limit(Role.VIEWER, "customers", {"==": [{"var": "city"}, "bj"]})
    seen = [one for one in some if shop.customers[one]["city"] == "bj"]
    with reading(shop.platform, shop.people[Role.VIEWER]) as bench:
        found = grid.holds_beside(bench, Query("customers"), bench.published.tier_model("value"))
        assert found == {holds.BY_HAND: len(seen)}
        assert grid.listing(bench, chosen).total == len(seen)
        with pytest.raises(NotFound):
            grid.listing(bench, Query("customers", tiers=(("value", "~nothing"),)))


def test_when_the_rules_look_again_is_hidden_with_what_they_read(shop: Shop) -> None:
    young: Json = {"<": [{"var": "silence"}, 10**4]}
    named: Json = {"and": [young, {"!=": [{"var": "phone"}, "13800138000"]}]}
    for key, rule in (("young", young), ("named", named)):
        shop.apply(
            {"format": 1, "kind": "tier_model", "key": key, "label": key, "record_type": "customers",
             "tiers": [{"key": "in", "label": "In", "icon": "star", "slot": "teal", "rule": rule}],
             "default": {"key": "out", "label": "Out"}}
        )  # fmt: skip
    customer = list(shop.customers)[3]
    joined = shop.customers[customer]["joined"]
    assert joined is not None
    # The first instant, in Shanghai, of the day on which they joined 10,000 days ago.
    day = datetime.combine(joined, datetime.min.time(), UTC) + timedelta(days=10**4, hours=-8)  # type: ignore[arg-type]
    for role, told in ((Role.OWNER, day), (Role.VIEWER, None)):
        with reading(shop.platform, shop.people[role]) as bench:
            assert next_look(bench, bench.published.tier_model("young"), customer) == day
            assert next_look(bench, bench.published.tier_model("named"), customer) == told
            assert next_look(bench, bench.published.tier_model("value"), customer) is None


def test_of_a_past_day_those_are_listed_who_were_there_by_hand_then(loyal: Shop) -> None:
    first, second = list(loyal.customers)[:2]
    number = overrides.give(loyal.platform, loyal.owner, "value", first, "gold", "Why", None)
    loyal.clock.pass_by(days=5)
    overrides.end(loyal.platform, loyal.owner, number)
    overrides.give(loyal.platform, loyal.owner, "value", second, "gold", "Why", None)
    chosen = Query("customers", tiers=(("value", holds.BY_HAND),))
    with reading(loyal.platform, loyal.owner) as bench:
        day = bench.context.today - timedelta(days=2)
        past = as_of(bench, day, "customers")
        assert [one.id for one in grid.listing(past, chosen).rows] == [first]
        assert [one.id for one in grid.listing(bench, chosen).rows] == [second]
        assert holds.held(past, past.published.tier_model("value"))[holds.KEPT] == {}
