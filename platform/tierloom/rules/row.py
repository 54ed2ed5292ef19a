"""The row evaluator: closures over one record, compiled once, strict or three-valued (hold).

Both are one evaluator: an atom that touches an unknown value answers `doubt`, which is False in
strict rules and None under hold. All above the atoms is Kleene's logic, on two values the ordinary.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, cast

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate, Link, Value
from tierloom.rules import ir
from tierloom.rules.arithmetic import SIGNS, band, calculate, compare, rounded
from tierloom.rules.functions import FUNCTIONS
from tierloom.rules.own_fields import COMPARE, own_field_test
from tierloom.rules.roll_ups import NONE, Known, aggregate, exists
from tierloom.rules.strict import without_needless
from tierloom.rules.walk import parts as parts_of

__all__ = ["Row", "compile_kleene", "compile_known", "compile_predicate", "compile_value"]


class Row(Protocol):
    """One record as rules see it."""

    def value(self, key: str) -> Value:
        """Return a stored field's value; None is unknown."""
        ...

    def parent(self, reference: str) -> "Row | None":
        """Return the record that a reference points to, None where there is none."""
        ...

    def related(self, relation: str) -> "Sequence[Row]":
        """Return the related records of this name, by date and then id, undated ones first."""
        ...


_PLAIN = frozenset({ir.Family.BOOLEAN, ir.Family.DATE, ir.Family.DATETIME, ir.Family.PERSON})
Answer = Callable[[Row], bool | None]
Read = Callable[[Row], Known]


def compile_predicate(predicate: ir.Predicate, context: RunContext) -> Callable[[Row], bool]:
    """Compile a rule under strict semantics."""
    return cast("Callable[[Row], bool]", _Evaluator(context, doubt=False).answer(predicate))


def compile_kleene(predicate: ir.Predicate, context: RunContext) -> Callable[[Row], bool | None]:
    """Compile a rule under hold: None is uncertain."""
    return _Evaluator(context, doubt=None).answer(predicate)


def compile_together(
    predicates: Iterable[ir.Predicate], context: RunContext, *, hold: bool
) -> list[Callable[[Row], bool | None]]:
    """Compile several rules that are asked about one record after the other, by one thread.

    A total that several of them read is worked out once for each record.
    """
    evaluator = _Evaluator(context, doubt=None if hold else False, keeps=True)
    return [evaluator.answer(one) for one in predicates]


def compile_value(value: ir.ValueNode, context: RunContext) -> Callable[[Row], Value]:
    """Compile a value under strict semantics; *none* is None, as what is unknown."""
    read = compile_known(value, context)

    def known(row: Row) -> Value:
        found = read(row)
        return None if found is NONE else found

    return known


def compile_known(
    value: ir.ValueNode, context: RunContext, *, hold: bool = False
) -> Callable[[Row], Known]:
    """Compile a value, under strict semantics or under hold; *none* is told apart from what is unknown."""
    return _Evaluator(context, doubt=None if hold else False).reader(value)


