"""The change log: one row for every write to records, and the history of a record read from it.

A row says which records a write touched: one, a dense range (`ids` is NULL), or a packed list. Its
image holds the cells that an update changed, before and after. So the log serves three readers:
column stores that follow it with a cursor, a record's history, and the undoing of an import.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

import numpy as np
from sqlalchemy import BindParameter, ColumnElement, bindparam, func, insert, select, union_all
from sqlalchemy.sql.dml import ReturningInsert

from tierloom.store.cells import Cell
from tierloom.store.drivers import Driver
from tierloom.store.images import (
    FieldImage,
    Ids,
    Image,
    pack_ids,
    pack_image,
    unpack_ids,
    unpack_image,
)
from tierloom.store.schema.changes import changes as log
from tierloom.store.transaction import AnyRow, Transaction


class Action(StrEnum):
    """What a write did to its records."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why records were written: `kind` is `edit`, `import`, `undo` …, `ref` the id of an import or
    job.
    """

    kind: str
    actor: int = 0
    ref: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One write to records of one type; `ids` ascend."""

    seq: int
    at: int
    record_type: int
    action: Action
    ids: Ids
    cause: Cause
    image: Image = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One write to one record; `cells` are before and after, by field id (of an insert: none)."""

    seq: int
    at: int
    action: Action
    cause: Cause
    cells: Mapping[int, tuple[Cell, Cell]]


_HEAD = (
    log.c.seq, log.c.at, log.c.record_type_id, log.c.action, log.c.first_id, log.c.last_id,
    log.c.cause, log.c.actor, log.c.ref, log.c.ids,
)  # fmt: skip

_NEWEST = select(func.max(log.c.seq))
_OF_TYPES = log.c.record_type_id.in_(bindparam("record_types", expanding=True))
_CURSOR: BindParameter[int] = bindparam("cursor")
_BEHIND = select(*_HEAD).where(_OF_TYPES).order_by(log.c.seq)
_BEHIND_CHANGE = _BEHIND.where(log.c.seq > _CURSOR)
_BEHIND_TRANSACTION = _BEHIND.where(log.c.xid >= _CURSOR)
_FEW = 20


class Changes:
    """Appends to the change log and reads it."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def append(
        self,
        record_type: int,
        action: Action,
        ids: Sequence[int],
        at: int,
        cause: Cause,
        image: Image,
    ) -> int:
        """Note a write of records with ascending ids; return its number."""
        first, last = ids[0], ids[-1]
        dense = last - first + 1 == len(ids)
        row = {
            "at": at,
            "record_type_id": record_type,
            "action": action.value,
            "first_id": first,
            "last_id": last,
            "cause": cause.kind,
            "actor": cause.actor,
            "ref": cause.ref,
            "ids": None if dense else pack_ids(np.asarray(ids, np.int64)),
            "image": pack_image(image) if image else None,
        }
        appended = self._db.connection.execute(_append(type(self._db.driver)), row)
        return int(appended.scalar_one())

    def since(self, cursor: int, record_types: Collection[int]) -> tuple[list[Change], int]:
        """Return the changes of some record types after `cursor`, without images, and the next
        cursor; 0 is the beginning.

        No committed change is ever missed. One may come twice: take the record as it is now, not
        the change. Cursors belong to one database and mean nothing elsewhere.
        """
        following = self.head()
        return self.behind(cursor, record_types), following

    def behind(self, cursor: int, record_types: Collection[int]) -> list[Change]:
        """Return the changes that `since` gives, for who knows the next cursor already."""
        serial = self._db.driver.writers_are_serial
        wanted = _BEHIND_CHANGE if serial else _BEHIND_TRANSACTION
        given = {"cursor": cursor, "record_types": list(record_types)}
        return [_change(row) for row in self._db.connection.execute(wanted, given)]

    def beyond(self, head: int, record_types: Collection[int]) -> list[Change]:
        """Return what is behind the cursor of now and seen all the same: where writers take turns, nothing is."""
        return [] if self._db.driver.writers_are_serial else self.behind(head, record_types)

    def head(self) -> int:
        """Return the cursor of now: `since` gives what is not visible yet, and perhaps a little
        more.
        """
        safe = self._db.driver.safe_cursor(self._db.connection)
        if safe is not None:
            return safe
        return int(self._db.connection.scalar(_NEWEST) or 0)

    def caused_by(self, cause: str, ref: str) -> list[int]:
        """Return the numbers of the changes of one import or the like, newest first."""
        mine = (log.c.cause == cause, log.c.ref == ref, log.c.ref != "")
        return list(
            self._db.connection.scalars(select(log.c.seq).where(*mine).order_by(log.c.seq.desc()))
        )

    def get(self, seq: int) -> Change | None:
        """Return one change with its image, None where there is none with this number."""
        row = self._db.connection.execute(
            select(*_HEAD, log.c.image).where(log.c.seq == seq)
        ).first()
        return _change(row, row.image) if row else None

    def between(
        self,
        after: int,
        until: int,
        record_types: Collection[int],
        causes: Collection[str],
        limit: int,
    ) -> list[Change]:
        """Return changes of some causes in (`after`, `until`] (milliseconds), the newest first, without images.

        Instants ascend with the numbers, but for moments of writers at the same time: allow for a second.
        """
        wanted = select(*_HEAD).where(
            log.c.seq > self._last_until(after),
            log.c.seq <= self._last_until(until),
            log.c.record_type_id.in_(record_types),
            log.c.cause.in_(causes),
        )
        rows = self._db.connection.execute(wanted.order_by(log.c.seq.desc()).limit(limit))
        return [_change(row) for row in rows]

    def _last_until(self, at: int) -> int:
        """Return the number of the last change until an instant, 0 before the first; found by halving."""
        low = 0
        high = int(self._db.connection.scalar(select(func.max(log.c.seq))) or 0)
        while low < high:
            middle = (low + high + 1) // 2
            following = select(log.c.seq, log.c.at).where(log.c.seq >= middle).order_by(log.c.seq)
            row = self._db.connection.execute(following.limit(1)).first()
            if row is None or row.at > at:
                high = middle - 1
            else:
                low = row.seq
        return low

    def after(self, change: Change) -> list[Change]:
        """Return later changes of the same record type whose range meets this one's."""
        met = (
            log.c.seq > change.seq,
            log.c.record_type_id == change.record_type,
            log.c.last_id >= int(change.ids[0]),
            log.c.first_id <= int(change.ids[-1]),
        )
        rows = self._db.connection.execute(select(*_HEAD).where(*met).order_by(log.c.seq))
        return [_change(row) for row in rows]

    def later(self, record_type: int, at: int) -> Iterator[Change]:
        """Yield the changes of one record type after an instant with their images, the newest first."""
        mine = (_in_order(record_type), log.c.at > at)
        wanted = select(*_HEAD, log.c.image).where(*mine).order_by(log.c.seq.desc())
        # One image may be large: no more than a few are in memory at a time.
        for row in self._db.connection.execute(wanted, execution_options={"yield_per": _FEW}):
            yield _change(row, row.image)

    def begins(self, record_type: int) -> int | None:
        """Return the instant of the first change of a record type, None where there is none."""
        any_of_it = select(log.c.seq).where(log.c.record_type_id == record_type).limit(1)
        if self._db.connection.scalar(any_of_it) is None:
            return None  # found by an index, where the way below reads the whole log
        mine = select(log.c.at).where(_in_order(record_type))
        return self._db.connection.scalar(mine.order_by(log.c.seq).limit(1))

    def history(self, record_type: int, record: int) -> list[HistoryEntry]:
        """Return all writes to one record, oldest first."""
        mine = log.c.record_type_id == record_type
        single = select(*_HEAD, log.c.image).where(
            mine, log.c.first_id == record, log.c.last_id == record
        )
        ranged = select(*_HEAD, log.c.image).where(
            mine,
            log.c.last_id > log.c.first_id,
            log.c.first_id <= record,
            log.c.last_id >= record,
        )
        rows = self._db.connection.execute(union_all(single, ranged)).all()
        entries = (_entry(row, record) for row in sorted(rows, key=lambda row: row.seq))
        return [entry for entry in entries if entry]


