"""Records as one actor sees them: values read or masked, tiers, links resolved to names."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np

from tierloom.backends import columns as evaluator
from tierloom.domain.fields import Field, FieldKind, Link, Value
from tierloom.domain.tables import RecordType
from tierloom.engine.columns import Positions
from tierloom.engine.values import display_values
from tierloom.schemas.display import edit_text, mask
from tierloom.schemas.field_types import from_cell, values_of
from tierloom.services import authorize, marks
from tierloom.services.marks import NO_MARKS, Marks
from tierloom.services.workbench import Workbench
from tierloom.store.record_reading import StoredRecord


@dataclass(frozen=True, slots=True)
class Masked:
    """A value that the actor may not read; `text` is what is left of it."""

    text: str


Shown = Value | Masked
Each = TypeVar("Each")


@dataclass(frozen=True, slots=True)
class RecordView:
    """One record. `values` has the fields that the actor sees; `tiers` placement codes by tier model key; `scores` and
    `labels` (keys of those that it carries) are by the keys of scores and label sets, as far as they were asked for.
    """

    id: int
    version: int
    deleted_at: int | None
    values: Mapping[str, Shown]
    tiers: Mapping[str, int]
    link_names: Mapping[str, str]
    scores: Mapping[str, float | None]
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Figures:
    """What is worked out of records, by key and then record by record."""

    calculated: Mapping[str, Sequence[Value]] = dataclasses.field(default_factory=dict)
    tiers: Mapping[str, Sequence[int]] = dataclasses.field(default_factory=dict)
    scores: Mapping[str, Sequence[float | None]] = dataclasses.field(default_factory=dict)
    labels: Mapping[str, Sequence[tuple[str, ...]]] = dataclasses.field(default_factory=dict)


def views_at(
    bench: Workbench,
    table: RecordType,
    positions: Positions,
    fields: Sequence[Field],
    marked: Marks = NO_MARKS,
) -> list[RecordView]:
    """Return the records at some positions of the snapshot, in that order, with these scores and labels.

    A record that was deleted after the snapshot was taken is left out.
    """
    columns = bench.columns(table.key)
    ids = columns.ids[positions].tolist()
    stored = bench.stored(table, ids)
    there = [place for place, record in enumerate(ids) if record in stored]
    positions = positions[there]
    calculated = {
        one.key: display_values(
            bench.value_of(one, table.key), columns, positions, bench.context, evaluator
        )
        for one in fields
        if not one.is_stored
    }
    tiers = {
        model.key: bench.codes(model)[positions].tolist()
        for model in bench.published.tier_models(table.key)
    }
    scores = {one.key: marks.scores_at(bench, one, positions) for one in marked.scores}
    labels = {one.key: marks.labels_at(bench, one, positions) for one in marked.label_sets}
    records = [stored[ids[place]] for place in there]
    return _views(bench, records, fields, _Figures(calculated, tiers, scores, labels))


def view_of(
    bench: Workbench, table: RecordType, record: StoredRecord, fields: Sequence[Field]
) -> RecordView:
    """Return one stored record; calculated fields and tiers are unknown while it is in the bin."""
    columns = bench.columns(table.key)
    position = int(columns.positions_of(np.array([record.id], np.int64))[0])
    if position >= 0:
        return views_at(bench, table, np.array([position], np.int64), fields)[0]
    return _views(bench, [record], fields, _Figures())[0]


@dataclass(frozen=True, slots=True)
class LinkKeys:
    """Keys and names of the records that some records point at, by table and record id; `gone` are in the bin."""

    keys: Mapping[str, Mapping[int, str]]
    names: Mapping[str, Mapping[int, str]]
    gone: frozenset[int] = frozenset()


def link_keys(
    bench: Workbench, records: Sequence[StoredRecord], fields: Sequence[Field]
) -> LinkKeys:
    """Look up what the reference fields of some records point at."""
    keys: dict[str, dict[int, str]] = {}
    names: dict[str, dict[int, str]] = {}
    gone: set[int] = set()
    for field in fields:
        target_key = field.type.target
        if not field.is_stored or target_key is None:
            continue
        ids = {cell for one in records if isinstance(cell := one.cells.get(field.key), int)}
        target = bench.published.table(target_key)
        found = bench.stored(target, sorted(ids))
        gone.update(number for number, one in found.items() if one.deleted_at is not None)
        keys.setdefault(target_key, {}).update(
            {
                number: _text(target, target.key_field, one, bench.zone)
                for number, one in found.items()
            }
        )
        named = target.name_field
        if named and authorize.may_read(bench.actor, named):
            names.setdefault(target_key, {}).update(
                {
                    number: _text(target, named.key, found[number], bench.zone)
                    for number in bench.seen(target_key, found)
                }
            )
    return LinkKeys(keys, names, frozenset(gone))


def _text(target: RecordType, key: str | None, record: StoredRecord, zone: ZoneInfo) -> str:
    field = target.find(key) if key else None
    if field is None or not field.is_stored or field.type.target:
        return str(record.id)
    return edit_text(field.type, from_cell(field.type, record.cells.get(field.key)), zone)


def _views(
    bench: Workbench,
    records: Sequence[StoredRecord],
    fields: Sequence[Field],
    figures: _Figures,
) -> list[RecordView]:
    # Field by field, not record by record: what a field's cells mean is then asked once.
    links = link_keys(bench, records, fields)
    values: dict[str, Sequence[Shown]] = {}
    names: dict[str, Sequence[str | None]] = {}
    for one in fields:
        found = _values(one, records, links, figures)
        values[one.key] = seen = _all_shown(bench, one, found)
        if one.type.target:
            known = links.names.get(one.type.target, {})
            names[one.key] = [_name(*pair, known) for pair in zip(found, seen, strict=True)]
    count = len(records)
    rows = zip(
        records,
        _by_record(values, count),
        _by_record(figures.tiers, count),
        _by_record(names, count),
        _by_record(figures.scores, count),
        _by_record(figures.labels, count),
        strict=True,
    )
    return [
        RecordView(
            record.id, record.version, record.deleted_at, shown_, tiers,
            {key: name for key, name in named.items() if name is not None}, scores, labels,
        )
        for record, shown_, tiers, named, scores, labels in rows
    ]  # fmt: skip


def _by_record(columns: Mapping[str, Sequence[Each]], count: int) -> Iterable[dict[str, Each]]:
    """Turn columns round: what each of so many records has, by key."""
    if not columns:
        return [{} for _ in range(count)]
    return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


def _values(
    field: Field, records: Sequence[StoredRecord], links: LinkKeys, figures: _Figures
) -> Sequence[Value]:
    if not field.is_stored:
        return figures.calculated.get(field.key, [None] * len(records))
    if field.type.kind is FieldKind.REFERENCE:
        return [value_of(field, one, links) for one in records]
    return values_of(field.type, [one.cells.get(field.key) for one in records])


def _all_shown(bench: Workbench, field: Field, values: Sequence[Value]) -> Sequence[Shown]:
    if field.type.target is None and authorize.may_read(bench.actor, field):
        return values
    return [shown(bench, field, one) for one in values]


def _name(value: Value, seen: Shown, known: Mapping[int, str]) -> str | None:
    """Return the name of the record that a link points at: its key where the actor does not see the name."""
    if not isinstance(value, Link) or value.id is None:
        return None
    return known.get(value.id, "") or (seen.text if isinstance(seen, Masked) else value.key)


def value_of(field: Field, record: StoredRecord, links: LinkKeys) -> Value:
    """Return the value of a stored field."""
    cell = record.cells.get(field.key)
    if field.type.kind is not FieldKind.REFERENCE:
        return from_cell(field.type, cell)
    if isinstance(cell, int):
        key = links.keys.get(field.type.target or "", {}).get(cell, str(cell))
        return Link(None if cell in links.gone else cell, key)
    waiting = record.reference_keys.get(field.key)
    return Link(None, waiting) if waiting else None


def shown(bench: Workbench, field: Field, value: Value) -> Shown:
    """Return a value as the actor sees it. A link says the key of another record: that has to be readable, too."""
    key = _key_of(bench, field) if isinstance(value, Link) else field
    hidden = next((one for one in (field, key) if not authorize.may_read(bench.actor, one)), None)
    if value is None or hidden is None:
        return value
    # A figure may have more decimals than its field: an average of money, say.
    text = edit_text(field.type, value, bench.zone) if field.is_stored else str(value)
    return Masked(mask(hidden, text))


def _key_of(bench: Workbench, field: Field) -> Field:
    """Return the field whose value a link shows: the key of the table that it points to."""
    target = bench.published.table(field.type.target or "")
    return (target.find(target.key_field) if target.key_field else None) or field