class _Evaluator:
    def __init__(self, context: RunContext, *, doubt: bool | None, keeps: bool = False) -> None:
        """With `keeps`, totals remember the record that they were last asked about."""
        self.context = context
        self.doubt = doubt
        self.strict = doubt is False
        self._kept: dict[ir.RollUpOf, Read] | None = {} if keeps else None
        self._shared: dict[int, Answer] = {}

    # ── predicates ──────────────────────────────────────────────────────────────────────────────

    def answer(self, node: ir.Predicate) -> Answer:
        return (own_field_test(node) if self.strict else None) or self._answer(node)

    def _answer(self, node: ir.Predicate) -> Answer:
        match node:
            case ir.Constant(fixed):
                return lambda _: fixed
            case ir.And(parts) if self.strict:
                return _every(tuple(self.answer(one) for one in without_needless(parts)))
            case ir.And(parts):
                return _all([self.answer(one) for one in parts])
            case ir.Or(parts) if self.strict:
                return _some(tuple(self.answer(one) for one in parts))
            case ir.Or(parts):
                return _any([self.answer(one) for one in parts])
            case ir.Not(part):
                return _not(self.answer(part))
            case ir.InSegment(rule=rule):
                return self._segment(rule)
            case ir.IsKnown(value):
                read = self.reader(value)
                return lambda row: (found := read(row)) is not None and found is not NONE
            case ir.Compare():
                return self._compare(node)
            case _:
                return self._atom(node)

    def _segment(self, rule: ir.Predicate) -> Answer:
        if id(rule) not in self._shared:
            self._shared[id(rule)] = self.answer(rule)
        return self._shared[id(rule)]

    def _compare(self, node: ir.Compare) -> Answer:
        left, kind, doubt = self.reader(node.left), node.left.type, self.doubt
        holds = _comparison(node.comparison, kind)
        if _is_fixed(node.right):
            limit = self.reader(node.right)(cast("Row", None))  # it reads no record
            return _against(left, holds, limit, doubt)
        right = self.reader(node.right)

        def ask(row: Row) -> bool | None:
            one, other = left(row), right(row)
            if one is NONE or other is NONE:
                return False
            if one is None or other is None:
                return doubt
            return holds(one, other)

        return ask

    def _atom(self, node: ir.OneOf | ir.Matches | ir.HasAnyOf | ir.IsTrue) -> Answer:
        """Ask about one value."""
        read, test, doubt = self.reader(node.value), _test(node), self.doubt

        def ask(row: Row) -> bool | None:
            found = read(row)
            if found is NONE:
                return False
            return doubt if found is None else test(found)

        return ask

    # ── values ──────────────────────────────────────────────────────────────────────────────────

    def reader(self, node: ir.ValueNode) -> Read:
        context = self.context
        match node:
            case ir.Literal(fixed):
                return lambda _: fixed
            case ir.Today():
                return lambda _: context.today
            case ir.Now():
                return lambda _: context.as_of
            case ir.Var(path, kind):
                read = _path(path, kind)
                return _linked(path, read) if kind.family is ir.Family.REFERENCE else read
            case ir.Calculated(value=definition):
                return self.reader(definition)
            case ir.Truth(predicate):
                return self.answer(predicate)
            case ir.Arithmetic():
                return self._arithmetic(node)
            case ir.Call():
                return self._call(node)
            case ir.Rounded(value, kind):
                return _on(self.reader(value), lambda found: rounded(found, kind.scale or 0))
            case ir.Banded(value=value):
                return _on(self.reader(value), lambda found: band(found, node))
            case ir.If(branches, otherwise):
                pairs = [(self.answer(one), self.reader(value)) for one, value in branches]
                return _branches(pairs, self.reader(otherwise))
            case ir.RollUpOf():
                return self._roll_up_once(node)
            case ir.Scored(value=value, hold=hold):
                return _Evaluator(context, doubt=None if hold else False).reader(value)

    def _arithmetic(self, node: ir.Arithmetic) -> Read:
        first, *others = [self.reader(one) for one in node.parts]
        sign, work = node.sign, SIGNS[node.sign]
        divides = sign in (ir.Sign.DIVIDE, ir.Sign.REMAINDER)
        match node.parts:
            case (_, ir.Literal(int() | float() as number)) if number or not divides:
                return _with_number(first, work, float(number))

        def carefully(row: Row) -> Known:
            values = [one(row) for one in (first, *others)]
            lost = _lost(values)
            if lost:
                return lost[0]
            return calculate(sign, [float(one) for one in values if isinstance(one, (int, float))])

        def read(row: Row) -> Known:
            found = first(row)
            if found is None or found is NONE:
                return carefully(row)
            total = float(found)  # type: ignore[arg-type]
            for one in others:
                number = one(row)
                if number is None or number is NONE or (divides and number == 0):
                    return carefully(row)
                total = work(total, number)  # type: ignore[arg-type]
            return total + 0.0 if math.isfinite(total) else None

        return read

    def _call(self, node: ir.Call) -> Read:
        readers, context, unit = [self.reader(one) for one in node.args], self.context, node.unit
        if node.function is ir.Function.COALESCE:
            return _coalesce(readers)
        function = FUNCTIONS[node.function]

        def read(row: Row) -> Known:
            values = [one(row) for one in readers]
            lost = _lost(values)
            return lost[0] if lost else function(values, unit, context)

        return read

    def _roll_up_once(self, node: ir.RollUpOf) -> Read:
        if self._kept is None:
            return self._roll_up(node)
        if node not in self._kept:
            self._kept[node] = _once(self._roll_up(node))
        return self._kept[node]

    def _roll_up(self, node: ir.RollUpOf) -> Read:
        """Child predicates are two-valued, under hold too."""
        strict = _Evaluator(self.context, doubt=False)
        only = None if node.rows.only is None else strict.answer(node.rows.only)
        reading = strict if node.aggregate is Aggregate.SHARE else self
        operand = None if node.operand is None else reading.reader(node.operand)
        rows, context, kind, how = node.rows, self.context, node.type, node.aggregate
        scale = 0 if node.operand is None else node.operand.type.scale or 0

        def read(row: Row) -> Known:
            found = [
                one
                for one in row.related(rows.relation)
                if (rows.date_field is None or exists(one.value(rows.date_field), rows, context))
                and (only is None or only(one))
            ]
            values = None if operand is None else [operand(one) for one in found]
            return aggregate(how, len(found), values, scale, kind)

        return read


