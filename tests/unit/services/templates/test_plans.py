"""Templates find their figures under any name, propose thresholds, and count as a hand would."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from tests.unit.services.shop import TODAY, Shop
from tests.unit.services.templates import world
from tierloom.domain.fields import Aggregate, RollUp
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.people import Role
from tierloom.domain.tiers import OnMissing, TierModel
from tierloom.errors import Forbidden, NotFound
from tierloom.rules.templates.reading import template_names
from tierloom.services.templates import plans
from tierloom.services.templates.plans import ADD, Choices, Plan
from tierloom.services.workbench import reading

STYLES = sorted(world.NAMES)
PRODUCTS: dict[str, Any] = {
    "format": 1, "kind": "record_type", "key": "orders", "label": "Orders", "key_field": "invoice",
    "date_field": "day",
    "fields": [
        {"key": "invoice", "label": "Invoice", "type": "text", "required": True, "unique": True},
        {"key": "customer", "label": "Customer", "type": "reference", "target": "customers"},
        {"key": "day", "label": "Day", "type": "date"},
        {"key": "amount", "label": "Amount", "type": "money", "currency": "CNY", "scale": 2},
        {"key": "receiver", "label": "Receiver", "type": "phone", "data_class": "personal"},
    ],
}  # fmt: skip


def laid(shop: Shop, name: str, **given: str) -> Plan:
    choices = Choices({key.replace("__", "."): value for key, value in given.items()})
    with reading(shop.platform, shop.owner) as bench:
        return plans.plan(bench, name, choices)


def fields_of(plan: Plan) -> dict[str, str]:
    return {one.figure.key: one.field.key for one in plan.held if one.field}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("centre", ["median", "mean"])
def test_eight_types_under_other_names(shop: Shop, style: str, centre: str) -> None:
    rows = world.customers()
    world.add_table(shop, style, rows)
    plan = laid(shop, "rfm_eight", table=style, centre=centre)
    names = world.NAMES[style]
    assert fields_of(plan) == {
        key: names[key][0] for key in ("last_purchase", "purchase_count", "total_spend")
    }
    assert not plan.missing
    wanted = world.eight_types(rows, centre)
    assert plan.not_enough_data == wanted.pop("held")
    assert {key: n for key, n in plan.sizes.items() if n} == wanted
    assert plan.centres[centre] == plan.sizes
    assert plan.centres["median"] != plan.centres["mean"]


@pytest.mark.parametrize("style", STYLES)
def test_quantiles_under_other_names(shop: Shop, style: str) -> None:
    rows = world.customers()
    world.add_table(shop, style, rows)
    for name, figure in (("value_tiers", "spend_12m"), ("loyalty_points", "points")):
        plan = laid(shop, name, table=style)
        assert fields_of(plan) == {figure: world.NAMES[style][figure][0]}
        known = world.above_zero(rows, figure)
        cuts = [world.two_digits(world.percentile(known, one)) for one in (95, 80, 50)]
        assert [one.value for one in plan.thresholds] == [float(one) for one in cuts]
        counts = [sum(one >= cut for one in known) for cut in cuts]
        assert [one.count for one in plan.thresholds] == counts
        sizes = [counts[0], counts[1] - counts[0], counts[2] - counts[1]]
        assert list(plan.sizes.values())[:3] == sizes
        unknown = sum(row[figure] is None for row in rows)
        assert plan.not_enough_data == unknown
        assert sum(plan.sizes.values()) + unknown == len(rows)


@pytest.mark.parametrize("style", STYLES)
def test_purchase_frequency_under_other_names(shop: Shop, style: str) -> None:
    rows = world.customers()
    world.add_table(shop, style, rows)
    plan = laid(shop, "purchase_frequency", table=style)
    assert fields_of(plan) == {"purchase_count_12m": world.NAMES[style]["purchase_count_12m"][0]}
    known = world.above_zero(rows, "purchase_count_12m")
    medium, high = (world.whole_up(world.percentile(known, one)) for one in (50, 80))
    high = max(high, medium + 1)
    times = [int(one) for one in known]
    assert plan.sizes == {
        "high": sum(one >= high for one in times),
        "medium": sum(medium <= one < high for one in times),
        "low": sum(one < medium for one in times),
        "none": len(rows) - len(times),
    }


def test_a_missing_optional_figure_leaves_its_tier_out(shop: Shop) -> None:
    world.add_table(shop, "chinese", world.customers())
    plan = laid(shop, "lifecycle_churn", table="chinese")
    assert [(str(one.label), one.figure) for one in plan.left_out] == [
        ("Returning", "purchase_gap")
    ]
    assert "returning" not in plan.sizes
    assert {one.parameter.key: one.measured for one in plan.thresholds} == {
        "active_days": False, "lost_days": False,
    }  # fmt: skip
    assert [one.text for one in plan.thresholds] == ["90", "180"]


def test_what_cannot_be_matched_is_said(shop: Shop) -> None:
    world.add_table(shop, "english", world.customers())
    plan = laid(shop, "fuel_drivers", table="english")
    assert [one.key for one in plan.missing] == ["main_fuel", "litres_per_fill"]
    assert plan.thing is None
    assert plan.sizes == {}
    by_hand = laid(shop, "fuel_drivers", table="english", field__litres_per_fill="c6")
    assert [one.key for one in by_hand.missing] == ["main_fuel"]


# ── from purchases ──────────────────────────────────────────────────────────────────────────────────────────────────


def days_of(shop: Shop, customer: int) -> list[int]:
    """Days since each purchase of a customer, each day once, the latest first."""
    own = [row for row in shop.orders.values() if getattr(row["customer"], "id", 0) == customer]
    return sorted({(TODAY - row["day"]).days for row in own})  # type: ignore[operator]


def test_missing_figures_are_offered_as_calculated_fields(shop: Shop) -> None:
    by_hand = laid(shop, "value_tiers", table="customers", field__spend_12m="spend")
    assert fields_of(by_hand) == {"spend_12m": "spend"}
    # "Spend" would do, but only just; a figure of exactly these months can be worked out.
    plan = laid(shop, "value_tiers", table="customers")
    assert laid(shop, "value_tiers", table="customers", field__spend_12m=ADD).sizes == plan.sizes
    (added,) = plan.added
    assert added.calculation == RollUp(Aggregate.SUM, "orders", "amount", 365)
    recent = {
        one: sum(
            round(float(row["amount"]) * 100)  # type: ignore[arg-type]
            for row in shop.orders.values()
            if getattr(row["customer"], "id", 0) == one and (TODAY - row["day"]).days < 365  # type: ignore[operator]
        )
        / 100
        for one in shop.customers
    }
    bought = [one for one in recent.values() if one > 0]
    diamond, gold, silver = (
        float(world.two_digits(world.percentile(bought, one))) for one in (95, 80, 50)
    )
    spent = recent.values()
    assert plan.sizes == {
        "diamond": sum(one >= diamond for one in spent),
        "gold": sum(gold <= one < diamond for one in spent),
        "silver": sum(silver <= one < gold for one in spent),
        "everyone_else": sum(one < silver for one in spent),
    }


def test_lifecycle_from_the_gaps_between_purchases(shop: Shop) -> None:
    plan = laid(shop, "lifecycle_churn", table="customers")
    assert fields_of(plan) == {
        "purchase_count": "orders_count", "last_purchase": "last_purchase", "purchase_gap": "purchase_gap",
    }  # fmt: skip
    assert [one.key for one in plan.added] == ["last_purchase", "purchase_gap"]
    days = {one: days_of(shop, one) for one in shop.customers}
    gaps = [later - sooner for own in days.values() for sooner, later in pairwise(own)]
    active, lost = (world.whole_down(world.percentile(gaps, one)) for one in (75, 90))
    assert [one.value for one in plan.thresholds] == [active, lost]
    counts = {
        one: sum(getattr(row["customer"], "id", 0) == one for row in shop.orders.values())
        for one in shop.customers
    }

    def state(one: int) -> str:
        own = days[one]
        if not own:
            return "prospect"
        if counts[one] == 1 and own[0] <= active:
            return "new"
        gap = (
            0
            if counts[one] > len(own) and _twice(shop, one, own[0])
            else own[1] - own[0]
            if len(own) > 1
            else 0
        )
        if gap > lost and own[0] <= active:
            return "returning"
        return "active" if own[0] <= active else "asleep" if own[0] <= lost else "lost"

    states = [state(one) for one in shop.customers]
    assert plan.sizes == {key: states.count(key) for key in plan.sizes}
    assert sum(plan.sizes.values()) == len(states)


def _twice(shop: Shop, customer: int, day: int) -> bool:
    """Whether a customer's last two purchases are of one day."""
    own = [
        row for row in shop.orders.values()
        if getattr(row["customer"], "id", 0) == customer and (TODAY - row["day"]).days == day  # type: ignore[operator]
    ]  # fmt: skip
    return len(own) > 1


