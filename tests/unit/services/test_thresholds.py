"""Thresholds that somebody tries: counts by recount, the draft's JSON, and who may."""

import json
from dataclasses import replace
from typing import cast

import pytest

from tests.unit.services.shop import CUSTOMERS, VALUE, Shop
from tierloom.domain.people import Role
from tierloom.domain.rules import Json
from tierloom.domain.tiers import TierModel
from tierloom.errors import Forbidden, Invalid, NotFound
from tierloom.services import drafts
from tierloom.services.thresholds import Trial, open_as_draft, trial
from tierloom.services.workbench import reading


def tried(shop: Shop, role: Role = Role.OWNER, **texts: str) -> Trial | None:
    with reading(shop.platform, shop.people[role]) as bench:
        return trial(bench, bench.published.tier_model("value"), texts)


def recount(shop: Shop, gold: float, silver: float) -> dict[str, int]:
    found = {"gold": 0, "silver": 0, "rest": 0}
    for one, row in shop.customers.items():
        spend, points = shop.spend(one), row["points"]
        if spend >= gold:
            found["gold"] += 1
        elif spend >= silver and isinstance(points, int) and points > 20:
            found["silver"] += 1
        else:
            found["rest"] += 1
    return found


def with_tiers(*rules: Json) -> Json:
    model = cast("dict[str, Json]", VALUE)
    tiers = cast("list[dict[str, Json]]", model["tiers"])
    changed = [{**tier, "rule": rule} for tier, rule in zip(tiers, rules, strict=True)]
    return {**model, "tiers": cast(Json, changed)}


@pytest.mark.parametrize(
    ("gold", "silver"), [("1000", "300"), ("700", "300"), ("1,200.50", "¥90"), ("9000", "8999")]
)
def test_counts_are_those_of_a_recount(any_shop: Shop, gold: str, silver: str) -> None:
    shop = any_shop
    found = tried(shop, gold=gold, silver=silver)
    assert found is not None
    values = [float(one.strip("¥").replace(",", "")) for one in (gold, silver)]
    assert list(found.values.values()) == values
    assert found.sizes == recount(shop, *values)
    assert found.preview.published == {**recount(shop, 1000, 300), "not_enough_data": 0}
    assert found.is_moved is ((gold, silver) != ("1000", "300"))
    drawn = [sum(bar.counts[code] for bar in found.spread.bars) for code in range(3)]
    positive = sum(shop.spend(one) > 0 for one in shop.customers)
    assert sum(drawn) == positive == len(shop.customers) - found.spread.outside
    assert drawn[:2] == list(found.sizes.values())[:2], "whoever spent enough spent something"


def test_nothing_is_stored_by_trying(shop: Shop) -> None:
    with reading(shop.platform, shop.owner) as bench:
        before = drafts.opened(bench, "tier_model", "value")
    tried(shop, gold="555")
    with reading(shop.platform, shop.owner) as bench:
        assert drafts.opened(bench, "tier_model", "value") == before


@pytest.mark.parametrize(
    ("texts", "where"),
    [
        ({"gold": "many"}, ["/at.gold"]),
        ({"silver": "0"}, ["/at.silver"]),
        ({"silver": "-4"}, ["/at.silver"]),
        ({"gold": "300"}, ["/at.gold"]),
        ({"silver": "1000"}, ["/at.gold"]),
        ({"gold": "x", "silver": "1e999"}, ["/at.gold", "/at.silver"]),
    ],
)
def test_wrong_amounts_are_named(shop: Shop, texts: dict[str, str], where: list[str]) -> None:
    found = tried(shop, **texts)
    assert found is not None
    assert [one.pointer for one in found.problems] == where
    assert found.sizes == shop.sizes()
    with pytest.raises(Invalid):
        open_as_draft(shop.platform, shop.owner, "value", texts)


