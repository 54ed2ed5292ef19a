"""Rules of which the first that holds wins: tiers to which earlier ones leave nothing, holes between tiers."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from tierloom.rules import ir
from tierloom.rules.explain.sources import Source
from tierloom.rules.ir import Family
from tierloom.rules.lint.cells import Cells
from tierloom.rules.lint.examples import Ask, Shown
from tierloom.rules.lint.findings import Finding, NamedRule, not_checked, proven
from tierloom.rules.lint.search import ALWAYS, NEVER, All, Formula, GaveUp, Some, Within
from tierloom.rules.lint.space import NO, NOT_YES, UNSURE, YES
from tierloom.rules.lint.study import Built, Study
from tierloom.rules.walk import parts as parts_of
from tierloom.text import T, Text

_TINY = 1e-9
_MEASURED = (Family.NUMBER, Family.DATE, Family.DATETIME)


def about_order(study: Study) -> Iterator[Finding]:
    """Check what the order of rules makes of them."""
    for place in range(1, len(study.rules)):
        yield from _covered(study, place)
    yield from _holes(study)


# ── tiers that nobody reaches ───────────────────────────────────────────────────────────────────────────────────────


def _covered(study: Study, place: int) -> Iterator[Finding]:
    rule, earlier = study.rules[place], study.rules[:place]
    named, mine = rule.named, study.says(rule.whole, YES)
    question = T("whether earlier tiers leave anybody for “%(name)s”.", name=named.label)
    try:
        met = study.find(mine)
    except GaveUp:
        yield not_checked(named.key, question)
        return
    if met is None:
        return
    try:
        if study.find(mine, *(study.says(one.whole, NO) for one in earlier)) is not None:
            return
        all_taken = True
    except GaveUp:  # One tier by itself may still take them all, which is easier to see.
        all_taken = False
    taking = _taking(study, mine, earlier)
    if taking is None and not all_taken:
        yield not_checked(named.key, question)
        return
    message = _never_reached(named, taking)
    yield proven("never-reached", "error", named.key, message, _taken_before(study, place, met))


def _taking(study: Study, mine: Formula, earlier: Sequence[Built]) -> Built | None:
    """Return the earlier tier that takes everyone by itself, if there is one."""
    for one in earlier:
        try:
            if study.find(mine, study.says(one.whole, NOT_YES)) is None:
                return one
        except GaveUp:
            continue
    return None


def _never_reached(named: NamedRule, taking: Built | None) -> Text:
    if taking is None:
        return T(
            "Nobody can be in “%(name)s”: earlier tiers take everyone whom its rule takes.",
            name=named.label,
        )
    return T(
        "Nobody can be in “%(name)s”: “%(earlier)s” takes everyone whom its rule takes.",
        name=named.label,
        earlier=taking.named.label,
    )


def _taken_before(study: Study, place: int, met: list[int]) -> Shown | None:
    """Make a record that the rule takes, and show what the earlier tier that takes it reads."""
    whole = study.rules[place].whole
    made = study.examples.made(met, [Ask(whole, YES)])
    if made is None:
        return None
    values = {one.name: value for one, value in made.items()}
    for one in study.rules[:place]:
        if study.examples.agree(values, [Ask(one.whole, YES | UNSURE)]):
            return study.about(made, [whole, one.whole])
    return None


# ── holes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _holes(study: Study) -> Iterator[Finding]:
    """Find single values that no tier takes, while tiers take what is just below and just above."""
    for source in study.sources:
        told: set[int] = set()
        unanswered = False
        for low, middle, high in _single_values(study, source):
            if middle in told:
                continue
            try:
                hole = _hole_at(study, source, low, middle, high)
            except GaveUp:
                unanswered = True
                continue
            if hole is not None:
                told.add(middle)
                yield hole
        if unanswered:
            question = T(
                "whether a value of “%(field)s” is in no tier.", field=study.subject.name_of(source)
            )
            yield not_checked("", question)


def _hole_at(study: Study, source: Source, low: int, middle: int, high: int) -> Finding | None:
    """Find a hole at one value: a tier that takes the value below, one that takes the value above, and none between.

    Raises:
        GaveUp: it takes too much effort.
    """
    place = study.space.places[source.name]
    free = [_placed(study.says(one.whole, NO), place, middle) for one in study.rules]
    below, above = (_takers(study, place, cell, middle) for cell in (low, high))
    for under, beneath in below.items():
        for over, beyond in above.items():
            found = study.find(*beneath, *beyond, *free)
            if found is not None:
                here = [1 << middle if n == place else cells for n, cells in enumerate(found)]
                shown = _shown(study, source, here, under, over)
                if shown is not None:
                    return _hole(study, source, under, shown)
    return None


def _takers(study: Study, place: int, cell: int, middle: int) -> dict[int, list[Formula]]:
    """Return what has to be so for each tier to take a record there that it would not take in the middle."""
    found: dict[int, list[Formula]] = {}
    earlier: list[Formula] = []
    for number, one in enumerate(study.rules):
        mine = study.says(one.whole, YES)
        here = _placed(mine, place, cell)
        if here not in (NEVER, _placed(mine, place, middle)):
            found[number] = [here, *earlier]
        if study.subject.hold:  # An uncertain tier before it would keep the record from it.
            earlier.append(_placed(study.says(one.whole, NO), place, cell))
    return found


def _shown(study: Study, source: Source, found: list[int], under: int, over: int) -> Shown | None:
    """Make a record in the hole, of which one step down and one step up are in a tier."""
    value = study.space.cells[source.name].values[
        found[study.space.places[source.name]].bit_length() - 1
    ]
    assert isinstance(value, (int, float, date)), "single values are numbers and dates"
    if _hangs_together(study, source, found):
        return None
    rules = [one.whole for one in study.rules]
    asked = [Ask(one, NO) for one in rules]
    for taker, by in ((under, -1), (over, 1)):
        beside = {source.name: moved(value, source.type, by)}
        asked += [Ask(rules[taker], YES, beside)]
        if study.subject.hold:
            asked += [Ask(one, NO, beside) for one in rules[:taker]]
    return study.shown(found, asked, rules)


def _hole(study: Study, source: Source, taker: int, shown: Shown) -> Finding:
    message = T(
        "A hole at “%(field)s”: exactly this value is in no tier, while the values beside it are.",
        field=study.subject.name_of(source),
    )
    key = study.rules[taker].named.key
    return proven("boundary-hole", "warning", key, message, shown, about=source)


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


def _hangs_together(study: Study, source: Source, found: list[int]) -> bool:
    """Tell whether something else that matters would move with a source: both are worked out of the same."""
    own = _origins(source.node)
    for other in study.sources:
        place = study.space.places.get(other.name)
        if other == source or place is None or found[place] == study.space.domains[place]:
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


def _single_values(study: Study, source: Source) -> Iterator[tuple[int, int, int]]:
    """Yield the cells of a date or number that are one value alone, between the cells just below and just above it."""
    cut = study.space.cells.get(source.name)
    if cut is None or source.type.family not in _MEASURED:
        return
    for middle, value in enumerate(cut.values):
        if isinstance(value, (int, float, date)) and not isinstance(value, bool):
            yield from _neighbours(cut, source, middle, value)


def _neighbours(
    cut: Cells, source: Source, middle: int, value: float | date
) -> Iterator[tuple[int, int, int]]:
    try:
        low = cut.place(moved(value, source.type, -1))
        high = cut.place(moved(value, source.type, 1))
    except OverflowError:  # The first and the last day of all have nothing beside them.
        return
    if low is not None and high is not None and low != middle != high:
        yield low, middle, high


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
