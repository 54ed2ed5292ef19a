"""Writing records. Every write is noted in the change log, in the same transaction."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import repeat
from typing import NoReturn

from sqlalchemy import Table, update

from tierloom.errors import Conflict
from tierloom.store.cells import Cell
from tierloom.store.changes import Action, Cause
from tierloom.store.drivers import Driver
from tierloom.store.images import FieldImage, Image
from tierloom.store.record_reading import Query, RecordReading, in_order
from tierloom.store.transaction import missing, stale
from tierloom.text import Label, T

_FIELD_NUMBER = re.compile(r"(?:u_|\.f_)(\d+)")


class Records(RecordReading):
    """Reads and writes the records of one type.

    Cells come by field key. Of a reference, an integer is a record's id and a text is the key of a
    record that does not exist yet. `at` is the moment of the write in milliseconds.
    """

    def insert(self, rows: Sequence[Mapping[str, Cell]], at: int, cause: Cause) -> list[int]:
        """Add records row by row; a field that a row does not name is unknown. Return their ids, in
        order.

        Raises:
            Conflict: a unique value is there already.
        """
        keys = sorted({key for row in rows for key in row})
        return self.insert_many(
            {key: [row.get(key) for row in rows] for key in keys}, at, cause, size=len(rows)
        )

    def insert_many(
        self, columns: Mapping[str, Sequence[Cell]], at: int, cause: Cause, size: int | None = None
    ) -> list[int]:
        """Add records by columns of equal length (`size` says it where there may be no column).

        Raises:
            Conflict: a unique value is there already.
        """
        count = len(next(iter(columns.values()))) if size is None else size
        if not count:
            return []
        ids = self._db.driver.take_ids(self._db.connection, count)
        names, split = self._split(columns)
        system = ("id", "version", "created_at", "updated_at")
        constant = (repeat(1, count), repeat(at, count), repeat(at, count))
        rows = list(zip(ids, *constant, *split, strict=True))
        with self._unique():
            self._db.driver.insert_rows(self._db.connection, self._table, (*system, *names), rows)
        self.changes.append(self.record_type.id, Action.INSERT, ids, at, cause, {})
        return ids

    def update(
        self,
        record: int,
        changes: Mapping[str, Cell],
        expected_version: int | None,
        at: int,
        cause: Cause,
    ) -> int:
        """Change some cells of one record; return its version, which stays where nothing differs.

        Raises:
            NotFound: there is no such record, or it is in the bin.
            Conflict: the record is no longer at `expected_version`, or a unique value is there
            already.
        """
        found = self._versions([record])
        if record not in found:
            missing("record", record)
        version = found[record]
        if expected_version is not None and version != expected_version:
            stale(version, expected_version)
        changed = self.update_many(
            [record], {key: [cell] for key, cell in changes.items()}, at, cause
        )
        return version + len(changed)

    def update_many(
        self, ids: Sequence[int], columns: Mapping[str, Sequence[Cell]], at: int, cause: Cause
    ) -> list[int]:
        """Set cells of records by columns; return the ids of those that this changed, ascending.

        Records that already have these cells are not written; those in the bin and unknown ones are
        passed by.

        Raises:
            Conflict: a unique value is there already.
        """
        if not columns or not ids:
            return []
        given = {number: row for row, number in enumerate(ids)}
        versions = self._versions(list(given))
        present = self.scan_ids(given, tuple(columns))
        order = [given[number] for number in present.ids]
        before = {key: present.cells(key) for key in columns}
        after = {key: [cells[row] for row in order] for key, cells in columns.items()}
        image, changed = self._difference(before, after)
        if not changed:
            return []
        written = [present.ids[place] for place in changed]
        names, split = self._split(
            {key: [cells[place] for place in changed] for key, cells in after.items()}
        )
        system = ([versions[number] + 1 for number in written], repeat(at, len(written)))
        rows = list(zip(written, *system, *split, strict=True))
        with self._unique():
            self._db.driver.update_rows(
                self._db.connection, self._table, ("version", "updated_at", *names), rows
            )
        self.changes.append(self.record_type.id, Action.UPDATE, written, at, cause, image)
        return written

    def delete(self, ids: Collection[int], at: int, cause: Cause) -> list[int]:
        """Put records in the bin; return the ids of those that were not there yet, ascending."""
        return self._mark(ids, Action.DELETE, at, cause)

    def restore(self, ids: Collection[int], at: int, cause: Cause) -> list[int]:
        """Take records out of the bin; return the ids of those that were there, ascending.

        Raises:
            Conflict: another record has one of their unique values by now.
        """
        return self._mark(ids, Action.RESTORE, at, cause)

    def link(self, reference: str, found: Mapping[str, int], at: int, cause: Cause) -> int:
        """Link the unlinked records that name these keys to the records found; return how many
        there were.
        """
        column = f"{self.layout.places[reference].column}_key"
        waiting = (
            self._table.select()
            .with_only_columns(self._table.c.id, self._table.c[column])
            .where(self._live, self._within(column, list(found)))
            .order_by(self._table.c.id)
        )
        rows = self._db.connection.execute(waiting).all()
        linked = self.update_many(
            [row[0] for row in rows], {reference: [found[row[1]] for row in rows]}, at, cause
        )
        return len(linked)

    def _versions(self, ids: Sequence[int]) -> dict[int, int]:
        """Read versions, and keep other writers from these records until the transaction ends."""
        return dict(self._by_ids(_versions_to_write, ids))

    def _mark(self, ids: Collection[int], action: Action, at: int, cause: Cause) -> list[int]:
        """Delete or restore; rows are locked in one order, so that two writers never wait in a ring."""
        table = self._table
        deleting = action is Action.DELETE
        state = self._live if deleting else ~self._live
        wanted = table.select().with_only_columns(table.c.id).order_by(table.c.id)
        locked = wanted.where(state, self._within("id", list(ids))).with_for_update()
        written = list(self._db.connection.scalars(locked))
        if not written:
            return []
        marked = (
            update(table)
            .where(self._within("id", written))
            .values(deleted_at=at if deleting else None, updated_at=at, version=table.c.version + 1)
        )
        with self._unique():
            self._db.connection.execute(marked)
        self.changes.append(self.record_type.id, action, written, at, cause, {})
        return written

    def _split(
        self, columns: Mapping[str, Sequence[Cell]]
    ) -> tuple[list[str], list[Sequence[Cell]]]:
        """Lay columns of fields out over physical columns."""
        names: list[str] = []
        split: list[Sequence[Cell]] = []
        for key, cells in columns.items():
            place = self.layout.places[key]
            names.extend(place.columns)
            split.extend(place.split(cells))
        return names, split

    def _difference(
        self, before: Mapping[str, Sequence[Cell]], after: Mapping[str, Sequence[Cell]]
    ) -> tuple[Image, list[int]]:
        """Return the image of what differs, and the places where something does.

        The image counts its places among the records that differ.
        """
        differing = {
            key: [
                place
                for place, (old, new) in enumerate(zip(before[key], after[key], strict=True))
                if old != new
            ]
            for key in after
        }
        changed = sorted({place for places in differing.values() for place in places})
        rank = {place: number for number, place in enumerate(changed)}
        image = {
            self.layout.places[key].field.id: FieldImage(
                [rank[place] for place in places],
                [before[key][place] for place in places],
                [after[key][place] for place in places],
            )
            for key, places in differing.items()
            if places
        }
        return image, changed

    @contextmanager
    def _unique(self) -> Iterator[None]:
        """Undo a write that violates a unique index, and raise a Conflict that names the field."""
        try:
            with self._db.connection.begin_nested():
                yield
        except Exception as error:
            violated = self._db.driver.violated(error)
            if violated is None:
                raise
            self._not_unique(violated, error)

    def _not_unique(self, violated: str, error: Exception) -> NoReturn:
        numbers = {int(number) for number in _FIELD_NUMBER.findall(violated)}
        fields = (place.field for place in self.layout.places.values())
        label = next((field.label for field in fields if field.id in numbers), Label.of("?"))
        raise Conflict(
            T("Another record already has this value in %(field)s. Nothing was saved.", field=label)
        ) from error


@lru_cache(maxsize=256)
def _versions_to_write(table: Table, driver: type[Driver]) -> Query:
    return in_order(table, driver, ("id", "version"), False).with_for_update()
