"""Explanations agree with the engine, hide what the actor may not read, and find who is almost there."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.people import Role
from tierloom.domain.rules import Json
from tierloom.errors import Invalid, NotFound
from tierloom.rules.explain.proof import Proof
from tierloom.services import configuration
from tierloom.services.explaining import almost_there, ways_up, why
from tierloom.services.workbench import reading

EN = "en"


def personal_model(rule: Json) -> Json:
    tier: Json = {"key": "in", "label": "In", "icon": "star", "slot": "teal", "rule": rule}
    return {
        "format": 1, "kind": "tier_model", "key": "personal", "label": "Personal", "record_type": "customers",
        "on_missing": "hold", "tiers": [tier], "default": {"key": "out", "label": "Out"},
    }  # fmt: skip


def leaves(proof: Proof) -> Iterator[Proof]:
    if not proof.parts:
        yield proof
    for one in proof.parts:
        yield from leaves(one)


def test_the_tier_that_is_explained_is_the_one_that_is_stored(any_shop: Shop) -> None:
    shop = any_shop
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
        for customer in shop.customers:
            found = why(bench, model, customer, EN)
            assert found.tier is not None
            assert found.tier.key == shop.tier(customer)
            *before, last = found.steps
            assert [one.answer for one in before] == [False] * len(before)
            assert last.answer is (found.tier.key != "rest")


def test_each_condition_says_what_it_found(shop: Shop) -> None:
    customer = next(
        one for one, row in shop.customers.items() if shop.spend(one) < 1000 and row["points"] == 40
    )
    with reading(shop.platform, shop.owner) as bench:
        found = why(bench, bench.published.tier_model("value"), customer, EN)
    gold, silver = found.steps
    [leaf] = leaves(gold.proof)
    assert [(one.source.name, one.value) for one in leaf.actuals] == [
        ("spend", shop.spend(customer))
    ]
    assert leaf.answer is False
    rich, points = leaves(silver.proof)
    assert rich.answer is (shop.spend(customer) >= 300)
    assert [(one.source.name, one.value) for one in points.actuals] == [("points", 40)]
    assert (points.answer, str(points.words)) == (True, "points is more than 20")


def test_what_is_missing_is_named_under_hold(shop: Shop) -> None:
    rule: Json = {"and": [{">=": [{"var": "points"}, 10]}, {"==": [{"var": "city"}, "bj"]}]}
    shop.apply(personal_model(rule))
    unknown = [
        one for one, row in shop.customers.items() if row["points"] is None and row["city"] == "bj"
    ]
    known_no = [
        one for one, row in shop.customers.items() if row["points"] is None and row["city"] == "sh"
    ]
    assert unknown
    assert known_no
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("personal")
        for one in unknown:
            found = why(bench, model, one, EN)
            assert found.tier is None
            assert [field.key for field in found.missing] == ["points"]
        for one in known_no:
            assert why(bench, model, one, EN).tier == model.default


def test_values_that_the_actor_may_not_read_are_left_out(shop: Shop) -> None:
    shop.apply(personal_model({"starts_with": [{"var": "phone"}, "138"]}))
    [customer] = [one for one, row in shop.customers.items() if row["phone"] == "13800138000"]
    with reading(shop.platform, shop.people[Role.ANALYST]) as bench:
        model = bench.published.tier_model("personal")
        found = why(bench, model, customer, EN)
        [leaf] = leaves(found.steps[0].proof)
        assert leaf.hidden
        assert [one.value for one in leaf.actuals] == [None]
        assert ways_up(bench, model, customer, 1) == []
        with pytest.raises(Invalid, match="hidden from your role"):
            almost_there(bench, model, "in")
    with reading(shop.platform, shop.owner) as bench:
        [leaf] = leaves(why(bench, model, customer, EN).steps[0].proof)
        assert [one.value for one in leaf.actuals] == ["13800138000"]


def test_a_record_out_of_sight_is_not_explained(shop: Shop) -> None:
    shop.limit(Role.ANALYST, "customers", {"==": [{"var": "city"}, "bj"]})
    hidden = next(one for one, row in shop.customers.items() if row["city"] == "sh")
    with reading(shop.platform, shop.people[Role.ANALYST]) as bench:
        model = bench.published.tier_model("value")
        with pytest.raises(NotFound):
            why(bench, model, hidden, EN)
        with pytest.raises(NotFound):
            ways_up(bench, model, hidden, 2)


def test_the_way_up_is_the_money_that_lacks(shop: Shop) -> None:
    customer = next(
        one
        for one, row in shop.customers.items()
        if 300 < shop.spend(one) < 1000 and isinstance(row["points"], int) and row["points"] > 20
    )
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
        [gold] = ways_up(bench, model, customer, 1)
        assert gold.tier.key == "gold"
        assert gold.lift is not None
        [change] = gold.lift.changes
        assert (change.before, change.after) == (shop.spend(customer), 1000)
        assert [one.tier.key for one in ways_up(bench, model, customer, 2)] == ["silver", "gold"]


def test_what_nobody_can_change_is_not_asked_for(shop: Shop) -> None:
    shop.apply(personal_model({">=": [{"var": "points"}, 1000]}))
    table = shop.table("customers")
    fields = tuple(replace(one, fixed=one.key == "points") for one in table.fields)
    customer = next(one for one, row in shop.customers.items() if row["points"] is not None)
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("personal")
        [way] = ways_up(bench, model, customer, 1)
        assert way.lift is not None
    configuration.apply(shop.platform, shop.owner, [replace(table, fields=fields)])
    with reading(shop.platform, shop.owner) as bench:
        [way] = ways_up(bench, bench.published.tier_model("personal"), customer, 1)
        assert way.lift is None


def test_who_misses_a_tier_by_one_condition_and_by_little(any_shop: Shop) -> None:
    shop = any_shop
    spends = [shop.spend(one) for one in shop.customers]
    points = [row["points"] for row in shop.customers.values() if isinstance(row["points"], int)]
    reach = {
        "spend": (np.quantile(spends, 0.95) - np.quantile(spends, 0.05)) / 10,
        "points": (np.quantile(points, 0.95) - np.quantile(points, 0.05)) / 10,
    }
    gold = {
        one: (1000 - shop.spend(one)) / reach["spend"]
        for one in shop.customers
        if 0 <= 1000 - shop.spend(one) <= reach["spend"] and shop.spend(one) < 1000
    }
    silver = {}
    for one, row in shop.customers.items():
        spend, owned = shop.spend(one), row["points"]
        if spend >= 1000 or not isinstance(owned, int):
            continue
        enough, many = spend >= 300, owned > 20
        if many and not enough and 300 - spend <= reach["spend"]:
            silver[one] = (300 - spend) / reach["spend"]
        if enough and not many and 20 - owned <= reach["points"]:
            silver[one] = (20 - owned) / reach["points"]
    assert silver
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
        ids = bench.columns("customers").ids
        for key, expected in (("gold", gold), ("silver", silver)):
            found = almost_there(bench, model, key)
            there = [int(one) for one in ids[found.found.positions]]
            assert set(there) == set(expected)
            ratios = [expected[one] for one in there]
            assert ratios == sorted(ratios)


def test_nobody_without_the_right_gets_an_explanation(shop: Shop) -> None:
    outsider = shop.people[Role.VIEWER]
    with reading(shop.platform, outsider) as bench:
        model = bench.published.tier_model("value")
        assert why(bench, model, next(iter(shop.customers)), EN).tier is not None
        with pytest.raises(NotFound, match="no tier “platinum”"):
            almost_there(bench, model, "platinum")


def test_where_nothing_is_known_nobody_is_almost_there(shop: Shop) -> None:
    shop.apply(personal_model({">=": [{"var": "points"}, 10]}))
    unknown: Json = {"==": [{"var": "points"}, None]}
    shop.limit(Role.ANALYST, "customers", unknown)
    with reading(shop.platform, shop.people[Role.ANALYST]) as bench:
        assert bench.visible("customers").sum() > 0
        found = almost_there(bench, bench.published.tier_model("personal"), "in")
    assert found.found.positions.size == 0
