"""What a role may not read does not show through drafts, scores, labels and explanations that are made of it."""

from dataclasses import replace

import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.label_sets import LabelRule, LabelSet
from tierloom.domain.people import Role
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.scores import RuleCriterion, Score, ScoreGroup
from tierloom.domain.tiers import Slot
from tierloom.domain.views import Sort, View
from tierloom.errors import Invalid
from tierloom.rules.explain.proof import Proof
from tierloom.services import configuration, drafts, grid, marks, views
from tierloom.services.explaining import ways_up, why
from tierloom.services.grid import Query
from tierloom.services.preview import preview
from tierloom.services.score_preview import score_preview
from tierloom.services.workbench import reading
from tierloom.text import Label

NAME = Label.of("Part")
BY_PHONE: Json = {"starts_with": [{"var": "phone"}, "138"]}
NINE: Json = {">": [{"var": "points"}, 9]}
ANY: Json = {">=": [{"var": "number"}, 0]}
OPEN = RuleDocument.of({">": [{"var": "points"}, 20]})
LABELS = LabelSet(
    "carrier",
    NAME,
    "customers",
    (LabelRule("mobile", NAME, "heart", Slot.TEAL, RuleDocument.of(BY_PHONE)),),
)
SCORE = Score(
    "reach",
    NAME,
    "customers",
    (ScoreGroup(NAME, (RuleCriterion(NAME, LABELS.labels[0].rule, 1),)),),
)


@pytest.fixture(name="marked")
def _marked(shop: Shop) -> Shop:
    """A shop with a label set and a score that read the phone."""
    configuration.apply(shop.platform, shop.owner, [LABELS, SCORE])
    return shop


def _model(rule: Json, *, hold: bool = False) -> Json:
    tier: Json = {"key": "in", "label": "In", "icon": "star", "slot": "teal", "rule": rule}
    return {
        "format": 1, "kind": "tier_model", "key": "personal", "label": "Personal", "record_type": "customers",
        "on_missing": "hold" if hold else "skip", "tiers": [tier], "default": {"key": "out", "label": "Out"},
    }  # fmt: skip


def test_a_label_set_whose_draft_reads_nothing_hidden_says_no_published_size(marked: Shop) -> None:
    """Whoever empties the draft of a hidden rule would else read off how many it holds for."""
    labels = replace(LABELS, labels=(replace(LABELS.labels[0], rule=OPEN),))
    for role, told in ((Role.ANALYST, False), (Role.DESIGNER, False), (Role.OWNER, True)):
        with reading(marked.platform, marked.people[role]) as bench:
            draft = replace(drafts.opened(bench, "label_set", "carrier"), thing=labels)
            found = preview(bench, draft, "mobile")
            assert found.sizes is not None
            assert (found.published is not None) is told


def test_a_score_whose_draft_reads_nothing_hidden_says_no_changes(marked: Shop) -> None:
    """Compared with a score that is 0 everywhere, the number of changes is the number with the hidden property."""
    nobody = RuleCriterion(NAME, RuleDocument.of({"<": [{"var": "points"}, 0]}), 1)
    for role, told in ((Role.ANALYST, False), (Role.DESIGNER, False), (Role.OWNER, True)):
        with reading(marked.platform, marked.people[role]) as bench:
            draft = drafts.opened(bench, "score", "reach")
            changed = replace(draft, thing=replace(SCORE, groups=(ScoreGroup(NAME, (nobody,)),)))
            found = score_preview(bench, changed)
            assert found is not None
            assert (found.changed is not None) is told


@pytest.mark.parametrize("role", [Role.DESIGNER, Role.ANALYST, Role.VIEWER])
def test_no_list_is_filtered_sorted_or_shown_by_them(marked: Shop, role: Role) -> None:
    with reading(marked.platform, marked.people[role]) as bench:
        table = bench.published.table("customers")
        shown = grid.listing(
            bench, Query("customers", columns=("number", "score:reach", "labels:carrier"))
        )
        assert (shown.marked.keys, shown.markable.keys) == ((), ())
        assert all(not row.scores and not row.labels for row in shown.rows)
        by_score: tuple[Json, ...] = (
            {">": [{"score": ["reach"]}, 0]},
            {"==": [{"score": ["reach"]}, 1]},
        )
        for rule in by_score:
            with pytest.raises(Invalid):
                grid.listing(bench, Query("customers", RuleDocument.of(rule)))
        assert marks.scores_shown(bench, table) == ()
        assert marks.label_sets_shown(bench, table) == ()


