"""The yardstick's customers in a database of ours, with a column store over it."""

import pickle
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.bench.yardstick import catalogue_and_context, data
from tierloom.domain.fields import FieldKind
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.store.changes import Cause
from tierloom.store.columns import ColumnStore, Snapshot
from tierloom.store.database import Database
from tierloom.store.uow import UnitOfWork

CHUNK = 20_000
"""Records that an import publishes in one transaction."""
CAUSE = Cause("import", 1)


@dataclass(frozen=True)
class Place:
    """Where a stored yardstick lies; a new process opens it by this."""

    database: Path
    folder: Path
    workspace: int
    record_type: RecordType

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue({self.record_type.key: self.record_type})

    def write(self, path: Path) -> None:
        path.write_bytes(pickle.dumps(self))


class Stored:
    """The customers, stored; `ids` are theirs."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder / "tierloom.db", folder)
        self.database.migrate()
        made, _ = catalogue_and_context()
        with self.database.writing() as uow:
            self.record_type = _numbered(made.table("customers"), uow)
            self.workspace = uow.workspaces.create("bench", "bench", "en", "UTC", "CNY").id
            uow.tables.ensure(self.record_type)
        self.place = Place(
            folder / "tierloom.db", folder / "columns", self.workspace, self.record_type
        )
        self.ids: list[int] = []
        for cells in chunks(self.record_type):
            with self.database.writing() as uow:
                records = uow.records(self.record_type)
                self.ids += records.insert_many(cells, uow.now, CAUSE)

    def store(self, folder: Path | None = None) -> ColumnStore:
        return ColumnStore(self.database, folder or self.place.folder)

    def snapshot(self, store: ColumnStore) -> Snapshot:
        return store.latest(self.workspace, self.place.catalogue)

    def change(self, count: int, chance: random.Random) -> list[int]:
        """Give some customers other points and another phone, in one transaction."""
        ids = sorted(chance.sample(self.ids, count))
        columns: dict[str, list[Any]] = {
            "points": [chance.randrange(10**6) for _ in ids],
            "phone": [f"1{chance.randrange(10**10):010}" for _ in ids],
        }
        with self.database.writing() as uow:
            uow.records(self.record_type).update_many(ids, columns, uow.now, CAUSE)
        return ids


def chunks(record_type: RecordType, rows: int | None = None) -> Iterator[dict[str, list[Any]]]:
    """Yield the cells of all customers, or of the first `rows`, as imports publish them."""
    table = pq.read_table(data() / "customers.parquet").slice(0, rows)
    columns = {one.key: _cells(table[one.key], one.type) for one in record_type.fields}
    for start in range(0, len(table), CHUNK):
        yield {key: cells.slice(start, CHUNK).to_pylist() for key, cells in columns.items()}


def _numbered(record_type: RecordType, uow: UnitOfWork) -> RecordType:
    take = uow.documents.next_id
    fields = tuple(replace(one, id=take()) for one in record_type.fields)
    return replace(record_type, id=take(), fields=fields)


def _cells(column: pa.ChunkedArray, kind: Any) -> pa.ChunkedArray:
    """Return what the database holds of a Parquet column."""
    match kind.kind:
        case FieldKind.TEXT:
            return pc.if_else(pc.equal(column, ""), None, column)
        case FieldKind.BOOLEAN:
            return column.cast(pa.int64())
        case FieldKind.DATE:
            return column.cast(pa.int32()).cast(pa.int64())
    return pc.round(pc.multiply(column.cast(pa.float64()), 10**kind.scale)).cast(pa.int64())
