"""The records of a table as the evaluator sees them: answers and values for all of them, kept on a shelf.

Predicates, and what is reckoned of a record's own numbers, go through the records block by block
(`streams`), all that are asked for together. What needs all records at once is worked out here.
"""

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np

from tierloom.backends.columns import related, rollups, vectors
from tierloom.backends.columns.bounds import Bounds, Packed, PackedBounds
from tierloom.backends.columns.constants import constant, number
from tierloom.backends.columns.days import as_instants
from tierloom.backends.columns.kept import Kept
from tierloom.backends.columns.moments import moment, newest, relation_of, rows_moment
from tierloom.backends.columns.nodes import traits
from tierloom.backends.columns.operations import conditions, operands, operation
from tierloom.backends.columns.patches import bring_forward
from tierloom.backends.columns.paths import above
from tierloom.backends.columns.program import Program, Take
from tierloom.backends.columns.shelf import Key, Shelf, shelf_of
from tierloom.backends.columns.streams import Streams
from tierloom.backends.columns.vectors import Coded, Joined, Numbers, Vector, settled, spread
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate
from tierloom.engine.columns import ChildRows, Columns
from tierloom.rules import ir
from tierloom.rules.strict import without_needless

_FEW = 32
"""So many predicates are asked at once by who types a rule: itself and its parts."""


