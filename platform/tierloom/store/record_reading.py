"""Reading records: by id, by key, by parent, and by column over a whole table."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, Table, bindparam, func, select

from tierloom.domain.tables import RecordType
from tierloom.store.cells import Cell
from tierloom.store.changes import Action, Cause, Changes
from tierloom.store.drivers import Driver
from tierloom.store.layout import Place, layout_of
from tierloom.store.transaction import Transaction

Query = Select[*tuple[Any, ...]]
_BATCH = 50_000
_HEAD = 5
"""Columns of a record's table before those of its fields."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it is stored. `cells` hold every stored field: of a reference the other record's
    id, None where it is unlinked; then `reference_keys` has the key as given.
    """

    id: int
    version: int
    created_at: int
    updated_at: int
    deleted_at: int | None
    cells: Mapping[str, Cell]
    reference_keys: Mapping[str, str]

    def cell(self, key: str) -> Cell:
        """Return the cell as writes take it: of an unlinked reference, the key."""
        return self.reference_keys.get(key, self.cells[key])


@dataclass(frozen=True, slots=True)
class RecordChunk:
    """Records column-wise: `columns[key][i]` belongs to `ids[i]`. An unlinked reference is None
    here, and its key is in `reference_keys`.
    """

    ids: Sequence[int]
    columns: Mapping[str, Sequence[Cell]]
    reference_keys: Mapping[str, Sequence[Cell]]

    def cells(self, key: str) -> Sequence[Cell]:
        """Return a field's cells as writes take them: of an unlinked reference, the key."""
        if key not in self.reference_keys:
            return self.columns[key]
        pairs = zip(self.columns[key], self.reference_keys[key], strict=True)
        return [name if number is None else number for number, name in pairs]


@dataclass(frozen=True, slots=True)
class RecordHistory:
    """One write to one record; `cells` are before and after by field key, as writes take them."""

    seq: int
    at: int
    action: Action
    cause: Cause
    cells: Mapping[str, tuple[Cell, Cell]]


