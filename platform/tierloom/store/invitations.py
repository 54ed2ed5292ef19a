"""Invitations: one-time links with which somebody new becomes a member of a workspace.

Beside the one-time tokens, of which an account has one for each purpose: invitations are many at a
time, carry a role, are listed and cancelled.
"""

from dataclasses import dataclass

from sqlalchemy import insert, select, update

from tierloom.domain.people import Role
from tierloom.store.schema.accounts import invitations as table
from tierloom.store.transaction import AnyRow, Transaction


@dataclass(frozen=True, slots=True)
class Invitation:
    """`name` says whom it is for, as the inviter wrote it; it may be empty."""

    id: int
    workspace: int
    role: Role
    name: str
    created_by: int
    created_at: int
    expires_at: int


_COLUMNS = (
    table.c.id, table.c.workspace_id, table.c.role, table.c.name, table.c.created_by,
    table.c.created_at, table.c.expires_at,
)  # fmt: skip
_OPEN = table.c.used_at.is_(None) & table.c.cancelled_at.is_(None)


class Invitations:
    """Reads and writes invitations."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def create(
        self, workspace: int, token_hash: str, role: Role, name: str, by: int, at: int, expires: int
    ) -> int:
        """Keep an invitation; return its id."""
        number = self._db.next_id()
        self._db.connection.execute(
            insert(table).values(
                id=number,
                workspace_id=workspace,
                token_hash=token_hash,
                role=role.value,
                name=name,
                created_by=by,
                created_at=at,
                expires_at=expires,
            )
        )
        return number

    def waiting(self, workspace: int, at: int) -> list[Invitation]:
        """Return the invitations to a workspace that can still be used, the newest first."""
        rows = self._db.connection.execute(
            select(*_COLUMNS)
            .where(table.c.workspace_id == workspace, _OPEN, table.c.expires_at > at)
            .order_by(table.c.id.desc())
        )
        return [_invitation(row) for row in rows]

    def usable(self, token_hash: str, at: int) -> Invitation | None:
        """Return the invitation of a link, None where it was used, cancelled, is over, or never
        was.
        """
        row = self._db.connection.execute(
            select(*_COLUMNS).where(
                table.c.token_hash == token_hash, _OPEN, table.c.expires_at > at
            )
        ).first()
        return _invitation(row) if row else None

    def use(self, invitation: int, account: int, at: int) -> bool:
        """Use an invitation up; tell whether it could be used, which is so for one of two who try
        at once.
        """
        used = self._db.connection.execute(
            update(table)
            .where(table.c.id == invitation, _OPEN, table.c.expires_at > at)
            .values(used_by=account, used_at=at)
        )
        return used.rowcount == 1

    def cancel(self, workspace: int, invitation: int, at: int) -> bool:
        """Cancel an invitation to a workspace; tell whether it could still be used."""
        done = self._db.connection.execute(
            update(table)
            .where(table.c.id == invitation, table.c.workspace_id == workspace, _OPEN)
            .values(cancelled_at=at)
        )
        return done.rowcount == 1


def _invitation(row: AnyRow) -> Invitation:
    return Invitation(
        row.id,
        row.workspace_id,
        Role(row.role),
        row.name,
        row.created_by,
        row.created_at,
        row.expires_at,
    )
