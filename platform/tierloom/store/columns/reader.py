"""Reads what the column store needs of the database, all in one transaction."""

from collections.abc import Collection, Iterable

import numpy as np
from sqlalchemy import select

from tierloom.domain.fields import Field
from tierloom.domain.tables import RecordType
from tierloom.engine.ascending import find
from tierloom.engine.columns import Positions
from tierloom.store.changes import Change
from tierloom.store.collector import collector_paused
from tierloom.store.columns.encoding import encoding_of
from tierloom.store.columns.manifest import Mark, Point
from tierloom.store.columns.splice import frozen
from tierloom.store.columns.stored import ColumnBuilder
from tierloom.store.columns.table import Rows, Tail
from tierloom.store.record_reading import RecordChunk
from tierloom.store.schema.changes import changes as log
from tierloom.store.uow import UnitOfWork

_MARK = select(log.c.seq, log.c.at, log.c.record_type_id, log.c.first_id, log.c.last_id)

_CHUNK = 5_000
"""Rows that fit a processor's cache: many more at once are read a quarter slower."""
_NOBODY = frozen(np.empty(0, np.int64))


class Reader:
    """One transaction's view of some record types. `here` is the moment that it sees."""

    def __init__(self, unit: UnitOfWork, record_types: Collection[int]) -> None:
        self._unit = unit
        self._types = record_types
        cursor = unit.changes.head()
        self._beyond = unit.changes.beyond(cursor, record_types)
        self._found = {cursor: self._beyond}
        self.here = Point(cursor, frozenset(one.seq for one in self._beyond))

    @property
    def writes(self) -> bool:
        """Whether the transaction may write: what it sees may never be committed."""
        return self._unit.writes

    def here_in(self, record_type: RecordType) -> Point:
        """Return the moment that the transaction sees, as far as it concerns one record type."""
        mine = (one.seq for one in self._beyond if one.record_type == record_type.id)
        return Point(self.here.cursor, frozenset(mine))

    def mark(self) -> Mark:
        """Return what the newest change looks like; nothing where there is none."""
        newest = self._unit.connection.execute(_MARK.order_by(log.c.seq.desc()).limit(1)).first()
        return tuple(newest or ())

    def has(self, mark: Mark) -> bool:
        """Tell whether the database has the change that `mark` describes."""
        if not mark:
            return True
        found = self._unit.connection.execute(_MARK.where(log.c.seq == mark[0])).first()
        return tuple(found or ()) == mark

    def after(self, point: Point) -> list[Change] | None:
        """Return what changed since `point`; None when the transaction has not seen all of that."""
        if self.here.cursor < point.cursor:
            return None
        found = self._since(point.cursor)
        if point.beyond.difference(one.seq for one in found):
            return None
        return [one for one in found if one.seq not in point.beyond]

    def _since(self, cursor: int) -> list[Change]:
        if cursor not in self._found:
            self._found[cursor] = self._unit.changes.behind(cursor, self._types)
        return self._found[cursor]

    def all_rows(self, record_type: RecordType, fields: Iterable[Field]) -> Rows:
        """Read some fields of all records."""
        gathered = _Gathering(fields)
        if self._unit.tables.exists(record_type):
            with collector_paused():
                for chunk in self._unit.records(record_type).scan(gathered.keys, _CHUNK):
                    gathered.add(chunk)
        return gathered.rows()

    def tail(self, record_type: RecordType, ids: Positions = _NOBODY) -> Tail:
        """Read the records with these ascending ids as they are now."""
        gathered = _Gathering(record_type.stored_fields)
        records = self._unit.records(record_type)
        with collector_paused():
            for start in range(0, len(ids), _CHUNK):
                some = ids[start : start + _CHUNK].tolist()
                gathered.add(records.scan_ids(some, gathered.keys))
        live = gathered.rows()
        return Tail(live, frozen(ids[find(live.ids, ids) < 0]))


class _Gathering:
    """Turns chunks of records into columns."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = tuple(fields)
        self._builders = {field.id: ColumnBuilder(encoding_of(field)) for field in self._fields}
        self._ids: list[Positions] = [np.empty(0, np.int64)]
        self.keys = [field.key for field in self._fields]

    def add(self, chunk: RecordChunk) -> None:
        self._ids.append(np.array(chunk.ids, np.int64))
        for field in self._fields:
            self._builders[field.id].add(chunk.columns[field.key])

    def rows(self) -> Rows:
        columns = {number: builder.finish() for number, builder in self._builders.items()}
        return Rows(frozen(np.concatenate(self._ids)), columns)


def touched(changes: Iterable[Change], record_type: RecordType) -> Positions:
    """Return the ids of the records of one type that changed, ascending."""
    ids = [change.ids for change in changes if change.record_type == record_type.id]
    return np.unique(np.concatenate(ids)) if ids else np.empty(0, np.int64)
