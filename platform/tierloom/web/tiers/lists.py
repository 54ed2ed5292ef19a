"""The lists of tier models, segments, label sets and scores: what each line shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tierloom.domain.label_sets import LabelRule, LabelSet
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.scores import Score
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import OnMissing, Segment, TierModel
from tierloom.rules.sentence import Sentence, sentence
from tierloom.services.drafts import Draft
from tierloom.services.preview import Preview, preview
from tierloom.services.score_preview import Bar, ScorePreview, score_preview
from tierloom.services.workbench import Workbench
from tierloom.web import formats
from tierloom.web.i18n import locale
from tierloom.web.tiers.drawing import Beside, rule_address, tier_address


@dataclass(frozen=True, slots=True)
class Listed:
    """A thing in its list: its sizes, where its records are, a segment's rule in words, a score's figures."""

    draft: Draft
    preview: Preview
    table: RecordType
    href: str = ""
    chart: Sequence[Mapping[str, object]] = ()
    words: Sentence | None = None
    score: ScorePreview | None = None
    hrefs: Mapping[str, str] | None = None


def listed(bench: Workbench, draft: Draft) -> Listed:
    """Return the line of a draft."""
    thing = draft.thing
    found = preview(bench, draft, "")
    table = bench.published.table(thing.record_type)
    match thing:
        case TierModel():
            chart = Beside(draft, found, ()).distribution()
            return Listed(
                draft,
                found,
                table,
                tier_address(bench, thing, "") if draft.published else "",
                chart,
            )
        case Segment():
            objects = bench.published.objects
            said = sentence(
                thing.rule, table.key, bench.catalogue, objects, locale(), zone=bench.zone
            )
            return Listed(draft, found, table, rule_address(table.key, thing.rule), words=said)
        case LabelSet():
            hrefs = {one.key: label_address(draft, thing, one) for one in thing.labels}
            return Listed(draft, found, table, hrefs=hrefs)
        case Score():
            made = score_preview(bench, draft)
            return Listed(draft, found, table, chart=chart_of(made), score=made)


def label_address(draft: Draft, found: LabelSet, label: LabelRule) -> str:
    """Return where those who carry a label are listed; nothing where only the draft knows who they are."""
    published = draft.published
    if isinstance(published, LabelSet) and (published.labels, published.on_missing) == (
        found.labels,
        found.on_missing,
    ):
        return f"/data/{found.record_type}?{urlencode({'label': f'{found.key}.{label.key}'})}"
    if found.on_missing is OnMissing.SKIP:
        return rule_address(found.record_type, label.rule)
    return ""


def chart_of(made: ScorePreview | None) -> list[dict[str, object]]:
    """Return a score's distribution as a chart takes it."""
    if made is None:
        return []
    most = max((one.count for one in made.bars), default=0) or 1
    return [
        {"height": one.count / most, "slot": "accent", "label": bar_words(one), "count": one.count}
        for one in made.bars
    ]


def bar_words(bar: Bar) -> str:
    """Say a bar: from where to where, and how many."""
    low, high, count = (formats.number(one) for one in (bar.low, bar.high, bar.count))
    return f"{low} – {high}: {count}"


def unknown_address(score: Score) -> str:
    """Return the list of records whose published score is not known."""
    rule: Json = {"!": [{"score": [score.key]}]}
    return rule_address(score.record_type, RuleDocument.of(rule))
