"""What the two databases do differently, behind one protocol."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import URL, BindParameter, ColumnElement, Connection, Engine, Table

from tierloom.store.cells import Cell

WRITES = "tierloom_writes"
"""The execution option that marks the connections of writing units of work."""


class Driver(Protocol):
    """One database system: how to connect, to give out ids, and to move rows in bulk."""

    engine: Engine
    transaction_number: ColumnElement[int]
    """The number of the writing transaction as SQL; 0 where writers are serial."""
    writers_are_serial: bool
    """Whether one transaction writes at a time, so that changes are seen in the order of their numbers."""

    @property
    def url(self) -> URL:
        """The address, with the driver's name."""
        ...

    @property
    def file(self) -> str | None:
        """The database file, None where there is none."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a read-only transaction that sees one state of the database throughout."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction that may write; it commits unless the block raises."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...

    def take_ids(self, connection: Connection, count: int) -> list[int]:
        """Take the next `count` ids of the one sequence, ascending."""
        ...

    @staticmethod
    def within(
        column: ColumnElement[Cell], values: BindParameter[Any], *, text: bool
    ) -> ColumnElement[bool]:
        """Make the condition that `column` is one of the `listed` values of a parameter, however many they are."""
        ...

    @staticmethod
    def listed(values: Sequence[Cell]) -> object:
        """Return values as the parameter of `within` takes them."""
        ...

    def insert_rows(
        self,
        connection: Connection,
        table: Table,
        names: Sequence[str],
        rows: Sequence[tuple[Cell, ...]],
    ) -> None:
        """Insert rows of plain values, in the order of the columns `names`."""
        ...

    def update_rows(
        self,
        connection: Connection,
        table: Table,
        names: Sequence[str],
        rows: Sequence[tuple[Cell, ...]],
    ) -> None:
        """Set the columns `names` of the rows whose id comes first in each tuple."""
        ...

    def safe_cursor(self, connection: Connection) -> int | None:
        """Return the transaction below which all is visible, None where writers are serial."""
        ...

    def lock(self, connection: Connection, name: str) -> None:
        """Keep other writers that ask for the same name waiting until this transaction ends."""
        ...

    def alter(self, connection: Connection, statements: Sequence[str]) -> None:
        """Change the shape of a table, without making readers wait for long."""
        ...

    def violated(self, error: Exception) -> str | None:
        """Return what names the unique index that `error` reports as violated; None for other
        errors.
        """
        ...
