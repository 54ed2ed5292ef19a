"""Scores and label sets over the records of the shop: values, who sees them, lists, exports, shared views."""

from collections.abc import Mapping
from csv import DictReader
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.label_sets import LabelRule, LabelSet
from tierloom.domain.people import Role
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.scores import BandsCriterion, RuleCriterion, Score, ScoreGroup
from tierloom.domain.tiers import OnMissing, Slot
from tierloom.domain.views import Sort, View
from tierloom.errors import InUse, Invalid, NotFound
from tierloom.schemas import documents
from tierloom.services import configuration, drafts, grid, marks, tables, views
from tierloom.services.access.shared_list import Asked, guest_of, shared_list
from tierloom.services.exports import requests
from tierloom.services.exports.writing import ExportKind
from tierloom.services.grid import Query
from tierloom.services.preview import preview
from tierloom.services.score_preview import bars_of, score_preview, suggested_cuts
from tierloom.services.workbench import reading
from tierloom.store.shares import SharedColumns
from tierloom.text import Label

NAME = Label.of("Part")


def rule(asked: Json) -> RuleDocument:
    return RuleDocument.of(asked)


def worth(hold: bool = True) -> Score:
    return Score(
        "worth",
        Label({"zh": "价值", "en": "Worth"}),
        "customers",
        (
            ScoreGroup(NAME, (BandsCriterion(NAME, "spend", (300, 1000), (0, 10, 30)),
                              RuleCriterion(NAME, rule({">": [{"var": "points"}, 20]}), 15)), cap=40),
            ScoreGroup(NAME, (RuleCriterion(NAME, rule({"==": [{"var": "city"}, "bj"]}), -20),), floor=-5),
        ),
        on_missing=OnMissing.HOLD if hold else OnMissing.SKIP,
    )  # fmt: skip


def label(key: str, asked: Json) -> LabelRule:
    return LabelRule(key, Label.of(key.capitalize()), "heart", Slot.TEAL, rule(asked))


def labels(hold: bool = False) -> LabelSet:
    found = (
        label("busy", {">": [{"var": "orders_count"}, 1]}),
        label("idle", {"!": [{">": [{"var": "points"}, 20]}]}),
    )
    return LabelSet(
        "kind", Label.of("Kind"), "customers", found, OnMissing.HOLD if hold else OnMissing.SKIP
    )


PHONED = LabelSet(
    "phoned", Label.of("Phoned"), "customers", (label("has_phone", {"!!": [{"var": "phone"}]}),)
)
BY_PHONE = Score("reach", Label.of("Reach"), "customers",
                 (ScoreGroup(NAME, (RuleCriterion(NAME, rule({"!!": [{"var": "phone"}]}), 1),)),))  # fmt: skip


def publish(shop: Shop, *things: Score | LabelSet) -> None:
    configuration.apply(shop.platform, shop.owner, things)


def by_hand(shop: Shop, customer: int) -> int | None:
    """The score `worth` of a customer, under hold."""
    row = shop.customers[customer]
    spend, points, city = shop.spend(customer), row["points"], row["city"]
    if points is None or city is None:
        return None
    assert isinstance(points, int)
    first = (30 if spend >= 1000 else 10 if spend >= 300 else 0) + (15 if points > 20 else 0)
    return min(40, first) + (-5 if city == "bj" else 0)


def test_every_score_is_the_sum_by_hand(shop: Shop) -> None:
    publish(shop, worth())
    with reading(shop.platform, shop.owner) as bench:
        found = marks.score_numbers(bench, worth())
        ids = bench.columns("customers").ids
        known = {
            int(one): None if np.isnan(n) else int(n) for one, n in zip(ids, found, strict=True)
        }
    assert known == {one: by_hand(shop, one) for one in known}
    assert len({*known.values()}) > 4


def test_contributions_add_up(shop: Shop) -> None:
    publish(shop, worth())
    with reading(shop.platform, shop.owner) as bench:
        for position in range(bench.columns("customers").size):
            made = marks.contributions(bench, worth(), position)
            if made.total is None:
                assert any(one.points is None for one in made.groups)
                continue
            assert sum(one.points or 0 for one in made.groups) == made.total
            first = made.groups[0]
            assert first.points == min(40, sum(one.points or 0 for one in first.criteria))
            assert first.limited == (first.plain_sum == 45)


def test_labels_by_hand_and_their_lists(shop: Shop) -> None:
    publish(shop, labels())
    with reading(shop.platform, shop.owner) as bench:
        listed = grid.listing(bench, Query("customers", limit=200))
        for row in listed.rows:
            points = shop.customers[row.id]["points"]
            busy = (
                sum(
                    1
                    for one in shop.orders.values()
                    if getattr(one["customer"], "id", None) == row.id
                )
                > 1
            )
            idle = not (isinstance(points, int) and points > 20)
            assert row.labels["kind"] == ("busy",) * busy + ("idle",) * idle
        sizes = marks.label_sizes(bench, labels(), bench.visible("customers"))
        for key, size in sizes.items():
            assert (
                grid.listing(bench, Query("customers", labels=(("kind", key),))).total == size > 0
            )


