"""Snapshots of the past: the present one, with the change log undone back to an instant.

Only the records that were written since are read. Records that came later are gone, those that were deleted later are
back, and cells that were changed later have their former values; what a field that came later held then is unknown.
A record that was erased since does not come back.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from threading import Lock

import numpy as np

from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.engine.columns import BooleanColumn, Mask, NumberColumn, Positions, TextColumn
from tierloom.store.cells import Cell
from tierloom.store.changes import Action, Change
from tierloom.store.collector import collector_paused
from tierloom.store.columns.assembly import assemble
from tierloom.store.columns.encoding import encoding_of
from tierloom.store.columns.snapshot import Snapshot, TableColumns
from tierloom.store.columns.splice import frozen
from tierloom.store.columns.stored import ColumnBuilder, ReferenceIds
from tierloom.store.columns.table import Rows, Tail
from tierloom.store.record_reading import RecordReading
from tierloom.store.uow import UnitOfWork

MOST_KEPT = 4
_BATCH = 20_000
_THERE_BEFORE = frozenset({Action.UPDATE, Action.DELETE})


@dataclass(frozen=True, slots=True)
class _Kept:
    """A snapshot of the past, right as long as the tables are these and nothing since `cursor` is older than it."""

    cursor: int
    catalogue: Catalogue
    snapshot: Snapshot


class Pasts:
    """Makes snapshots of the past, and keeps the few that were asked for last. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[int, int], _Kept] = OrderedDict()

    def snapshot(
        self,
        unit: UnitOfWork,
        workspace: int,
        catalogue: Catalogue,
        at: int,
        present: Callable[[], Snapshot],
    ) -> Snapshot:
        """Return all tables of a workspace as they were at an instant (milliseconds), that one included."""
        types = [one.id for one in catalogue]
        with self._lock:
            known = self._kept.get((workspace, at))
        if known and known.catalogue.tables == catalogue.tables and not unit.writes:
            since, cursor = unit.changes.since(known.cursor, types)
            if all(one.at > at for one in since):
                self._keep(workspace, at, _Kept(cursor, catalogue, known.snapshot))
                return known.snapshot
        cursor = unit.changes.head()
        snapshot = undone(unit, catalogue, present(), at)
        if not unit.writes:  # What a writer sees may yet be rolled back.
            self._keep(workspace, at, _Kept(cursor, catalogue, snapshot))
        return snapshot

    def forget(self, workspace: int) -> None:
        """Keep nothing of a workspace any longer."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == workspace]:
                del self._kept[key]

    def _keep(self, workspace: int, at: int, kept: _Kept) -> None:
        with self._lock:
            self._kept[workspace, at] = kept
            self._kept.move_to_end((workspace, at))
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)


def undone(unit: UnitOfWork, catalogue: Catalogue, present: Snapshot, at: int) -> Snapshot:
    """Return `present`, which the unit of work sees, as it was at an instant."""
    data = {}
    with collector_paused():
        for record_type in catalogue:
            table = present.table(record_type.key)
            tail = _tail(unit, record_type, at)
            data[record_type.id] = table.data.followed_by(tail) if tail.size else table.data
    return assemble(catalogue, data, present)


def cells_at(columns: TableColumns, field: Field, positions: Positions) -> list[Cell]:
    """Return a stored field's cells at some positions of a snapshot; an unlinked reference is unknown."""
    match columns.data.column(field.id):
        case NumberColumn(values):
            scale = 10 ** encoding_of(field).scale
            wide = values[positions].astype(np.float64).tolist()
            return [None if isnan(one) else round(one * scale) for one in wide]
        case BooleanColumn(values):
            return [None if one < 0 else one for one in values[positions].tolist()]
        case ReferenceIds(ids):
            return [None if one < 0 else one for one in ids[positions].tolist()]
        case TextColumn(codes, dictionary):
            found = codes[positions].tolist()
            return [None if code < 0 else dictionary.text(code) for code in found]


def _tail(unit: UnitOfWork, record_type: RecordType, at: int) -> Tail:
    """Return the records of a type that were written since, as they were: the tail that leads back."""
    written = _Written()
    for change in unit.changes.later(record_type.id, at):
        written.add(change)
    ids, there = written.records()
    fields = record_type.stored_fields
    builders = {one.id: ColumnBuilder(encoding_of(one)) for one in fields}
    found = [np.empty(0, np.int64)]
    if there.any():
        records = unit.records(record_type)
        for part in _batches(ids[there]):
            found.append(_gather(records, part, fields, written, builders))
    live = frozen(np.concatenate(found))
    rows = Rows(live, {number: builder.finish() for number, builder in builders.items()})
    return Tail(rows, frozen(np.setdiff1d(ids, live, assume_unique=True)))


def _batches(ids: Positions) -> Iterable[Positions]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def _gather(
    records: RecordReading,
    ids: Positions,
    fields: Sequence[Field],
    written: "_Written",
    builders: dict[int, ColumnBuilder],
) -> Positions:
    """Add some records as they were to the columns; return the ids of those that are still known."""
    chunk = records.scan_ids(ids.tolist(), [one.key for one in fields], binned=True)
    for one in fields:
        builders[one.id].add(written.former(one, chunk.ids, chunk.columns[one.key]))
    return np.array(chunk.ids, np.int64)


class _Written:
    """What was written since an instant. Changes come newest first: the oldest has the last word."""

    def __init__(self) -> None:
        self._ids: list[Positions] = [np.empty(0, np.int64)]
        self._there: list[Mask] = [np.empty(0, np.bool_)]
        self._before: dict[int, dict[int, Cell]] = {}

    def add(self, change: Change) -> None:
        """Take in a change that is older than the former ones."""
        self._ids.append(change.ids)
        self._there.append(np.full(len(change.ids), change.action in _THERE_BEFORE))
        for number, image in change.image.items():
            changed = change.ids[np.asarray(image.places, np.int64)].tolist()
            self._before.setdefault(number, {}).update(zip(changed, image.before, strict=True))

    def records(self) -> tuple[Positions, Mask]:
        """Return the ids of all records that were written, ascending, and which were there before."""
        ids = np.concatenate(self._ids[::-1])
        found, first = np.unique(ids, return_index=True)
        return found, np.concatenate(self._there[::-1])[first]

    def former(self, field: Field, ids: Sequence[int], cells: Sequence[Cell]) -> Sequence[Cell]:
        """Return a field's cells with the former ones put back; a reference to nobody is unknown."""
        before = self._before.get(field.id)
        if not before:
            return cells
        put = [before.get(one, cell) for one, cell in zip(ids, cells, strict=True)]
        if field.type.kind is not FieldKind.REFERENCE:
            return put
        return [None if isinstance(cell, str) else cell for cell in put]
