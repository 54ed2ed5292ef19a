"""Predicates and values as steps of a program: what is worked out block by block.

What cannot be (totals of related records, texts made of texts, …) the frame works out whole beforehand,
and it is read in blocks like a column. Under `hold` the registers of predicates hold `Bounds`, else masks.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol

import numpy as np

from tierloom.backends.columns import arithmetic, atoms, own, tables, vectors
from tierloom.backends.columns.bounds import Bounds, all_of, any_of, doubted, sure
from tierloom.backends.columns.nodes import Atom, inputs, traits
from tierloom.backends.columns.operations import conditions, operands, operation
from tierloom.backends.columns.paths import above
from tierloom.backends.columns.program import SPAN, Program, Work
from tierloom.backends.columns.vectors import Coded, Numbers, Vector
from tierloom.domain.context import RunContext
from tierloom.engine.columns import Columns, Doubles, Mask, NumberColumn
from tierloom.rules import ir
from tierloom.rules.strict import without_needless


class Whole(Protocol):
    """What a frame knows of all records."""

    columns: Columns
    context: RunContext
    hold: bool

    def value(self, node: ir.ValueNode) -> Vector:
        """Return the values for all records, or a constant."""
        ...

    def answered(self, node: ir.Predicate) -> Bounds | None:
        """Return the answers for all records if it is better to keep them than to work them out again."""
        ...

    def plain(self, node: ir.Predicate) -> ir.Predicate:
        """Return the predicate without what only names or wraps it, local days as instants."""
        ...


class Streams:
    """Adds nodes to a program, over the records of a frame."""

    def __init__(self, program: Program, frame: Whole) -> None:
        self.program = program
        self.frame = frame

    @property
    def _states(self) -> int:
        """How many answers there are: no and yes, and under hold uncertain."""
        return 3 if self.frame.hold else 2

    # ── predicates ──────────────────────────────────────────────────────────────────────────────

    def predicate(self, node: ir.Predicate) -> int:
        """Return the register that holds the answers."""
        node = self.frame.plain(node)
        match node:
            case ir.Constant(value):
                return self._step(("constant", value), lambda: self._everywhere(value), SPAN)
            case ir.And(parts):
                asked = parts if self.frame.hold else without_needless(parts)
                return self._joined("and", asked, np.logical_and, all_of)
            case ir.Or(parts):
                return self._joined("or", parts, np.logical_or, any_of)
            case ir.Not(part):
                work: Work = Bounds.__invert__ if self.frame.hold else np.logical_not
                return self._step("not", lambda: work, self.predicate(part))
            case ir.InSegment(rule=rule):
                return self.predicate(rule)
            case _:
                return self._atom(own.turned(node))

    def _everywhere(self, value: bool) -> Work:
        def fill(span: slice) -> Mask | Bounds:
            found = np.full(span.stop - span.start, value)
            return sure(found) if self.frame.hold else found

        return fill

    def _joined(
        self,
        name: str,
        parts: Sequence[ir.Predicate],
        connective: np.ufunc,
        of_bounds: Callable[[Sequence[Bounds]], Bounds],
    ) -> int:
        registers = tuple(dict.fromkeys(map(self.predicate, parts)))
        if len(registers) == 1:
            return registers[0]
        if self.frame.hold:
            return self._step(name, lambda: lambda *answers: of_bounds(answers), *registers)
        if len(registers) == 2:
            return self._step(name, lambda: connective, *registers)
        return self._step(name, lambda: folded(connective), *registers)

    def _atom(self, node: Atom) -> int:
        found = self.frame.answered(node)
        if found is not None:
            return self._answers(node, found)
        key = own.tested_field(node)
        if key is not None:
            return self._own_field(node, key)
        values = inputs(node)
        if all(traits(one).constant for one in values):
            return self._settled(node)
        registers = tuple(map(self.value, values))
        work = self._test(node)
        return self._step(("test", _operator(node)), lambda: work, *registers)

    def _answers(self, node: ir.Predicate, found: Bounds) -> int:
        """Return a register with the blocks of answers that are there already."""
        if self.frame.hold:
            return self._step(("answers", node), lambda: found.block, SPAN)
        return self._step(("answers", node), lambda: found.true.__getitem__, SPAN)

    def _own_field(self, node: Atom, key: str) -> int:
        """Add a test of a field of the record against a constant."""
        column = self.frame.columns.column(key)
        limit = self.frame.value(node.right) if isinstance(node, ir.Compare) else None
        block = self._column(key)
        true = self._step(("own", node), lambda: own.test_of(node, column, limit), block)
        if not self.frame.hold:
            return true
        if isinstance(node, ir.IsKnown):
            return self._step("sure", lambda: sure, true)
        doubt = self._step("doubt", lambda: _doubt(own.unknown_in(column)), block)
        if limit is not None and limit.blank:  # compared with the unknown
            return self._step("never sure", lambda: lambda true: Bounds(true, ~true), true)
        return self._step("doubted", lambda: _doubted, true, doubt)

    def _settled(self, node: Atom) -> int:
        """Add an atom that only constants are in."""
        if not self.frame.columns.size:
            return self.predicate(ir.Constant(False))
        # What is chosen by a condition has a value for every record; all of them are the same.
        first = (vectors.block(self.frame.value(one), slice(1)) for one in inputs(node))
        values = [vectors.spread(one, 1) for one in first]
        answer = self._test(node)(*values)
        if not self.frame.hold:
            return self.predicate(ir.Constant(bool(answer[0])))
        true, possible = bool(answer.true[0]), bool(answer.possible[0])
        if true == possible:
            return self.predicate(ir.Constant(true))
        return self._step("open", lambda: _open, SPAN)

    def _test(self, node: Atom) -> Callable[..., Any]:
        """Return an atom as a function of its values."""
        if isinstance(node, ir.IsKnown):
            known: Work = lambda value: np.logical_not(value.blank)  # noqa: E731
            return (lambda value: sure(known(value))) if self.frame.hold else known
        test = atoms.test(node)
        if not self.frame.hold:
            return test

        def doubted_test(*values: Vector) -> Bounds:
            doubts = [vectors.unknown(one) for one in values]
            return doubted(test(*values), atoms.some_doubt(doubts, values))

        return doubted_test

    # ── values ──────────────────────────────────────────────────────────────────────────────────

    def value(self, node: ir.ValueNode) -> int:
        """Return the register that holds the values, or a constant."""
        match node:
            case ir.Calculated(value=inner):
                return self.value(inner)
            case ir.Var((key,)):
                return self._field(key)
        if traits(node).constant:
            return self.program.constant(("constant", node), lambda: self.frame.value(node))
        if not traits(node).streamed:
            return self._whole(node)
        if deciders := tables.deciding(node, self._states):
            return self._decided(node, deciders)
        match node:
            case ir.Var():
                work = above(node, self.frame.columns)
                return self._step(("above", node.path), lambda: work, SPAN)
            case ir.Arithmetic():
                return self._step("finite", lambda: arithmetic.finite, self._chained(node))
        return self._operation(node)

    def _decided(self, node: ir.ValueNode, deciders: Sequence[ir.Predicate]) -> int:
        """Add a number that a few conditions decide."""
        constants, context = self.frame.value, self.frame.context
        numbers = tables.table(node, deciders, constants, context, self._states)
        work = tables.place_held if self.frame.hold else tables.place
        places = self._step("place", lambda: work, *map(self.predicate, deciders))
        return self._step(("table", node), lambda: tables.looked_up(numbers), places)

    def _operation(self, node: ir.ValueNode) -> int:
        answers = [self._bounds(one) for one in conditions(node)]
        parts = [self.value(one) for one in operands(node)]
        work = operation(node, self.frame.context)
        return self._step(("operation", node), lambda: work, *answers, *parts)

    def _chained(self, node: ir.Arithmetic) -> int:
        """Add an operation on numbers; what overflows may be infinite, which the end of the chain settles."""
        passes = arithmetic.passing_infinity(node.sign, len(node.parts))
        parts = [
            self._chained(inner)
            if through and (inner := _inner_arithmetic(one))
            else self.value(one)
            for one, through in zip(node.parts, passes, strict=True)
        ]
        work = arithmetic.chained(node.sign)
        return self._step(("arithmetic", node.sign), lambda: work, *parts)

    def _bounds(self, node: ir.Predicate) -> int:
        register = self.predicate(node)
        return register if self.frame.hold else self._step("sure", lambda: sure, register)

    def _column(self, key: str) -> int:
        """Return the register that holds a block of a field's array."""
        array = own.array_of(self.frame.columns.column(key))
        return self._step(("column", key), lambda: array.__getitem__, SPAN)

    def _field(self, key: str) -> int:
        column = self.frame.columns.column(key)
        if isinstance(column, NumberColumn):
            work: Work = _doubles
        else:
            work = lambda codes: Coded(codes, own.dictionary_of(column))  # noqa: E731
        return self._step("field", lambda: work, self._column(key))

    def _whole(self, node: ir.ValueNode) -> int:
        """Return a register with blocks of what the frame works out for all records at once."""
        found = self.frame.value(node)
        return self._step(("whole", node), lambda: lambda span: vectors.block(found, span), SPAN)

    def _step(self, name: Hashable, make: Callable[[], Work], *registers: int) -> int:
        return self.program.step((name, self.frame.hold), make, *registers)


