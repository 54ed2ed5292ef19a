"""Tier models that read one another's results: the order of a run, what follows a change, and what is kept in use."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.services.shop import NOON, VALUE, Shop
from tierloom.domain.rules import Json, RuleDocument
from tierloom.errors import InUse, Invalid, NotFound
from tierloom.services import drafts, grid, records
from tierloom.services.grid import Query
from tierloom.services.runs import recalculation
from tierloom.services.workbench import reading

MODEL: Any = VALUE
RULE = RuleDocument.of({"==": [{"tier": ["value"]}, "silver"]})


def reader(key: str, rule: Json, on_missing: str = "skip") -> Any:
    """A tier model with one tier beside everyone else."""
    tiers = [{**MODEL["tiers"][0], "key": "best", "rule": rule}]
    return {**MODEL, "key": key, "main": False, "on_missing": on_missing, "tiers": tiers}


def at_least(model: str, tier: str) -> Json:
    return {">=": [{"tier": [model]}, tier]}


def refusals(shop: Shop, document: Json) -> str:
    """Why a document is not published."""
    with pytest.raises(Invalid) as refused:
        shop.apply(document)
    return " ".join(str(one.message) for one in refused.value.problems if one.severity == "error")


def placed(shop: Shop, key: str) -> dict[int, str]:
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model(key)
        names = {code: one.key for code, one in enumerate(model.all_tiers)}
        ids, codes = bench.columns("customers").ids, bench.codes(model)
        return {int(one): names.get(int(code), "") for one, code in zip(ids, codes, strict=True)}


@pytest.mark.parametrize("key", ["a_first_by_name", "z_last_by_name"])
def test_a_run_reads_its_own_results_whatever_the_names(shop: Shop, key: str) -> None:
    shop.apply(reader(key, at_least("value", "silver")))
    shop.run()
    wanted = {one: "best" if shop.tier(one) != "rest" else "rest" for one in shop.customers}
    assert placed(shop, key) == wanted
    # Whoever leaves silver leaves the reader's tier with it.
    silver = next(one for one in shop.customers if shop.tier(one) == "silver")
    records.edit(shop.platform, shop.owner, "customers", silver, 1, {"points": 1})
    assert placed(shop, key)[silver] == "rest"
    shop.clock.pass_by(hours=1)
    assert {one.model.key: one.moves for one in shop.run("edit")} == {"value": 0, key: 0}
    # The same in a run: the limit of silver goes up.
    changed = json.loads(json.dumps(MODEL))
    changed["tiers"][1]["rule"]["and"][0][">="][1] = 600
    shop.apply(changed)
    left = {
        one for one in shop.customers if shop.tier(one) == "silver" and shop.spend(one) < 600
    } - {silver}
    assert left
    assert {one.model.key: one.moves for one in shop.run("rules")} == {
        "value": len(left),
        key: len(left),
    }
    assert {
        one for one in wanted if wanted[one] == "best" and placed(shop, key)[one] == "rest"
    } == {*left, silver}


def test_three_in_a_row_run_in_their_order_and_one_takes_along_what_goes_on_with_it(
    shop: Shop,
) -> None:
    first = reader("m_middle", at_least("value", "gold"))
    shop.apply(first, reader("a_end", {"==": [{"tier": ["m_middle"]}, "best"]}))
    shop.apply(reader("alone", {">": [{"var": "points"}, 20]}))
    with reading(shop.platform, shop.owner) as bench:

        def keys(only: str | None = None) -> list[str]:
            return [one.key for one in recalculation.in_order(bench, only)]

        connected = ["value", "m_middle", "a_end"]
        assert [one for one in keys() if one != "alone"] == connected
        assert keys("value") == keys("m_middle") == keys("a_end") == connected
        assert keys("alone") == ["alone"]
        with pytest.raises(NotFound):
            recalculation.in_order(bench, "nothing")
    shop.run()
    gold = {one for one in shop.customers if shop.tier(one) == "gold"}
    assert {one for one, tier in placed(shop, "a_end").items() if tier == "best"} == gold
    # Another version of the one in the middle: those that read it follow in the same run.
    shop.apply({**first, "tiers": [{**first["tiers"][0], "rule": at_least("value", "silver")}]})
    shop.run("rules")
    more = {one for one in shop.customers if shop.tier(one) != "rest"}
    assert more > gold
    assert {one for one, tier in placed(shop, "a_end").items() if tier == "best"} == more


def test_another_day_reads_what_would_have_been_then(shop: Shop) -> None:
    shop.apply(reader("over", at_least("value", "silver")))
    shop.run()
    past = NOON - timedelta(days=200)
    [found] = recalculation.recalculate(
        shop.platform, shop.workspace, "what-if", only="over", as_of=past
    )
    day = past.date()
    shop.orders = {k: one for k, one in shop.orders.items() if one["day"] <= day}  # type: ignore[operator]
    sizes = shop.sizes()
    assert found.sizes == {"best": sizes["gold"] + sizes["silver"], "rest": sizes["rest"]}


def test_who_was_not_placed_is_not_enough_data_under_hold(shop: Shop) -> None:
    shop.apply(reader("held", {"<": [{"var": "points"}, 20]}, "hold"))
    shop.apply(reader("over", {"==": [{"tier": ["held"]}, "best"]}, "hold"))
    outcomes = {one.model.key: one for one in shop.run()}
    unknown = sum(row["points"] is None for row in shop.customers.values())
    assert outcomes["held"].not_enough_data == outcomes["over"].not_enough_data == unknown > 0
    assert outcomes["over"].sizes == outcomes["held"].sizes


def test_a_list_is_filtered_by_the_stored_result_and_follows_it(shop: Shop) -> None:
    def listed() -> set[int]:
        with reading(shop.platform, shop.owner) as bench:
            return {one.id for one in grid.listing(bench, Query("customers", RULE, limit=100)).rows}

    silver = {one for one in shop.customers if shop.tier(one) == "silver"}
    assert listed() == silver
    gone = min(silver)
    records.edit(shop.platform, shop.owner, "customers", gone, 1, {"points": 1})
    assert listed() == silver - {gone}


def test_what_is_read_is_not_deleted_and_a_circle_is_not_published(shop: Shop) -> None:
    shop.apply(reader("over", at_least("value", "silver")))
    with pytest.raises(InUse) as used:
        drafts.delete(shop.platform, shop.owner, "tier_model", "value")
    assert any("Value" in str(one) for one in used.value.users)
    around = {
        **MODEL,
        "tiers": [{**MODEL["tiers"][0], "rule": {"==": [{"tier": ["over"]}, "best"]}}],
    }
    assert "over → value → over" in refusals(shop, around)
    without_silver = {**MODEL, "tiers": MODEL["tiers"][:1]}
    assert "“silver” is not a single choice" in refusals(shop, without_silver)
    drafts.delete(shop.platform, shop.owner, "tier_model", "over")
    drafts.delete(shop.platform, shop.owner, "tier_model", "value")
