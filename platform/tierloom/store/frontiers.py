"""How far the results of each object reach, and what stay policies remember of its records."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select

from tierloom.store.schema.results import frontiers as table
from tierloom.store.schema.results import stays
from tierloom.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Frontier:
    """Results are right up to `as_of` (milliseconds), with the changes that (`cursor`, `beyond`) covers.

    At `next_at` time alone may move somebody; None: never.
    """

    object_id: int
    workspace: int
    rule_version: int
    as_of: int
    cursor: int
    beyond: frozenset[int]
    next_at: int | None


@dataclass(frozen=True, slots=True)
class Stay:
    """A record's tier under a stay policy: see `engine.stays`. Instants in milliseconds, 0 for none."""

    record: int
    code: int
    since: int
    protected_until: int
    grace_until: int


class Frontiers:
    """Reads and writes how far results reach. `object_id` is the document id of a tier model."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def get(self, object_id: int) -> Frontier | None:
        """Return an object's frontier, None before its first result."""
        row = self._db.connection.execute(
            select(table).where(table.c.object_id == object_id)
        ).first()
        if row is None:
            return None
        return Frontier(
            row.object_id,
            row.workspace_id,
            row.rule_version,
            row.as_of,
            row.cursor,
            frozenset(json.loads(row.beyond)),
            row.next_at,
        )

    def put(self, frontier: Frontier) -> None:
        """Move an object's frontier."""
        self._db.connection.execute(delete(table).where(table.c.object_id == frontier.object_id))
        self._db.connection.execute(
            insert(table).values(
                object_id=frontier.object_id,
                workspace_id=frontier.workspace,
                rule_version=frontier.rule_version,
                as_of=frontier.as_of,
                cursor=frontier.cursor,
                beyond=json.dumps(sorted(frontier.beyond)),
                next_at=frontier.next_at,
            )
        )

    def hasten(self, object_id: int, at: int) -> None:
        """Note that time may move somebody at an instant, unless it may sooner."""
        later = (table.c.next_at.is_(None)) | (table.c.next_at > at)
        self._db.connection.execute(
            table.update().where(table.c.object_id == object_id, later).values(next_at=at)
        )

    def due(self, at: int) -> list[int]:
        """Return the workspaces in which time may have moved somebody by an instant."""
        wanted = select(table.c.workspace_id).where(table.c.next_at <= at).distinct()
        return list(self._db.connection.scalars(wanted))

    def next_at(self) -> int | None:
        """Return the next instant at which time may move anybody anywhere."""
        found: int | None = self._db.connection.scalar(select(func.min(table.c.next_at)))
        return found

    def stays(self, object_id: int, record: int | None = None) -> list[Stay]:
        """Return what is remembered of an object's records, by ascending record id; of one where it is given."""
        wanted = select(
            stays.c.record_id,
            stays.c.code,
            stays.c.since,
            stays.c.protected_until,
            stays.c.grace_until,
        ).where(stays.c.object_id == object_id)
        if record is not None:
            wanted = wanted.where(stays.c.record_id == record)
        rows = self._db.connection.execute(wanted.order_by(stays.c.record_id))
        return [Stay(*row) for row in rows]

    def put_stays(
        self, workspace: int, object_id: int, kept: Sequence[Stay], dropped: Sequence[int] = ()
    ) -> None:
        """Remember these, in place of what there was of the same records, and forget the `dropped` ones."""
        gone = [*dropped, *(one.record for one in kept)]
        for start in range(0, len(gone), _MANY):
            chunk = gone[start : start + _MANY]
            self._db.connection.execute(
                delete(stays).where(stays.c.object_id == object_id, stays.c.record_id.in_(chunk))
            )
        names = (
            "object_id", "workspace_id", "record_id", "code", "since", "protected_until", "grace_until",
        )  # fmt: skip
        rows = [
            (
                object_id,
                workspace,
                one.record,
                one.code,
                one.since,
                one.protected_until,
                one.grace_until,
            )
            for one in kept
        ]
        if rows:
            self._db.driver.insert_rows(self._db.connection, stays, names, rows)


_MANY = 500