def test_a_draft_with_the_new_thresholds_and_everything_else_as_it_was(shop: Shop) -> None:
    draft = open_as_draft(shop.platform, shop.owner, "value", {"gold": "1,250", "silver": "300"})
    model = draft.thing
    assert isinstance(model, TierModel)
    published = cast(TierModel, draft.published)
    assert json.loads(model.tiers[0].rule.json) == {"and": [{">=": [{"var": "spend"}, 1250]}]}
    assert model.tiers[1].rule == published.tiers[1].rule
    assert replace(model, tiers=published.tiers) == published
    # A second time into a draft that has other changes: those stay.
    other = drafts.edit(
        shop.platform, shop.owner, "tier_model", "value", draft.document.version,
        lambda thing, trees: (replace(thing, purpose=thing.label), trees),
    )  # fmt: skip
    again = open_as_draft(shop.platform, shop.owner, "value", {"gold": "1000", "silver": "450"})
    assert isinstance(again.thing, TierModel)
    assert cast(TierModel, other.thing).purpose == again.thing.purpose is not None
    rules = [json.loads(one.rule.json) for one in again.thing.tiers]
    assert rules == [
        {"and": [{">=": [{"var": "spend"}, 1000]}]},
        {"and": [{">=": [{"var": "spend"}, 450]}, {">": [{"var": "points"}, 20]}]},
    ]
    found = tried(shop)
    assert found is not None
    assert found.drafted
    assert found.sizes == shop.sizes(), "the published model is what the trial begins with"


def test_a_draft_without_the_condition_is_left_alone(shop: Shop) -> None:
    with reading(shop.platform, shop.owner) as bench:
        version = drafts.opened(bench, "tier_model", "value").document.version
    drafts.edit(
        shop.platform, shop.owner, "tier_model", "value", version,
        lambda thing, trees: (thing, {**trees, "gold": replace(trees["gold"], children=())}),
    )  # fmt: skip
    with pytest.raises(Invalid, match="Spend"):
        open_as_draft(shop.platform, shop.owner, "value", {"gold": "900"})


@pytest.mark.parametrize(
    "rules",
    [
        ({">=": [{"var": "spend"}, 300]}, {">=": [{"var": "spend"}, 1000]}),
        ({">=": [{"var": "spend"}, 300]}, {">=": [{"var": "spend"}, 0]}),
        ({">": [{"var": "spend"}, 300]}, {"==": [{"var": "city"}, "bj"]}),
        ({"or": [{">=": [{"var": "spend"}, 300]}, {"==": [{"var": "city"}, "bj"]}]},
         {"!": [{">=": [{"var": "spend"}, 5]}]}),
    ],
)  # fmt: skip
def test_models_without_falling_thresholds(shop: Shop, rules: tuple[Json, Json]) -> None:
    shop.apply(with_tiers(*rules))
    assert tried(shop) is None
    with pytest.raises(NotFound):
        open_as_draft(shop.platform, shop.owner, "value", {"gold": "900"})


def test_who_may(shop: Shop) -> None:
    for role in Role:
        assert tried(shop, role) is not None
    for role in (Role.VIEWER, Role.DATA_ADMIN):
        with pytest.raises(Forbidden):
            open_as_draft(shop.platform, shop.people[role], "value", {"gold": "900"})


def test_a_figure_that_the_actor_cannot_read(shop: Shop) -> None:
    """`points` becomes sensitive, and the main thresholds are of it."""
    table = cast("dict[str, Json]", CUSTOMERS)
    fields = [
        {**one, "data_class": "sensitive"} if one["key"] == "points" else one
        for one in cast("list[dict[str, Json]]", table["fields"])
    ]
    shop.apply({**table, "fields": cast(Json, fields)})
    shop.apply(with_tiers({">=": [{"var": "points"}, 40]}, {">=": [{"var": "points"}, 20]}))
    assert tried(shop) is not None
    assert tried(shop, Role.VIEWER) is None
    assert tried(shop, Role.ANALYST) is None


def test_a_rule_that_reads_something_hidden(shop: Shop) -> None:
    """The figure is readable, another field of the rule is not: counts would give it away."""
    shop.apply(
        with_tiers(
            {"and": [{">=": [{"var": "spend"}, 900]}, {"in": ["赵", {"var": "name"}]}]},
            {">=": [{"var": "spend"}, 20]},
        )
    )
    assert tried(shop) is not None
    assert tried(shop, Role.VIEWER) is None


def test_only_visible_records_are_counted(shop: Shop) -> None:
    shop.limit(Role.ANALYST, "customers", {"==": [{"var": "city"}, "bj"]})
    found = tried(shop, Role.ANALYST, gold="700")
    seen = [one for one, row in shop.customers.items() if row["city"] == "bj"]
    assert found is not None
    assert sum(found.sizes.values()) == len(seen)
    assert found.sizes["gold"] == sum(shop.spend(one) >= 700 for one in seen)
    drawn = sum(bar.total for bar in found.spread.bars) + found.spread.outside
    assert drawn == len(seen)