def folded(connective: np.ufunc) -> Work:
    """Return the connective of three masks or more."""

    def join(first: Mask, second: Mask, *others: Mask) -> Mask:
        found: Mask = connective(first, second)
        for one in others:
            connective(found, one, out=found)
        return found

    return join


def _doubles(values: Doubles) -> Numbers:
    return Numbers(values.astype(np.float64, copy=False))


def _doubt(unknown: own.Test) -> Work:
    """Return what tells where values of a block are unknown; None where all are known."""

    def ask(block: own.Array) -> Mask | None:
        found = unknown(block)
        return found if found.any() else None

    return ask


def _doubted(true: Mask, doubt: Mask | None) -> Bounds:
    return sure(true) if doubt is None else Bounds(true, np.logical_or(true, doubt))


def _open(span: slice) -> Bounds:
    """Return answers that are all uncertain."""
    size = span.stop - span.start
    return Bounds(np.zeros(size, np.bool_), np.ones(size, np.bool_))


def _inner_arithmetic(node: ir.ValueNode) -> ir.Arithmetic | None:
    match node:
        case ir.Calculated(value=inner):
            return _inner_arithmetic(inner)
        case ir.Arithmetic():
            return None if traits(node).constant else node
    return None


def _operator(node: Atom) -> Hashable:
    """Return what an atom asks, without the values of which it asks."""
    match node:
        case ir.Compare(comparison, left):
            return comparison, left.type.options
        case ir.OneOf(choices=choices, value=value):
            return "one of", choices, value.type.family
        case ir.Matches(test=test, needle=needle):
            return test, needle
        case ir.HasAnyOf(options=options):
            return "has", options
    return type(node).__name__
