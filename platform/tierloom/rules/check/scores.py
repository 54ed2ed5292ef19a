"""Scores as nodes: the points of each criterion, the groups within their limits, the rounded sum."""

from dataclasses import replace

from tierloom.domain.scores import BandsCriterion, Criterion, RuleCriterion, Score, ScoreGroup
from tierloom.domain.tiers import OnMissing
from tierloom.errors import Invalid, Problem
from tierloom.rules import ir
from tierloom.rules.check.checker import Checker, Rule, Scope, refuse
from tierloom.rules.check.sources import as_day, elsewhere, object_named, source
from tierloom.rules.ir import Comparison, Family, Function, Sign, ValueType
from tierloom.rules.passes import simplified
from tierloom.rules.syntax import Apply
from tierloom.rules.types import DATE, INTEGER, name_of
from tierloom.text import T

Parts = tuple[tuple[ir.ValueNode, ...], ...]
"""The points of every criterion, by group."""


def scored(checker: Checker, score: Score, scope: Scope, pointer: str) -> ir.Scored:
    """Return the node that works a score out; a circle is refused by naming the loop.

    Raises:
        Invalid: a criterion has problems.
    """
    made = checker.once(
        "score", score.record_type, score.key, pointer, lambda: total(checker, score, scope)
    )
    assert isinstance(made, ir.Scored)
    return made


def total(checker: Checker, score: Score, scope: Scope) -> ir.Scored:
    """Return the sum of a score's groups.

    Raises:
        Invalid: with the place of each faulty criterion in the score's document.
    """
    groups = [
        limited(score, group, points)
        for group, points in zip(score.groups, criteria(checker, score, scope), strict=True)
    ]
    value = ir.Rounded(_sum(groups, score), type_of(score))
    checker.require_size(value, score.record_type)
    return whole(score, simplified(value))


def criteria(checker: Checker, score: Score, scope: Scope) -> Parts:
    """Return the points of every criterion, by group.

    Raises:
        Invalid: with the place of each faulty one.
    """
    problems: list[Problem] = []
    found = [
        tuple(
            _located(checker, score, one, scope, f"/groups/{g}/criteria/{c}", problems)
            for c, one in enumerate(group.criteria)
        )
        for g, group in enumerate(score.groups)
    ]
    if problems:
        raise Invalid(problems)
    return tuple(found)


def limited(score: Score, group: ScoreGroup, points: tuple[ir.ValueNode, ...]) -> ir.ValueNode:
    """Return what a group gives: the sum of its criteria, within its floor and cap."""
    kind, value = type_of(score), _sum(points, score)
    if group.floor is not None:
        value = ir.Call(Function.MAX, (value, _constant(group.floor, kind)), kind)
    if group.cap is not None:
        value = ir.Call(Function.MIN, (value, _constant(group.cap, kind)), kind)
    return value


def whole(score: Score, value: ir.ValueNode) -> ir.Scored:
    """Return a value of a score as it is evaluated: under the score's own `on_missing`."""
    return ir.Scored(score.key, value, score.on_missing is OnMissing.HOLD, type_of(score))


def type_of(score: Score) -> ValueType:
    """Return the type of a score: a number with its decimals."""
    return ValueType(Family.NUMBER, scale=score.scale)


def _located(
    checker: Checker, score: Score, one: Criterion, scope: Scope, place: str, found: list[Problem]
) -> ir.ValueNode:
    """Compile a criterion; its problems are kept for the report on the whole score."""
    try:
        return _points(checker, score, one, scope, place)
    except Invalid as invalid:
        # A field's problem is located already, a rule's in its own document.
        head = "" if isinstance(one, BandsCriterion) else f"{place}/rule"
        found += [replace(it, pointer=head + it.pointer) for it in invalid.problems]
        return _constant(0, type_of(score))


def _points(
    checker: Checker, score: Score, one: Criterion, scope: Scope, place: str
) -> ir.ValueNode:
    kind = type_of(score)
    nothing = _constant(0, kind)
    match one:
        case RuleCriterion(rule=rule, points=points):
            holds = checker.compile_document(checker, rule, scope)
            return ir.If(((holds, _constant(points, kind)),), nothing, kind)
        case BandsCriterion():
            value = measure(checker, scope, one.source, f"{place}/field")
            return ir.If(_classes(one, value, kind), nothing, kind)


def measure(checker: Checker, scope: Scope, key: str, pointer: str) -> ir.ValueNode:
    """Return a number, or the days since a date.

    Raises:
        Invalid: the field is neither, or there is none.
    """
    value = source(checker, scope.table, key, pointer)
    if value.type.family is Family.NUMBER:
        return value
    if value.type.family in (Family.DATE, Family.DATETIME):
        day = as_day(value, pointer)
        return ir.Call(Function.DATE_DIFF, (ir.Today(DATE), day), INTEGER, "day")
    message = T("A number or a date is needed here, this is %(kind)s.", kind=name_of(value.type))
    raise refuse("wrong-type", pointer, message)


def _classes(
    one: BandsCriterion, value: ir.ValueNode, kind: ValueType
) -> tuple[tuple[ir.Predicate, ir.ValueNode], ...]:
    """Ask from the highest class down; what is known and reached no cut has the first points."""
    reached = Comparison.GREATER if one.right_closed else Comparison.GREATER_EQUAL
    number = ValueType(Family.NUMBER, currency=value.type.currency)
    steps = tuple(
        (ir.Compare(reached, value, _constant(cut, number)), _constant(points, kind))
        for cut, points in zip(reversed(one.cuts), reversed(one.points[1:]), strict=True)
    )
    return (*steps, (ir.IsKnown(value), _constant(one.points[0], kind)))


def _sum(parts: "list[ir.ValueNode] | tuple[ir.ValueNode, ...]", score: Score) -> ir.ValueNode:
    return parts[0] if len(parts) == 1 else ir.Arithmetic(Sign.ADD, tuple(parts), type_of(score))


def _constant(value: float, kind: ValueType) -> ir.Literal:
    return ir.Literal(int(value) if value == int(value) else value, kind)


def _score(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    score, key, hint = object_named(checker.objects.scores, node, scope)
    if score is None:
        message = T("%(table)s has no score “%(name)s”.", table=scope.table.label, name=key)
        raise refuse("unknown-score", node.pointer, message, hint)
    try:
        return scored(checker, score, Scope(scope.table), node.pointer)
    except Invalid as invalid:
        what = T("The score “%(name)s”", name=score.label)
        raise elsewhere(what, node.pointer, invalid) from invalid


RULES: dict[str, Rule] = {"score": _score}
