"""Brings a table from what is there (files, or rows in memory) to what a transaction sees."""

from dataclasses import dataclass, replace
from pathlib import Path

from tierloom.domain.tables import RecordType
from tierloom.engine.ascending import find
from tierloom.engine.columns import Positions
from tierloom.fail_points import fail_point
from tierloom.store.columns.base_index import with_groups
from tierloom.store.columns.compaction import Compactor
from tierloom.store.columns.encoding import encodings_of
from tierloom.store.columns.generation import Base, newest_of, open_newest, publish
from tierloom.store.columns.lock import locked
from tierloom.store.columns.reader import Reader, touched
from tierloom.store.columns.stored import taken
from tierloom.store.columns.table import TableData

MAX_TAIL = 50_000
MAX_TAIL_SHARE = 0.05
SMALL_TAIL = 1_000
"""A tail of this size is not worth new files, however small the table is."""
REBUILD_SHARE = 0.5
"""When more of the table than this changed, it is read as a whole."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """`folder` is the workspace's. What is not `shared` writes no files."""

    folder: Path
    reader: Reader
    shared: bool
    compactor: Compactor

    def load(self, record_type: RecordType) -> TableData:
        """Begin from the files; what they lack is read from the database, and written to them."""
        base = self._base(record_type)
        ids = self._changed(record_type, base)
        if _too_many(ids, len(base.ids)):
            base = self._publish(record_type, self._read(record_type))
            ids = self._changed(record_type, base)
        tail = self.reader.tail(record_type, ids)
        return self._shortened(record_type, TableData(encodings_of(record_type), base, tail))

    def follow(self, record_type: RecordType, former: TableData, ids: Positions) -> TableData:
        """Go on from the rows of a moment ago; the records with these `ids` changed since."""
        if not len(ids):
            return former
        if _too_many(ids, former.size):
            return self.load(record_type)
        data = former.followed_by(self.reader.tail(record_type, ids))
        return self._shortened(record_type, data)

    def _base(self, record_type: RecordType) -> Base:
        """Return a base with all fields of the record type."""
        found = self._usable(record_type)
        if found and _covers(found, record_type):
            return found
        if not self.shared:
            return self._completed(record_type, found)
        # Where there is nothing, one process reads it all and others wait. A column that is lacking
        # is read here while files are being written; then somebody else will write it.
        with locked(self._table(record_type), wait=found is None) as ours:
            # Another process may have done it while we waited.
            found = self._usable(record_type)
            if found and _covers(found, record_type):
                return found
            base = self._completed(record_type, found)
            if not ours:
                return base
            return self._written(record_type, base)

    def _usable(self, record_type: RecordType) -> Base | None:
        """Return the newest base, if it is whole, of this database, and not from the future."""
        base = open_newest(self._table(record_type), record_type.id)
        if base is None or not self.reader.has(base.mark) or self.reader.after(base.seen) is None:
            return None
        return base

    def _completed(self, record_type: RecordType, base: Base | None) -> Base:
        """Read what a base lacks: everything, or the columns of some fields."""
        if base is None:
            return self._read(record_type)
        encodings = encodings_of(record_type)
        lacking = [
            field
            for field in record_type.stored_fields
            if base.encodings.get(field.id) != encodings[field.id]
        ]
        rows = self.reader.all_rows(record_type, lacking)
        places = find(rows.ids, base.ids)
        added = {number: taken(column, places) for number, column in rows.columns.items()}
        groups = {key: one for key, one in base.groups.items() if not added.keys() & {*key}}
        return replace(
            base,
            columns={**base.columns, **added},
            encodings={**base.encodings, **{number: encodings[number] for number in added}},
            seen=self.reader.here_in(record_type),
            mark=self.reader.mark(),
            groups=groups,
        )

    def _read(self, record_type: RecordType) -> Base:
        rows = self.reader.all_rows(record_type, record_type.stored_fields)
        fail_point("columns-read")
        here, mark = self.reader.here_in(record_type), self.reader.mark()
        return Base(rows.ids, rows.columns, encodings_of(record_type), here, here, mark)

    def _publish(self, record_type: RecordType, base: Base) -> Base:
        if not self.shared:
            return base
        with locked(self._table(record_type), wait=True):
            return self._written(record_type, base)

    def _written(self, record_type: RecordType, base: Base) -> Base:
        """Write new files; the table's lock is held."""
        return publish(self._table(record_type), record_type.id, with_groups(base, record_type))

    def _shortened(self, record_type: RecordType, data: TableData) -> TableData:
        """Go over to newer files where the tail has grown long; while there are none, ask for them."""
        if not self.shared or not _overgrown(data):
            return data
        folder = self._table(record_type)
        if newest_of(folder) > data.base.generation:
            base = self._usable(record_type)
            if base and base.generation > data.base.generation and _covers(base, record_type):
                tail = self.reader.tail(record_type, self._changed(record_type, base))
                return TableData(data.encodings, base, tail, data)
        seen, mark = self.reader.here_in(record_type), self.reader.mark()
        self.compactor.ask(folder, record_type, data, seen, mark)
        return data

    def _changed(self, record_type: RecordType, base: Base) -> Positions:
        return touched(self.reader.after(base.since) or (), record_type)

    def _table(self, record_type: RecordType) -> Path:
        return self.folder / str(record_type.id)


def _covers(base: Base, record_type: RecordType) -> bool:
    return encodings_of(record_type).items() <= base.encodings.items()


def _too_many(ids: Positions, size: int) -> bool:
    return len(ids) > max(SMALL_TAIL, REBUILD_SHARE * size)


def _overgrown(data: TableData) -> bool:
    share = MAX_TAIL_SHARE * len(data.base.ids)
    return data.tail.size > min(MAX_TAIL, max(SMALL_TAIL, share))
