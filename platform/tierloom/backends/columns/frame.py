"""The walk: a predicate or a value over all records of a table, two-valued or under hold.

Masks and costly values are worked out whole and kept on the snapshot's shelf. Arithmetic is not: an
atom takes it in blocks that fit the processor's cache, so that a chain of operations reads memory
once.
"""

from collections.abc import Iterator

import numpy as np

from tierloom.backends.columns import arithmetic, atoms, related, rollups, vectors
from tierloom.backends.columns.bounds import Bounds, all_of, any_of, doubted, sure
from tierloom.backends.columns.calls import call
from tierloom.backends.columns.constants import NUMERIC, constant, number
from tierloom.backends.columns.days import as_instants
from tierloom.backends.columns.moments import moment, newest, relation_of, rows_moment
from tierloom.backends.columns.nodes import Atom, inputs, traits
from tierloom.backends.columns.shelf import Key, Shelf, shelf_of
from tierloom.backends.columns.vectors import (
    Coded,
    Numbers,
    Vector,
    block,
    frozen,
    settled,
    spread,
    unknown,
)
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate
from tierloom.engine.columns import (
    BooleanColumn,
    Column,
    Columns,
    Mask,
    NumberColumn,
    ReferenceColumn,
    TextColumn,
)
from tierloom.rules import ir
from tierloom.rules.strict import without_needless

BLOCK = 32_768
_CHILD_BLOCKS = 4
"""There are many more related records; a step over them does little, and its own cost counts."""


