"""Accounts, their roles in workspaces, their sessions, and one-time tokens.

Secrets come here hashed: whoever reads the database cannot sign in with what is in it.
"""

from dataclasses import dataclass
from typing import TypedDict, Unpack

from sqlalchemy import ColumnElement, delete, insert, select, update

from tierloom.domain.people import Role
from tierloom.errors import Conflict
from tierloom.store.schema.accounts import accounts as table
from tierloom.store.schema.accounts import memberships, one_time_tokens, sessions
from tierloom.store.transaction import Transaction
from tierloom.text import DEFAULT_LOCALE, T


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in. An empty `password_hash` fits no password."""

    id: int
    login: str
    name: str
    password_hash: str
    locale: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class Member:
    """An account's role in a workspace, seen from the workspace."""

    account: int
    login: str
    name: str
    role: Role
    disabled: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """An account's role in a workspace, seen from the account."""

    workspace: int
    role: Role


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in, working in one workspace."""

    account: int
    workspace: int
    created: int
    seen: int
    expires: int
    revoked: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A one-time token that was not used yet."""

    purpose: str
    account: int | None
    expires: int


class AccountChanges(TypedDict, total=False):
    """What of an account can change."""

    login: str
    name: str
    password_hash: str
    locale: str
    disabled: bool


_COLUMNS = (
    table.c.id, table.c.login, table.c.name, table.c.password_hash, table.c.locale,
    table.c.disabled,
)  # fmt: skip


