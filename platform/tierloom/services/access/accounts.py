"""Accounts: signing in and out, sessions, the first owner, one-time links."""

import hashlib
import secrets
from dataclasses import dataclass

from tierloom.domain.people import Actor, Grant, Role
from tierloom.errors import Forbidden, Invalid, NotFound, Problem
from tierloom.services import authorize
from tierloom.services.access import passwords
from tierloom.services.platform import Platform
from tierloom.store.accounts import Account
from tierloom.store.uow import UnitOfWork
from tierloom.text import T

IDLE_MS = 8 * 3600 * 1000
ABSOLUTE_MS = 7 * 24 * 3600 * 1000
LINK_MS = 24 * 3600 * 1000
FIRST_OWNER = "first-owner"
_WRONG = T("The account name or the password is not right.")
_USED = T("This link was used already or is over. Print a new one with “tierloom init”.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that was just opened: `secret` goes into the cookie and is stored nowhere."""

    secret: str
    actor: Actor


def sign_in(platform: Platform, login: str, password: str) -> SignedIn:
    """Open a session.

    Raises:
        Forbidden: no such account, wrong password, or disabled: the same words for each.
        TooMany: too many wrong attempts for this name just now.
    """
    name = login.strip().lower()
    platform.throttle.require(name, platform.now_ms())
    with platform.database.reading() as uow:
        account = uow.accounts.by_login(name)
    right = passwords.fits(password, account.password_hash if account else None)
    if account is None or not right or account.disabled:
        platform.throttle.note(name, platform.now_ms())
        raise Forbidden(_WRONG)
    with platform.database.writing() as uow:
        return _open_session(platform, uow, account)


def _open_session(platform: Platform, uow: UnitOfWork, account: Account) -> SignedIn:
    memberships = uow.accounts.memberships(account.id)
    if not memberships:
        raise Forbidden(T("This account belongs to no workspace."))
    secret, now = secrets.token_urlsafe(32), platform.now_ms()
    first = memberships[0]
    uow.accounts.open_session(hashed(secret), account.id, first.workspace, now, now + ABSOLUTE_MS)
    return SignedIn(secret, Actor(account.id, account.name, first.workspace, first.role))


def actor_of(platform: Platform, secret: str) -> Actor | None:
    """Return who a session cookie belongs to, None when it is unknown, over, revoked, or the account is disabled."""
    now = platform.now_ms()
    with platform.database.reading() as uow:
        session = uow.accounts.session(hashed(secret))
        if (
            session is None
            or session.revoked
            or session.expires <= now
            or session.seen + IDLE_MS <= now
        ):
            return None
        account = uow.accounts.get(session.account)
        role = uow.accounts.role(session.account, session.workspace)
    if account is None or account.disabled or role is None:
        return None
    if now - session.seen > 60_000:
        with platform.database.writing() as uow:
            uow.accounts.touch_session(hashed(secret), now)
    return Actor(account.id, account.name, session.workspace, role)


def sign_out(platform: Platform, secret: str) -> None:
    """End a session at once."""
    with platform.database.writing() as uow:
        uow.accounts.revoke_session(hashed(secret))


def actor_named(platform: Platform, workspace: str, login: str | None) -> Actor:
    """Return an account as an actor of a workspace, for the command line; the first owner where no name is given.

    Raises:
        NotFound: no such workspace, account or membership.
    """
    with platform.database.reading() as uow:
        place = uow.workspaces.by_key(workspace)
        for member in uow.accounts.members(place.id):
            if login.lower() == member.login if login else member.role is Role.OWNER:
                return Actor(member.account, member.name, place.id, member.role)
    raise NotFound(
        T(
            "No account “%(login)s” in the workspace “%(key)s”.",
            login=login or "owner",
            key=workspace,
        )
    )


# ── the first owner ─────────────────────────────────────────────────────────────────────────────────────────────────


def first_owner_link(platform: Platform, workspace: int) -> str | None:
    """Return a fresh secret with which the first owner sets a password, None when there is an owner who can sign in."""
    with platform.database.writing() as uow:
        owners = [one for one in uow.accounts.members(workspace) if one.role is Role.OWNER]
        accounts = [uow.accounts.get(one.account) for one in owners]
        if any(one and one.password_hash for one in accounts):
            return None
        secret = secrets.token_urlsafe(32)
        expires = platform.now_ms() + LINK_MS
        uow.accounts.create_token(
            hashed(secret), FIRST_OWNER, owners[0].account if owners else None, expires
        )
        return secret


def link_is_good(platform: Platform, secret: str) -> bool:
    """Tell whether a first-owner link can still be used."""
    with platform.database.reading() as uow:
        return uow.accounts.token(hashed(secret), FIRST_OWNER, platform.now_ms()) is not None


def claim(platform: Platform, secret: str, login: str, name: str, password: str) -> SignedIn:
    """Set the first owner's name and password with a one-time link, and sign in.

    Raises:
        Forbidden: the link was used, is over, or never was.
        Invalid: the login or the password will not do.
    """
    login = login.strip().lower()
    problems = list(account_problems(login, password))
    if problems:
        raise Invalid(problems)
    password_hash = passwords.hash_of(password)
    with platform.database.writing() as uow:
        token = uow.accounts.token(hashed(secret), FIRST_OWNER, platform.now_ms())
        if token is None or token.account is None:
            raise Forbidden(_USED)
        if not uow.accounts.use_token(hashed(secret), platform.now_ms()):
            raise Forbidden(_USED)
        uow.accounts.update(
            token.account, login=login, name=name.strip() or login, password_hash=password_hash
        )
        account = uow.accounts.get(token.account)
        if account is None:
            raise Forbidden(_WRONG)
        return _open_session(platform, uow, account)


def account_problems(login: str, password: str) -> list[Problem]:
    """Return what is wrong with the login and the password of a new account."""
    problems = []
    if not 2 <= len(login) <= 100 or any(one.isspace() for one in login):
        problems.append(
            Problem(
                "bad-login", "/login", T("An account name has 2 to 100 characters without spaces.")
            )
        )
    problems += passwords.problems(password)
    return problems


def hashed(secret: str) -> str:
    """Return how a secret is stored: it has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def set_locale(platform: Platform, actor: Actor, locale: str) -> None:
    """Remember the language in which the actor reads."""
    with platform.database.writing() as uow:
        uow.accounts.update(actor.account, locale=locale)


def add_member(
    platform: Platform, actor: Actor, login: str, name: str, password: str, role: Role
) -> int:
    """Create an account in the actor's workspace.

    Raises:
        Forbidden: the actor may not manage the workspace.
        Invalid: the login or the password will not do.
    """
    authorize.require(actor, Grant.MANAGE)
    login = login.strip().lower()
    problems = account_problems(login, password)
    if problems:
        raise Invalid(problems)
    password_hash = passwords.hash_of(password)
    with platform.database.writing() as uow:
        account = uow.accounts.create(login, name.strip() or login, password_hash)
        uow.accounts.join(actor.workspace, account, role)
        return account