class Frame:
    """Evaluates nodes over `columns`; `hold` asks for three-valued answers."""

    def __init__(self, columns: Columns, context: RunContext, *, hold: bool = False) -> None:
        self.columns = columns
        self.context = context
        self.hold = hold
        self.shelf: Shelf = shelf_of(columns)
        self._asked: frozenset[ir.Node] = frozenset()
        self._looked: set[Key] | None = None

    # ── predicates ──────────────────────────────────────────────────────────────────────────────

    def predicate(self, node: ir.Predicate) -> PackedBounds:
        """Return the answers for all records."""
        return self.predicates((node,))[0]

    def predicates(self, nodes: Iterable[ir.Predicate]) -> list[PackedBounds]:
        """Return the answers to several predicates, which are worked out together."""
        asked = [(node, self._key(node)) for node in map(self.plain, nodes)]
        for node, key in asked:
            bring_forward(self.shelf, key, node, partial(self._predicate_of, node))
        missing = dict.fromkeys(node for node, key in asked if key not in self.shelf)
        made = dict(zip(missing, self._answers(tuple(missing)), strict=True))

        def answers(node: ir.Predicate) -> PackedBounds:
            return made[node] if node in made else self._answers((node,))[0]

        return [self.shelf.get(key, partial(answers, node)) for node, key in asked]

    def plain(self, node: ir.Predicate) -> ir.Predicate:
        """Return the predicate without what only names or wraps it, local days as instants."""
        match node:
            case ir.InSegment(rule=rule):
                return self.plain(rule)
            case ir.IsTrue(value=ir.Truth(predicate=inner)):
                return self.plain(inner)
            case ir.IsTrue(value=ir.Calculated(value=inner)):
                return self.plain(ir.IsTrue(inner))
            case ir.Compare(comparison, ir.Call(ir.Function.DATE_OF, (instant,)), day):
                if traits(day).constant:
                    found = vectors.only_value(self.value(day))
                    assert isinstance(found, float)
                    return as_instants(comparison, instant, found, self.context.zone) or node
        return node

    def answered(self, node: ir.Predicate) -> PackedBounds | None:
        """Return the answers for all records if it is better to keep them than to work them out again."""
        if node in self._asked or not (traits(node).dear or self.keeps(node)):
            return None
        return self.predicate(node)

    def keeps(self, node: ir.Node) -> bool:
        """Tell whether what a part of a rule gives is kept."""
        if self._looked is None or node in self._asked:
            return False
        key = self._key(node)
        return key in self.shelf or self.shelf.former(key) is not None

    def asked_again(self, node: ir.Node) -> bool:
        """Tell whether a part of a rule that is not kept was wanted before, and so shall be kept from now on.

        Where many rules are asked at once, as a run does, nobody is about to ask again.
        """
        if self._looked is None or node in self._asked or (key := self._key(node)) in self._looked:
            return False
        self._looked.add(key)
        return self.shelf.asked_again(key)

    def packed(self, nodes: Sequence[ir.Predicate]) -> list[PackedBounds]:
        """Return answers that are not kept, nor any of their parts."""
        return self._worked_out(nodes, looks=False)

    def _answers(self, nodes: Sequence[ir.Predicate]) -> list[PackedBounds]:
        return self._worked_out(nodes, looks=True) if nodes else []

    def _worked_out(self, nodes: Sequence[ir.Predicate], *, looks: bool) -> list[PackedBounds]:
        """Work out the answers to predicates, in one go through the records."""
        program, streams = self._program(nodes, looks=looks)
        asked = [streams.bits(one) for one in nodes]
        size = self.columns.size
        bits = {one: Packed(size) for pair in (*asked, *streams.again.values()) for one in pair}
        values = {node: (one, Joined(size)) for node, one in streams.values_again.items()}
        outputs: list[tuple[int, Take]] = [(register, one.take) for register, one in bits.items()]
        outputs += [(register, one.take) for register, one in values.values()]
        program.run(size, outputs)
        whole = {register: one.whole() for register, one in bits.items()}
        for part, (true, possible) in streams.again.items():
            self._keep(part, PackedBounds(whole[true], whole[possible], size))
        for node, (_, one) in values.items():
            self._keep(node, one.whole())
        return [PackedBounds(whole[true], whole[possible], size) for true, possible in asked]

    def _keep(self, node: ir.Node, found: PackedBounds | Vector) -> None:
        self.shelf.get(self._key(node), lambda: found)

    def _program(self, nodes: Sequence[ir.Node], *, looks: bool = True) -> tuple[Program, Streams]:
        """Return what works nodes out in one go; if it `looks`, it keeps parts that were wanted before."""
        frame = Frame(self.columns, self.context, hold=self.hold)
        frame._asked = frozenset(nodes)
        frame._looked = set() if looks and len(nodes) <= _FEW else None
        program = Program()
        return program, Streams(program, frame)

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
                return settled(vectors.column_vector(self.columns.column(key)))
            case ir.Calculated(value=inner):
                return self.value(inner)
            case ir.Scored(value=inner, hold=hold):
                return Frame(self.columns, self.context, hold=hold).value(inner)
        name = self._key(node)
        if node.type.family is not ir.Family.REFERENCE:  # whose positions change with their table
            bring_forward(self.shelf, name, node, partial(self._value_of, node))
        return self.shelf.get(name, lambda: settled(self._whole(node)))

    def _whole(self, node: ir.ValueNode) -> Vector:
        match node:
            case ir.RollUpOf():
                return self._roll_up(node)
            case ir.Truth(predicate=predicate):
                return _truth(self.predicate(predicate).bounds())
        if traits(node).streamed:
            return self._streamed(node)
        if isinstance(node, ir.Var):
            return above(node, self.columns)(slice(None))
        answers = [one.bounds() for one in self.predicates(conditions(node))]
        return operation(node, self.context)(*answers, *map(self.value, operands(node)))

    def _streamed(self, node: ir.ValueNode) -> Vector:
        program, streams = self._program((node,), looks=False)
        register = streams.value(node)
        joined = Joined(self.columns.size)
        program.run(self.columns.size, [(register, joined.take)])
        return joined.whole()

    # ── related records ─────────────────────────────────────────────────────────────────────────

    def _roll_up(self, node: ir.RollUpOf) -> Vector:
        children = self.columns.children(relation_of(node.rows, self.columns))
        child = Frame(children.columns, self.context)
        keep = child.kept_rows(node.rows)
        if node.operand is None and keep is None:
            return Numbers(np.diff(children.starts).astype(np.float64))
        if node.operand is None:
            return rollups.count(related.unordered_rows(children, node.rows, keep))
        if keep is None and _is_latest_date(node, children):
            dates = child.value(node.operand)
            assert isinstance(dates, Numbers)
            return rollups.latest(children.rows, children.starts, dates.values)
        if rollups.needs_order(node.aggregate):
            rows = related.ordered_rows(children, keep)
        else:
            rows = related.unordered_rows(children, node.rows, keep)
        hold = self.hold and node.aggregate is not Aggregate.SHARE
        same = Frame(children.columns, self.context, hold=hold)
        operand = spread(same.value(node.operand), children.columns.size)
        return rollups.aggregate(node.aggregate, rows, operand, node.operand.type.scale)

    def kept_rows(self, rows: ir.Related) -> Kept | None:
        """Return which of these (child) records count, two-valued; None where all do."""
        if rows.date_field is None and rows.only is None:
            return None
        moment_of_rows = rows_moment(rows, self.columns, self.context)
        key = Key("rows", rows.only, rows.date_field, rows.window_days, moment_of_rows)
        bring_forward(self.shelf, key, rows.only, partial(self._kept_rows_of, rows))
        found = self.shelf.get(key, lambda: self._kept_rows(rows))
        return None if found.bits is None else found

    def _kept_rows(self, rows: ir.Related) -> Kept:
        asked = related.in_time(rows, self.columns, self.context)
        if rows.only is not None:
            wanted = self._conditions(rows.only)
            asked += tuple(
                one for one in wanted if not self._always_before(one, rows.date_field, wanted)
            )
        size = self.columns.size
        return Kept(self.packed((ir.And(asked),))[0].true if asked else None, size)

    def _conditions(self, node: ir.Predicate) -> tuple[ir.Predicate, ...]:
        """Return the parts that must all hold, local days as instants."""
        match self.plain(node):
            case ir.And(parts):
                return tuple(
                    one for part in without_needless(parts) for one in self._conditions(part)
                )
            case plain:
                return (plain,)

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

    # ── the same over some records ──────────────────────────────────────────────────────────────

    def _predicate_of(self, node: ir.Predicate, part: Columns) -> PackedBounds:
        return Frame(part, self.context, hold=self.hold).predicate(node)

    def _value_of(self, node: ir.ValueNode, part: Columns) -> Vector:
        return Frame(part, self.context, hold=self.hold).value(node)

    def _kept_rows_of(self, rows: ir.Related, part: Columns) -> Kept:
        return Frame(part, self.context).kept_rows(rows) or Kept(None, part.size)

    # ── this and that ───────────────────────────────────────────────────────────────────────────

    def _key(self, node: ir.Node) -> Key:
        hold = self.hold and traits(node).asks
        return Key(node, hold, moment(node, self.columns, self.context))


def _truth(answers: Bounds) -> Coded:
    codes = answers.true.astype(np.int8)
    return Coded(codes if answers.is_certain else np.where(answers.doubt, np.int8(-1), codes))


def _is_latest_date(node: ir.RollUpOf, children: ChildRows) -> bool:
    """Tell whether a roll-up asks for the greatest of the dates by which related records are sorted."""
    match node.aggregate, node.operand:
        case Aggregate.MAXIMUM, ir.Var((key,)):
            return bool(key == children.columns.record_type.date_field)
    return False
