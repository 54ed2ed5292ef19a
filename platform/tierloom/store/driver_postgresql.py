"""PostgreSQL 15 or later, through psycopg 3: writers at the same time, bulk rows by COPY."""

import os
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    ARRAY,
    URL,
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    Table,
    Text,
    any_,
    cast,
    create_engine,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError

from tierloom.store.cells import Cell
from tierloom.store.schema.workspaces import id_sequence

_ALTER_TRIES = 6
_LOCK_NOT_AVAILABLE = "55P03"
_UNIQUE_VIOLATION = "23505"


class PostgresqlDriver:
    """A PostgreSQL server. Text is compared by code point (`COLLATE "C"`) in record tables."""

    file = None
    transaction_number: ColumnElement[int] = literal_column(
        "(pg_current_xact_id()::text::bigint)", BigInteger
    )
    writers_are_serial = False

    def __init__(self, url: URL) -> None:
        self.url = url.set(drivername="postgresql+psycopg")
        self._owner = os.getpid()
        self.engine: Engine = create_engine(self.url, pool_pre_ping=True)
        self._readers = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        self._after_fork()
        with self._readers.connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        self._after_fork()
        with self.engine.begin() as connection:
            yield connection

    def _after_fork(self) -> None:
        """Leave the parent's connections to the parent: two processes cannot share a socket."""
        if self._owner != os.getpid():
            self.engine.dispose(close=False)
            self._owner = os.getpid()

    def close(self) -> None:
        self.engine.dispose()

    def take_ids(self, connection: Connection, count: int) -> list[int]:
        taken = select(id_sequence.next_value()).select_from(func.generate_series(1, count))
        return sorted(connection.execute(taken).scalars())

    @staticmethod
    def within(
        column: ColumnElement[Cell], values: BindParameter[Any], *, text: bool
    ) -> ColumnElement[bool]:
        kind = Text() if text else BigInteger()
        return column == any_(cast(values, ARRAY(kind)))

    @staticmethod
    def listed(values: Sequence[Cell]) -> object:
        return list(values)

    def insert_rows(
        self,
        connection: Connection,
        table: Table,
        names: Sequence[str],
        rows: Sequence[tuple[Cell, ...]],
    ) -> None:
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def update_rows(
        self,
        connection: Connection,
        table: Table,
        names: Sequence[str],
        rows: Sequence[tuple[Cell, ...]],
    ) -> None:
        columns = zip(("id", *names), zip(*rows, strict=True), strict=True)
        arrays = [cast(list(cells), ARRAY(table.c[name].type)) for name, cells in columns]
        given = func.unnest(*arrays).table_valued("id", *names, name="given").render_derived()
        connection.execute(
            update(table)
            .where(table.c.id == given.c.id)
            .values({name: given.c[name] for name in names})
        )

    def safe_cursor(self, connection: Connection) -> int | None:
        # Text on the way, because psycopg knows no xid8.
        xmin = connection.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text"))
        return int(xmin or 0)

    def lock(self, connection: Connection, name: str) -> None:
        connection.execute(select(func.pg_advisory_xact_lock(zlib.crc32(name.encode()))))

    def alter(self, connection: Connection, statements: Sequence[str]) -> None:
        """Give up quickly and try again: a waiting ALTER TABLE makes all later readers wait."""
        for turn in range(1, _ALTER_TRIES + 1):
            try:
                with connection.begin_nested():
                    connection.exec_driver_sql("SET LOCAL lock_timeout = '500ms'")
                    for statement in statements:
                        connection.exec_driver_sql(statement)
                    connection.exec_driver_sql("SET LOCAL lock_timeout = DEFAULT")
            except DBAPIError as error:
                if (
                    getattr(error.orig, "sqlstate", "") != _LOCK_NOT_AVAILABLE
                    or turn == _ALTER_TRIES
                ):
                    raise
                time.sleep(0.2 * turn)
            else:
                return

    def violated(self, error: Exception) -> str | None:
        cause = getattr(error, "orig", error)
        if getattr(cause, "sqlstate", "") != _UNIQUE_VIOLATION:
            return None
        diagnosis = getattr(cause, "diag", None)
        return str(getattr(diagnosis, "constraint_name", "")) or str(cause)
