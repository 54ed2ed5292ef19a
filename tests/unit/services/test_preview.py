"""Counts while typing: exact, by brute force over the same rows."""

from dataclasses import replace

from tests.unit.services.shop import VALUE, Shop, things_of
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tiers import Segment, TierModel
from tierloom.rules.builder import add_condition
from tierloom.services import drafts, preview
from tierloom.services.drafts import Draft
from tierloom.services.workbench import reading
from tierloom.text import Label


def changed_model(shop: Shop, gold: float) -> Draft:
    """The draft of the published model with another limit for gold."""
    with reading(shop.platform, shop.owner) as bench:
        draft = drafts.opened(bench, "tier_model", "value")
    [wanted] = things_of(VALUE)
    assert isinstance(wanted, TierModel)
    rule = RuleDocument.of({">=": [{"var": "spend"}, gold]})
    tiers = (replace(wanted.tiers[0], rule=rule), *wanted.tiers[1:])
    return replace(draft, thing=replace(wanted, tiers=tiers))


def tier(shop: Shop, customer: int, gold: float) -> str:
    spend, points = shop.spend(customer), shop.customers[customer]["points"]
    if spend >= gold:
        return "gold"
    return "silver" if spend >= 300 and isinstance(points, int) and points > 20 else "rest"


def test_counts_of_a_draft_and_of_what_is_published(any_shop: Shop) -> None:
    shop = any_shop
    draft = changed_model(shop, 700)
    with reading(shop.platform, shop.owner) as bench:
        found = preview.preview(bench, draft, "gold")
        samples = bench.columns("customers").ids[found.samples].tolist()
    wanted = [tier(shop, one, 700) for one in shop.customers]
    assert found.total == len(wanted)
    assert found.sizes == {key: wanted.count(key) for key in ("gold", "silver", "rest")}
    assert found.published == {**shop.sizes(), "not_enough_data": 0}
    assert shop.sizes() != found.sizes
    assert found.not_enough_data == 0
    now = [shop.tier(one) for one in shop.customers]
    assert found.moved == sum(a != b for a, b in zip(now, wanted, strict=True)) > 0
    blank = [
        one for one in shop.customers
        if shop.customers[one]["points"] is None and 300 <= shop.spend(one) < 700
    ]  # fmt: skip
    assert found.unknown_only == len(blank)
    gold = [one for one, key in zip(shop.customers, wanted, strict=True) if key == "gold"]
    assert samples == gold[: preview.SAMPLES]


def test_every_node_has_its_own_count(shop: Shop) -> None:
    with reading(shop.platform, shop.owner) as bench:
        draft = drafts.opened(bench, "tier_model", "value")
        found = preview.preview(bench, draft, "silver")
        tree = draft.trees["silver"]
    spend = sum(shop.spend(one) >= 300 for one in shop.customers)
    points = sum(
        isinstance(row["points"], int) and row["points"] > 20 for row in shop.customers.values()
    )
    both = sum(
        shop.spend(one) >= 300 and isinstance(row["points"], int) and row["points"] > 20
        for one, row in shop.customers.items()
    )
    assert [found.nodes[child.id] for child in tree.children] == [spend, points]
    assert found.nodes[tree.id] == both


def test_flows_add_up(any_shop: Shop) -> None:
    shop = any_shop
    draft = changed_model(shop, 700)
    names = ("gold", "silver", "rest")
    with reading(shop.platform, shop.owner) as bench:
        found = preview.flows(bench, draft)
    counted = {(names[one.origin], names[one.target]): one.count for one in found}
    pairs = [(shop.tier(one), tier(shop, one, 700)) for one in shop.customers]
    assert counted == {pair: pairs.count(pair) for pair in set(pairs)}
    assert sum(one.count for one in found if one.stays) < len(pairs)


def test_unfinished_conditions_are_left_out(shop: Shop) -> None:
    rule = RuleDocument.of({">": [{"var": "points"}, 20]})
    draft = drafts.create(shop.platform, shop.owner, Segment("s", Label.of("S"), "customers", rule))
    with reading(shop.platform, shop.owner) as bench:
        before = preview.preview(bench, draft, "rule").sizes
    draft = drafts.edit(
        shop.platform, shop.owner, "segment", "s", draft.document.version,
        lambda thing, trees: (thing, {"rule": add_condition(trees["rule"], trees["rule"].id)}),
    )  # fmt: skip
    with reading(shop.platform, shop.owner) as bench:
        found = preview.preview(bench, draft, "rule")
    assert found.sizes == before
    [_, unfinished] = draft.trees["rule"].children
    assert unfinished.id not in found.nodes


def test_a_rule_with_errors_has_no_count(shop: Shop) -> None:
    with reading(shop.platform, shop.owner) as bench:
        draft = drafts.opened(bench, "segment", "north")
        wrong = RuleDocument.of({"==": [{"var": "nothing"}, 1]})
        assert isinstance(draft.thing, Segment)
        found = preview.preview(
            bench, replace(draft, thing=replace(draft.thing, rule=wrong)), "rule"
        )
    assert (found.sizes, found.total) == (None, len(shop.customers))
