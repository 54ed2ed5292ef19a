"""Share links: which columns of which view a link shows, until when, and what happened to it."""

import json
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import and_, delete, func, insert, select, update

from tierloom.store.schema.shares import share_events as events
from tierloom.store.schema.shares import shares as table
from tierloom.store.transaction import AnyRow, Transaction


class ShareEvent(StrEnum):
    """What is noted of a link. A try becomes an unlocking when its password was right."""

    READ = "read"
    TRY = "try"
    UNLOCK = "unlock"


@dataclass(frozen=True, slots=True)
class SharedColumns:
    """Ids of the fields and tier models that a link shows, frozen when it was made. `models` has those of
    scores and label sets, too.

    `revealed` are those of the personal fields that it shows in full; the others are masked.
    """

    fields: tuple[int, ...] = ()
    revealed: tuple[int, ...] = ()
    models: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """One link. An empty `password_hash` asks for none. `columns` are what it may show at most."""

    id: int
    workspace: int
    view: int
    note: str
    columns: SharedColumns
    password_hash: str
    created_by: int
    created_at: int
    expires_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class Reads:
    """How often a link was opened, and when last."""

    count: int
    last: int | None


_COLUMNS = (
    table.c.id, table.c.workspace_id, table.c.view_id, table.c.note, table.c["columns"],
    table.c.password_hash, table.c.created_by, table.c.created_at, table.c.expires_at,
    table.c.revoked_at,
)  # fmt: skip


class Shares:
    """Reads and writes share links."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def create(
        self,
        workspace: int,
        view: int,
        token_hash: str,
        columns: SharedColumns,
        *,
        note: str,
        password_hash: str,
        by: int,
        at: int,
        expires: int,
    ) -> int:
        """Keep a link; return its id."""
        number = self._db.next_id()
        self._db.connection.execute(
            insert(table).values(
                {
                    "id": number,
                    "workspace_id": workspace,
                    "view_id": view,
                    "token_hash": token_hash,
                    "note": note,
                    "columns": _to_json(columns),
                    "password_hash": password_hash,
                    "created_by": by,
                    "created_at": at,
                    "expires_at": expires,
                }
            )
        )
        return number

    def by_token(self, token_hash: str) -> Share | None:
        """Return a link, also one that is over or revoked; None where there never was one."""
        row = self._db.connection.execute(
            select(*_COLUMNS).where(table.c.token_hash == token_hash)
        ).first()
        return _share(row) if row else None

    def exist(self, workspace: int) -> bool:
        """Tell whether a link was ever made in a workspace."""
        wanted = select(table.c.id).where(table.c.workspace_id == workspace)
        return self._db.connection.scalar(wanted.limit(1)) is not None

    def of_view(self, workspace: int, view: int) -> list[tuple[Share, Reads]]:
        """Return the links of a view with how often they were opened, the newest first."""
        read = and_(events.c.share_id == table.c.id, events.c.kind == ShareEvent.READ.value)
        rows = self._db.connection.execute(
            select(*_COLUMNS, func.count(events.c.id).label("reads"), func.max(events.c.at))
            .outerjoin(events, read)
            .where(table.c.workspace_id == workspace, table.c.view_id == view)
            .group_by(*_COLUMNS)
            .order_by(table.c.id.desc())
        )
        return [(_share(row), Reads(row.reads, row[-1])) for row in rows]

    def find(self, workspace: int, share: int) -> Share | None:
        """Return a link of a workspace by its id."""
        row = self._db.connection.execute(
            select(*_COLUMNS).where(table.c.id == share, table.c.workspace_id == workspace)
        ).first()
        return _share(row) if row else None

    def revoke(self, share: int, at: int) -> None:
        """End a link at once, and forget who unlocked it."""
        self._db.connection.execute(
            update(table)
            .where(table.c.id == share, table.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )
        self._db.connection.execute(
            delete(events).where(
                events.c.share_id == share, events.c.kind == ShareEvent.UNLOCK.value
            )
        )

    # ── what happens to it ──────────────────────────────────────────────────────────────────────

    def note(self, share: int, kind: ShareEvent, at: int) -> int:
        """Note that something happened; return the note's id."""
        number = self._db.next_id()
        self._db.connection.execute(
            insert(events).values(id=number, share_id=share, kind=kind.value, at=at)
        )
        return number

    def count(self, share: int, kind: ShareEvent, since: int) -> int:
        """Count what happened after a moment. Others who try the password wait until this is
        done.
        """
        self._db.driver.lock(self._db.connection, f"share-{share}")
        found = self._db.connection.scalar(
            select(func.count()).where(
                events.c.share_id == share, events.c.kind == kind.value, events.c.at > since
            )
        )
        return found or 0

    def turn_into_unlock(self, event: int, secret_hash: str) -> None:
        """Make a try of the password the unlocking that it was."""
        self._db.connection.execute(
            update(events)
            .where(events.c.id == event)
            .values(kind=ShareEvent.UNLOCK.value, secret_hash=secret_hash)
        )

    def is_unlocked(self, share: int, secret_hash: str, since: int) -> bool:
        """Tell whether a secret was given out for the right password of this link after a
        moment.
        """
        found = self._db.connection.scalar(
            select(events.c.id).where(
                events.c.share_id == share,
                events.c.kind == ShareEvent.UNLOCK.value,
                events.c.secret_hash == secret_hash,
                events.c.at > since,
            )
        )
        return found is not None


def _share(row: AnyRow) -> Share:
    return Share(
        row.id,
        row.workspace_id,
        row.view_id,
        row.note,
        _from_json(row._mapping["columns"]),
        row.password_hash,
        row.created_by,
        row.created_at,
        row.expires_at,
        row.revoked_at,
    )


def _to_json(columns: SharedColumns) -> str:
    return json.dumps(
        {
            "format": 1,
            "fields": columns.fields,
            "revealed": columns.revealed,
            "models": columns.models,
        }
    )


def _from_json(text: str) -> SharedColumns:
    found = json.loads(text)
    return SharedColumns(tuple(found["fields"]), tuple(found["revealed"]), tuple(found["models"]))
