"""People of a workspace: members and their roles, invitations; and one's own password and sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_urlsafe

from tierloom.domain.people import Actor, Grant, Role
from tierloom.errors import Conflict, Forbidden, Invalid, NotFound, Problem, raise_if
from tierloom.services import authorize
from tierloom.services.access import passwords
from tierloom.services.access.accounts import (
    ABSOLUTE_MS,
    IDLE_MS,
    SignedIn,
    account_problems,
    hashed,
)
from tierloom.services.platform import Platform
from tierloom.store.accounts import Member, handle_of
from tierloom.store.invitations import Invitation
from tierloom.store.uow import UnitOfWork
from tierloom.text import T

DAY_MS = 24 * 3600 * 1000
INVITATION_DAYS = 7
_LAST_OWNER = T("A workspace needs an owner who can sign in. Make somebody else an owner first.")
_USED = T("This invitation was used already, was cancelled, or is over. Ask for a new one.")


@dataclass(frozen=True, slots=True)
class Person:
    """A member. `fixed` is the last owner who can sign in: neither role nor state can change."""

    member: Member
    is_you: bool
    fixed: bool

    @property
    def seen(self) -> datetime | None:
        """When they were last here."""
        return _moment(self.member.seen) if self.member.seen is not None else None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An invitation that nobody has used yet, and who made it."""

    invitation: Invitation
    who: str

    @property
    def expires(self) -> datetime:
        """When it stops working."""
        return _moment(self.invitation.expires_at)


@dataclass(frozen=True, slots=True)
class People:
    """Everybody in a workspace, and who was asked to come."""

    members: tuple[Person, ...]
    waiting: tuple[Waiting, ...]


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def people(platform: Platform, actor: Actor) -> People:
    """Return the members of the workspace and the invitations that wait.

    Raises:
        Forbidden: the actor may not manage the workspace.
    """
    authorize.require(actor, Grant.MANAGE)
    with platform.database.reading() as uow:
        members = uow.accounts.members(actor.workspace)
        owners = _owners(members)
        names = {one.account: one.name for one in members}
        persons = (
            Person(one, one.account == actor.account, owners == {one.account}) for one in members
        )
        waiting = uow.invitations.waiting(actor.workspace, platform.now_ms())
        return People(
            tuple(persons), tuple(Waiting(one, names.get(one.created_by, "")) for one in waiting)
        )


def _owners(members: list[Member]) -> set[int]:
    return {one.account for one in members if one.role is Role.OWNER and not one.disabled}


# ── members ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def change_role(platform: Platform, actor: Actor, account: int, role: Role) -> None:
    """Give a member another role, from their next click on.

    Raises:
        Forbidden: the actor may not manage the workspace.
        NotFound: there is no such member.
        Conflict: the workspace would be left without an owner who can sign in.
    """
    with _managing(platform, actor, account) as (uow, members):
        if role is not Role.OWNER and _owners(members) == {account}:
            raise Conflict(_LAST_OWNER)
        uow.accounts.set_role(actor.workspace, account, role)


def disable(platform: Platform, actor: Actor, account: int) -> None:
    """Shut a member out of the workspace; their sessions, share links and invitations end at once.

    Raises:
        Forbidden, NotFound, Conflict: as for `change_role`.
    """
    with _managing(platform, actor, account) as (uow, members):
        if _owners(members) == {account}:
            raise Conflict(_LAST_OWNER)
        uow.accounts.shut_out(actor.workspace, account)


def enable(platform: Platform, actor: Actor, account: int) -> None:
    """Let a member in again.

    Raises:
        Forbidden, NotFound: as for `change_role`.
    """
    with _managing(platform, actor, account) as (uow, _):
        uow.accounts.let_in(actor.workspace, account)


@contextmanager
def _managing(
    platform: Platform, actor: Actor, account: int
) -> Iterator[tuple[UnitOfWork, list[Member]]]:
    """Open a unit of work in which nobody else changes the members, and look whether `account` is one."""
    authorize.require(actor, Grant.MANAGE)
    with platform.database.writing() as uow:
        uow.accounts.lock_members(actor.workspace)
        # Whoever was demoted while waiting for the lock does not get through any more.
        if uow.accounts.role(actor.account, actor.workspace) is not actor.role:
            raise Forbidden(T("Your role was changed a moment ago. Reload the page."))
        members = uow.accounts.members(actor.workspace)
        if account not in {one.account for one in members}:
            raise NotFound(T("There is no such member of this workspace."))
        yield uow, members


# ── invitations ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation offers: a role in a workspace, to somebody whose name was guessed."""

    workspace: str
    role: Role
    name: str


def invite(platform: Platform, actor: Actor, role: Role, name: str = "") -> str:
    """Make an invitation and return its secret, which is stored nowhere.

    Raises:
        Forbidden: the actor may not manage the workspace.
    """
    authorize.require(actor, Grant.MANAGE)
    secret, now = token_urlsafe(32), platform.now_ms()
    with platform.database.writing() as uow:
        uow.invitations.create(
            actor.workspace,
            hashed(secret),
            role,
            name.strip()[:100],
            actor.account,
            now,
            now + INVITATION_DAYS * DAY_MS,
        )
    return secret


