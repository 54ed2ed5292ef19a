"""Counts while typing: the exact size of every tier and condition of a draft, over the records the user may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tierloom.domain.label_sets import LabelSet
from tierloom.domain.people import Grant
from tierloom.domain.scores import Score
from tierloom.domain.tiers import NOT_ENOUGH_DATA, OnMissing, Segment, TierModel
from tierloom.engine import results
from tierloom.engine.columns import Mask, Positions
from tierloom.engine.recoding import recode
from tierloom.errors import Invalid
from tierloom.services import authorize, marks
from tierloom.services.counting import count_of, node_counts
from tierloom.services.drafts import RULE, Draft, written
from tierloom.services.runs.recalculation import codes_of, only_unknown, sizes_of
from tierloom.services.workbench import Workbench

SAMPLES = 5
HELD = "not_enough_data"


@dataclass(frozen=True, slots=True)
class Preview:
    """`sizes` by tier or label key (a segment's under "rule"), None where the rules have errors; `published` likewise
    for what is published, with `not_enough_data`; `nodes` counts by builder node; `unknown_only` are in the default
    tier only for lack of data; `unknown` counts by label of whom it is not known whether they carry it.
    """

    total: int
    sizes: Mapping[str, int] | None
    not_enough_data: int = 0
    unknown_only: int = 0
    nodes: Mapping[str, int] = field(default_factory=dict)
    published: Mapping[str, int] | None = None
    samples: Positions = field(default_factory=lambda: np.empty(0, np.int64))
    unknown: Mapping[str, int] = field(default_factory=dict)
    moved: int | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """How many records go from one placement to another when a draft is published. Codes as in `TierModel`."""

    origin: int
    target: int
    count: int

    @property
    def stays(self) -> bool:
        """Whether these records stay where they are."""
        return self.origin == self.target


def preview(bench: Workbench, draft: Draft, shown: str) -> Preview:
    """Evaluate a draft. `shown` is the tier (or "rule") whose nodes are counted and whose members are sampled."""
    authorize.require(bench.actor, Grant.READ)
    visible = bench.visible(draft.thing.record_type)
    tree = draft.trees.get(shown)
    table = draft.thing.record_type
    counts = node_counts(bench, table, written(bench, draft.thing, tree), visible) if tree else {}
    try:
        match draft.thing:
            case TierModel() as model:
                return _of_model(bench, draft, model, shown, visible, counts)
            case Segment() as segment:
                return _of_segment(bench, draft, segment, visible, counts)
            case LabelSet() as labels:
                return _of_labels(bench, draft, labels, shown, visible, counts)
            case Score():
                return Preview(count_of(visible), {}, nodes=counts)
    except Invalid:
        return Preview(count_of(visible), None, nodes=counts)


def _of_model(
    bench: Workbench,
    draft: Draft,
    model: TierModel,
    shown: str,
    visible: Mask,
    counts: dict[str, int],
) -> Preview:
    codes = codes_of(bench, model)
    seen = codes[visible]
    keys = [tier.key for tier in model.all_tiers]
    members = (
        np.flatnonzero(visible & (codes == keys.index(shown)))
        if shown in keys
        else np.empty(0, np.int64)
    )
    published = draft.published
    before, moved = None, None
    if isinstance(published, TierModel):
        codes_before = codes_of(bench, published)[visible]
        held = count_of(codes_before == NOT_ENOUGH_DATA)
        moved = count_of(recode(codes_before, published, model) != seen)
        before = {**sizes_of(published, codes_before), HELD: held}
    return Preview(
        count_of(visible),
        sizes_of(model, seen),
        count_of(seen == NOT_ENOUGH_DATA),
        count_of(only_unknown(bench, model) & visible) if model.on_missing is OnMissing.SKIP else 0,
        counts,
        before,
        members[:SAMPLES],
        moved=moved,
    )


def _of_segment(
    bench: Workbench, draft: Draft, segment: Segment, visible: Mask, counts: dict[str, int]
) -> Preview:
    members = bench.matching(segment.rule, segment.record_type)
    published = draft.published
    before, moved = None, None
    if isinstance(published, Segment):
        former = bench.matching(published.rule, segment.record_type)
        before, moved = {RULE: count_of(former)}, count_of(former != members)
    return Preview(
        count_of(visible),
        {RULE: count_of(members)},
        nodes=counts,
        published=before,
        samples=np.flatnonzero(members)[:SAMPLES],
        moved=moved,
    )


def _of_labels(
    bench: Workbench,
    draft: Draft,
    found: LabelSet,
    shown: str,
    visible: Mask,
    counts: dict[str, int],
) -> Preview:
    bench.require_reads(marks.reads_of(bench, found), found.record_type)
    answers = marks.label_answers(bench, found)
    published = draft.published
    before = None
    if isinstance(published, LabelSet) and marks.sees(bench, published):
        before = marks.label_sizes(bench, published, visible)
    members = (
        np.flatnonzero(answers[shown].true & visible) if shown in answers else np.empty(0, np.int64)
    )
    return Preview(
        count_of(visible),
        {key: count_of(one.true & visible) for key, one in answers.items()},
        nodes=counts,
        published=before,
        samples=members[:SAMPLES],
        unknown={key: count_of(one.uncertain & visible) for key, one in answers.items()},
    )


def flows(bench: Workbench, draft: Draft) -> list[Flow]:
    """Return what publishing a tier model changes: moves between stored placements and the draft's."""
    model = draft.thing
    if not isinstance(model, TierModel):
        return []
    visible = bench.visible(model.record_type)
    published = draft.published
    if not isinstance(published, TierModel):
        return []
    before = recode(codes_of(bench, published)[visible], published, model)
    after = codes_of(bench, model)[visible]
    return [Flow(*codes, count) for codes, count in results.flows(before, after).items()]
