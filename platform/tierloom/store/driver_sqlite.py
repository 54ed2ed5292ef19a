"""SQLite: one file, write-ahead log, writers one after the other."""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    Table,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from tierloom.store.cells import Cell
from tierloom.store.drivers import WRITES
from tierloom.store.gate import WriteGate
from tierloom.store.schema.metadata import Id
from tierloom.store.schema.workspaces import id_counter

_DIALECT = sqlite.dialect()
_PRAGMAS = (
    "PRAGMA busy_timeout=30000",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA cache_size=-32000",
    # An import writes the same index pages in every chunk: checkpoints every 64 MB instead of every 4 MB, and reads
    # by memory map, make it a third quicker. A commit is on disk either way.
    "PRAGMA wal_autocheckpoint=16000",
    "PRAGMA mmap_size=268435456",
)


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Set up a new connection; transactions are begun by `_on_begin`, not by the sqlite3 module."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _on_begin(connection: Connection) -> None:
    """Begin as a writer at once: a reader that turns writer later may find the file locked."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _create(path: Path) -> None:
    """Make the file where it is missing, readable by its owner only, with a write-ahead log."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


_TAKE_IDS = (
    update(id_counter)
    .values(last=id_counter.c.last + bindparam("count"))
    .returning(id_counter.c.last)
)


@lru_cache(maxsize=1024)
def _insertion(table: Table, names: tuple[str, ...]) -> tuple[str, list[int]]:
    """Return what inserts a row, and which of its cells stands at each mark of it."""
    statement = insert(table).values({name: bindparam(name) for name in names})
    compiled = statement.compile(dialect=_DIALECT, column_keys=list(names))
    return str(compiled), [names.index(name) for name in compiled.positiontup or ()]


@lru_cache(maxsize=1024)
def _change(table: Table, names: tuple[str, ...]) -> tuple[str, list[int]]:
    """Return the same of what changes the row whose id comes first."""
    given: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in names}
    statement = update(table).where(table.c.id == bindparam("row_id")).values(given)
    compiled = statement.compile(dialect=_DIALECT, column_keys=[*names, "row_id"])
    places = {"row_id": 0, **{name: place for place, name in enumerate(names, 1)}}
    return str(compiled), [places[name] for name in compiled.positiontup or ()]


class SqliteDriver:
    """A database in one file. Beside it lies the file of the write gate."""

    transaction_number: ColumnElement[int] = literal_column("0", Id)
    writers_are_serial = True

    def __init__(self, path: Path) -> None:
        self.file = str(path)
        self.url = URL.create("sqlite+pysqlite", database=self.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._gate = WriteGate(path.with_name(path.name + ".gate"))
        with self._gate.held():
            _create(path)
        self._owner = os.getpid()
        self.engine: Engine = create_engine(self.url)
        event.listen(self.engine, "connect", _on_connect)
        event.listen(self.engine, "begin", _on_begin)
        self._writers = self.engine.execution_options(**{WRITES: True})

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        self._after_fork()
        with self.engine.connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        self._after_fork()
        with self._gate.held(), self._writers.begin() as connection:
            yield connection

    def _after_fork(self) -> None:
        """Leave the parent's connections to the parent: SQLite's must not cross a fork."""
        if self._owner != os.getpid():
            self.engine.dispose(close=False)
            self._owner = os.getpid()

    def close(self) -> None:
        self.engine.dispose()
        self._gate.close()

    def take_ids(self, connection: Connection, count: int) -> list[int]:
        last = connection.execute(_TAKE_IDS, {"count": count}).scalar_one()
        return list(range(last - count + 1, last + 1))

    @staticmethod
    def within(
        column: ColumnElement[Cell], values: BindParameter[Any], *, text: bool
    ) -> ColumnElement[bool]:
        del text  # JSON carries the type of each value
        listed = func.json_each(values).table_valued("value")
        return column.in_(select(listed.c.value))

    @staticmethod
    def listed(values: Sequence[Cell]) -> object:
        return json.dumps(list(values))

    def insert_rows(
        self,
        connection: Connection,
        table: Table,
        names: Sequence[str],
        rows: Sequence[tuple[Cell, ...]],
    ) -> None:
        statement, order = _insertion(table, tuple(names))
        if order != list(range(len(names))):
            rows = [tuple(row[place] for place in order) for row in rows]
        connection.exec_driver_sql(statement, list(rows))

    def update_rows(
        self,
        connection: Connection,
        table: Table,
        names: Sequence[str],
        rows: Sequence[tuple[Cell, ...]],
    ) -> None:
        statement, order = _change(table, tuple(names))
        changed = [tuple(row[place] for place in order) for row in rows]
        connection.exec_driver_sql(statement, changed)

    def safe_cursor(self, connection: Connection) -> int | None:
        del connection
        return None

    def lock(self, connection: Connection, name: str) -> None:
        """Do nothing: there is only one writer."""

    def alter(self, connection: Connection, statements: Sequence[str]) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    def violated(self, error: Exception) -> str | None:
        cause = getattr(error, "orig", error)
        name = getattr(cause, "sqlite_errorname", "")
        return str(cause) if name.startswith("SQLITE_CONSTRAINT_UNIQUE") else None
