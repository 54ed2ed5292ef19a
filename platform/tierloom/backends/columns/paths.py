"""Fields of the records that references lead up to."""

from collections.abc import Callable

from tierloom.backends.columns.vectors import Vector, column_vector
from tierloom.engine.columns import Column, Columns, ReferenceColumn
from tierloom.engine.subset import taken
from tierloom.rules import ir


def above(node: ir.Var, columns: Columns) -> Callable[[slice], Vector]:
    """Return what reads the field at the end of a path, for a block of records."""
    first, *others = node.path
    positions = _reference(columns.column(first)).positions
    steps: list[tuple[Columns, str]] = []
    for reference in others:
        columns = columns.parent(first)
        steps.append((columns, reference))
        first = reference
    *further, last = steps

    def read(span: slice) -> Vector:
        where = positions[span]
        for table, reference in further:
            where = _reference(taken(table, reference, where)).positions
        return column_vector(taken(*last, where))

    return read


def _reference(column: Column) -> ReferenceColumn:
    assert isinstance(column, ReferenceColumn), "A path goes up by references."
    return column
