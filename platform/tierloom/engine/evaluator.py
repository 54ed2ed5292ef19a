"""What a run needs of an evaluator. `tierloom.backends.columns` is one; it is handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tierloom.domain.context import RunContext
from tierloom.engine.columns import Bits, Column, Columns, Mask
from tierloom.engine.results import Instants
from tierloom.rules import ir


@dataclass(frozen=True, slots=True)
class Kleene:
    """Three-valued answers: `certain` where it is known, `true` where it is known to be yes."""

    true: Mask
    certain: Mask

    @property
    def uncertain(self) -> Mask:
        """Where too little is known to answer."""
        return ~self.certain

    @property
    def false(self) -> Mask:
        """Where the answer is known to be no."""
        return self.certain & ~self.true


@dataclass(frozen=True, slots=True)
class PackedKleene:
    """The same as bits."""

    true: Bits
    certain: Bits


@dataclass(frozen=True, slots=True)
class Answer:
    """The values of an expression for every record, as a column.

    `none` marks the values that are *none*, the aggregate of nothing ("never"): the column shows
    them as unknown, but they are known. It is None where there is no such value.
    """

    column: Column
    none: Mask | None = None


class Evaluator(Protocol):
    """Evaluates rules over all records of a table. Results are shared: nobody writes into them."""

    def mask(self, p: ir.Predicate, columns: Columns, context: RunContext) -> Mask:
        """Tell where the predicate holds, two-valued."""
        ...

    def masks(
        self, predicates: Sequence[ir.Predicate], columns: Columns, context: RunContext
    ) -> list[Mask]:
        """Tell where each predicate holds, two-valued: all together, which is quicker than one by one."""
        ...

    def kleene(self, p: ir.Predicate, columns: Columns, context: RunContext) -> Kleene:
        """Tell where the predicate holds, does not, or is uncertain (`on_missing: hold`)."""
        ...

    def packed(
        self, predicates: Sequence[ir.Predicate], columns: Columns, context: RunContext
    ) -> list[Bits]:
        """Tell where each predicate holds, as bits, which nobody keeps: for results to be stored."""
        ...

    def kleenes(
        self, predicates: Sequence[ir.Predicate], columns: Columns, context: RunContext
    ) -> list[Kleene]:
        """Tell where each predicate holds, does not, or is uncertain."""
        ...

    def packed_kleenes(
        self, predicates: Sequence[ir.Predicate], columns: Columns, context: RunContext
    ) -> list[PackedKleene]:
        """Tell where each predicate holds, does not, or is uncertain, as bits, which nobody keeps."""
        ...

    def value(self, v: ir.ValueNode, columns: Columns, context: RunContext) -> Answer:
        """Work out an expression."""
        ...

    def next_change(
        self, node: ir.Node, columns: Columns, context: RunContext, *, hold: bool = False
    ) -> Instants:
        """Return when, after `as_of`, time alone can change each record's result; `stays.NEVER` where it cannot.

        The two-valued result, or with `hold` the three-valued one. Instants are in milliseconds UTC.
        """
        ...