class Accounts:
    """Reads and writes accounts and what belongs to them."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def create(
        self, login: str, name: str, password_hash: str, locale: str = DEFAULT_LOCALE
    ) -> int:
        """Make an account; return its id. Logins are compared as they are: fold their case before.

        Raises:
            Conflict: there is an account with this login.
        """
        self._require_free(login, None)
        number = self._db.next_id()
        self._db.connection.execute(
            insert(table).values(
                id=number,
                login=login,
                name=name,
                password_hash=password_hash,
                locale=locale,
                disabled=False,
                created_at=self._db.now,
                updated_at=self._db.now,
            )
        )
        return number

    def get(self, account: int) -> Account | None:
        """Return an account, None where there is none with this id."""
        return self._one(table.c.id == account)

    def by_login(self, login: str) -> Account | None:
        """Return an account by its login."""
        return self._one(table.c.login == login)

    def update(self, account: int, **changes: Unpack[AccountChanges]) -> None:
        """Change an account. A new password, and disabling, end its sessions at once.

        Raises:
            Conflict: there is another account with the new login.
        """
        if "login" in changes:
            self._require_free(changes["login"], account)
        self._db.connection.execute(
            update(table).where(table.c.id == account).values(**changes, updated_at=self._db.now)
        )
        if "password_hash" in changes or changes.get("disabled"):
            self.revoke_sessions(account)

    def join(self, workspace: int, account: int, role: Role) -> None:
        """Give an account a role in a workspace, instead of the one it may have there."""
        self.leave(workspace, account)
        self._db.connection.execute(
            insert(memberships).values(workspace_id=workspace, account_id=account, role=role.value)
        )

    def leave(self, workspace: int, account: int) -> None:
        """Take an account's role in a workspace away."""
        self._db.connection.execute(delete(memberships).where(_member(workspace, account)))

    def role(self, account: int, workspace: int) -> Role | None:
        """Return an account's role in a workspace, None where it has none."""
        found = self._db.connection.scalar(
            select(memberships.c.role).where(_member(workspace, account))
        )
        return Role(found) if found else None

    def members(self, workspace: int) -> list[Member]:
        """Return who belongs to a workspace, the oldest account first."""
        rows = self._db.connection.execute(
            select(table.c.id, table.c.login, table.c.name, memberships.c.role, table.c.disabled)
            .join(memberships, memberships.c.account_id == table.c.id)
            .where(memberships.c.workspace_id == workspace)
            .order_by(table.c.id)
        )
        return [
            Member(account, login, name, Role(role), disabled)
            for account, login, name, role, disabled in rows
        ]

    def memberships(self, account: int) -> list[Membership]:
        """Return where an account belongs to, the oldest workspace first."""
        rows = self._db.connection.execute(
            select(memberships.c.workspace_id, memberships.c.role)
            .where(memberships.c.account_id == account)
            .order_by(memberships.c.workspace_id)
        )
        return [Membership(workspace, Role(role)) for workspace, role in rows]

    def open_session(
        self, token_hash: str, account: int, workspace: int, at: int, expires: int
    ) -> None:
        """Note that somebody signed in."""
        self._db.connection.execute(
            insert(sessions).values(
                token_hash=token_hash,
                account_id=account,
                workspace_id=workspace,
                created_at=at,
                seen_at=at,
                expires_at=expires,
            )
        )

    def session(self, token_hash: str) -> Session | None:
        """Return a session, also one that is over; None where there never was one."""
        row = self._db.connection.execute(
            select(sessions).where(sessions.c.token_hash == token_hash)
        ).first()
        if row is None:
            return None
        return Session(
            row.account_id,
            row.workspace_id,
            row.created_at,
            row.seen_at,
            row.expires_at,
            row.revoked_at is not None,
        )

    def touch_session(self, token_hash: str, at: int) -> None:
        """Note that a session is in use."""
        self._db.connection.execute(
            update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=at)
        )

    def move_session(self, token_hash: str, workspace: int) -> None:
        """Go on in another workspace."""
        self._db.connection.execute(
            update(sessions)
            .where(sessions.c.token_hash == token_hash)
            .values(workspace_id=workspace)
        )

    def revoke_session(self, token_hash: str) -> None:
        """End a session."""
        self._revoke(sessions.c.token_hash == token_hash)

    def revoke_sessions(self, account: int) -> None:
        """End all sessions of an account."""
        self._revoke(sessions.c.account_id == account)

    def prune_sessions(self, before: int) -> int:
        """Forget sessions that expired before a moment; return how many."""
        return self._db.connection.execute(
            delete(sessions).where(sessions.c.expires_at < before)
        ).rowcount

    def create_token(
        self, token_hash: str, purpose: str, account: int | None, expires: int
    ) -> None:
        """Keep a one-time token; earlier ones of the same purpose and account can no longer be
        used.
        """
        owner = (
            one_time_tokens.c.account_id.is_(None)
            if account is None
            else one_time_tokens.c.account_id == account
        )
        self._db.connection.execute(
            delete(one_time_tokens).where(one_time_tokens.c.purpose == purpose, owner)
        )
        self._db.connection.execute(
            insert(one_time_tokens).values(
                token_hash=token_hash,
                purpose=purpose,
                account_id=account,
                created_at=self._db.now,
                expires_at=expires,
            )
        )

    def token(self, token_hash: str, purpose: str, at: int) -> Token | None:
        """Return a token that can be used at a moment, None where it was used, is over, or never
        was.
        """
        row = self._db.connection.execute(
            select(one_time_tokens).where(
                one_time_tokens.c.token_hash == token_hash,
                one_time_tokens.c.purpose == purpose,
                one_time_tokens.c.used_at.is_(None),
                one_time_tokens.c.expires_at > at,
            )
        ).first()
        return Token(row.purpose, row.account_id, row.expires_at) if row else None

    def use_token(self, token_hash: str, at: int) -> bool:
        """Use a token up; tell whether it could be used, which is so for one of two who try at
        once.
        """
        used = self._db.connection.execute(
            update(one_time_tokens)
            .where(
                one_time_tokens.c.token_hash == token_hash,
                one_time_tokens.c.used_at.is_(None),
                one_time_tokens.c.expires_at > at,
            )
            .values(used_at=at)
        )
        return used.rowcount == 1

    def _one(self, where: ColumnElement[bool]) -> Account | None:
        row = self._db.connection.execute(select(*_COLUMNS).where(where)).first()
        return Account(**row._mapping) if row else None

    def _revoke(self, where: ColumnElement[bool]) -> None:
        self._db.connection.execute(
            update(sessions)
            .where(where, sessions.c.revoked_at.is_(None))
            .values(revoked_at=self._db.now)
        )

    def _require_free(self, login: str, own: int | None) -> None:
        self._db.driver.lock(self._db.connection, "accounts")
        other = self.by_login(login)
        if other and other.id != own:
            raise Conflict(T("There is an account with the name %(login)s already.", login=login))


def _member(workspace: int, account: int) -> ColumnElement[bool]:
    return (memberships.c.workspace_id == workspace) & (memberships.c.account_id == account)
