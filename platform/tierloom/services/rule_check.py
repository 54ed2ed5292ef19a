"""The rule check of a draft or a published object: what is provable, and what the stored records show."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tierloom.backends import columns as evaluator
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.people import Grant
from tierloom.domain.scores import Score
from tierloom.domain.tiers import OnMissing, Segment, TierModel
from tierloom.engine.columns import Columns, Doubles, Mask, NumberColumn
from tierloom.errors import Invalid
from tierloom.rules import ir
from tierloom.rules.explain.candidates import names_in
from tierloom.rules.explain.sources import Source, abstracted, sources_of
from tierloom.rules.ir import Family
from tierloom.rules.lint.conditions import Leaf, leaves
from tierloom.rules.lint.findings import Finding, NamedRule, Subject
from tierloom.rules.lint.things import Ruled, findings_of, named_rules, subject_of
from tierloom.rules.scores import compile_score
from tierloom.services import authorize
from tierloom.services.held_limits import with_limits_that_hold
from tierloom.services.runs.recalculation import codes_of, only_unknown
from tierloom.services.workbench import Workbench
from tierloom.text import TN, T

FEWEST = 20
"""So many known values there must be before the range of a field says anything."""
_RANGED = (Family.NUMBER, Family.DATE, Family.DATETIME)
_SEVERITIES = ("error", "warning", "info")


def rule_check(bench: Workbench, thing: Ruled) -> list[Finding]:
    """Check the rules of a tier model, a segment, a label set or a score, drafted or published; errors first.

    What is found in records is looked for among those that the actor may see. Rules with errors have no findings: their
    problems say what is wrong.

    Raises:
        Forbidden: the actor may not see records.
    """
    authorize.require(bench.actor, Grant.READ)
    subject = subject_of(thing, bench.context, bench.published.objects)
    try:
        read = [bench.compile(one.rule, thing.record_type).reads for one in subject.rules]
        if isinstance(thing, Score):
            objects, zone = bench.published.objects, bench.zone
            read.append(compile_score(thing, bench.catalogue, objects, zone=zone).reads)
        held = with_limits_that_hold(bench, frozenset().union(*read))
        found = [_with_record(bench, thing, one) for one in _all(bench, thing, subject, held)]
    except Invalid:
        return []
    return sorted(found, key=lambda one: _SEVERITIES.index(one.severity))


def _all(bench: Workbench, thing: Ruled, subject: Subject, held: RunContext) -> Iterator[Finding]:
    proven = list(findings_of(thing, held, bench.published.objects))
    yield from proven
    yield from _out_of_range(bench, subject, {one.key for one in proven if one.severity != "info"})
    if isinstance(thing, TierModel):
        yield from _missing_value_hole(bench, thing)
        yield from _only_default(bench, thing)
    if isinstance(thing, Segment):
        yield from _overlaps(bench, thing)


# ── what the records show ───────────────────────────────────────────────────────────────────────────────────────────


def _out_of_range(bench: Workbench, subject: Subject, told: set[str]) -> Iterator[Finding]:
    """Find comparisons with constants that hold for every known value that is stored, or for none."""
    columns, visible = bench.columns(subject.table), bench.visible(subject.table)
    if not columns.size:
        return
    ranges: dict[ir.ValueNode, _Range | None] = {}
    for named in subject.rules:
        if named.key in told:
            continue
        for leaf, source in _comparisons(subject, named):
            if source.field and not authorize.may_read(bench.actor, source.field):
                continue
            if source.node not in ranges:
                ranges[source.node] = _range(bench, source, columns, visible)
            known, limit = ranges[source.node], float(_numbers(bench, leaf.right, columns)[0])
            found = _beyond(subject, named, source, limit, known) if known else None
            if found is not None:
                yield found


def _comparisons(subject: Subject, named: NamedRule) -> Iterator[tuple[ir.Compare, Source]]:
    """Yield the comparisons of a date or number with a constant in a rule."""
    predicate = subject.compiled(named.rule)
    sources = sources_of([predicate], subject.table, subject.catalogue)
    by_name = {one.name: one for one in sources}
    for leaf in dict.fromkeys(leaves(abstracted(predicate, sources))):
        source = _compared(leaf, by_name)
        if source is not None and isinstance(leaf, ir.Compare):
            yield leaf, source


def _compared(leaf: Leaf, sources: dict[str, Source]) -> Source | None:
    """Return the date or number that a condition compares with a constant."""
    match leaf:
        case ir.Compare(
            right=ir.Today() | ir.Now() | ir.Call(args=(ir.Today(), ir.Literal(value=0)))
        ):
            return None  # "up to today" is what every window into the past says.
        case ir.Compare(left=ir.Var((name,)), right=right) if not names_in(right):
            source = sources[name]
            return source if source.type.family in _RANGED else None
        case _:
            return None


@dataclass(frozen=True, slots=True)
class _Range:
    """The least and the most that is known of a source, each with a record that has it."""

    low: float
    high: float
    lowest: int
    highest: int


def _range(bench: Workbench, source: Source, columns: Columns, visible: Mask) -> _Range | None:
    """Return the range of a source; None where too little is known of it."""
    values = _numbers(bench, source.node, columns)
    known = np.flatnonzero(visible & ~np.isnan(values))
    if known.size < FEWEST:
        return None
    own = values[known]
    low, high = int(own.argmin()), int(own.argmax())
    return _Range(
        float(own[low]),
        float(own[high]),
        int(columns.ids[known[low]]),
        int(columns.ids[known[high]]),
    )


def _beyond(
    subject: Subject, named: NamedRule, source: Source, limit: float, known: _Range
) -> Finding | None:
    """Tell of a threshold that lies beyond all that is known."""
    if np.isnan(limit) or known.low <= limit <= known.high:
        return None
    above = limit > known.high
    record = known.highest if above else known.lowest
    field = subject.name_of(source)
    if _looks_like_percent(source.field, limit, known.high):
        message = T(
            "“%(name)s” compares “%(field)s” with more than 100 %%: was a percentage meant?",
            name=named.label,
            field=field,
        )
        return Finding("unit-suspect", "warning", named.key, message, record=record)
    message = T(
        "“%(name)s” compares “%(field)s” with a value that is %(side)s every stored one.",
        name=named.label,
        field=field,
        side=T("above") if above else T("below"),
    )
    return Finding("out-of-range", "warning", named.key, message, record=record)


def _numbers(bench: Workbench, node: ir.ValueNode, columns: Columns) -> Doubles:
    found = evaluator.value(node, columns, bench.context).column
    assert isinstance(found, NumberColumn), "dates and numbers are held as numbers"
    return found.values


def _looks_like_percent(field: Field | None, limit: float, high: float) -> bool:
    return bool(field and field.type.kind is FieldKind.PERCENT and limit > 1 >= high)


def _missing_value_hole(bench: Workbench, model: TierModel) -> Iterator[Finding]:
    if model.on_missing is OnMissing.HOLD:
        return
    fallen = np.flatnonzero(only_unknown(bench, model) & bench.visible(model.record_type))
    if not fallen.size:
        return
    message = TN(
        "%(n)s record is in “%(name)s” only because a value is unknown.",
        "%(n)s records are in “%(name)s” only because a value is unknown.",
        int(fallen.size),
        name=model.default.label,
    )
    record = int(bench.columns(model.record_type).ids[fallen[0]])
    yield Finding("missing-value-hole", "warning", model.default.key, message, record=record)


def _only_default(bench: Workbench, model: TierModel) -> Iterator[Finding]:
    """Tell how many only the default tier takes, for sure."""
    fallen = codes_of(bench, model) == len(model.tiers)
    left = np.flatnonzero(fallen & bench.visible(model.record_type))
    if left.size:
        message = TN(
            "%(n)s record meets no tier's rule; “%(name)s” takes it.",
            "%(n)s records meet no tier's rule; “%(name)s” takes them.",
            int(left.size),
            name=model.default.label,
        )
        record = int(bench.columns(model.record_type).ids[left[0]])
        yield Finding("only-default", "info", model.default.key, message, record=record)


def _overlaps(bench: Workbench, segment: Segment) -> Iterator[Finding]:
    """Tell with which published segments a segment shares records."""
    mine = bench.matching(segment.rule, segment.record_type)
    for other in bench.published.segments(segment.record_type):
        if other.key == segment.key or not _readable(bench, other):
            continue
        both = np.flatnonzero(mine & bench.matching(other.rule, other.record_type))
        if both.size:
            message = TN(
                "%(n)s record is in “%(name)s” too.",
                "%(n)s records are in “%(name)s” too.",
                int(both.size),
                name=other.label,
            )
            record = int(bench.columns(segment.record_type).ids[both[0]])
            yield Finding("overlap", "info", segment.key, message, record=record)


def _readable(bench: Workbench, segment: Segment) -> bool:
    try:
        bench.compile(segment.rule, segment.record_type)
    except Invalid:
        return False
    return True


def _with_record(bench: Workbench, thing: Ruled, finding: Finding) -> Finding:
    """Return the finding with a stored record that shows the same fault, where there is one that the actor may see."""
    if finding.record is not None:
        return finding
    alike = _alike(bench, thing, finding)
    if alike is None:
        return finding
    found = np.flatnonzero(bench.visible(thing.record_type) & alike)
    if not found.size:
        return finding
    return replace(finding, record=int(bench.columns(thing.record_type).ids[found[0]]))


def _alike(bench: Workbench, thing: Ruled, finding: Finding) -> Mask | None:
    """Return the stored records that show a fault; None where none can: nobody is in a contradiction."""
    rules = {one.key: one.rule for one in named_rules(thing)}
    match finding:
        case Finding(code="never-reached" | "always-true" | "redundant", key=key):
            return bench.matching(rules[key], thing.record_type)
        case Finding(code="always-same"):
            return bench.visible(thing.record_type)
        case Finding(code="boundary-hole", about=Source() as source):
            value = next(value for one, value in finding.example if one == source)
            literal = ir.Literal(value, source.type)  # type: ignore[arg-type]
            here = ir.Compare(ir.Comparison.EQUAL, source.node, literal)
            masks = [bench.matching(one, thing.record_type) for one in rules.values()]
            taken = np.logical_or.reduce(masks)
            found: Mask = bench.mask(here, thing.record_type) & ~taken
            return found
        case _:
            return None