# ── pieces ──────────────────────────────────────────────────────────────────────────────────────


def _once(read: Read) -> Read:
    """Remember the answer about the record that was asked about last."""
    known: tuple[Row | None, Known] = (None, None)

    def ask(row: Row) -> Known:
        nonlocal known
        if known[0] is not row:
            known = row, read(row)
        return known[1]

    return ask


def _every(parts: tuple[Answer, ...]) -> Answer:
    """Ask one after the other, two-valued."""
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:
        one, other = parts
        return lambda row: one(row) and other(row)

    def ask(row: Row) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would cost as much as the parts
            if not part(row):
                return False
        return True

    return ask


def _some(parts: tuple[Answer, ...]) -> Answer:
    """Ask one after the other, two-valued."""
    if len(parts) == 2:
        one, other = parts
        return lambda row: one(row) or other(row)

    def ask(row: Row) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would cost as much as the parts
            if part(row):
                return True
        return False

    return ask


def _all(parts: list[Answer]) -> Answer:
    def ask(row: Row) -> bool | None:
        result: bool | None = True
        for part in parts:
            found = part(row)
            if found is False:
                return False
            if found is None:
                result = None
        return result

    return ask


def _any(parts: list[Answer]) -> Answer:
    def ask(row: Row) -> bool | None:
        result: bool | None = False
        for part in parts:
            found = part(row)
            if found:
                return True
            if found is None:
                result = None
        return result

    return ask


def _not(part: Answer) -> Answer:
    def ask(row: Row) -> bool | None:
        found = part(row)
        return None if found is None else not found

    return ask


def _test(node: ir.OneOf | ir.Matches | ir.HasAnyOf | ir.IsTrue) -> Callable[[Known], bool]:
    match node:
        case ir.OneOf(choices=choices):
            known = frozenset(choices)
            return lambda value: _comparable(value) in known
        case ir.Matches(ir.TextTest.CONTAINS, needle=needle):
            return lambda value: needle in str(value)
        case ir.Matches(ir.TextTest.STARTS_WITH, needle=needle):
            return lambda value: str(value).startswith(needle)
        case ir.Matches(needle=needle):
            return lambda value: str(value).endswith(needle)
        case ir.HasAnyOf(options=options):
            wanted = frozenset(options)
            return lambda value: isinstance(value, tuple) and not wanted.isdisjoint(value)
        case ir.IsTrue():
            return lambda value: value is True


