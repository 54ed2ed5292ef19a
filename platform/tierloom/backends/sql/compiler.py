"""The walk: predicates and values of the intermediate form as SQL, two-valued or under hold.

A predicate is a pair of conditions, where it certainly holds and where it possibly does; two-valued
ones are the same twice. Each value is a column of the plan, with a condition that marks *none*.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlglot import exp

from tierloom.backends.sql import civil, numbers, texts, zones
from tierloom.backends.sql.plan import Plan
from tierloom.backends.sql.refused import Refused
from tierloom.backends.sql.terms import (
    BIGINT,
    DOUBLE,
    TEXT,
    Kind,
    Sql,
    all_of,
    any_of,
    case,
    cast,
    coalesce,
    guarded,
    is_null,
    known,
    null,
    whole,
)
from tierloom.domain.fields import Value
from tierloom.rules import ir
from tierloom.rules.ir import Comparison, Family, Function
from tierloom.text import T

KINDS = {
    Family.BOOLEAN: BIGINT,
    Family.NUMBER: DOUBLE,
    Family.TEXT: TEXT,
    Family.DATE: BIGINT,
    Family.DATETIME: DOUBLE,
    Family.CHOICE: TEXT,
    Family.CHOICES: TEXT,
    Family.REFERENCE: BIGINT,
    Family.PERSON: BIGINT,
    Family.REGION: TEXT,
}
"""How values of each family are held inside a statement."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answers:
    """Where a predicate holds for certain, and where it may. None of the two is ever NULL."""

    true: Sql
    possible: Sql

    @property
    def is_certain(self) -> bool:
        """Whether nothing is uncertain."""
        return self.true is self.possible


@dataclass(frozen=True, slots=True)
class Held:
    """A value: NULL is unknown, or *none* where the condition says so."""

    term: Sql
    none: Sql | None = None

    @property
    def unknown(self) -> Sql:
        """Where there is no value, and not because there is nothing."""
        blank = is_null(self.term)
        return blank if self.none is None else all_of([blank, exp.not_(self.none)])


RollUp = Callable[["Compiler", ir.RollUpOf], Held]


