"""Accounts, their roles in workspaces, their sessions, and one-time tokens.

Secrets come here hashed: whoever reads the database cannot sign in with what is in it.
"""

from dataclasses import dataclass
from typing import TypedDict, Unpack

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

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
    """An account's role in a workspace, seen from the workspace.

    `disabled` also where it is shut out of this workspace alone; `seen` is when it was last there.
    """

    account: int
    login: str
    name: str
    role: Role
    disabled: bool
    seen: int | None = None


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
class OpenSession:
    """A session that still works, as its account sees it. `handle` names it and opens nothing."""

    handle: str
    created: int
    seen: int
    expires: int
    browser: str


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
        """Return an account's role in a workspace, None where it has none or is shut out."""
        found = self._db.connection.scalar(
            select(memberships.c.role).where(_member(workspace, account), _LET_IN)
        )
        return Role(found) if found else None

    def set_role(self, workspace: int, account: int, role: Role) -> None:
        """Change a member's role; who is shut out stays so."""
        self._db.connection.execute(
            update(memberships).where(_member(workspace, account)).values(role=role.value)
        )

    def shut_out(self, workspace: int, account: int) -> None:
        """Disable a member in one workspace; the account's sessions there end at once."""
        self._db.connection.execute(
            update(memberships).where(_member(workspace, account)).values(disabled_at=self._db.now)
        )
        self._revoke((sessions.c.account_id == account) & (sessions.c.workspace_id == workspace))

    def let_in(self, workspace: int, account: int) -> None:
        """Take `shut_out` back; the sessions that it ended stay over."""
        self._db.connection.execute(
            update(memberships).where(_member(workspace, account)).values(disabled_at=None)
        )

    def lock_members(self, workspace: int) -> None:
        """Keep others who change the members of a workspace waiting until this is done."""
        self._db.driver.lock(self._db.connection, f"members-{workspace}")

    def members(self, workspace: int) -> list[Member]:
        """Return who belongs to a workspace, the oldest account first."""
        seen = (
            select(func.max(sessions.c.seen_at))
            .where(sessions.c.account_id == table.c.id, sessions.c.workspace_id == workspace)
            .scalar_subquery()
        )
        shut_out = memberships.c.disabled_at.is_not(None)
        rows = self._db.connection.execute(
            select(
                table.c.id, table.c.login, table.c.name, memberships.c.role,
                or_(table.c.disabled, shut_out), seen,
            )
            .join(memberships, memberships.c.account_id == table.c.id)
            .where(memberships.c.workspace_id == workspace)
            .order_by(table.c.id)
        )  # fmt: skip
        return [
            Member(account, login, name, Role(role), bool(disabled), last)
            for account, login, name, role, disabled, last in rows
        ]

    def memberships(self, account: int) -> list[Membership]:
        """Return where an account belongs to and is not shut out, the oldest workspace first."""
        rows = self._db.connection.execute(
            select(memberships.c.workspace_id, memberships.c.role)
            .where(memberships.c.account_id == account, _LET_IN)
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

    def move_sessions(self, account: int, workspace: int, target: int) -> None:
        """Let an account go on in another workspace wherever it was in this one."""
        self._db.connection.execute(
            update(sessions)
            .where(sessions.c.account_id == account, sessions.c.workspace_id == workspace)
            .values(workspace_id=target)
        )

    def note_browser(self, token_hash: str, browser: str) -> None:
        """Note what a session was opened with, for its account to recognise it by."""
        self._db.connection.execute(
            update(sessions).where(sessions.c.token_hash == token_hash).values(browser=browser)
        )

    def open_sessions(self, account: int, at: int, idle_since: int) -> list[OpenSession]:
        """Return the sessions of an account that still work, the one used last first."""
        rows = self._db.connection.execute(
            select(sessions)
            .where(
                sessions.c.account_id == account,
                sessions.c.revoked_at.is_(None),
                sessions.c.expires_at > at,
                sessions.c.seen_at > idle_since,
            )
            .order_by(sessions.c.seen_at.desc(), sessions.c.token_hash)
        )
        return [
            OpenSession(
                handle_of(row.token_hash), row.created_at, row.seen_at, row.expires_at,
                row.browser or "",
            )
            for row in rows
        ]  # fmt: skip

    def end_session(self, account: int, handle: str) -> bool:
        """End the session of an account that `handle` names; tell whether there was one."""
        own = select(sessions.c.token_hash).where(
            sessions.c.account_id == account, sessions.c.revoked_at.is_(None)
        )
        for token_hash in self._db.connection.scalars(own).all():
            if handle_of(token_hash) == handle:
                self.revoke_session(token_hash)
                return True
        return False

    def revoke_session(self, token_hash: str) -> None:
        """End a session."""
        self._revoke(sessions.c.token_hash == token_hash)

    def revoke_sessions(self, account: int, *, but: str = "") -> None:
        """End all sessions of an account; the one with the hash `but` goes on."""
        self._revoke((sessions.c.account_id == account) & (sessions.c.token_hash != but))

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


def handle_of(token_hash: str) -> str:
    """Return a name for a session that tells nothing of its secret."""
    return token_hash[:16]


_LET_IN = memberships.c.disabled_at.is_(None)


def _member(workspace: int, account: int) -> ColumnElement[bool]:
    return (memberships.c.workspace_id == workspace) & (memberships.c.account_id == account)