def test_labels_of_each_category(shop: Shop) -> None:
    options = [{"key": one, "label": one.title()} for one in ("tea", "wine")]
    category = {"key": "kind", "label": "商品类别", "type": "choice", "options": options}
    shop.apply({**PRODUCTS, "fields": [*PRODUCTS["fields"], category]})
    plan = laid(shop, "product_interest", table="customers")
    assert isinstance(plan.thing, LabelSet)
    assert [one.key for one in plan.thing.labels] == ["tea", "wine"]
    assert plan.thing.on_missing is OnMissing.HOLD
    assert plan.sizes == {"tea": 0, "wine": 0}


# ── the rest ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_all_templates_hold_what_is_unknown(shop: Shop) -> None:
    world.add_table(shop, "chinese", world.customers(40))
    made = [laid(shop, name).thing for name in template_names()]
    assert all(one.on_missing is OnMissing.HOLD for one in made if one is not None)
    assert sum(one is not None for one in made) >= 5


def test_a_typed_number_counts_at_once(shop: Shop) -> None:
    rows = world.customers()
    world.add_table(shop, "english", rows)
    plan = laid(shop, "loyalty_points", table="english", number__gold="3333", proposed__gold="1")
    gold = plan.thresholds[1]
    assert gold.value == 3333
    assert gold.count == sum(one >= 3333 for one in world.above_zero(rows, "points"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [("x", "bad-number"), ("", "bad-number"), ("-4", "bad-number"), ("1", "out-of-order")],
)
def test_a_wrong_number_is_named(shop: Shop, text: str, problem: str) -> None:
    world.add_table(shop, "english", world.customers())
    plan = laid(shop, "loyalty_points", table="english", number__gold=text, proposed__gold="2")
    assert [(one.code, one.pointer) for one in plan.problems] == [(problem, "/number.gold")]
    assert plan.thing is None


def test_a_number_that_nobody_changed_follows_the_data(shop: Shop) -> None:
    world.add_table(shop, "english", world.customers())
    proposed = laid(shop, "loyalty_points", table="english").thresholds[1].text
    again = laid(
        shop, "loyalty_points", table="english", number__gold=proposed, proposed__gold=proposed,
        field__points="c5",
    )  # fmt: skip
    assert again.thresholds[1].text != proposed


def test_another_table_begins_anew(shop: Shop) -> None:
    world.add_table(shop, "english", world.customers())
    plan = laid(shop, "loyalty_points", table="english", laid="customers", field__points="points")
    assert fields_of(plan) == {"points": "c6"}


def test_the_table_that_suits_best_is_taken(shop: Shop) -> None:
    world.add_table(shop, "english", world.customers(20))
    assert laid(shop, "rfm_eight").table.key == "english"
    assert laid(shop, "loyalty_points").table.key == "customers"


def test_models_are_drafts_with_the_templates_words(shop: Shop) -> None:
    world.add_table(shop, "pinyin", world.customers())
    thing = laid(shop, "value_tiers", table="pinyin").thing
    assert isinstance(thing, TierModel)
    assert not thing.main
    assert [one.label.words["zh"] for one in thing.all_tiers] == [
        "钻石",
        "黄金",
        "白银",
        "其余客户",
    ]


def test_who_may_not_draft_is_refused(shop: Shop) -> None:
    with reading(shop.platform, shop.people[Role.VIEWER]) as bench, pytest.raises(Forbidden):
        plans.plan(bench, "value_tiers", Choices())


def test_who_may_not_publish_tables_gets_no_calculated_fields(shop: Shop) -> None:
    analyst = replace(shop.people[Role.ANALYST])
    with reading(shop.platform, analyst) as bench:
        plan = plans.plan(bench, "lifecycle_churn", Choices({"table": "customers"}))
    assert plan.added == ()
    assert [one.key for one in plan.missing] == ["last_purchase"]


def test_an_unknown_template_is_named(shop: Shop) -> None:
    with pytest.raises(NotFound, match="shoes"):
        laid(shop, "shoes")
