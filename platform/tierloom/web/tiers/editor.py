"""The builder's pages: of a tier model, segment or label set, and of a score."""

from datetime import UTC, datetime
from typing import Any

from flask import Response

from tierloom.domain.fields import Field
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.people import Grant
from tierloom.domain.rules import RuleDocument
from tierloom.domain.scores import Score
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import OnMissing, Segment, TierModel
from tierloom.errors import Problem
from tierloom.rules.builder import Group
from tierloom.rules.sentence import Sentence, sentence
from tierloom.services import authorize, drafts
from tierloom.services.drafts import RULE, Draft
from tierloom.services.preview import Preview, preview
from tierloom.services.shown import views_at
from tierloom.services.workbench import Workbench
from tierloom.text import T
from tierloom.web import hx
from tierloom.web.builder.describe import Drawing, Shape, faults_by_node
from tierloom.web.i18n import locale
from tierloom.web.session import actor
from tierloom.web.tiers import inputs
from tierloom.web.tiers.drawing import Beside, figures_of, rule_address, tier_address
from tierloom.web.tiers.lists import label_address
from tierloom.web.tiers.places import PLACES
from tierloom.web.tiers.score_drawing import drawn_score
from tierloom.web.tiers.staying import Refused, stay_card

PARTIALS = ("draft_state", "strip", "headline", "sentence", "preview", "said")


def editor_page(
    bench: Workbench,
    place: str,
    draft: Draft,
    chosen: str,
    *,
    refused: Refused | None = None,
    undone: bool = False,
) -> Response:
    """Answer with the builder; `chosen` is the part of the thing whose rule it shows.

    `refused` is a form about staying that has problems. What was `undone` may have been in any part of the page.
    """
    if isinstance(draft.thing, Score):
        return _score_page(bench, place, draft, draft.thing, chosen)
    return _rules_page(bench, place, draft, chosen, refused, undone)


def _rules_page(
    bench: Workbench,
    place: str,
    draft: Draft,
    chosen: str,
    refused: Refused | None,
    undone: bool,
) -> Response:
    thing = draft.thing
    parts = _parts(draft)
    keys = [one.key for one in parts] or [RULE]
    shown = chosen if chosen in keys else keys[0]
    problems = drafts.problems(bench, draft)
    found = preview(bench, draft, shown)
    table = bench.published.table(thing.record_type)
    tree = draft.trees.get(shown)
    figures = figures_of(bench, table, tree)
    return hx.page(
        "tiers/editor.html",
        block="builder",
        partials=(*PARTIALS, "stay") if undone and isinstance(thing, TierModel) else PARTIALS,
        status=200 if refused is None else 422,
        is_model=isinstance(thing, TierModel),
        stay=stay_card(thing, refused) if isinstance(thing, TierModel) else None,
        shown=shown,
        parts=parts,
        movable=[one for one in parts if one.key in draft.trees],
        tier=next((one for one in parts if one.key == shown), None),
        shape=shape_of(bench, draft, shown, found, problems),
        words=words_of(bench, table, drafts.rules_of(thing).get(shown)),
        preview=found,
        beside=Beside(draft, found, figures),
        samples=views_at(bench, table, found.samples, _shown_of_samples(bench, table, figures)),
        list_href=_list_of(bench, draft, shown),
        problems=problems,
        icons=list(inputs.ICON_NAMES.items()),
        slots=[(slot.value, name) for slot, name in inputs.SLOT_NAMES.items()],
        **_frame(bench, place, draft),
    )


def _score_page(bench: Workbench, place: str, draft: Draft, score: Score, chosen: str) -> Response:
    problems = drafts.problems(bench, draft)
    drawn = drawn_score(bench, draft, score, chosen, problems)
    found = preview(bench, draft, drawn.shown)
    table = bench.published.table(score.record_type)
    name = (table.name_field,) if table.name_field else ()
    positions = drawn.preview.samples if drawn.preview else found.samples
    return hx.page(
        "tiers/score.html",
        block="builder",
        partials=("draft_state", "preview", "said"),
        shown=drawn.shown,
        drawn=drawn,
        shape=shape_of(bench, draft, drawn.shown, found, problems),
        preview=found,
        samples=list(zip(views_at(bench, table, positions, name), drawn.best, strict=False)),
        list_href=drawn.list_href,
        problems=problems,
        **_frame(bench, place, draft),
    )


def _frame(bench: Workbench, place: str, draft: Draft) -> dict[str, Any]:
    """Return what every editor's page needs."""
    return {
        "place": place,
        "place_words": PLACES[place],
        "draft": draft,
        "thing": draft.thing,
        "table": bench.published.table(draft.thing.record_type),
        "saved_at": datetime.fromtimestamp(draft.document.updated_at / 1000, UTC),
        "may_draft": actor().has(Grant.DRAFT_RULES),
        "may_publish": actor().has(Grant.PUBLISH),
        "may_design": actor().has(Grant.DESIGN),
        "missing": [
            (OnMissing.SKIP.value, T("Treat as not met")),
            (OnMissing.HOLD.value, T("Hold: “Not enough data”")),
        ],
    }


def _parts(draft: Draft) -> tuple[Any, ...]:
    """Return the parts of a thing that have an icon and a colour; a segment has none."""
    match draft.thing:
        case TierModel() as model:
            return model.all_tiers
        case LabelSet() as found:
            return found.labels
        case _:
            return ()


def shape_of(
    bench: Workbench, draft: Draft, shown: str, found: Preview, problems: tuple[Problem, ...]
) -> Shape | None:
    """Return a part's tree as the builder draws it, None where it has none."""
    tree: Group | None = draft.trees.get(shown)
    if tree is None:
        return None
    unfinished = frozenset(drafts.written(bench, draft.thing, tree).unfinished)
    drawing = Drawing(bench, found.nodes, unfinished, faults_by_node(problems, shown))
    return drawing.shape(tree, draft.thing.record_type)


def words_of(bench: Workbench, table: RecordType, rule: RuleDocument | None) -> Sentence | None:
    """Say a rule in the reader's language."""
    objects = bench.published.objects
    if rule is None:
        return None
    return sentence(rule, table.key, bench.catalogue, objects, locale(), zone=bench.zone)


def _shown_of_samples(
    bench: Workbench, table: RecordType, figures: tuple[Field, ...]
) -> tuple[Field, ...]:
    name = table.name_field
    seen = authorize.shown_fields(bench.actor, table)
    return (name, *figures) if name in seen and name is not None else figures


def _list_of(bench: Workbench, draft: Draft, shown: str) -> str:
    """Return where those of a segment, label or published tier are listed; nothing for a tier's draft."""
    match draft.thing:
        case Segment() as segment:
            return rule_address(segment.record_type, segment.rule)
        case LabelSet() as found:
            label = next(one for one in found.labels if one.key == shown)
            return label_address(draft, found, label)
        case TierModel() as model if not draft.has_changes and draft.published is not None:
            return tier_address(bench, model, shown)
    return ""
