"""Drafts of tier models and segments: edited as trees, undone, published."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.people import Role
from tierloom.domain.rules import NOBODY, RuleDocument
from tierloom.domain.tiers import DefaultTier, Segment, Slot, Tier, TierModel
from tierloom.domain.views import View
from tierloom.errors import Conflict, InUse, Invalid, NotFound
from tierloom.rules.builder import (
    Condition,
    Group,
    add_condition,
    set_field,
    set_operator,
    set_values,
)
from tierloom.rules.builder import delete as delete_node
from tierloom.services import drafts, grid, views
from tierloom.services.drafts import Draft, Ruled
from tierloom.services.workbench import reading
from tierloom.text import Label

POINTS = RuleDocument.of({">": [{"var": "points"}, 10]})
Trees = Mapping[str, Group]


def segment(key: str, rule: RuleDocument = POINTS) -> Segment:
    return Segment(key, Label.of(key.capitalize()), "customers", rule)


def model(key: str, *rules: RuleDocument) -> TierModel:
    tiers = tuple(
        Tier(f"t{number}", Label.of(f"Tier {number}"), "crown", Slot.GOLD, rule)
        for number, rule in enumerate(rules)
    )
    return TierModel(
        key, Label.of(key.capitalize()), "customers", tiers, DefaultTier("rest", Label.of("Rest"))
    )


def create(shop: Shop, thing: Ruled) -> Draft:
    return drafts.create(shop.platform, shop.owner, thing)


def edit(shop: Shop, draft: Draft, name: str, change: Callable[[Group], Group]) -> Draft:
    """Change one tree."""

    def both(thing: Ruled, trees: Trees) -> tuple[Ruled, Trees]:
        return thing, {**trees, name: change(trees[name])}

    document = draft.document
    return drafts.edit(
        shop.platform, shop.owner, document.kind, document.key, document.version, both
    )


def publish(shop: Shop, draft: Draft) -> Draft:
    document = draft.document
    return drafts.publish(shop.platform, shop.owner, document.kind, document.key, document.version)


def opened(shop: Shop, kind: str, key: str) -> Draft:
    with reading(shop.platform, shop.owner) as bench:
        return drafts.opened(bench, kind, key)


def rule_of(draft: Draft) -> RuleDocument:
    [rule] = drafts.rules_of(draft.thing).values()
    return rule


def codes(error: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [one.code for one in error.value.problems]


def test_built_click_by_click(any_shop: Shop) -> None:
    """A condition is in the rule once it is finished, and in the tree from the first click."""
    shop = any_shop
    draft = create(shop, segment("rich", NOBODY))
    draft = edit(shop, draft, "rule", lambda tree: add_condition(tree, tree.id))
    [node] = draft.trees["rule"].children
    assert isinstance(node, Condition)
    assert rule_of(draft) == NOBODY
    with pytest.raises(Invalid) as caught:
        publish(shop, draft)
    assert "unfinished" in codes(caught)
    draft = edit(shop, draft, "rule", lambda tree: set_field(tree, node.id, "points"))
    draft = edit(shop, draft, "rule", lambda tree: set_operator(tree, node.id, "more_than"))
    again = opened(shop, "segment", "rich")
    assert again.trees == draft.trees
    draft = edit(shop, draft, "rule", lambda tree: set_values(tree, node.id, ("30",)))
    assert "30" in rule_of(draft).json
    done = publish(shop, draft)
    assert done.published == draft.thing
    with reading(shop.platform, shop.owner) as bench:
        found = int(bench.matching(rule_of(done), "customers").sum())
    points = [row["points"] for row in shop.customers.values()]
    assert found == sum(isinstance(one, int) and one > 30 for one in points)


def test_undo_and_redo(any_shop: Shop) -> None:
    shop = any_shop
    draft = create(shop, segment("s"))
    first = draft.trees
    changed = edit(shop, draft, "rule", lambda tree: add_condition(tree, tree.id))
    assert changed.trees != first
    undone = drafts.undo(shop.platform, shop.owner, "segment", "s")
    assert undone.trees == first
    assert drafts.undo(shop.platform, shop.owner, "segment", "s").trees == first
    redone = drafts.redo(shop.platform, shop.owner, "segment", "s")
    assert redone.trees == changed.trees
    assert not redone.document.can_redo


def test_a_published_thing_can_be_undone_into_a_draft(shop: Shop) -> None:
    done = publish(shop, create(shop, segment("s")))
    assert not done.has_changes
    [node] = done.trees["rule"].children
    changed = edit(shop, done, "rule", lambda tree: set_values(tree, node.id, ("99",)))
    assert changed.has_changes
    assert changed.published == done.thing
    back = drafts.undo(shop.platform, shop.owner, "segment", "s")
    assert back.thing == done.thing
    assert not back.has_changes


def test_stale_edits_and_publishing(any_shop: Shop) -> None:
    shop = any_shop
    draft = create(shop, segment("s"))
    edit(shop, draft, "rule", lambda tree: add_condition(tree, tree.id))
    with pytest.raises(Conflict):
        edit(shop, draft, "rule", lambda tree: delete_node(tree, tree.children[0].id))
    with pytest.raises((Conflict, Invalid)):
        publish(shop, draft)


def test_an_edit_that_changes_nothing_is_no_revision(shop: Shop) -> None:
    draft = create(shop, segment("s"))
    assert edit(shop, draft, "rule", lambda tree: tree).document == draft.document


def test_a_change_that_makes_no_model(shop: Shop) -> None:
    draft = create(shop, model("m", POINTS))

    def without_tiers(thing: Ruled, trees: Trees) -> tuple[Ruled, Trees]:
        assert isinstance(thing, TierModel)
        return drafts.remove_part(thing, "t0"), {}

    with pytest.raises(Invalid) as caught:
        drafts.edit(
            shop.platform, shop.owner, "tier_model", "m", draft.document.version, without_tiers
        )
    assert codes(caught) == ["bad-draft"]
    assert opened(shop, "tier_model", "m").thing == draft.thing


def test_publishing_makes_a_view_and_one_run(any_shop: Shop) -> None:
    shop = any_shop
    draft = create(shop, model("loyalty", POINTS))
    jobs = _runs(shop)
    publish(shop, draft)
    with reading(shop.platform, shop.owner) as bench:
        [view] = [one for one in bench.published.views() if one.tier_model == "loyalty"]
    assert view.record_type == "customers"
    assert len(_runs(shop)) <= max(1, len(jobs))
    [outcome] = [one for one in shop.run() if one.model.key == "loyalty"]
    points = [row["points"] for row in shop.customers.values()]
    over = sum(isinstance(one, int) and one > 10 for one in points)
    assert outcome.sizes == {"t0": over, "rest": len(points) - over}
    publish(shop, opened(shop, "tier_model", "loyalty"))
    with reading(shop.platform, shop.owner) as bench:
        assert len([one for one in bench.published.views() if one.tier_model == "loyalty"]) == 1


def _runs(shop: Shop) -> list[int]:
    with shop.platform.database.reading() as uow:
        jobs = uow.jobs.recent(shop.workspace)
    return [one.id for one in jobs if one.kind == "run" and one.state == "queued"]


def test_the_first_model_of_a_table_is_its_main_one(shop: Shop) -> None:
    one = Tier(
        "t", Label.of("T"), "crown", Slot.GOLD, RuleDocument.of({">": [{"var": "amount"}, 1]})
    )
    big = TierModel("big", Label.of("Big"), "orders", (one,), DefaultTier("rest", Label.of("Rest")))
    assert publish(shop, create(shop, big)).thing == replace(big, main=True)
    other = publish(shop, create(shop, replace(big, key="other"))).thing
    assert isinstance(other, TierModel)
    assert not other.main


def test_problems_name_tier_and_condition(shop: Shop) -> None:
    draft = create(shop, model("m", POINTS, POINTS, NOBODY))
    draft = edit(shop, draft, "t1", lambda tree: add_condition(tree, tree.id))
    *_, node = draft.trees["t1"].children
    with pytest.raises(Invalid) as caught:
        publish(shop, draft)
    found = [(one.code, one.pointer) for one in caught.value.problems]
    assert found == [("unfinished", f"/t1/{node.id}"), ("no-rule", "/t2")]


def test_a_rule_with_errors_cannot_even_begin(shop: Shop) -> None:
    wrong = RuleDocument.of({"and": [{">": [{"var": "points"}, 1]}, {">": [{"var": "height"}, 1]}]})
    with pytest.raises(Invalid) as caught:
        create(shop, segment("s", wrong))
    assert "height" in str(caught.value)


def test_who_may_not_read_a_field_cannot_begin_or_publish_by_it(shop: Shop) -> None:
    """A designer sees phones masked: what a published rule counts would tell them."""
    secret = segment("s", RuleDocument.of({"starts_with": [{"var": "phone"}, "138"]}))
    designer = shop.people[Role.DESIGNER]
    with pytest.raises(Invalid) as caught:
        drafts.create(shop.platform, designer, secret)
    assert codes(caught) == ["field-not-readable"]
    version = create(shop, secret).document.version
    with pytest.raises(Invalid) as caught:
        drafts.publish(shop.platform, designer, "segment", "s", version)
    assert codes(caught) == ["field-not-readable"]


def test_segment_in_use(any_shop: Shop) -> None:
    shop = any_shop
    by_segment = RuleDocument.of({"and": [{"segment": ["north"]}, {">": [{"var": "points"}, 5]}]})
    publish(shop, create(shop, segment("north_points", by_segment)))
    publish(shop, create(shop, model("m", by_segment)))
    views.save(
        shop.platform, shop.owner, View("v", Label.of("North list"), "customers", by_segment)
    )
    with pytest.raises(InUse) as caught:
        drafts.delete(shop.platform, shop.owner, "segment", "north")
    assert [str(one) for one in caught.value.users] == [
        "segment “North_points”", "tier model “M”", "View “North list”",
    ]  # fmt: skip


def test_circle_of_segments(shop: Shop) -> None:
    publish(shop, create(shop, segment("a")))
    publish(shop, create(shop, segment("b", RuleDocument.of({"segment": ["a"]}))))
    draft = opened(shop, "segment", "a")
    with reading(shop.platform, shop.owner) as bench:
        circle = drafts.opened(bench, "segment", "b").trees

    def round_about(thing: Ruled, trees: Trees) -> tuple[Ruled, Trees]:
        [node] = circle["rule"].children
        assert isinstance(node, Condition)
        return thing, {"rule": Group("n1", children=(replace(node, id="n2", values=("b",)),))}

    changed = drafts.edit(
        shop.platform, shop.owner, "segment", "a", draft.document.version, round_about
    )
    assert "b" in rule_of(changed).json
    with pytest.raises(Invalid):
        publish(shop, changed)


def test_bin_and_back_with_the_view(any_shop: Shop) -> None:
    shop = any_shop
    publish(shop, create(shop, model("loyalty", POINTS)))
    shop.run()
    drafts.delete(shop.platform, shop.owner, "tier_model", "loyalty")
    with reading(shop.platform, shop.owner) as bench:
        assert [one.key for one in bench.published.tier_models()] == ["value"]
        assert [one.tier_model for one in bench.published.views()] == ["value"]
    with pytest.raises(NotFound):
        drafts.restore(shop.platform, shop.owner, "tier_model", "value")
    drafts.restore(shop.platform, shop.owner, "tier_model", "loyalty")
    with reading(shop.platform, shop.owner) as bench:
        assert len(bench.published.views()) == 2
        found = grid.listing(bench, grid.Query("customers"))
    assert sum(found.sizes["loyalty"].values()) == len(shop.customers)


def test_moving_tiers() -> None:
    three = model("m", POINTS, POINTS, POINTS)
    assert [one.key for one in drafts.move_part(three, "t2", -1).tiers] == ["t0", "t2", "t1"]
    assert [one.key for one in drafts.move_part(three, "t0", -1).tiers] == ["t0", "t1", "t2"]
    assert [one.key for one in drafts.move_part(three, "t0", 5).tiers] == ["t1", "t2", "t0"]


def test_what_could_not_be_opened_again_is_not_kept(shop: Shop) -> None:
    """One draft that cannot be read keeps everybody from the whole list."""
    with pytest.raises(Invalid):
        create(shop, replace(segment("long"), label=Label.of("x" * 600)))
    made = create(shop, model("many", *[POINTS] * 50))
    document = made.document
    with pytest.raises(Invalid):
        drafts.edit(
            shop.platform,
            shop.owner,
            "tier_model",
            "many",
            document.version,
            lambda thing, trees: (
                drafts.add_part(thing, replace(thing.tiers[0], key="t50")),  # type: ignore[arg-type, union-attr]
                {**trees, "t50": trees["t0"]},
            ),
        )
    with reading(shop.platform, shop.owner) as bench:
        assert [one.thing.key for one in drafts.all_drafts(bench, "segment")] == ["north"]
        assert drafts.opened(bench, "tier_model", "many").document.version == document.version
