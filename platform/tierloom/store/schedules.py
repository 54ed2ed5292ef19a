"""Schedules: what asks for jobs at set times. Whoever moves a due one on asks for its job, and nobody
else does.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, insert, select, update

from tierloom.store.schema.documents import documents
from tierloom.store.schema.jobs import schedules as table
from tierloom.store.transaction import AnyRow, Transaction, missing, stale


@dataclass(frozen=True, slots=True)
class Schedule:
    """`kind` says what is done; `expression` is a cron expression, read in `zone`.

    Moments in milliseconds: `next_at` is None while it is paused or in the bin, `last_at` is when it
    last asked for a job, `last_job`.
    """

    id: int
    workspace: int
    kind: str
    expression: str
    zone: str
    version: int
    created_by: int
    paused_at: int | None
    deleted_at: int | None
    next_at: int | None
    last_at: int | None
    last_job: int | None


_COLUMNS = (
    table.c.id, table.c.workspace_id.label("workspace"), table.c.kind, table.c.expression,
    table.c.zone, table.c.version, table.c.created_by, table.c.paused_at, table.c.deleted_at,
    table.c.next_at, table.c.last_at, table.c.last_job,
)  # fmt: skip


class Schedules:
    """Reads and writes schedules."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def create(
        self, workspace: int, kind: str, expression: str, zone: str, by: int, next_at: int
    ) -> int:
        """Make a schedule; return its id."""
        number = self._db.next_id()
        self._db.connection.execute(
            insert(table).values(
                id=number,
                workspace_id=workspace,
                kind=kind,
                expression=expression,
                zone=zone,
                version=1,
                created_by=by,
                created_at=self._db.now,
                next_at=next_at,
            )
        )
        return number

    def get(self, number: int, workspace: int) -> Schedule:
        """Return a schedule of a workspace, one in the bin too.

        Raises:
            NotFound: it has none with this id.
        """
        mine = (table.c.id == number) & (table.c.workspace_id == workspace)
        row = self._db.connection.execute(select(*_COLUMNS).where(mine)).first()
        return _schedule(row) if row else missing("schedule", number)

    def of(self, workspace: int) -> list[Schedule]:
        """Return the schedules of a workspace that are not in the bin, the oldest first."""
        mine = (table.c.workspace_id == workspace) & table.c.deleted_at.is_(None)
        rows = self._db.connection.execute(select(*_COLUMNS).where(mine).order_by(table.c.id))
        return [_schedule(row) for row in rows]

    def change(
        self, known: Schedule, version: int, expression: str, zone: str, next_at: int | None
    ) -> None:
        """Change when a schedule is due.

        Raises:
            Conflict: it is no longer at `version`.
        """
        self._edit(known, version, expression=expression, zone=zone, next_at=next_at)

    def pause(self, known: Schedule, version: int, at: int) -> None:
        """Let a schedule ask for nothing until it is resumed.

        Raises:
            Conflict: it is no longer at `version`.
        """
        self._edit(known, version, paused_at=at, next_at=None)

    def resume(self, known: Schedule, version: int, next_at: int) -> None:
        """Let a paused schedule go on.

        Raises:
            Conflict: it is no longer at `version`.
        """
        self._edit(known, version, paused_at=None, next_at=next_at)

    def delete(self, known: Schedule, version: int, at: int) -> None:
        """Put a schedule into the bin.

        Raises:
            Conflict: it is no longer at `version`.
        """
        self._edit(known, version, deleted_at=at, next_at=None)

    def restore(self, known: Schedule, next_at: int | None) -> None:
        """Take a schedule out of the bin."""
        self._edit(known, known.version, deleted_at=None, next_at=next_at)

    def next_at(self) -> int | None:
        """Return when the next schedule of any workspace is due, None where none is."""
        found: int | None = self._db.connection.scalar(select(func.min(table.c.next_at)))
        return found

    def due(self, at: int, limit: int = 100) -> list[Schedule]:
        """Return schedules that are due, the longest due first, and keep them from others until this
        unit of work ends.
        """
        wanted = select(*_COLUMNS).where(table.c.next_at <= at).order_by(table.c.next_at)
        rows = self._db.connection.execute(wanted.limit(limit).with_for_update(skip_locked=True))
        return [_schedule(row) for row in rows]

    def advance(self, known: Schedule, at: int, job: int | None, next_at: int | None) -> bool:
        """Note that a due schedule has asked for a job; False means that somebody else has."""
        mine = (table.c.id == known.id) & (table.c.next_at == known.next_at)
        return self._set(mine, last_at=at, last_job=job, next_at=next_at)

    def lacking(self, kind: str, document_kind: str) -> list[int]:
        """Return the workspaces that have published a document of a kind, and never had a schedule of
        one, not even in the bin.
        """
        had = select(table.c.id).where(
            table.c.kind == kind, table.c.workspace_id == documents.c.workspace_id
        )
        wanted = select(documents.c.workspace_id).where(
            documents.c.kind == document_kind,
            documents.c.published.is_not(None),
            documents.c.deleted_at.is_(None),
            ~had.exists(),
        )
        return list(self._db.connection.scalars(wanted.distinct()))

    def alone(self) -> None:
        """Keep others from making schedules by themselves until this unit of work ends."""
        self._db.driver.lock(self._db.connection, "schedules")

    def _edit(self, known: Schedule, version: int, **values: object) -> None:
        mine = (table.c.id == known.id) & (table.c.version == version)
        if not self._set(mine, version=version + 1, **values):
            stale(self.get(known.id, known.workspace).version, version)

    def _set(self, which: ColumnElement[bool], **values: object) -> bool:
        changed = self._db.connection.execute(update(table).where(which).values(**values))
        return changed.rowcount == 1


def _schedule(row: AnyRow) -> Schedule:
    return Schedule(**row._mapping)
