"""What a score looks like over the records that the user may see: its distribution, and what each criterion does."""

from dataclasses import dataclass

import numpy as np

from tierloom.domain.fields import FieldKind
from tierloom.domain.people import Grant
from tierloom.domain.scores import BandsCriterion, Score
from tierloom.domain.tables import RecordType
from tierloom.engine.columns import Mask, Positions
from tierloom.errors import Invalid
from tierloom.rules.scores import measured
from tierloom.services import authorize
from tierloom.services.drafts import Draft
from tierloom.services.marks import Numbers, known, numbers_of, points_of, score_numbers, sees
from tierloom.services.score_parts import key_of
from tierloom.services.workbench import Workbench

BARS = 12
SAMPLES = 5
_STEPS = (1, 2, 2.5, 5)
_USUAL = (1.0, 10.0, 100.0)
_DATED = (FieldKind.DATE, FieldKind.DATETIME)


@dataclass(frozen=True, slots=True)
class Bar:
    """How many records score at least `low` and less than `high`."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class ScorePreview:
    """A score over `total` records; of `unknown` ones too little is known.

    `given` counts by criterion (`score_parts`) whom it gives points, plus or minus. `changed` records have another
    score than by the published version, None where the actor does not see that one. `samples` are the positions of the
    highest.
    """

    total: int
    unknown: int
    smallest: float | None
    largest: float | None
    average: float | None
    bars: tuple[Bar, ...]
    given: dict[str, int]
    samples: Positions
    points: Numbers
    changed: int | None = None


def score_preview(bench: Workbench, draft: Draft) -> ScorePreview | None:
    """Evaluate the draft of a score; None where it has errors, or reads what the actor cannot."""
    authorize.require(bench.actor, Grant.READ)
    score = draft.thing
    if not isinstance(score, Score):
        raise TypeError(f"{type(score).__name__} is no score.")
    try:
        compiled = bench.compiled_score(score)
        bench.require_reads(compiled.reads, score.record_type)
    except Invalid:
        return None
    visible = bench.visible(score.record_type)
    points = numbers_of(bench, compiled.value, score.record_type)
    seen = points[visible]
    there = seen[~np.isnan(seen)]
    parts = points_of(bench, compiled, score.record_type)
    return ScorePreview(
        int(visible.sum()),
        int(np.isnan(seen).sum()),
        known(float(there.min()), score.scale) if there.size else None,
        known(float(there.max()), score.scale) if there.size else None,
        round(float(there.mean()), score.scale + 1) if there.size else None,
        bars_of(there, score.scale),
        {
            key_of(g, c): _given(one, visible)
            for g, group in enumerate(parts)
            for c, one in enumerate(group)
        },
        _highest(points, visible),
        points,
        _changed(bench, draft, points, visible),
    )


def _given(points: Numbers, visible: Mask) -> int:
    return int((visible & ~np.isnan(points) & (points != 0)).sum())


def _highest(points: Numbers, visible: Mask) -> Positions:
    there = np.flatnonzero(visible & ~np.isnan(points))
    return there[np.argsort(-points[there], kind="stable")[:SAMPLES]]


def _changed(bench: Workbench, draft: Draft, points: Numbers, visible: Mask) -> int | None:
    published = draft.published
    if not isinstance(published, Score) or not sees(bench, published):
        return None
    before = score_numbers(bench, published)
    same = (before == points) | (np.isnan(before) & np.isnan(points))
    return int((visible & ~same).sum())


def bars_of(points: Numbers, scale: int) -> tuple[Bar, ...]:
    """Return a distribution in at most about a dozen bars of round widths."""
    if not points.size:
        return ()
    low, high = float(points.min()), float(points.max())
    step = _step((high - low) / BARS, 10.0**-scale)
    first = np.floor(low / step)
    places = np.floor(np.round(points / step, 9)) - first
    counts = np.bincount(places.astype(np.int64))
    return tuple(
        Bar(
            round((first + n) * step, scale + 1),
            round((first + n + 1) * step, scale + 1),
            int(count),
        )
        for n, count in enumerate(counts)
    )


def _step(wanted: float, least: float) -> float:
    """Return the smallest round width that is at least this wide."""
    power = 10.0 ** np.floor(np.log10(max(wanted, least)))
    return float(
        next(one * power for one in (*_STEPS, 10) if one * power >= max(wanted, least) * (1 - 1e-9))
    )


def suggested_cuts(bench: Workbench, table: RecordType, source: str) -> tuple[float, ...]:
    """Return cut points of a number, or of the days since a date: its quartiles, rounded to two digits."""
    authorize.require(bench.actor, Grant.READ)
    field = table.find(source)
    if field is None or field.retired or not authorize.may_read(bench.actor, field):
        return _USUAL
    if not field.type.kind.is_number and field.type.kind not in _DATED:
        return _USUAL
    probe = BandsCriterion(field.label, source, _USUAL, tuple(map(float, range(len(_USUAL) + 1))))
    node = measured(probe, table.key, bench.catalogue, bench.published.objects, zone=bench.zone)
    values = numbers_of(bench, node, table.key)[bench.visible(table.key)]
    there = values[~np.isnan(values)]
    if not there.size:
        return _USUAL
    quartiles = np.quantile(there, (0.25, 0.5, 0.75))
    return tuple(sorted({_rounded(float(one)) for one in quartiles})) or _USUAL


def _rounded(value: float) -> float:
    if not value:
        return 0.0
    digits = 1 - int(np.floor(np.log10(abs(value))))
    return round(value, digits)