class Frame:
    """Evaluates nodes over `columns`; `hold` asks for three-valued answers."""

    def __init__(self, columns: Columns, context: RunContext, *, hold: bool = False) -> None:
        self.columns = columns
        self.context = context
        self.hold = hold
        self.shelf: Shelf = shelf_of(columns)

    # ── predicates ──────────────────────────────────────────────────────────────────────────────

    def predicate(self, node: ir.Predicate) -> Bounds:
        """Return the answers for all records, read-only."""
        match node:
            case ir.InSegment(rule=rule):
                return self.predicate(rule)
            case ir.IsTrue(value=ir.Truth(predicate=inner)):
                return self.predicate(inner)
        size = self.columns.size
        return self.shelf.get(self._key(node), lambda: self._answers(node).frozen(size))

    def _answers(self, node: ir.Predicate) -> Bounds:
        match node:
            case ir.Constant(value):
                return sure(np.asarray(value))
            case ir.And(parts):
                kept = parts if self.hold else without_needless(parts)
                return all_of(map(self.predicate, kept))
            case ir.Or(parts):
                return any_of(map(self.predicate, parts))
            case ir.Not(part):
                return ~self.predicate(part)
            case ir.InSegment(rule=rule):
                return self.predicate(rule)
            case ir.Compare() if found := self._as_instants(node):
                return self._answers(found)
            case _:
                return self._atom(node)

    def _as_instants(self, node: ir.Compare) -> ir.Predicate | None:
        """Return a comparison of a local day with a fixed one as one of instants, which is quicker."""
        match node.left:
            case ir.Call(ir.Function.DATE_OF, (instant,)) if traits(node.right).constant:
                day = float(_number(self.value(node.right)).values)
                return as_instants(node.comparison, instant, day, self.context.zone)
        return None

    def _atom(self, node: Atom) -> Bounds:
        if not any(traits(one).streamed for one in inputs(node)):
            return self._test(node, None)
        true = np.empty(self.columns.size, np.bool_)
        possible = np.empty(self.columns.size, np.bool_) if self.hold else true
        for span in self._spans():
            answers = self._test(node, span)
            true[span] = answers.true
            possible[span] = answers.possible
        return Bounds(true, possible)

    def _test(self, node: Atom, span: slice | None) -> Bounds:
        """Return an atom's answers for a block, or for all records."""
        values = [self._part(value, span) for value in inputs(node)]
        if isinstance(node, ir.IsKnown):
            return sure(np.asarray(~values[0].blank))
        true = self._true(node, values)
        if not self.hold:
            return sure(true)
        doubts = [
            self._unknown(one, value, span) for one, value in zip(inputs(node), values, strict=True)
        ]
        return doubted(true, atoms.some_doubt(doubts, values))

    def _unknown(self, node: ir.ValueNode, vector: Vector, span: slice | None) -> Mask:
        """Return where a value is unknown; of a whole field this is kept, many atoms ask for it."""
        if span is not None or not isinstance(node, ir.Var):
            return unknown(vector)
        return self.shelf.get(self._key(node, "unknown"), lambda: frozen(unknown(vector)))

    def _true(self, node: Atom, values: list[Vector]) -> Mask:
        match node:
            case ir.Compare(comparison, left):
                if left.type.ranked and comparison is not ir.Comparison.EQUAL:
                    values = [atoms.ranks(_coded(one), left.type.options) for one in values]
                return atoms.compare(comparison, *values)
            case ir.OneOf(choices=choices, value=value):
                return atoms.one_of(values[0], choices, value.type.family)
            case ir.Matches(test=test, needle=needle):
                return atoms.matches(_coded(values[0]), test, needle)
            case ir.HasAnyOf(options=options):
                return atoms.has_any(_coded(values[0]), options)
            case ir.IsTrue():
                return np.asarray(_coded(values[0]).codes == 1)
        raise TypeError(f"{type(node).__name__} is no test.")

    # ── values ──────────────────────────────────────────────────────────────────────────────────

    def value(self, node: ir.ValueNode) -> Vector:
        """Return the values for all records, or a constant."""
        match node:
            case ir.Literal(value, kind):
                return constant(value, kind)
            case ir.Today():
                return Numbers(np.asarray(number(self.context.today)))
            case ir.Now():
                return Numbers(np.asarray(number(self.context.as_of)))
            case ir.Var((key,)):
                return _vector(self.columns.column(key))
            case ir.Calculated(value=inner):
                return self.value(inner)
            case ir.Scored(value=inner, hold=hold):
                return Frame(self.columns, self.context, hold=hold).value(inner)
        return self.shelf.get(self._key(node), lambda: settled(self._whole(node)))

    def _whole(self, node: ir.ValueNode) -> Vector:
        match node:
            case ir.RollUpOf():
                return self._roll_up(node)
            case ir.Truth(predicate=predicate):
                return _truth(self.predicate(predicate))
        if traits(node).streamed:
            blocks = ((span, _number(self._work_out(node, span))) for span in self._spans())
            return vectors.joined(blocks, self.columns.size)
        return self._work_out(node, None)

    def _part(self, node: ir.ValueNode, span: slice | None) -> Vector:
        """Return the values for a block, or for all records."""
        match node:
            case ir.Calculated(value=inner):
                return self._part(inner, span)
            case _ if span is None:
                return self.value(node)
            case _ if traits(node).streamed:
                return self._work_out(node, span)
        return block(self.value(node), span)

    def _work_out(self, node: ir.ValueNode, span: slice | None) -> Vector:
        """Work out a node from its parts, for a block or for all records."""
        match node:
            case ir.Var(path):
                return self._above(path, span)
            case ir.Arithmetic(sign, parts):
                return arithmetic.arithmetic(
                    sign, [_number(self._part(one, span)) for one in parts]
                )
            case ir.Call(args=args):
                return call(node, [self._part(arg, span) for arg in args], self.context)
            case ir.Rounded(value, kind):
                return arithmetic.rounded(_number(self._part(value, span)), kind.scale or 0)
            case ir.Banded(value=value):
                return arithmetic.banded(_number(self._part(value, span)), node)
            case ir.If(branches, otherwise):
                taken = [
                    (self._condition(condition, span), self._part(value, span))
                    for condition, value in branches
                ]
                return arithmetic.if_else(taken, self._part(otherwise, span))
        raise TypeError(f"{type(node).__name__} is no value.")

    def _condition(self, node: ir.Predicate, span: slice | None) -> Bounds:
        answers = self.predicate(node)
        return answers if span is None else answers.block(span)

    def _above(self, path: tuple[str, ...], span: slice | None) -> Vector:
        """Return a field of the record that references lead up to."""
        where = _reference(self.columns.column(path[0])).positions[span or slice(None)]
        columns = self.columns.parent(path[0])
        for reference in path[1:-1]:
            further = Coded(_reference(columns.column(reference)).positions)
            where = _coded(vectors.take(further, where)).codes
            columns = columns.parent(reference)
        return vectors.take(_vector(columns.column(path[-1])), where)

    # ── related records ─────────────────────────────────────────────────────────────────────────

    def _roll_up(self, node: ir.RollUpOf) -> Vector:
        children = self.columns.children(relation_of(node.rows, self.columns))
        child = Frame(children.columns, self.context)
        keep = child.kept_rows(node.rows)
        if node.operand is None and keep is None:
            return Numbers(np.diff(children.starts).astype(np.float64))
        if node.operand is None:
            return rollups.count(related.unordered_rows(children, node.rows, keep))
        if rollups.needs_order(node.aggregate):
            rows = related.ordered_rows(children, keep)
        else:
            rows = related.unordered_rows(children, node.rows, keep)
        hold = self.hold and node.aggregate is not Aggregate.SHARE
        same = Frame(children.columns, self.context, hold=hold)
        operand = spread(same.value(node.operand), children.columns.size)
        return rollups.aggregate(node.aggregate, rows, operand, node.operand.type.scale)

    def kept_rows(self, rows: ir.Related) -> Mask | None:
        """Return which of these (child) records count, two-valued; None where all do."""
        if rows.date_field is None and rows.only is None:
            return None
        moment_of_rows = rows_moment(rows, self.columns, self.context)
        key = Key("rows", rows.only, rows.date_field, rows.window_days, moment_of_rows)
        found = self.shelf.get(key, lambda: self._kept_rows(rows))
        return found.true if found.true.ndim else None

    def _kept_rows(self, rows: ir.Related) -> Bounds:
        in_time = related.in_time(rows, self.columns, self.context)
        if rows.only is None:
            return sure(np.asarray(True) if in_time is None else frozen(in_time))
        asked = self._conditions(rows.only)
        parts = [one for one in asked if not self._always_before(one, rows.date_field, asked)]
        true = np.empty(self.columns.size, np.bool_)
        for span in self._spans(_CHILD_BLOCKS):
            found = self._asked(parts[0], span)
            for part in parts[1:]:
                found = found & self._asked(part, span)
            true[span] = found if in_time is None else found & in_time[span]
        return sure(frozen(true))

    def _conditions(self, node: ir.Predicate) -> tuple[ir.Predicate, ...]:
        """Return the parts that must all hold, local days as instants."""
        match node:
            case ir.And(parts):
                return tuple(
                    one for part in without_needless(parts) for one in self._conditions(part)
                )
            case ir.Compare() if found := self._as_instants(node):
                return self._conditions(found)
        return (node,)

    def _always_before(
        self, node: ir.Predicate, date_field: str | None, others: tuple[ir.Predicate, ...]
    ) -> bool:
        """Tell whether a part wants a record before a day that all are before, and another one wants it dated."""
        match node:
            case ir.Compare(ir.Comparison.LESS, ir.Var((key,)), ir.Literal(limit)):
                dated = any(
                    isinstance(one, ir.Compare)
                    and one.comparison is ir.Comparison.GREATER_EQUAL
                    and one.left == node.left
                    for one in others
                )
                return dated and key == date_field and newest(self.columns, key) < number(limit)
        return False

    def _asked(self, node: ir.Predicate, span: slice) -> Mask:
        """Answer for a block; simple comparisons are not kept, to make them again takes no longer."""
        match node:
            case ir.Compare(left=ir.Var((_,), kind), right=ir.Literal()) if kind.family in NUMERIC:
                return self._test(node, span).true
        return self.predicate(node).true[span]

    # ── this and that ───────────────────────────────────────────────────────────────────────────

    def _key(self, node: ir.Node, what: str = "") -> Key:
        hold = self.hold and traits(node).asks
        return Key(node, what, hold, moment(node, self.columns, self.context))

    def _spans(self, blocks: int = 1) -> Iterator[slice]:
        """Give spans of all records, of so many blocks each."""
        step = blocks * BLOCK
        for start in range(0, self.columns.size, step):
            yield slice(start, min(start + step, self.columns.size))


def _vector(column: Column) -> Vector:
    match column:
        case NumberColumn(values=values):
            return Numbers(values)
        case TextColumn(codes=codes, dictionary=dictionary):
            return Coded(codes, dictionary)
        case ReferenceColumn(positions=positions):
            return Coded(positions)
        case BooleanColumn(values=flags):
            return Coded(flags)


def _truth(answers: Bounds) -> Coded:
    codes = answers.true.astype(np.int8)
    return Coded(codes if answers.is_certain else np.where(answers.doubt, np.int8(-1), codes))


def _reference(column: Column) -> ReferenceColumn:
    assert isinstance(column, ReferenceColumn), "A path goes up by references."
    return column


def _number(vector: Vector) -> Numbers:
    assert isinstance(vector, Numbers), "Arithmetic is for numbers."
    return vector


def _coded(vector: Vector) -> Coded:
    assert isinstance(vector, Coded), "This test is for texts, choices and booleans."
    return vector
