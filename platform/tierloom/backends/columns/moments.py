"""What a result depends on besides its node: the part of its key that changes as time goes by, and with each run."""

from collections.abc import Hashable

import numpy as np

from tierloom.backends.columns.constants import number
from tierloom.backends.columns.nodes import traits
from tierloom.backends.columns.shelf import Key, shelf_of
from tierloom.backends.columns.vectors import Numbers
from tierloom.domain.context import RunContext
from tierloom.domain.fields import FieldKind
from tierloom.domain.tables import Relation
from tierloom.engine.columns import Columns, Dictionary, TextColumn
from tierloom.engine.subset import child_table, greatest
from tierloom.rules import ir


def moment(node: ir.Node, columns: Columns, context: RunContext) -> Hashable:
    """Return what a result depends on besides node and data: zone, maybe day and instant, results of tier models."""
    clock = traits(node)
    inner = tuple(_inner_moment(one, columns, context) for one in clock.roll_ups)
    today = context.today if clock.today else None
    # A result that changes has another dictionary; to keep that one in the key keeps its identity.
    tiers = tuple(_dictionary(columns, name) for name in clock.tiers)
    return context.zone, today, context.as_of if clock.now else None, inner, tiers


def _dictionary(columns: Columns, name: str) -> Dictionary:
    column = columns.column(name)
    assert isinstance(column, TextColumn), "A tier model's result is held as keys of tiers."
    return column.dictionary


def newest(columns: Columns, field: str) -> float:
    """Return the latest date in a field, minus infinity where there is none."""
    found = shelf_of(columns).get(
        Key("newest", field), lambda: Numbers(np.asarray(greatest(columns, field)))
    )
    return float(found.values)


def dated_by_day(columns: Columns, field: str) -> bool:
    """Tell whether a date field holds days rather than instants."""
    return columns.record_type.field(field).type.kind is FieldKind.DATE


def relation_of(related: ir.Related, columns: Columns) -> Relation:
    """Return the relation that gives the related records."""
    return Relation(related.relation, columns.record_type.key, related.child, related.reference)


def rows_moment(related: ir.Related, children: Columns, context: RunContext) -> Hashable:
    """Return what the choice of related records depends on; `children` is their table."""
    only = None if related.only is None else moment(related.only, children, context)
    field = related.date_field
    if field is None:
        return context.zone, None, None, only
    late = not dated_by_day(children, field) and newest(children, field) > number(context.as_of)
    return context.zone, context.today, context.as_of if late else None, only


def _inner_moment(node: ir.RollUpOf, columns: Columns, context: RunContext) -> Hashable:
    children = child_table(columns, relation_of(node.rows, columns))
    operand = None if node.operand is None else moment(node.operand, children, context)
    return rows_moment(node.rows, children, context), operand
