"""Predicates and values as steps of a program: what is worked out block by block.

What cannot be (totals of related records, texts made of texts, …) the frame works out whole beforehand,
and it is read in blocks like a column.

The answers to a predicate are two registers: where it certainly holds, and where it may hold. With those, Kleene's
connectives are the ordinary ones on each side. What is two-valued has one register for both, so that nothing is worked
out twice. They hold bits, eight records a byte: joining them takes next to no time.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from tierloom.backends.columns import arithmetic, atoms, own, tables, vectors
from tierloom.backends.columns.bounds import PackedBounds, bytes_of, mask_of, sure, unpacked
from tierloom.backends.columns.nodes import Atom, inputs, traits
from tierloom.backends.columns.operations import conditions, operands, operation
from tierloom.backends.columns.paths import above
from tierloom.backends.columns.program import SPAN, Program, Work
from tierloom.backends.columns.vectors import Coded, Numbers, Vector
from tierloom.domain.context import RunContext
from tierloom.engine.columns import Bits, Columns, Doubles, Mask, NumberColumn, array_of
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

    def answered(self, node: ir.Predicate) -> PackedBounds | None:
        """Return the answers for all records if it is better to keep them than to work them out again."""
        ...

    def keeps(self, node: ir.Node) -> bool:
        """Tell whether what a part of a rule gives is kept for all records."""
        ...

    def asked_again(self, node: ir.Node) -> bool:
        """Tell whether a part of a rule that is not kept was wanted before, and so shall be kept from now on."""
        ...

    def plain(self, node: ir.Predicate) -> ir.Predicate:
        """Return the predicate without what only names or wraps it, local days as instants."""
        ...


class Answers(NamedTuple):
    """The registers of the answers to a predicate, as bits: where it certainly holds, and where it may."""

    true: int
    possible: int


class Streams:
    """Adds nodes to a program, over the records of a frame."""

    def __init__(self, program: Program, frame: Whole) -> None:
        self.program = program
        self.frame = frame
        self.again: dict[ir.Predicate, Answers] = {}
        """Parts that shall be kept, as somebody asks for them again and again."""
        self.values_again: dict[ir.ValueNode, int] = {}
        self._masks: dict[int, int] = {}
        """The registers of the masks that others hold as bits."""

    @property
    def _states(self) -> int:
        """How many answers there are: no and yes, and under hold uncertain."""
        return 3 if self.frame.hold else 2

    # ── predicates ──────────────────────────────────────────────────────────────────────────────

    def bounds(self, node: ir.Predicate) -> int:
        """Return the register that holds the answers as `Bounds`."""
        answers = self._predicate(node)
        if self.frame.hold:
            return self._step("bounds", lambda: unpacked, SPAN, *answers)
        return self._step("bounds", lambda: sure, self._mask(answers.true))

    def mask(self, node: ir.Predicate) -> int:
        """Return the register that holds where the predicate holds, as a mask."""
        assert not self.frame.hold, "Under hold there are two."
        return self._mask(self._predicate(node).true)

    def bits(self, node: ir.Predicate) -> Answers:
        """Return the registers that hold the answers."""
        return self._predicate(node)

    def _predicate(self, node: ir.Predicate) -> Answers:
        node = self.frame.plain(node)
        match node:
            case ir.Constant(value):
                return self._certain(
                    self._step(("constant", value), lambda: _everywhere(value), SPAN)
                )
            case ir.And(parts):
                asked = parts if self.frame.hold else without_needless(parts)
                return self._joined("and", np.bitwise_and, asked)
            case ir.Or(parts):
                return self._joined("or", np.bitwise_or, parts)
            case ir.Not(part):
                true, possible = self._predicate(part)
                return Answers(self._inverted(possible), self._inverted(true))
            case ir.InSegment(rule=rule):
                return self._predicate(rule)
            case _:
                return self._atom(own.turned(node))

    def _joined(self, name: str, connective: np.ufunc, parts: Sequence[ir.Predicate]) -> Answers:
        sides = zip(*map(self._predicate, parts), strict=True)
        return Answers(*(self._folded(name, connective, side) for side in sides))

    def _folded(self, name: str, connective: np.ufunc, registers: Sequence[int]) -> int:
        first, *others = dict.fromkeys(registers)
        if not others:
            return first
        work = connective if len(others) == 1 else folded(connective)
        return self._step(name, lambda: work, first, *others)

    def _inverted(self, register: int) -> int:
        return self._step("not", lambda: np.bitwise_not, register)

    def _packed(self, mask: int) -> int:
        register = self._step("packed", lambda: np.packbits, mask)
        self._masks[register] = mask
        return register

    def _mask(self, bits: int) -> int:
        known = self._masks.get(bits)
        return self._step("mask", lambda: mask_of, SPAN, bits) if known is None else known

    def _certain(self, mask: int) -> Answers:
        """Return answers without doubt."""
        register = self._packed(mask)
        return Answers(register, register)

    def _doubted(self, true: int, doubt: int) -> Answers:
        """Return answers that are uncertain where the mask `doubt` says so."""
        assert self.frame.hold, "Without hold there is no doubt."
        certain = self._packed(true)
        return Answers(certain, self._folded("or", np.bitwise_or, (certain, self._packed(doubt))))

    def _atom(self, node: Atom) -> Answers:
        found = self.frame.answered(node)
        if found is not None:
            return self._kept(node, found)
        answers = self._tested(node)
        if self.frame.asked_again(node):
            self.again[node] = answers
        return answers

    def _tested(self, node: Atom) -> Answers:
        key = own.tested_field(node)
        if key is not None:
            return self._own_field(node, key)
        values = inputs(node)
        if all(traits(one).constant for one in values):
            return self._settled(node)
        registers = tuple(map(self.value, values))
        test = _test(node)
        true = self._step(("test", _operator(node)), lambda: test, *registers)
        if not self.frame.hold or isinstance(node, ir.IsKnown):
            return self._certain(true)
        return self._doubted(true, self._step("doubt", lambda: atoms.doubt, *registers))

    def _kept(self, node: ir.Predicate, found: PackedBounds) -> Answers:
        """Return registers with the blocks of answers that are there already."""
        true = self._step(("answers", node), lambda: _blocks_of(found.true), SPAN)
        if not self.frame.hold or found.true is found.possible:
            return Answers(true, true)
        return Answers(
            true, self._step(("possible", node), lambda: _blocks_of(found.possible), SPAN)
        )

    def _own_field(self, node: Atom, key: str) -> Answers:
        """Add a test of a field of the record against a constant."""
        column = self.frame.columns.column(key)
        limit = self.frame.value(node.right) if isinstance(node, ir.Compare) else None
        block = self._column(key)
        test = self._step(("own", node), lambda: own.test_of(node, column, limit), block)
        if not self.frame.hold:
            return self._certain(test)
        if limit is not None and limit.blank:  # compared with the unknown
            return self._open()
        unknown = self._step("unknown", lambda: own.unknown_in(column), block)
        if isinstance(node, ir.IsKnown):  # what others ask of the field as well
            known = self._inverted(self._packed(unknown))
            return Answers(known, known)
        return self._doubted(test, unknown)

    def _settled(self, node: Atom) -> Answers:
        """Add an atom that only constants are in."""
        if not self.frame.columns.size:
            return self._predicate(ir.Constant(False))
        # What is chosen by a condition has a value for every record; all of them are the same.
        first = (vectors.block(self.frame.value(one), slice(1)) for one in inputs(node))
        values = [vectors.spread(one, 1) for one in first]
        true = bool(_test(node)(*values)[0])
        asks = self.frame.hold and not isinstance(node, ir.IsKnown)
        if asks and not true and atoms.doubt(*values)[0]:
            return self._open()
        return self._predicate(ir.Constant(true))

    def _open(self) -> Answers:
        """Return answers that are all uncertain."""
        no, yes = (self._predicate(ir.Constant(one)) for one in (False, True))
        return Answers(no.true, yes.possible)

    # ── values ──────────────────────────────────────────────────────────────────────────────────

    def value(self, node: ir.ValueNode) -> int:
        """Return the register that holds the values, or a constant."""
        if traits(node).constant:
            return self.program.constant(("constant", node), lambda: self.frame.value(node))
        self.program.makes_values = True
        match node:
            case ir.Calculated(value=inner):
                return self.value(inner)
            case ir.Var((key,)):
                return self._field(key)
        if not traits(node).streamed or self.frame.keeps(node):
            return self._whole(node)
        register = self._streamed(node)
        if self.frame.asked_again(node):
            self.values_again[node] = register
        return register

    def _streamed(self, node: ir.ValueNode) -> int:
        if deciders := tables.deciding(node, self._states):
            return self._decided(node, deciders)
        match node:
            case ir.Var():
                work = above(node, self.frame.columns)
                return self._step(("above", node.path), lambda: work, SPAN)
            case ir.Arithmetic():
                found = self._chained(node)
                settles = arithmetic.may_overflow(node)
                return self._step("finite", lambda: arithmetic.finite, found) if settles else found
        return self._operation(node)

    def _decided(self, node: ir.ValueNode, deciders: Sequence[ir.Predicate]) -> int:
        """Add a number that a few conditions decide."""
        constants, context = self.frame.value, self.frame.context
        numbers = tables.table(node, deciders, constants, context, self._states)
        work, asked = (
            (tables.place_held, self.bounds) if self.frame.hold else (tables.place, self.mask)
        )
        places = self._step("place", lambda: work, *map(asked, deciders))
        return self._step(("table", node), lambda: tables.looked_up(numbers), places)

    def _operation(self, node: ir.ValueNode) -> int:
        answers = [self.bounds(one) for one in conditions(node)]
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

    def _column(self, key: str) -> int:
        """Return the register that holds a block of a field's array."""
        array = array_of(self.frame.columns.column(key))
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


def _blocks_of(bits: Bits) -> Work:
    return lambda span: bits[bytes_of(span)]


def _everywhere(value: bool) -> Work:
    return lambda span: np.full(span.stop - span.start, value)


def folded(connective: np.ufunc) -> Work:
    """Return the connective of three masks (or bits) or more."""

    def join(first: Mask, second: Mask, *others: Mask) -> Mask:
        found: Mask = connective(first, second)
        for one in others:
            connective(found, one, out=found)
        return found

    return join


def _test(node: Atom) -> Callable[..., Mask]:
    """Return an atom as a function of its values."""
    if isinstance(node, ir.IsKnown):
        return lambda value: np.logical_not(value.blank)
    return atoms.test(node)


def _doubles(values: Doubles) -> Numbers:
    return Numbers(values.astype(np.float64, copy=False))


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