def test_under_hold_an_uncertain_label_is_not_carried(shop: Shop) -> None:
    publish(shop, labels(hold=True))
    unknown = [one for one, row in shop.customers.items() if row["points"] is None]
    with reading(shop.platform, shop.owner) as bench:
        table = bench.published.table("customers")
        assert unknown
        for one in unknown:
            position = marks.position_of(bench, table, one)
            assert position is not None
            found = marks.labelled(bench, labels(hold=True), position)
            assert [each.key for each in found.unknown] == ["idle"]
            assert "idle" not in [each.key for each in found.labels]


@pytest.mark.parametrize("thing", [PHONED, BY_PHONE])
def test_what_reads_a_field_that_the_actor_cannot_is_not_shown(
    shop: Shop, thing: Score | LabelSet
) -> None:
    publish(shop, thing, worth(), labels())
    analyst = shop.people[Role.ANALYST]
    for actor, seen in ((shop.owner, True), (analyst, False)):
        with reading(shop.platform, actor) as bench:
            listed = grid.listing(bench, Query("customers", limit=3))
            keys = listed.markable.keys
            assert any(one.endswith(f":{thing.key}") for one in keys) is seen
            assert {"score:worth", "labels:kind"} <= {*keys}
            row = listed.rows[0]
            assert (thing.key in {**row.scores, **row.labels}) is seen
    with reading(shop.platform, analyst) as bench:
        asked = (
            Query("customers", labels=(("phoned", "has_phone"),))
            if isinstance(thing, LabelSet)
            else Query("customers", sort=Sort("score:reach"))
        )
        with pytest.raises(NotFound):
            grid.listing(bench, asked)
        if isinstance(thing, Score):
            with pytest.raises(Invalid):
                grid.listing(bench, Query("customers", rule({">": [{"score": ["reach"]}, 0]})))


def test_lists_sort_by_a_score_and_choose_columns(shop: Shop) -> None:
    publish(shop, worth(), labels())
    with reading(shop.platform, shop.owner) as bench:
        query = Query(
            "customers", sort=Sort("score:worth", True), columns=("score:worth",), limit=200
        )
        rows = grid.listing(bench, query).rows
        found = [one.scores["worth"] for one in rows]
        known = [one for one in found if one is not None]
        assert found == [*sorted(known, reverse=True), *[None] * (len(found) - len(known))]
        assert all(not one.labels for one in rows)
        at_least = rule({">=": [{"score": ["worth"]}, 30]})
        assert grid.listing(bench, Query("customers", at_least)).total == sum(
            one >= 30 for one in known
        )


def test_exports_have_the_columns(shop: Shop, tmp_path: Path) -> None:
    publish(shop, worth(), labels())
    with reading(shop.platform, shop.owner) as bench:
        target = tmp_path / "list.csv"
        requests.write(bench, Query("customers"), ExportKind.CSV, "en", target, lambda _a, _b: None)
        lines = list(DictReader(StringIO(target.read_text("utf-8-sig"))))
    by_number = {int(one["Number"]): one for one in lines}
    for number, record in shop.numbers.items():
        expected = by_hand(shop, record)
        assert by_number[number]["Worth"] == ("" if expected is None else str(expected))
        assert {*filter(None, by_number[number]["Kind"].split("、"))} <= {"Busy", "Idle"}


def test_the_preview_of_a_draft(shop: Shop) -> None:
    drafts.create(shop.platform, shop.owner, worth())
    drafts.create(shop.platform, shop.owner, labels(hold=True))
    expected = [by_hand(shop, one) for one in shop.customers]
    known = [one for one in expected if one is not None]
    with reading(shop.platform, shop.owner) as bench:
        made = score_preview(bench, drafts.opened(bench, "score", "worth"))
        assert made is not None
        assert (made.total, made.unknown) == (len(expected), len(expected) - len(known))
        assert (made.smallest, made.largest) == (min(known), max(known))
        assert sum(one.count for one in made.bars) == len(known)
        for bar in made.bars:
            assert bar.count == sum(bar.low <= one < bar.high for one in known)
        assert made.changed is None
        found = preview(bench, drafts.opened(bench, "label_set", "kind"), "idle")
        unknown = sum(row["points"] is None for row in shop.customers.values())
        assert found.unknown == {"busy": 0, "idle": unknown}
    with reading(shop.platform, shop.people[Role.ANALYST]) as bench:
        cuts = suggested_cuts(bench, bench.published.table("customers"), "points")
        assert list(cuts) == sorted({*cuts})
        assert suggested_cuts(bench, bench.published.table("customers"), "phone") == (1, 10, 100)


