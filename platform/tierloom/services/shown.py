"""Records as one actor sees them: values read or masked, tiers, links resolved to names."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np

from tierloom.backends import columns as evaluator
from tierloom.domain.fields import Field, FieldKind, Link, Value
from tierloom.domain.tables import RecordType
from tierloom.engine.columns import Positions
from tierloom.engine.values import display_values
from tierloom.schemas.display import edit_text, mask
from tierloom.schemas.field_types import from_cell, reader
from tierloom.services import authorize, marks
from tierloom.services.marks import NO_MARKS, Marks
from tierloom.services.workbench import Workbench
from tierloom.store.cells import Cell
from tierloom.store.record_reading import StoredRecord


@dataclass(frozen=True, slots=True)
class Masked:
    """A value that the actor may not read; `text` is what is left of it."""

    text: str


Shown = Value | Masked


@dataclass(frozen=True, slots=True)
class RecordView:
    """One record. `values` has the fields that the actor sees; `tiers` placement codes by tier model key; `scores` and
    `labels` (keys of those that it carries) are by the keys of scores and label sets, as far as they were asked for.
    """

    id: int
    version: int
    created_at: int
    updated_at: int
    deleted_at: int | None
    values: Mapping[str, Shown]
    tiers: Mapping[str, int]
    link_names: Mapping[str, str]
    scores: Mapping[str, float | None] = dataclasses.field(default_factory=dict)
    labels: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)


_NO_SCORES: Mapping[str, float | None] = MappingProxyType({})
_NO_LABELS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


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
    ids = [int(one) for one in columns.ids[positions]]
    stored = bench.stored(table, ids)
    calculated = {
        one.key: display_values(
            bench.value_of(one, table.key), columns, positions, bench.context, evaluator
        )
        for one in fields
        if not one.is_stored
    }
    tiers = {
        model.key: [int(code) for code in bench.codes(model)[positions]]
        for model in bench.published.tier_models(table.key)
    }
    scores = {one.key: marks.scores_at(bench, one, positions) for one in marked.scores}
    labels = {one.key: marks.labels_at(bench, one, positions) for one in marked.label_sets}
    links = link_keys(bench, list(stored.values()), fields)
    faces = _faces(bench, fields)
    found = []
    for number, record_id in enumerate(ids):
        record = stored.get(record_id)
        if record is not None:
            extra = {key: values[number] for key, values in calculated.items()}
            codes = {key: values[number] for key, values in tiers.items()}
            points = {key: values[number] for key, values in scores.items()}
            carried = {key: values[number] for key, values in labels.items()}
            found.append(_view(bench, record, faces, extra, codes, links, points, carried))
    return found


def view_of(
    bench: Workbench, table: RecordType, record: StoredRecord, fields: Sequence[Field]
) -> RecordView:
    """Return one stored record; calculated fields and tiers are unknown while it is in the bin."""
    columns = bench.columns(table.key)
    position = int(columns.positions_of(np.array([record.id], np.int64))[0])
    if position >= 0:
        return views_at(bench, table, np.array([position], np.int64), fields)[0]
    links = link_keys(bench, [record], fields)
    return _view(bench, record, _faces(bench, fields), {}, {}, links)


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


_Face = tuple[Field, Callable[[Cell], Value] | None]
"""A field, and what reads its cells if the actor sees what is stored as it is: neither masked nor a link."""


def _faces(bench: Workbench, fields: Sequence[Field]) -> list[_Face]:
    return [(one, reader(one.type) if _is_plain(bench, one) else None) for one in fields]


def _is_plain(bench: Workbench, field: Field) -> bool:
    linked = field.type.kind is FieldKind.REFERENCE
    return field.is_stored and not linked and authorize.may_read(bench.actor, field)


def _view(
    bench: Workbench,
    record: StoredRecord,
    faces: Sequence[_Face],
    calculated: Mapping[str, Value],
    tiers: Mapping[str, int],
    links: LinkKeys,
    scores: Mapping[str, float | None] = _NO_SCORES,
    labels: Mapping[str, tuple[str, ...]] = _NO_LABELS,
) -> RecordView:
    values: dict[str, Shown] = {}
    names: dict[str, str] = {}
    for field, read in faces:
        if read is not None:
            values[field.key] = read(record.cells.get(field.key))
            continue
        value = calculated.get(field.key) if not field.is_stored else value_of(field, record, links)
        values[field.key] = seen = shown(bench, field, value)
        if isinstance(value, Link) and value.id is not None and field.type.target:
            key = seen.text if isinstance(seen, Masked) else value.key
            names[field.key] = links.names.get(field.type.target, {}).get(value.id, "") or key
    return RecordView(
        record.id,
        record.version,
        record.created_at,
        record.updated_at,
        record.deleted_at,
        values,
        tiers,
        names,
        scores,
        labels,
    )


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
