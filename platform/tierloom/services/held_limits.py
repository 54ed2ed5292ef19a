"""Fields whose limits were drawn closer than values that are stored: what holds of their values whatever they are.

New values keep within the limits of a field; those that are older need not.
"""

from collections.abc import Iterable
from dataclasses import replace

from tierloom.backends import columns as evaluator
from tierloom.domain.context import RunContext
from tierloom.domain.fields import STARS, Field, FieldKind, FieldType
from tierloom.engine.columns import Doubles, NumberColumn
from tierloom.rules import ir
from tierloom.rules.types import value_type
from tierloom.services.workbench import Workbench


def with_limits_that_hold(bench: Workbench, reads: Iterable[tuple[str, str]]) -> RunContext:
    """Return the context with fields as their values are: without a limit that some stored value is beyond."""
    context = bench.context
    tables = dict(context.catalogue.tables)
    for name, key in reads:
        field = tables[name].find(key)
        if field is not None and field.is_stored and _has_limits(field.type):
            held = _held(bench, name, field)
            fields = tuple(held if one.key == key else one for one in tables[name].fields)
            tables[name] = replace(tables[name], fields=fields)
    return replace(context, catalogue=replace(context.catalogue, tables=tables))


def _has_limits(kind: FieldType) -> bool:
    return kind.minimum is not None or kind.maximum is not None


def _held(bench: Workbench, table: str, field: Field) -> Field:
    columns, kind = bench.columns(table), value_type(field.type)

    def numbers(node: ir.ValueNode) -> Doubles:
        found = evaluator.value(node, columns, bench.context).column
        assert isinstance(found, NumberColumn), "only dates and numbers have limits"
        return found.values

    stored = numbers(ir.Var((field.key,), kind))
    low, high = field.type.minimum, field.type.maximum
    if low is not None and (stored < numbers(ir.Literal(low, kind))).any():
        low = None
    if high is not None and (stored > numbers(ir.Literal(high, kind))).any():
        high = STARS[-1] if field.type.kind is FieldKind.RATING else None
    return replace(field, type=replace(field.type, minimum=low, maximum=high))
