"""Values for people to see: a few records' cells, as the values that forms know."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from math import isnan

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Field, Link, Value
from tierloom.domain.tiers import TIER
from tierloom.engine.columns import (
    BooleanColumn,
    Column,
    Columns,
    NumberColumn,
    Positions,
    ReferenceColumn,
    TextColumn,
)
from tierloom.engine.evaluator import Evaluator
from tierloom.rules import ir
from tierloom.rules.types import value_type

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.date().toordinal()


def display_values(
    node: ir.ValueNode,
    columns: Columns,
    positions: Positions,
    context: RunContext,
    evaluator: Evaluator,
) -> list[Value]:
    """Return the values of an expression, of a calculated field say, at these positions.

    What is unknown and what is *none* are both None.
    """
    answer = evaluator.value(node, columns, context)
    return column_values(answer.column, node.type, positions)


def stored_values(key: str, columns: Columns, positions: Positions) -> list[Value]:
    """Return a stored field's values at these positions, or a tier model's; references with the other's key.

    Raises:
        KeyError: the table has no such stored field.
    """
    column = columns.column(key)
    if key.startswith(TIER):
        return column_values(column, ir.ValueType(ir.Family.CHOICE), positions)
    field = columns.record_type.field(key)
    if isinstance(column, ReferenceColumn):
        return _links(field, column, columns, positions)
    return column_values(column, value_type(field.type), positions)


def column_values(column: Column, kind: ir.ValueType, positions: Positions) -> list[Value]:
    """Return what a column holds at these positions, as values of the given type."""
    match column:
        case NumberColumn(values=values):
            read = reader(kind)
            return [None if isnan(number) else read(number) for number in values[positions]]
        case BooleanColumn(values=flags):
            return [None if flag < 0 else bool(flag) for flag in flags[positions]]
        case TextColumn(codes=codes, dictionary=dictionary):
            several = kind.family is ir.Family.CHOICES
            texts = [None if c < 0 else dictionary.text(int(c)) for c in codes[positions]]
            return [tuple(text[1:-1].split("|")) if text and several else text for text in texts]
    raise TypeError(f"A column of {kind.family} has no values of its own.")


def reader(kind: ir.ValueType) -> Callable[[float], Value]:
    """Return the function that makes a value of the double that a column holds."""
    match kind.family:
        case ir.Family.DATE:
            return lambda days: date.fromordinal(int(days) + _EPOCH_DAY)
        case ir.Family.DATETIME:
            return lambda instant: _EPOCH + timedelta(milliseconds=float(instant))
        case ir.Family.NUMBER if kind.scale == 0:
            return int
        case ir.Family.PERSON:
            return int
        case ir.Family.NUMBER:
            return float
    raise TypeError(f"{kind.family} is not held as a number.")


def _links(
    field: Field, column: ReferenceColumn, columns: Columns, positions: Positions
) -> list[Value]:
    above = columns.parent(field.key)
    found = column.positions[positions]
    known = found[found >= 0]
    key_field = above.record_type.key_field
    if key_field is None:
        keys: list[Value] = [str(number) for number in above.ids[known].tolist()]
    else:
        keys = stored_values(key_field, above, known)
    named = zip(above.ids[known].tolist(), keys, strict=True)
    links = iter(Link(number, "" if key is None else str(key)) for number, key in named)
    return [next(links) if position >= 0 else None for position in found.tolist()]
