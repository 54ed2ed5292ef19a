"""Compiled scores: the nodes of the whole and of each contribution, and what they depend on."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from tierloom.domain.scores import BandsCriterion, Score
from tierloom.domain.tables import Catalogue
from tierloom.errors import Invalid, Problem
from tierloom.rules import ir
from tierloom.rules.check.checker import Objects, Scope
from tierloom.rules.check.scores import criteria, limited, measure, scored, whole
from tierloom.rules.compile import UTC, checker_for
from tierloom.rules.facts import Read


@dataclass(frozen=True, slots=True)
class CompiledGroup:
    """A group's capped sum, and the points of each of its criteria."""

    value: ir.Scored
    criteria: tuple[ir.Scored, ...]


@dataclass(frozen=True, slots=True)
class CompiledScore:
    """A score that can be evaluated: the sum and what it is made of.

    `reads` names every field that it depends on, through calculated fields, segments and other
    scores too.
    """

    value: ir.Scored
    groups: tuple[CompiledGroup, ...]
    reads: frozenset[Read]
    segments: frozenset[str]
    scores: frozenset[str]
    tiers: frozenset[str]
    time_dependent: bool


def compile_score(
    score: Score,
    catalogue: Catalogue,
    objects: Objects | None = None,
    *,
    zone: ZoneInfo = UTC,
) -> CompiledScore:
    """Compile a score, which is taken in place of the one in `objects` with its key.

    Raises:
        Invalid: a criterion has errors, or the score goes round in a circle; each is located.
        KeyError: the catalogue has no such table.
    """
    known = objects or Objects()
    tried = replace(known, scores={**known.scores, score.key: score})
    checker, scope = checker_for(catalogue, tried, zone), Scope(catalogue.table(score.record_type))
    # The parts first: their problems have places, those of the whole are brought home to a rule.
    parts = criteria(checker, score, scope)
    value = scored(checker, score, scope, "")
    facts = checker.finder.facts(value, score.record_type)
    groups = tuple(
        CompiledGroup(
            whole(score, limited(score, group, points)),
            tuple(whole(score, one) for one in points),
        )
        for group, points in zip(score.groups, parts, strict=True)
    )
    return CompiledScore(
        value,
        groups,
        frozenset(facts.reads),
        frozenset(facts.segments),
        frozenset(facts.scores - {score.key}),
        frozenset(facts.tiers),
        facts.time_dependent,
    )


def check_score(
    score: Score,
    catalogue: Catalogue,
    objects: Objects | None = None,
    *,
    zone: ZoneInfo = UTC,
) -> tuple[CompiledScore | None, tuple[Problem, ...]]:
    """Compile a score, or say why not."""
    try:
        return compile_score(score, catalogue, objects, zone=zone), ()
    except Invalid as invalid:
        return None, invalid.problems


def measured(
    bands: BandsCriterion,
    table: str,
    catalogue: Catalogue,
    objects: Objects | None = None,
    *,
    zone: ZoneInfo = UTC,
) -> ir.ValueNode:
    """Return the node of what bands are of: a number, or the days since a date.

    Raises:
        Invalid: there is no such field, or it is neither.
        KeyError: the catalogue has no such table.
    """
    checker = checker_for(catalogue, objects, zone)
    return measure(checker, Scope(catalogue.table(table)), bands.source, "")
