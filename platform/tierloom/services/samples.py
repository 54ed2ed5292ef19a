"""A field as it is being designed, worked out for records, so that its designer sees what it gives.

A calculated field is worked out as it stands in the draft; what its author may not read is not shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierloom.backends import columns as evaluator
from tierloom.domain.fields import Field, FieldKind, RollUp, Value
from tierloom.domain.tables import RecordType
from tierloom.engine.columns import Dictionary, NumberColumn, Positions, TextColumn
from tierloom.engine.values import display_values
from tierloom.errors import TierloomError
from tierloom.rules.compile import compile_field
from tierloom.rules.facts import FactFinder
from tierloom.rules.ir import ValueNode
from tierloom.services import authorize
from tierloom.services.shown import RecordView, Shown, shown, views_at
from tierloom.services.workbench import Workbench

COUNT = 5
MANY = 200_000
"""More records than this are read while the page is already there."""

BARS = 12


@dataclass(frozen=True, slots=True)
class Sample:
    """A record, and the field's value in it."""

    record: RecordView
    value: Shown


def samples(bench: Workbench, table: RecordType, field: Field) -> tuple[Sample, ...]:
    """Return a few records with the value of `field`; nothing before the table is published or has records."""
    published = _published(bench, table, field)
    if published is None:
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


@dataclass(frozen=True, slots=True)
class Figures:
    """What a field gives: in a few records, and over all. `waiting` says how many records are yet to be read."""

    field: Field
    samples: tuple[Sample, ...] = ()
    spread: "Distribution | None" = None
    waiting: int = 0


def figures(bench: Workbench, table: RecordType, field: Field, *, at_once: bool = False) -> Figures:
    """Return what a field gives; where that takes many records only their number, unless it is wanted `at_once`."""
    records = 0 if at_once else _to_read(bench, table, field)
    if records > MANY:
        return Figures(field, waiting=records)
    return Figures(field, samples(bench, table, field), distribution(bench, table, field))


def _to_read(bench: Workbench, table: RecordType, field: Field) -> int:
    """Return how many records a field is worked out of: its table's, and for a roll-up the related ones."""
    known = bench.catalogue.tables
    keys = [table.key]
    if isinstance(field.calculation, RollUp):
        relation = bench.catalogue.relation(table.key, field.calculation.relation)
        keys += [relation.child] if relation else []
    return sum(bench.uow.records(known[key]).count() for key in keys if key in known)


@dataclass(frozen=True, slots=True)
class Bar:
    """Records whose value is from `low` to `high` (not included, but for the last bar); an option's key is both."""

    low: Value
    high: Value
    count: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """How the values of a field are spread; `unknown` records have none."""

    bars: tuple[Bar, ...]
    unknown: int

    @property
    def most(self) -> int:
        """The height of the highest bar."""
        return max(one.count for one in self.bars)


def distribution(bench: Workbench, table: RecordType, field: Field) -> Distribution | None:
    """Return how a number or a choice is spread over the records that the actor sees.

    None before the table is published or has values, for other fields, and where they are hidden from the actor.
    """
    kind = field.type.kind
    if _published(bench, table, field) is None or not authorize.may_read(bench.actor, field):
        return None
    if not (kind.is_number or kind is FieldKind.CHOICE):
        return None
    try:
        node = None if field.is_stored else _node(bench, table, field)
    except TierloomError:
        return None
    columns = bench.columns(table.key)
    found = (
        columns.column(field.key)
        if node is None
        else evaluator.value(node, columns, bench.context).column
    )
    visible = bench.visible(table.key)
    known: NDArray[Any]
    match found:
        case NumberColumn(values=numbers):
            known = numbers[visible & ~np.isnan(numbers)]
            bars = _numbers(field, known) if known.size else ()
        case TextColumn(codes=codes, dictionary=dictionary):
            coded = codes[visible & (codes >= 0)]
            known, bars = coded, _options(field, coded, dictionary)
        case _:
            return None
    return Distribution(bars, int(visible.sum()) - known.size) if bars else None


def _options(field: Field, known: NDArray[Any], dictionary: Dictionary) -> tuple[Bar, ...]:
    counts = np.bincount(known, minlength=len(dictionary)).tolist()
    times = {dictionary.text(code): count for code, count in enumerate(counts) if count}
    return tuple(Bar(key, key, times[key]) for key in field.type.option_keys if key in times)


def _numbers(field: Field, known: NDArray[Any]) -> tuple[Bar, ...]:
    """Count numbers in bars of equal width; the few at both ends are in the outermost bars."""
    low, high = np.quantile(known, (0.01, 0.99)).tolist()
    if low == high:
        return (Bar(low, high, len(known)),)
    whole = field.type.scale == 0 and high - low < BARS
    edges = np.arange(round(low), round(high) + 2) if whole else np.linspace(low, high, BARS + 1)
    counts, _ = np.histogram(np.clip(known, edges[0], edges[-1]), edges)
    pairs = pairwise(edges.tolist())
    return tuple(Bar(a, b, int(n)) for (a, b), n in zip(pairs, counts.tolist(), strict=True))


def _published(bench: Workbench, table: RecordType, field: Field) -> RecordType | None:
    found = bench.catalogue.tables.get(table.key)
    if found is None or (field.is_stored and found.find(field.key) is None):
        return None
    return found


def _values(
    bench: Workbench, table: RecordType, field: Field, positions: Positions
) -> Sequence[Value] | None:
    """Work a calculated field out; None for a stored one."""
    if field.calculation is None:
        return None
    node = _node(bench, table, field)
    return display_values(node, bench.columns(table.key), positions, bench.context, evaluator)


def _node(bench: Workbench, table: RecordType, field: Field) -> ValueNode:
    """Compile a calculated field.

    Raises:
        TierloomError: it does not work, or reads what the actor may not.
    """
    node = compile_field(
        field, table.key, bench.catalogue, bench.published.objects, zone=bench.zone
    )
    reads = FactFinder(bench.catalogue).facts(node, table.key).reads
    authorize.require_reads(bench.actor, bench.catalogue, frozenset(reads))
    return node