def _comparable(value: Known) -> Value:
    """Two references are equal when they point to the same record."""
    return value.id if isinstance(value, Link) else value  # type: ignore[return-value]


def _comparison(comparison: ir.Comparison, kind: ir.ValueType) -> Callable[[Known, Known], bool]:
    """Return how two known values compare: by itself where that needs nothing of their type."""
    match kind.family:
        case ir.Family.REFERENCE | ir.Family.CHOICE:
            return lambda one, other: compare(
                comparison, _comparable(one), _comparable(other), kind
            )
        case _:
            return COMPARE[comparison]


def _against(
    left: Read, holds: Callable[[Known, Known], bool], limit: Known, doubt: bool | None
) -> Answer:
    """Compare with what is the same for every record."""

    def ask(row: Row) -> bool | None:
        found = left(row)
        if found is NONE:
            return False
        if found is None or limit is None:
            return doubt
        return holds(found, limit)

    return ask


def _is_fixed(node: ir.ValueNode) -> bool:
    """Tell whether a value is the same for every record."""
    match node:
        case ir.Literal() | ir.Today() | ir.Now():
            return True
        case ir.Arithmetic() | ir.Call() | ir.Rounded():
            return all(isinstance(one, ir.ValueNode) and _is_fixed(one) for one in parts_of(node))
    return False


def _path(path: tuple[str, ...], kind: ir.ValueType) -> Read:
    *references, key = path
    if not references and kind.family in _PLAIN:
        return lambda row: row.value(key)
    if not references and kind.family is ir.Family.NUMBER:
        return lambda row: found if (found := row.value(key)) == found else None  # NaN is unknown

    def read(row: Row) -> Known:
        above: Row | None = row
        for reference in references:
            above = above.parent(reference) if above is not None else None
        return None if above is None else _known(above.value(key))

    return read


def _linked(path: tuple[str, ...], read: Read) -> Read:
    """Read a link; one to a record that is not there is unknown."""
    *references, key = path

    def link(row: Row) -> Known:
        above: Row | None = row
        for reference in (*references, key):
            above = above.parent(reference) if above is not None else None
        return None if above is None else read(row)

    return link


def _known(value: Value) -> Known:
    """Empty text, no option, a link to no record and NaN are all one: unknown."""
    match value:
        case "" | () | Link(None):
            return None
        case float() if value != value:  # noqa: PLR0124 - only NaN differs from itself
            return None
        case _:
            return value


def _on(reader: Read, work: Callable[[float], Value]) -> Read:
    """Work on a number that there is."""

    def read(row: Row) -> Known:
        found = reader(row)
        return work(found) if isinstance(found, (int, float)) else found

    return read


def _lost(values: list[Known]) -> list[Known]:
    """Return what a calculation gives that it cannot do: unknown before *none*."""
    if any(one is None for one in values):
        return [None]
    return [NONE] if any(one is NONE for one in values) else []


def _with_number(reader: Read, work: Callable[[float, float], float], number: float) -> Read:
    """Calculate with a value and a constant."""

    def read(row: Row) -> Known:
        found = reader(row)
        if found is None or found is NONE:
            return found
        total = work(float(found), number)  # type: ignore[arg-type]
        return total + 0.0 if math.isfinite(total) else None

    return read


def _coalesce(readers: list[Read]) -> Read:
    def read(row: Row) -> Known:
        lost: Known = NONE
        for reader in readers:
            found = reader(row)
            if found is None:
                lost = None
            elif found is not NONE:
                return found
        return lost

    return read


def _branches(pairs: list[tuple[Answer, Read]], otherwise: Read) -> Read:
    """Take the first branch that holds; where that is uncertain, all that may come must agree."""

    def read(row: Row) -> Known:
        maybe: list[Known] = []
        for ask, value in pairs:
            found = ask(row)
            if found is not False:
                maybe.append(value(row))
            if found:
                break
        else:
            maybe.append(otherwise(row))
        first = maybe[0]
        return first if all(one == first for one in maybe) else None

    return read
