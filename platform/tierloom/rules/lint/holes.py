"""Holes between tiers: single values that none of them takes, while they take what is just below and just above."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tierloom.rules import ir
from tierloom.rules.explain.sources import Source
from tierloom.rules.ir import Family
from tierloom.rules.lint.cells import Cells
from tierloom.rules.lint.conditions import Leaf, leaves
from tierloom.rules.lint.examples import Ask, Shown
from tierloom.rules.lint.faces import NO, YES
from tierloom.rules.lint.findings import Finding, not_checked, proven
from tierloom.rules.lint.search import ALWAYS, NEVER, All, Formula, GaveUp, Some, Within
from tierloom.rules.lint.study import Study
from tierloom.rules.walk import parts as parts_of
from tierloom.text import T

_TINY = 1e-9
_MEASURED = (Family.NUMBER, Family.DATE, Family.DATETIME)


@dataclass(frozen=True, slots=True)
class _Tier:
    """What has to be so for a tier's rule to take a record, and to leave it, certainly; the conditions in it."""

    takes: Formula
    leaves: Formula
    conditions: frozenset[Leaf]

    def turns(self, cut: Cells, one: int, other: int) -> bool:
        """Tell whether some of its conditions on a source answer otherwise in another cell."""
        said = (said for leaf, said in cut.answers.items() if leaf in self.conditions)
        return any(answers[one] != answers[other] for answers in said)


@dataclass(frozen=True, slots=True)
class _Step:
    """A value of a source alone in its cell, between the cells just below and just above it."""

    source: Source
    cut: Cells
    variable: int
    low: int
    middle: int
    high: int
    value: float | date


def about_holes(study: Study) -> Iterator[Finding]:
    """Find the holes at each date and number."""
    tiers = [
        _Tier(study.says(one.whole, YES), study.says(one.whole, NO), frozenset(leaves(one.whole)))
        for one in study.rules
    ]
    for source in study.sources:
        unanswered = False
        for step in _steps(study, source):
            try:
                hole = _hole_at(study, tiers, step)
            except GaveUp:
                unanswered = True
                continue
            if hole is not None:
                yield hole
        if unanswered:
            question = T(
                "whether a value of “%(field)s” is in no tier.", field=study.subject.name_of(source)
            )
            yield not_checked("", question)


def _hole_at(study: Study, tiers: Sequence[_Tier], step: _Step) -> Finding | None:
    """Find a hole at one value: a tier that takes the value below, one that takes the value above, and none between.

    Raises:
        GaveUp: it takes too much effort.
    """
    below, above = (_takers(study, tiers, step, cell) for cell in (step.low, step.high))
    if not below or not above:
        return None
    free = [_placed(one.leaves, step.variable, step.middle) for one in tiers]
    for under, beneath in below.items():
        for over, beyond in above.items():
            found = study.find(*beneath, *beyond, *free)
            shown = None if found is None else _shown(study, step, found, (under, over))
            if shown is not None:
                return _hole(study, step, under, shown)
    return None


def _takers(
    study: Study, tiers: Sequence[_Tier], step: _Step, cell: int
) -> dict[int, list[Formula]]:
    """Return what has to be so for each tier to take a record there that it would not take in the middle."""
    found: dict[int, list[Formula]] = {}
    earlier: list[Formula] = []
    for number, one in enumerate(tiers):
        if one.turns(step.cut, cell, step.middle):
            here = _placed(one.takes, step.variable, cell)
            if here not in (NEVER, _placed(one.takes, step.variable, step.middle)):
                found[number] = [here, *earlier]
        if study.subject.hold:  # An uncertain tier before it would keep the record from it.
            earlier.append(_placed(one.leaves, step.variable, cell))
    return found


