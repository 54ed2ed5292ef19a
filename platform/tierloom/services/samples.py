"""A field as it is being designed, worked out for a few records, so that its designer sees what it gives."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tierloom.backends import columns as evaluator
from tierloom.domain.fields import Field, Value
from tierloom.domain.tables import RecordType
from tierloom.engine.columns import Positions
from tierloom.engine.values import display_values
from tierloom.errors import TierloomError
from tierloom.rules.compile import compile_field
from tierloom.services import authorize
from tierloom.services.shown import RecordView, Shown, shown, views_at
from tierloom.services.tables import calculation_reads
from tierloom.services.workbench import Workbench

COUNT = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """A record, and the field's value in it."""

    record: RecordView
    value: Shown


def samples(bench: Workbench, table: RecordType, field: Field) -> tuple[Sample, ...]:
    """Return a few records with the value of `field`; nothing before the table is published or has records.

    A calculated field is worked out as it stands in the draft; what its author may not read is not shown.
    """
    published = bench.catalogue.tables.get(table.key)
    if published is None or (field.is_stored and published.find(field.key) is None):
        return ()
    positions = np.flatnonzero(bench.visible(table.key))[:COUNT].astype(np.int64)
    names = [one for one in (published.name_field, field) if one and published.find(one.key)]
    try:
        values = _values(bench, table, field, positions)
    except TierloomError:
        return ()
    records = views_at(bench, published, positions, names)
    if values is None:
        return tuple(Sample(one, one.values.get(field.key)) for one in records)
    pairs = zip(records, values, strict=False)
    return tuple(Sample(one, shown(bench, field, value)) for one, value in pairs)


def _values(
    bench: Workbench, table: RecordType, field: Field, positions: Positions
) -> Sequence[Value] | None:
    """Work a calculated field out; None for a stored one."""
    if field.calculation is None:
        return None
    reads = calculation_reads(bench.catalogue, table, field)
    authorize.require_reads(bench.actor, bench.catalogue, frozenset(reads))
    node = compile_field(
        field, table.key, bench.catalogue, bench.published.objects, zone=bench.zone
    )
    return display_values(node, bench.columns(table.key), positions, bench.context, evaluator)