def test_bars_are_of_round_widths() -> None:
    assert bars_of(np.array([]), 0) == ()
    (only,) = bars_of(np.array([7.0, 7.0]), 0)
    assert (only.low, only.high, only.count) == (7, 8, 2)
    bars = bars_of(np.array([-10.0, 0.0, 99.0]), 0)
    assert [one.high - one.low for one in bars] == [10] * len(bars)
    assert (bars[0].low, bars[-1].high, sum(one.count for one in bars)) == (-10, 100, 3)


def test_what_is_used_cannot_be_deleted(shop: Shop) -> None:
    publish(shop, worth())
    seen = View(
        "best",
        Label.of("Best"),
        "customers",
        sort=(Sort("score:worth", True),),
        columns=("score:worth",),
    )
    views.save(shop.platform, shop.owner, seen)
    with pytest.raises(InUse):
        drafts.delete(shop.platform, shop.owner, "score", "worth")
    views.delete(shop.platform, shop.owner, "best")
    drafts.delete(shop.platform, shop.owner, "score", "worth")


def test_drafts_publish_and_refuse(shop: Shop) -> None:
    empty = Score(
        "empty",
        Label.of("Empty"),
        "customers",
        (ScoreGroup(NAME, (RuleCriterion(NAME, RuleDocument("false"), 1),)),),
    )
    made = drafts.create(shop.platform, shop.owner, empty)
    with pytest.raises(Invalid) as caught:
        drafts.publish(shop.platform, shop.owner, "score", "empty", made.document.version)
    assert caught.value.problems[0].code == "no-rule"
    with pytest.raises(Invalid):
        drafts.create(shop.platform, shop.people[Role.ANALYST], BY_PHONE)
    draft = drafts.create(shop.platform, shop.owner, worth())
    after = drafts.publish(shop.platform, shop.owner, "score", "worth", draft.document.version)
    assert after.thing == after.published == worth()
    assert {*after.trees} == {"0-1", "1-0"}


def test_documents_come_back_as_they_were() -> None:
    things: tuple[Score | LabelSet, ...] = (worth(), labels(hold=True))
    for thing in things:
        text = documents.dump(thing)
        assert documents.load(text) == thing
        assert documents.dump(documents.load(text)) == text


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"points": [1, 2]}, "/groups/0/criteria/0/points"),
        ({"points": 0.5}, "/groups/0/criteria/0/points"),
        ({"rule": True, "field": "x"}, "/groups/0/criteria/0"),
        ({"cuts": [1]}, "/groups/0/criteria/0"),
    ],
)
def test_documents_are_checked(change: Mapping[str, Json], pointer: str) -> None:
    criterion: dict[str, Json] = {"label": "A", "rule": True, "points": 1, **change}
    body: Json = {"format": 1, "kind": "score", "key": "a", "record_type": "customers",
                  "groups": [{"label": "G", "criteria": [criterion]}]}  # fmt: skip
    with pytest.raises(Invalid) as caught:
        documents.from_document(body)
    assert caught.value.problems[0].pointer.startswith(pointer)


def test_contributions_of_what_is_not_seen_are_refused(shop: Shop) -> None:
    publish(shop, BY_PHONE, PHONED)
    with reading(shop.platform, shop.people[Role.ANALYST]) as bench:
        with pytest.raises(NotFound):
            marks.contributions(bench, BY_PHONE, 0)
        with pytest.raises(NotFound):
            marks.labelled(bench, PHONED, 0)
    with reading(shop.platform, shop.owner) as bench:
        assert marks.contributions(bench, BY_PHONE, 0).total in (0, 1)


def test_a_share_link_shows_what_has_nothing_to_mask(shop: Shop) -> None:
    publish(shop, worth(), labels(), BY_PHONE)
    seen = View("all", Label.of("All"), "customers")
    views.save(shop.platform, shop.owner, seen)
    with reading(shop.platform, shop.owner) as bench:
        ids = bench.published.documents
        chosen = tuple(
            ids[pair].id for pair in (("score", "worth"), ("score", "reach"), ("label_set", "kind"))
        )
        columns = SharedColumns(models=chosen)
        shown = shared_list(bench, guest_of(bench, seen, columns), seen, Asked())
        assert shown.marks.keys == ("score:worth", "labels:kind")
        assert shown.sortable == {"score:worth"}
        expected = [by_hand(shop, one) for one in sorted(shop.customers)]
        assert [row.scores["worth"] for row in shown.rows] == expected[: len(shown.rows)]
        phone = bench.published.table("customers").field("phone")
        revealed = SharedColumns((phone.id,), (phone.id,), chosen)
        again = shared_list(bench, guest_of(bench, seen, revealed), seen, Asked())
        assert "score:reach" in again.marks.keys


def test_a_field_names_the_scores_and_labels_that_read_it(shop: Shop) -> None:
    publish(shop, worth(), labels())
    with reading(shop.platform, shop.owner) as bench:
        users = [str(one.params["name"]) for one in tables.used_in(bench, "customers", "points")]
    assert {"Kind", "Worth"} <= {*users}