class Compiler:
    """Translates nodes about the records of a plan's table."""

    def __init__(self, plan: Plan, roll_up: RollUp, *, hold: bool) -> None:
        self.plan = plan
        self.hold = hold
        self.roll_up = roll_up

    def other(self, plan: Plan | None = None, *, hold: bool) -> "Compiler":
        """Return a compiler for another table, or another meaning of unknown."""
        return Compiler(plan or self.plan, self.roll_up, hold=hold)

    # ── predicates ──────────────────────────────────────────────────────────────────────────────

    def predicate(self, node: ir.Predicate) -> Answers:
        """Translate a predicate."""
        match node:
            case ir.Constant(value):
                return _sure(exp.true() if value else exp.false())
            case ir.And(parts):
                return self._joined(all_of, parts)
            case ir.Or(parts):
                return self._joined(any_of, parts)
            case ir.Not(part):
                return _negated(self.predicate(part))
            case ir.InSegment(rule=rule):
                return self.predicate(rule)
            case ir.IsKnown(value):
                return _sure(known(self.value(value).term))
            case _:
                return self._atom(node)

    def _joined(
        self, connective: Callable[[Sequence[Sql]], Sql], parts: tuple[ir.Predicate, ...]
    ) -> Answers:
        answers = [self.predicate(one) for one in parts]
        true = connective([one.true for one in answers])
        if all(one.is_certain for one in answers):
            return _sure(true)
        return Answers(true, connective([one.possible for one in answers]))

    def _atom(self, node: ir.Compare | ir.OneOf | ir.Matches | ir.HasAnyOf | ir.IsTrue) -> Answers:
        nodes = (node.left, node.right) if isinstance(node, ir.Compare) else (node.value,)
        values = [self.value(one) for one in nodes]
        true = guarded(self._test(node, [one.term for one in values]))
        if not self.hold:
            return _sure(true)
        doubt = any_of([one.unknown for one in values])
        nothing = [one.none for one in values if one.none is not None]
        if nothing:
            doubt = all_of([doubt, exp.not_(any_of(nothing))])
        return Answers(true, any_of([true, doubt]))

    def _test(
        self, node: ir.Compare | ir.OneOf | ir.Matches | ir.HasAnyOf | ir.IsTrue, terms: list[Sql]
    ) -> Sql:
        match node:
            case ir.Compare(comparison, left):
                if left.type.ranked and comparison is not Comparison.EQUAL:
                    terms = [self.plan.let(self._rank(one, left.type)) for one in terms]
                return _compared(comparison, *terms)
            case ir.OneOf(value, choices):
                wanted = [self.constant(one, value.type) for one in dict.fromkeys(choices)]
                return exp.In(this=terms[0].copy(), expressions=wanted)
            case ir.Matches(test, _, needle):
                return texts.matches(test, terms[0], self._bound(needle, TEXT), len(needle))
            case ir.HasAnyOf(options=options):
                needles = [self._bound(f"|{one}|", TEXT) for one in options]
                return any_of([texts.holds(terms[0], one) for one in needles])
            case ir.IsTrue():
                return terms[0].eq(whole(1))

    def _rank(self, term: Sql, kind: ir.ValueType) -> Sql:
        ranks = [
            (term.eq(self._bound(option, TEXT)), whole(rank))
            for rank, option in enumerate(kind.options)
        ]
        return case(ranks)

    # ── values ──────────────────────────────────────────────────────────────────────────────────

    def value(self, node: ir.ValueNode) -> Held:
        """Translate a value; the same node is worked out once."""
        place = (node, self.hold)
        found = self.plan.memo.get(place)
        if not isinstance(found, Held):
            found = self._value(node)
            if not isinstance(node, ir.Literal | ir.Today | ir.Now):
                none = found.none if found.none is None else self.plan.flag(found.none)
                found = Held(self.plan.let(found.term), none)
            self.plan.memo[place] = found
        return found

    def _value(self, node: ir.ValueNode) -> Held:
        context = self.plan.script.context
        match node:
            case ir.Literal(value, kind):
                return Held(self.constant(value, kind))
            case ir.Today(kind):
                return Held(self.constant(context.today, kind))
            case ir.Now(kind):
                return Held(self.constant(context.as_of, kind))
            case ir.Var(path, kind):
                return Held(self._field(path, kind))
            case ir.Calculated(value=inner):
                return self.value(inner)
            case ir.Scored(value=inner, hold=hold):
                return self.other(hold=hold).value(inner)
            case ir.Truth(predicate):
                return Held(_truth(self.predicate(predicate)))
            case ir.If():
                return self._if(node)
            case ir.RollUpOf():
                return self.roll_up(self, node)
            case ir.Call(Function.LOWER | Function.UPPER):
                return Held(texts.shadowed(self.plan, node))
            case ir.Call(args=args):
                return self._call(node, [self.value(one) for one in args])
            case ir.Arithmetic(parts=parts):
                values = [self.value(one) for one in parts]
                terms = [one.term for one in values]
                return Held(numbers.arithmetic(self.plan, node, terms), _none_of(values))
            case ir.Rounded(inner, kind):
                held = self.value(inner)
                term = numbers.rounded(self.plan, held.term, kind.scale or 0)
                return replace(held, term=term)
            case ir.Banded(inner):
                held = self.value(inner)
                return replace(held, term=self._band(node, held.term))

    def _field(self, path: tuple[str, ...], kind: ir.ValueType) -> Sql:
        cell = self.plan.field(path)
        match kind.family:
            case Family.NUMBER:
                return numbers.from_cell(self.plan, cell, kind.scale)
            case Family.DATETIME:
                return cast(cell, DOUBLE)
            case _:
                return cell

    def constant(self, value: Value, kind: ir.ValueType) -> Sql:
        """Return a constant, bound."""
        held = KINDS[kind.family]
        match value:
            case None:
                return null(held)
            case datetime():
                return self._bound((value - _EPOCH) / timedelta(milliseconds=1), held)
            case date():
                return self._bound((value - _EPOCH.date()).days, held)
            case bool() | int() | float():
                return self._bound(float(value) if held is DOUBLE else int(value), held)
            case str():
                return self._bound(value, held)
            case tuple():
                return self._bound(f"|{'|'.join(value)}|", held)
            case _:
                raise TypeError(f"{value!r} is no constant of a rule.")

    def _bound(self, value: float | str, kind: Kind) -> Sql:
        return self.plan.script.bound(value, kind)

    def _band(self, node: ir.Banded, number: Sql) -> Sql:
        def below(cut: float) -> Sql:
            bound = self._bound(cut, DOUBLE)
            return number <= bound if node.right_closed else number < bound

        classes = [self._bound(one, TEXT) for one in node.classes]
        branches = [(is_null(number), null(TEXT))]
        branches += [(below(cut), one) for cut, one in zip(node.cuts, classes[:-1], strict=True)]
        return case(branches, classes[-1])

    def _if(self, node: ir.If) -> Held:
        """Take the first branch that holds; where that is uncertain, what follows must agree."""
        found = self.value(node.otherwise)
        for condition, value in reversed(node.branches):
            answers, branch, rest = self.predicate(condition), self.value(value), found
            true = self.plan.flag(answers.true)
            term = case([(true, branch.term)], rest.term)
            none = None
            if branch.none is not None or rest.none is not None:
                none = case([(true, _mark(branch))], _mark(rest))
            if not answers.is_certain:
                differ = self.plan.flag(
                    all_of([answers.possible, exp.not_(true), exp.not_(_same(branch, rest))])
                )
                term = case([(differ, null(KINDS[node.type.family]))], term)
                none = none if none is None else case([(differ, exp.false())], none)
            flagged = none if none is None else self.plan.flag(none)
            found = Held(self.plan.let(term), flagged)
        return found

    def _call(self, node: ir.Call, values: list[Held]) -> Held:
        terms, none = [one.term for one in values], _none_of(values)
        if node.function is Function.COALESCE:
            found = self.plan.let(coalesce(*terms))
            # It is none where all are: one that is unknown makes it unknown.
            return Held(found, none if none is None else all_of([none, is_null(found)]))
        return Held(self._work(node, terms), none)

    def _work(self, node: ir.Call, terms: list[Sql]) -> Sql:
        plan, unit = self.plan, node.unit
        instants = node.args[0].type.family is Family.DATETIME
        match node.function:
            case Function.MIN | Function.MAX:
                return numbers.extreme(plan, terms, largest=node.function is Function.MAX)
            case Function.CAT:
                return texts.concatenated(plan, node.args, terms)
            case Function.SUBSTR:
                return texts.cut(plan, terms[0], terms[1:])
            case Function.DATE_ADD:
                amount = plan.let(numbers.truncated(plan, terms[1]))
                move = zones.shift if instants else civil.shift
                return move(plan, terms[0], amount, unit)
            case Function.TRUNCATE:
                return zones.truncate(plan, terms[0], unit)
            case Function.DATE_DIFF if not instants:
                return cast(civil.difference(plan, terms[0], terms[1], unit), DOUBLE)
            case Function.DATE_OF:
                return zones.local_day(plan, terms[0])
            case Function.DATE_PART if not instants:
                return cast(civil.part(plan, terms[0], unit), DOUBLE)
            case Function.ANNIVERSARY if not instants:
                today = plan.script.context.today
                return cast(civil.to_anniversary(plan, terms[0], today), DOUBLE)
        raise Refused(T("%(name)s of a date with time is for its day.", name=node.function.value))


