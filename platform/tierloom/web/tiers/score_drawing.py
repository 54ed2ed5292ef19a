"""A score as its editor shows it: groups and criteria, how many each concerns, the distribution."""

from collections.abc import Mapping
from dataclasses import dataclass

from tierloom.domain.fields import FieldKind
from tierloom.domain.scores import BandsCriterion, Criterion, Score, ScoreGroup
from tierloom.domain.tables import RecordType
from tierloom.errors import Problem
from tierloom.rules.sentence import Sentence, sentence
from tierloom.services import authorize
from tierloom.services.drafts import Draft
from tierloom.services.marks import known
from tierloom.services.score_parts import FIRST, key_of, places
from tierloom.services.score_preview import ScorePreview, score_preview
from tierloom.services.workbench import Workbench
from tierloom.text import Text
from tierloom.web.i18n import locale, read
from tierloom.web.tiers.lists import chart_of, unknown_address
from tierloom.web.values import NUMERIC

_DATED = (FieldKind.DATE, FieldKind.DATETIME)


@dataclass(frozen=True, slots=True)
class DrawnCriterion:
    """A criterion: `count` records get points from it; a rule is said in words, bands have a field."""

    key: str
    criterion: Criterion
    count: int | None
    words: Sentence | None
    fault: Text | None
    first: bool
    last: bool

    @property
    def by_bands(self) -> bool:
        """Whether its points go by the size of a field."""
        return isinstance(self.criterion, BandsCriterion)


@dataclass(frozen=True, slots=True)
class DrawnGroup:
    """A group with its criteria."""

    group: ScoreGroup
    criteria: tuple[DrawnCriterion, ...]


@dataclass(frozen=True, slots=True)
class DrawnScore:
    """Everything about the score that its page shows; `sources` are fields for bands, `days` those that are dates."""

    shown: str
    groups: tuple[DrawnGroup, ...]
    preview: ScorePreview | None
    chart: list[dict[str, object]]
    sources: list[tuple[str, str]]
    days: frozenset[str]
    list_href: str
    unknown_href: str
    best: tuple[float | None, ...]


def drawn_score(
    bench: Workbench, draft: Draft, score: Score, chosen: str, problems: tuple[Problem, ...]
) -> DrawnScore:
    """Return a draft as its page shows it; `chosen` is the criterion whose rule is open."""
    table = bench.published.table(score.record_type)
    made = score_preview(bench, draft)
    known_places = dict(places(score))
    faults: dict[str, Text] = {}
    for problem in problems:
        faults.setdefault(problem.pointer.split("/")[1], problem.message)
    as_published = draft.published == score
    best = tuple(known(float(made.points[at]), score.scale) for at in made.samples) if made else ()
    return DrawnScore(
        chosen if chosen in known_places else FIRST,
        tuple(_group(bench, table, score, g, made, faults) for g in range(len(score.groups))),
        made,
        chart_of(made),
        sources_of(bench, table),
        frozenset(one.key for one in table.live_fields if one.type.kind in _DATED),
        f"/data/{table.key}?sort=-score:{score.key}" if as_published else "",
        unknown_address(score) if as_published else "",
        best,
    )


def sources_of(bench: Workbench, table: RecordType) -> list[tuple[str, str]]:
    """Return the fields that bands can be of: numbers and dates that the user may read."""
    readable = authorize.readable_fields(bench.actor, table)
    return [
        (one.key, read(one.label))
        for one in sorted(readable, key=lambda one: one.is_stored)
        if one.type.kind in NUMERIC or one.type.kind in _DATED
    ]


def _group(
    bench: Workbench,
    table: RecordType,
    score: Score,
    number: int,
    made: ScorePreview | None,
    faults: Mapping[str, Text],
) -> DrawnGroup:
    group = score.groups[number]
    drawn = []
    for c, one in enumerate(group.criteria):
        key = key_of(number, c)
        drawn.append(
            DrawnCriterion(
                key,
                one,
                made.given[key] if made else None,
                None if isinstance(one, BandsCriterion) else _words(bench, table, one),
                faults.get(key),
                number == c == 0,
                number == len(score.groups) - 1 and c == len(group.criteria) - 1,
            )
        )
    return DrawnGroup(group, tuple(drawn))


def _words(bench: Workbench, table: RecordType, one: Criterion) -> Sentence | None:
    if isinstance(one, BandsCriterion):
        return None
    objects = bench.published.objects
    return sentence(one.rule, table.key, bench.catalogue, objects, locale(), zone=bench.zone)