def _groups(proof: Proof) -> list[Proof]:
    return [proof, *(each for one in proof.parts for each in _groups(one))]


@pytest.mark.parametrize(
    "rule",
    [
        {"or": [{"and": [BY_PHONE]}, NINE]},
        {"or": [{"and": [BY_PHONE, ANY]}, NINE]},
        {"or": [{"!": [{"or": [BY_PHONE, BY_PHONE]}]}, NINE]},
    ],
)
def test_a_group_does_not_answer_for_its_hidden_condition(shop: Shop, rule: Json) -> None:
    shop.apply(_model(rule))
    customer = next(iter(shop.customers))
    with reading(shop.platform, shop.people[Role.ANALYST]) as bench:
        found = why(bench, bench.published.tier_model("personal"), customer, "en")
        for one in _groups(found.steps[0].proof):
            assert one.hidden or not any(each.hidden for each in _groups(one))


def test_a_hidden_field_is_not_named_as_missing(shop: Shop) -> None:
    both: Json = {"==": [{"var": "phone"}, {"var": "remark"}]}
    shop.apply(_model(both, hold=True))
    customer = next(one for one, row in shop.customers.items() if row["remark"] is None)
    for role, named in ((Role.ANALYST, ["remark"]), (Role.OWNER, ["remark"])):
        with reading(shop.platform, shop.people[role]) as bench:
            found = why(bench, bench.published.tier_model("personal"), customer, "en")
        assert found.tier is None
        assert [one.key for one in found.missing] == named


def test_what_comes_through_a_limited_table_is_not_explained(shop: Shop) -> None:
    """The viewer sees small orders only: the sum of all would tell of the others."""
    shop.limit(Role.VIEWER, "orders", {"<": [{"var": "amount"}, 300]})
    total: Json = {"sum": [{"var": "orders"}, {"var": "amount"}]}
    shop.apply(_model({">=": [total, 10_000_000]}))
    customer = next(one for one in shop.customers if shop.spend(one) > 0)
    with reading(shop.platform, shop.people[Role.VIEWER]) as bench:
        model = bench.published.tier_model("personal")
        [leaf] = why(bench, model, customer, "en").steps[0].proof.parts or (
            why(bench, model, customer, "en").steps[0].proof,
        )
        assert [(one.value, one.hidden) for one in leaf.actuals] == [(None, True)]
        assert ways_up(bench, model, customer, 1) == []
    with reading(shop.platform, shop.owner) as bench:
        assert ways_up(bench, model, customer, 1)


def test_views_of_the_hidden_are_not_offered_and_keep_nobody_out(marked: Shop) -> None:
    sorts = {"plain": "points", "called": "phone", "ranked": "score:reach", "placed": "tier:value"}
    for key, column in sorts.items():
        view = View(key, NAME, "customers", sort=(Sort(column),))
        views.save(marked.platform, marked.owner, view)
    phoned = View("phoned", NAME, "customers", RuleDocument.of(BY_PHONE))
    views.save(marked.platform, marked.owner, phoned)
    for role in (Role.DESIGNER, Role.ANALYST, Role.VIEWER):
        with reading(marked.platform, marked.people[role]) as bench:
            assert "phoned" not in [one.key for one in views.for_actor(bench)]
            kept = {key for key in sorts if views.named(bench, key).sort}
        assert kept == {"plain", "placed"}
    with reading(marked.platform, marked.owner) as bench:
        assert {"phoned", *sorts} <= {one.key for one in views.for_actor(bench, "customers")}
        assert all(views.named(bench, key).sort for key in sorts)