def _sure(true: Sql) -> Answers:
    return Answers(true, true)


def _negated(answers: Answers) -> Answers:
    true = exp.not_(answers.possible)
    return _sure(true) if answers.is_certain else Answers(true, exp.not_(answers.true))


def _compared(comparison: Comparison, left: Sql, right: Sql) -> Sql:
    match comparison:
        case Comparison.EQUAL:
            return left.eq(right)
        case Comparison.LESS:
            return left < right
        case Comparison.LESS_EQUAL:
            return left <= right
        case Comparison.GREATER:
            return left > right
        case Comparison.GREATER_EQUAL:
            return left >= right


def _truth(answers: Answers) -> Sql:
    branches = [(answers.true, whole(1))]
    if not answers.is_certain:
        branches.append((answers.possible, cast(exp.null(), BIGINT)))
    return cast(case(branches, whole(0)), BIGINT)


def _none_of(values: Sequence[Held]) -> Sql | None:
    """Where a function of these is *none*: some argument is, and no other one is unknown."""
    marks = [one.none for one in values if one.none is not None]
    if not marks:
        return None
    return all_of([any_of(marks), *(exp.not_(one.unknown) for one in values)])


def _same(left: Held, right: Held) -> Sql:
    equal = guarded(left.term.eq(right.term))
    if left.none is None or right.none is None:
        return equal
    return any_of([equal, all_of([left.none, right.none])])


def _mark(held: Held) -> Sql:
    return exp.false() if held.none is None else held.none