@cache
def _append(driver: type[Driver]) -> ReturningInsert[int]:
    return insert(log).values(xid=driver.transaction_number).returning(log.c.seq)


def _in_order(record_type: int) -> ColumnElement[bool]:
    """Choose a record type's changes so that they are read in their order: by the index of the type they would have to
    be sorted, images and all.
    """
    return log.c.record_type_id + 0 == record_type


def _ids(row: AnyRow) -> Ids:
    if row.ids is not None:
        return unpack_ids(row.ids)
    return np.arange(row.first_id, row.last_id + 1, dtype=np.int64)


def _change(row: AnyRow, image: bytes | None = None) -> Change:
    return Change(
        row.seq,
        row.at,
        row.record_type_id,
        Action(row.action),
        _ids(row),
        Cause(row.cause, row.actor, row.ref),
        unpack_image(image),
    )


def _entry(row: AnyRow, record: int) -> HistoryEntry | None:
    """Read one record's part of a change, None where the change passes it by."""
    ids = _ids(row)
    place = int(np.searchsorted(ids, record))
    if place == len(ids) or ids[place] != record:
        return None
    image = unpack_image(row.image)
    return HistoryEntry(
        row.seq,
        row.at,
        Action(row.action),
        Cause(row.cause, row.actor, row.ref),
        {number: pair for number, one in image.items() if (pair := _pair(one, place))},
    )


def _pair(image: FieldImage, place: int) -> tuple[Cell, Cell] | None:
    if place not in image.places:
        return None
    at = image.places.index(place)
    return image.before[at], image.after[at]