def _shown(
    study: Study, step: _Step, found: Sequence[int], takers: tuple[int, int]
) -> Shown | None:
    """Make a record in the hole, of which one step down and one step up are in a tier."""
    here = [1 << step.middle if n == step.variable else one for n, one in enumerate(found)]
    if _hangs_together(study, step.source, here):
        return None
    rules = [one.whole for one in study.rules]
    asked = [Ask(one, NO) for one in rules]
    for taker, by in zip(takers, (-1, 1), strict=True):
        beside = {step.source.name: moved(step.value, step.source.type, by)}
        asked += [Ask(rules[taker], YES, beside)]
        if study.subject.hold:
            asked += [Ask(one, NO, beside) for one in rules[:taker]]
    return study.shown(here, asked, rules)


def _hole(study: Study, step: _Step, taker: int, shown: Shown) -> Finding:
    message = T(
        "A hole at “%(field)s”: exactly this value is in no tier, while the values beside it are.",
        field=study.subject.name_of(step.source),
    )
    key = study.rules[taker].named.key
    return proven("boundary-hole", "warning", key, message, shown, about=step.source)


def _placed(formula: Formula, variable: int, cell: int) -> Formula:
    """Return what is left of a formula where a variable is in one cell."""
    match formula:
        case Within(one, cells) if one == variable:
            return ALWAYS if cells >> cell & 1 else NEVER
        case All(parts):
            found = [_placed(one, variable, cell) for one in parts]
            return NEVER if NEVER in found else All(tuple(one for one in found if one != ALWAYS))
        case Some(parts):
            found = [_placed(one, variable, cell) for one in parts]
            return ALWAYS if ALWAYS in found else Some(tuple(one for one in found if one != NEVER))
        case _:
            return formula


def _hangs_together(study: Study, source: Source, found: Sequence[int]) -> bool:
    """Tell whether something else that matters would move with a source: both are worked out of the same."""
    own = _origins(source.node)
    for other in study.sources:
        place = study.space.layout.places.get(other.name)
        if other == source or place is None or found[place] == study.space.layout.domains[place]:
            continue
        if own & _origins(other.node):
            return True
    return False


def _origins(node: ir.Node) -> frozenset[ir.Node]:
    """Return the stored fields and totals that a value is worked out of."""
    match node:
        case ir.Var():
            return frozenset({node})
        case ir.Calculated(value=value) | ir.Scored(value=value):
            return _origins(value)
        case ir.RollUpOf():
            return frozenset({node})
        case ir.InSegment(rule=rule):
            return _origins(rule)
        case _:
            return frozenset[ir.Node]().union(*map(_origins, parts_of(node)))


# ── single values ───────────────────────────────────────────────────────────────────────────────────────────────────


def _steps(study: Study, source: Source) -> Iterator[_Step]:
    """Yield the dates or numbers that are alone in their cell.

    A value that a rule names was not forgotten, and what moves with the day is a single value on one day only.
    """
    layout = study.space.layout
    if source.name not in layout.places or source.name in layout.mixed:
        return
    cut, variable = layout.cells[source.name], layout.places[source.name]
    if source.type.family not in _MEASURED:
        return
    for middle, value in enumerate(cut.values):
        if isinstance(value, (int, float, date)) and not _is_named(cut, middle):
            low, high = (_beside(cut, source, value, by) for by in (-1, 1))
            if low is not None and high is not None and low != middle != high:
                yield _Step(source, cut, variable, low, middle, high, value)


def _beside(cut: Cells, source: Source, value: float | date, by: int) -> int | None:
    """Return the cell one step away; the first and the last day of all have nothing beside them."""
    try:
        return cut.place(moved(value, source.type, by))
    except OverflowError:
        return None


def _is_named(cut: Cells, cell: int) -> bool:
    """Tell whether a condition asks for the very value of a cell."""
    return any(
        isinstance(one, ir.OneOf)
        or (isinstance(one, ir.Compare) and one.comparison is ir.Comparison.EQUAL)
        for one, said in cut.answers.items()
        if said[cell]
    )


def moved(value: float | date, kind: ir.ValueType, by: int) -> float | date:
    """Return the value that is `by` steps of its type from another one."""
    match value:
        case datetime():
            return value + timedelta(milliseconds=by)
        case date():
            return value + timedelta(days=by)
        case number:
            if kind.scale is None:
                return number + by * _TINY
            return round(number + by / 10.0**kind.scale, kind.scale)
