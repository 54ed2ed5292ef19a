"""What scores and label sets give to the records of a table, worked out from their rules; nothing of it is stored.

An actor sees a score or a label set if it could read everything that goes into it: like a segment, and unlike a tier,
which is a result that was published to everybody who sees the record. See docs/decisions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tierloom.backends import columns as evaluator
from tierloom.domain.fields import MAX_SCALE
from tierloom.domain.label_sets import LabelRule, LabelSet
from tierloom.domain.people import Grant
from tierloom.domain.scores import Criterion, Score, ScoreGroup
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import OnMissing
from tierloom.engine.columns import Mask, NumberColumn, Positions
from tierloom.engine.evaluator import Kleene
from tierloom.errors import Invalid, NotFound
from tierloom.rules import ir
from tierloom.rules.builder import SCORE
from tierloom.rules.facts import Read
from tierloom.rules.scores import CompiledScore
from tierloom.services import authorize
from tierloom.services.workbench import Workbench
from tierloom.text import T

Numbers = NDArray[np.float64]
"""Values by position in a table's columns; NaN is unknown."""
LABELS = "labels:"
"""What a column's key begins with where it is a label set; a score's begins with `SCORE`."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Scores and label sets that a list shows as columns."""

    scores: tuple[Score, ...] = ()
    label_sets: tuple[LabelSet, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns' keys."""
        scores = (f"{SCORE}{one.key}" for one in self.scores)
        return (*scores, *(f"{LABELS}{one.key}" for one in self.label_sets))

    @property
    def columns(self) -> tuple[tuple[str, Score | LabelSet], ...]:
        """The columns' keys, each with what it shows."""
        things: tuple[Score | LabelSet, ...] = (*self.scores, *self.label_sets)
        return tuple(zip(self.keys, things, strict=True))


NO_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class CriterionPoints:
    """What one criterion gives a record; None is unknown."""

    criterion: Criterion
    points: float | None


@dataclass(frozen=True, slots=True)
class GroupPoints:
    """What a group gives: the sum of its criteria, within its floor and cap."""

    group: ScoreGroup
    criteria: tuple[CriterionPoints, ...]
    points: float | None

    @property
    def plain_sum(self) -> float | None:
        """What the criteria give together, before floor and cap; None is unknown."""
        given = [one.points for one in self.criteria]
        known = [one for one in given if one is not None]
        return round(sum(known), MAX_SCALE) if len(known) == len(given) else None

    @property
    def limited(self) -> bool:
        """Whether the cap or the floor changed the sum."""
        return self.points is not None and self.plain_sum != self.points


@dataclass(frozen=True, slots=True)
class Contributions:
    """A record's score, and what it is made of: the groups add up to the total."""

    score: Score
    groups: tuple[GroupPoints, ...]
    total: float | None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A record's labels of one set; `unknown` are those about which too little is known."""

    label_set: LabelSet
    labels: tuple[LabelRule, ...]
    unknown: tuple[LabelRule, ...] = ()


# ── who sees what ───────────────────────────────────────────────────────────────────────────────────────────────────


def scores_shown(bench: Workbench, table: RecordType) -> tuple[Score, ...]:
    """Return the published scores of a table that the actor may see."""
    known = bench.published.scores(table.key)
    return bench.once(
        ("scores", table.key), lambda: tuple(one for one in known if sees(bench, one))
    )


def label_sets_shown(bench: Workbench, table: RecordType) -> tuple[LabelSet, ...]:
    """Return the published label sets of a table that the actor may see."""
    known = bench.published.label_sets(table.key)
    return bench.once(
        ("labels", table.key), lambda: tuple(one for one in known if sees(bench, one))
    )


def score_shown(bench: Workbench, table: RecordType, key: str) -> Score:
    """Return one of the scores that the actor sees.

    Raises:
        NotFound: it sees no such score of this table.
    """
    for one in scores_shown(bench, table):
        if one.key == key:
            return one
    raise NotFound(T("%(table)s has no score “%(name)s”.", table=table.label, name=key))


def label_set_shown(bench: Workbench, table: RecordType, key: str) -> LabelSet:
    """Return one of the label sets that the actor sees.

    Raises:
        NotFound: it sees no such label set of this table.
    """
    for one in label_sets_shown(bench, table):
        if one.key == key:
            return one
    raise NotFound(T("%(table)s has no label set “%(name)s”.", table=table.label, name=key))


def sees(bench: Workbench, thing: Score | LabelSet) -> bool:
    """Tell whether the actor could read everything that goes into a score or a label set."""
    try:
        return bench.allows(reads_of(bench, thing), thing.record_type)
    except Invalid:
        return False


def _require_seen(bench: Workbench, thing: Score | LabelSet, position: int) -> None:
    authorize.require(bench.actor, Grant.READ)
    if not sees(bench, thing) or not bench.visible(thing.record_type)[position]:
        raise NotFound(T("There is no “%(name)s” to see here.", name=thing.label))


def reads_of(bench: Workbench, thing: Score | LabelSet) -> frozenset[Read]:
    """Return every field that a score or a label set depends on.

    Raises:
        Invalid: a rule has errors.
    """
    if isinstance(thing, Score):
        return bench.compiled_score(thing).reads
    rules = (bench.compile_as_system(one.rule, thing.record_type) for one in thing.labels)
    return frozenset(read for rule in rules for read in rule.reads)


def marks_of(bench: Workbench, table: RecordType, columns: Sequence[str]) -> Marks:
    """Return the scores and label sets among some columns, as keys name them; all of them for no columns."""
    scores, sets = scores_shown(bench, table), label_sets_shown(bench, table)
    if not columns:
        return Marks(scores, sets)
    return Marks(
        tuple(one for one in scores if f"{SCORE}{one.key}" in columns),
        tuple(one for one in sets if f"{LABELS}{one.key}" in columns),
    )


# ── scores ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def score_numbers(bench: Workbench, score: Score) -> Numbers:
    """Return a score, of all records of its table.

    Raises:
        Invalid: a criterion has errors.
    """
    return numbers_of(bench, bench.compiled_score(score).value, score.record_type)


def numbers_of(bench: Workbench, node: ir.ValueNode, table: str) -> Numbers:
    """Evaluate a numeric node over all records of a table."""
    column = evaluator.value(node, bench.columns(table), bench.context).column
    assert isinstance(column, NumberColumn), "A score is a number."
    return column.values


def position_of(bench: Workbench, table: RecordType, record_id: int) -> int | None:
    """Return where the snapshot has a record, None where it is in the bin."""
    found = bench.columns(table.key).positions_of(np.array([record_id], np.int64))
    return int(found[0]) if found[0] >= 0 else None


def contributions(bench: Workbench, score: Score, position: int) -> Contributions:
    """Return what each criterion gives to the record at a position of the snapshot.

    Raises:
        Forbidden: the actor may not see records.
        NotFound: it does not see this record, or not the score.
        Invalid: a criterion has errors.
    """
    _require_seen(bench, score, position)
    compiled = bench.compiled_score(score)
    groups = tuple(
        GroupPoints(
            group,
            tuple(
                CriterionPoints(one, _at(bench, score, node, position))
                for one, node in zip(group.criteria, made.criteria, strict=True)
            ),
            _at(bench, score, made.value, position),
        )
        for group, made in zip(score.groups, compiled.groups, strict=True)
    )
    return Contributions(score, groups, _at(bench, score, compiled.value, position))


def _at(bench: Workbench, score: Score, node: ir.ValueNode, position: int) -> float | None:
    return known(float(numbers_of(bench, node, score.record_type)[position]), score.scale)


def known(number: float, scale: int) -> float | None:
    """Return a number as it is shown, None where it is unknown."""
    if np.isnan(number):
        return None
    rounded = round(number, scale)
    return int(rounded) if rounded == int(rounded) else rounded


def points_of(bench: Workbench, compiled: CompiledScore, table: str) -> list[list[Numbers]]:
    """Return the points of every criterion, by group, of all records."""
    return [
        [numbers_of(bench, node, table) for node in group.criteria] for group in compiled.groups
    ]


# ── labels ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def label_answers(bench: Workbench, found: LabelSet) -> dict[str, Kleene]:
    """Tell for every label who carries it, and of whom that is not known.

    Raises:
        Invalid: a rule has errors.
    """
    return {one.key: _answers(bench, found, one) for one in found.labels}


def _answers(bench: Workbench, found: LabelSet, one: LabelRule) -> Kleene:
    predicate = bench.compile_as_system(one.rule, found.record_type).predicate
    columns = bench.columns(found.record_type)
    if found.on_missing is OnMissing.HOLD:
        return evaluator.kleene(predicate, columns, bench.context)
    true = evaluator.mask(predicate, columns, bench.context)
    return Kleene(true, np.ones(columns.size, np.bool_))


def scores_at(bench: Workbench, score: Score, positions: Positions) -> list[float | None]:
    """Return a score of the records at some positions; None is unknown."""
    found = score_numbers(bench, score)[positions]
    return [known(float(one), score.scale) for one in found]


def labels_at(bench: Workbench, found: LabelSet, positions: Positions) -> list[tuple[str, ...]]:
    """Return the keys of the labels that the records at some positions carry, in the set's order."""
    answers = {key: answer.true[positions] for key, answer in label_answers(bench, found).items()}
    return [
        tuple(key for key, true in answers.items() if true[number])
        for number in range(len(positions))
    ]


def labelled(bench: Workbench, found: LabelSet, position: int) -> Labelled:
    """Return the labels of the record at a position of the snapshot.

    Raises:
        Forbidden: the actor may not see records.
        NotFound: it does not see this record, or not the label set.
    """
    _require_seen(bench, found, position)
    answers = label_answers(bench, found)
    return Labelled(
        found,
        tuple(one for one in found.labels if answers[one.key].true[position]),
        tuple(one for one in found.labels if not answers[one.key].certain[position]),
    )


def with_label(bench: Workbench, found: LabelSet, label: str) -> Mask:
    """Return who carries a label.

    Raises:
        NotFound: the set has no such label.
    """
    for one in found.labels:
        if one.key == label:
            return _answers(bench, found, one).true
    raise NotFound(T("“%(set)s” has no label “%(label)s”.", set=found.label, label=label))


def label_sizes(bench: Workbench, found: LabelSet, mask: Mask) -> dict[str, int]:
    """Count the records of a mask by label."""
    return {
        key: int((answer.true & mask).sum()) for key, answer in label_answers(bench, found).items()
    }