def cancel_invitation(platform: Platform, actor: Actor, invitation: int) -> None:
    """Make an invitation useless.

    Raises:
        Forbidden: the actor may not manage the workspace.
        NotFound: there is none with this number that could still be used.
    """
    authorize.require(actor, Grant.MANAGE)
    with platform.database.writing() as uow:
        if not uow.invitations.cancel(actor.workspace, invitation, platform.now_ms()):
            raise NotFound(T("This invitation was used or cancelled already."))


def invitation(platform: Platform, secret: str) -> Offer | None:
    """Return what an invitation offers, None where it cannot be used (any more)."""
    with platform.database.reading() as uow:
        found = _usable(platform, uow, secret)
        if found is None:
            return None
        return Offer(uow.workspaces.get(found.workspace).name, found.role, found.name)


def _usable(platform: Platform, uow: UnitOfWork, secret: str) -> Invitation | None:
    """An invitation is worth what its maker is: a disabled or demoted owner cannot come back by an old one."""
    found = uow.invitations.usable(hashed(secret), platform.now_ms())
    if found is None:
        return None
    maker = uow.accounts.get(found.created_by)
    role = uow.accounts.role(found.created_by, found.workspace)
    if maker is None or maker.disabled or role is None:
        return None
    return found if Actor(maker.id, maker.name, found.workspace, role).has(Grant.MANAGE) else None


def accept(platform: Platform, secret: str, login: str, name: str, password: str) -> SignedIn:
    """Make an account with an invitation, and sign in.

    Raises:
        Forbidden: the invitation cannot be used (any more).
        Invalid: the login or the password will not do, or the login is taken.
    """
    if invitation(platform, secret) is None:
        raise Forbidden(_USED)
    login = login.strip().lower()
    raise_if(account_problems(login, password))
    password_hash = passwords.hash_of(password)
    try:
        return _join(platform, secret, login, name.strip()[:100] or login, password_hash)
    except Conflict as taken:
        raise Invalid([Problem("login-taken", "/login", taken.text)]) from None


def _join(platform: Platform, secret: str, login: str, name: str, password_hash: str) -> SignedIn:
    with platform.database.writing() as uow:
        found = _usable(platform, uow, secret)
        if found is None:
            raise Forbidden(_USED)
        place = uow.workspaces.get(found.workspace)
        account = uow.accounts.create(login, name, password_hash, place.locale)
        if not uow.invitations.use(found.id, account, platform.now_ms()):
            raise Forbidden(_USED)
        uow.accounts.join(place.id, account, found.role)
        return _signed_in(platform, uow, Actor(account, name, place.id, found.role))


def _signed_in(platform: Platform, uow: UnitOfWork, actor: Actor) -> SignedIn:
    secret, now = token_urlsafe(32), platform.now_ms()
    uow.accounts.open_session(
        hashed(secret), actor.account, actor.workspace, now, now + ABSOLUTE_MS
    )
    return SignedIn(secret, actor)


# ── one's own account ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A place where somebody is signed in. `handle` names it; `browser` is what it said of itself."""

    handle: str
    browser: str
    created: datetime
    seen: datetime
    is_this: bool


def login_of(platform: Platform, actor: Actor) -> str:
    """Return the name under which the actor signs in."""
    with platform.database.reading() as uow:
        account = uow.accounts.get(actor.account)
        return account.login if account else ""


def note_browser(platform: Platform, secret: str, browser: str) -> None:
    """Note what a session was opened with."""
    with platform.database.writing() as uow:
        uow.accounts.note_browser(hashed(secret), browser[:300])


def change_password(platform: Platform, actor: Actor, old: str, new: str) -> SignedIn:
    """Set the actor's own password. All sessions end; the one that is returned takes their place here.

    Raises:
        Invalid: the old password is wrong, or the new one will not do.
        TooMany: the old password was wrong too often just now.
    """
    guessing = f"password of {actor.account}"
    platform.throttle.require(guessing, platform.now_ms())
    with platform.database.reading() as uow:
        account = uow.accounts.get(actor.account)
    problems = list(passwords.problems(new, "/new"))
    if not passwords.fits(old, account.password_hash if account else None):
        platform.throttle.note(guessing, platform.now_ms())
        problems.insert(0, Problem("wrong-password", "/old", T("This is not your password.")))
    raise_if(problems)
    password_hash = passwords.hash_of(new)
    with platform.database.writing() as uow:
        uow.accounts.update(actor.account, password_hash=password_hash)
        return _signed_in(platform, uow, actor)


def sessions(platform: Platform, actor: Actor, secret: str) -> list[OwnSession]:
    """Return where the actor is signed in; `secret` is the session that asks."""
    this, now = handle_of(hashed(secret)), platform.now_ms()
    with platform.database.reading() as uow:
        return [
            OwnSession(
                one.handle,
                one.browser,
                _moment(one.created),
                _moment(one.seen),
                one.handle == this,
            )
            for one in uow.accounts.open_sessions(actor.account, now, now - IDLE_MS)
        ]


def end_session(platform: Platform, actor: Actor, handle: str) -> None:
    """End one of the actor's own sessions.

    Raises:
        NotFound: the actor has no such session.
    """
    with platform.database.writing() as uow:
        if not uow.accounts.end_session(actor.account, handle):
            raise NotFound(T("This session is over already."))


def end_other_sessions(platform: Platform, actor: Actor, secret: str) -> None:
    """End all of the actor's sessions but the one that asks."""
    with platform.database.writing() as uow:
        uow.accounts.revoke_sessions(actor.account, but=hashed(secret))