class RecordReading:
    """Reads the records of one type. Records in the bin are left out, except by `fetch`."""

    def __init__(self, transaction: Transaction, record_type: RecordType) -> None:
        self._db = transaction
        self.changes = Changes(transaction)
        self.record_type = record_type
        self.layout = layout_of(record_type)
        self._table = self.layout.table
        self._live = self.layout.live

    def count(self) -> int:
        """Return how many records there are."""
        counted = select(func.count()).select_from(self._table).where(self._live)
        return int(self._db.connection.scalar(counted) or 0)

    def fetch(self, ids: Collection[int]) -> dict[int, StoredRecord]:
        """Return records by id, those in the bin included; ids that do not exist are left out."""
        return {row[0]: self._record(row) for row in self._by_ids(_whole, ids)}

    def ids_by_key(self, cells: Collection[Cell], field: str | None = None) -> dict[Cell, int]:
        """Return the ids of the records with these cells in the key field, or in another one that records are known by.

        Raises:
            ValueError: the table has no key field.
        """
        key = field or self.record_type.key_field
        if key is None:
            raise ValueError(f"The table {self.record_type.key!r} has no key field.")
        column = self.layout.places[key].column
        known = list({cell for cell in cells if cell is not None})
        found = select(self._table.c[column], self._table.c.id).where(
            self._live, self._within(column, known)
        )
        return {row[0]: row[1] for row in self._db.connection.execute(found)}

    def scan(
        self, keys: Sequence[str], chunk: int = _BATCH, after: int = 0
    ) -> Iterator[RecordChunk]:
        """Go through all records by ascending id, in the columns of some fields."""
        places = self.layout.of(keys)
        names = [name for place in places for name in place.columns]
        columns = [self._table.c.id, *(self._table.c[name] for name in names)]
        while True:
            page = select(*columns).where(self._live, self._table.c.id > after)
            rows = self._tuples(page.order_by(self._table.c.id).limit(chunk))
            if not rows:
                return
            yield _chunk(places, rows)
            if len(rows) < chunk:
                return
            after = rows[-1][0]

    def scan_ids(
        self, ids: Collection[int], keys: Sequence[str], *, binned: bool = False
    ) -> RecordChunk:
        """Return the records with these ids by ascending id, in the columns of some fields; unknown
        ones are left out, and those in the bin unless they are wanted.
        """
        places = self.layout.of(keys)
        names = tuple(name for place in places for name in place.columns)
        wanted = sorted(set(ids))
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(wanted), _BATCH):
            part = wanted[start : start + _BATCH]
            rows.extend(self._by_ids(in_order, part, ("id", *names), binned))
        return _chunk(places, rows)

    def related_ids(self, reference: str, parents: Collection[int]) -> dict[int, list[int]]:
        """Return the ids of the records whose `reference` points to each parent, ascending."""
        column = self.layout.places[reference].column
        pairs = select(self._table.c[column], self._table.c.id).where(
            self._live, self._within(column, list(parents))
        )
        found: dict[int, list[int]] = {}
        for parent, number in self._db.connection.execute(pairs.order_by(self._table.c.id)):
            found.setdefault(parent, []).append(number)
        return found

    def unlinked(self, reference: str, limit: int = 1000) -> dict[str, int]:
        """Return the keys that no parent had, with the number of records that name each."""
        column = self._table.c[f"{self.layout.places[reference].column}_key"]
        counted = func.count()
        keys = (
            select(column, counted)
            .where(self._live, column.is_not(None))
            .group_by(column)
            .order_by(counted.desc(), column)
            .limit(limit)
        )
        return {row[0]: row[1] for row in self._db.connection.execute(keys)}

    def bin(self, limit: int = 100, before: int | None = None) -> list[StoredRecord]:
        """Return deleted records, the latest first; `before` is the deletion time to go on from."""
        deleted = self._table.c.deleted_at
        wanted = select(self._table).where(deleted.is_not(None))
        if before is not None:
            wanted = wanted.where(deleted < before)
        wanted = wanted.order_by(deleted.desc(), self._table.c.id.desc()).limit(limit)
        return [self._record(row) for row in self._tuples(wanted)]

    def history(self, record: int) -> list[RecordHistory]:
        """Return all writes to a record, oldest first."""
        keys = self.layout.by_field()
        return [
            RecordHistory(
                entry.seq,
                entry.at,
                entry.action,
                entry.cause,
                {keys[number]: pair for number, pair in entry.cells.items() if number in keys},
            )
            for entry in self.changes.history(self.record_type.id, record)
        ]

    def _by_ids(
        self, query: Callable[..., Query], ids: Collection[int], *of_query: Hashable
    ) -> list[tuple[Any, ...]]:
        """Ask a query that was built for this table, with the parameter `ids`."""
        driver = self._db.driver
        built = query(self._table, type(driver), *of_query)
        return self._tuples(built, {"ids": driver.listed(list(ids))})

    def _tuples(
        self, query: Query, given: Mapping[str, object] | None = None
    ) -> list[tuple[Any, ...]]:
        """Fetch plain tuples from the driver: half the time of SQLAlchemy's rows, and cells need no
        conversion.
        """
        result = self._db.connection.execute(query, given)
        assert result.cursor is not None
        rows: list[tuple[Any, ...]] = list(result.cursor.fetchall())
        result.close()
        return rows

    def _within(self, column: str, values: Sequence[Cell]) -> ColumnElement[bool]:
        text = any(place.text and place.column == column for place in self.layout.places.values())
        driver = self._db.driver
        given: BindParameter[Any] = bindparam(None, driver.listed(values), unique=True)
        return driver.within(self._table.c[column], given, text=text or column[-4:] == "_key")

    def _record(self, row: tuple[Any, ...]) -> StoredRecord:
        """Take a whole row of the table apart, which begins with what every record has."""
        number, version, created_at, updated_at, deleted_at = row[:_HEAD]
        return StoredRecord(
            number,
            version,
            created_at,
            updated_at,
            deleted_at,
            cells=dict(zip(self.layout.places, self.layout.cells(row), strict=True)),
            reference_keys={
                key: row[place]
                for key, place in self.layout.reference_keys
                if row[place] is not None
            },
        )


# To build a query anew takes longer than the database does.


@lru_cache(maxsize=256)
def _whole(table: Table, driver: type[Driver]) -> Query:
    """Make the query for whole records by `ids`."""
    return select(table).where(driver.within(table.c.id, bindparam("ids"), text=False))


@lru_cache(maxsize=1024)
def in_order(table: Table, driver: type[Driver], names: tuple[str, ...], binned: bool) -> Query:
    """Make the query for some columns of records by `ids`, ascending."""
    query = _whole(table, driver).with_only_columns(*(table.c[name] for name in names))
    query = query if binned else query.where(table.c.deleted_at.is_(None))
    return query.order_by(table.c.id)


def _chunk(places: Sequence[Place], rows: Sequence[tuple[Any, ...]]) -> RecordChunk:
    """Turn rows into columns."""
    width = 1 + sum(len(place.columns) for place in places)
    ids, *rest = zip(*rows, strict=True) if rows else [()] * width
    remaining = iter(rest)
    columns, keys = {}, {}
    for place in places:
        columns[place.field.key] = next(remaining)
        if place.reference:
            keys[place.field.key] = next(remaining)
    return RecordChunk(ids, columns, keys)
