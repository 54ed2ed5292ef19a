"""Share links as whoever opens them: the one service that a guest has.

A link is looked at afresh each time, in the unit of work that reads the records: it is dead the moment it is revoked or
over, or its creator is disabled, out of the workspace, or may no longer share.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_urlsafe
from zoneinfo import ZoneInfo

from tierloom.domain.people import Actor, Grant
from tierloom.domain.views import View
from tierloom.errors import Invalid, NotFound, TooMany
from tierloom.services.access import passwords
from tierloom.services.access.accounts import hashed
from tierloom.services.access.shared_list import (
    Asked,
    SharedList,
    columns_of,
    guest_of,
    shared_list,
)
from tierloom.services.platform import Platform
from tierloom.services.workbench import Workbench
from tierloom.store.shares import Share, ShareEvent
from tierloom.store.uow import UnitOfWork
from tierloom.text import T

TRIES = 10
TRIES_MS = 15 * 60 * 1000
UNLOCKED_MS = 12 * 3600 * 1000


class Ended(NotFound):
    """A share link that worked once and does not any more. It does not say why."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link shows now, who shared it, until when, and in whose zone and currency."""

    list: SharedList
    who: str
    until: datetime
    zone: ZoneInfo
    currency: str


@dataclass(frozen=True, slots=True)
class Locked:
    """A link that works, and wants its password first."""


def read(platform: Platform, token: str, unlocked: str, asked: Asked) -> Opened | Locked:
    """Open a link. `unlocked` is what `unlock` gave for its password.

    Raises:
        NotFound: there never was such a link.
        Ended: it does not work any more.
    """
    with platform.database.reading() as uow:
        share, creator = _alive(platform, uow, token)
        if not _is_unlocked(platform, uow, share, unlocked):
            return Locked()
    # The note comes first: nobody sees what is not noted. The units of work do not nest.
    with platform.database.writing() as uow:
        uow.shares.note(share.id, ShareEvent.READ, platform.now_ms())
    with platform.database.reading() as uow:
        share, creator = _alive(platform, uow, token)
        bench = Workbench(platform, creator, uow)
        return Opened(
            _list(bench, share, asked),
            creator.name,
            datetime.fromtimestamp(share.expires_at / 1000, UTC),
            bench.zone,
            bench.workspace.currency,
        )


def _alive(platform: Platform, uow: UnitOfWork, token: str) -> tuple[Share, Actor]:
    share = uow.shares.by_token(hashed(token))
    if share is None:
        raise NotFound(T("There is no such share link."))
    creator = creator_of(uow, share)
    closed = share.revoked_at is not None or share.expires_at <= platform.now_ms()
    if creator is None or closed or uow.documents.get(share.view).deleted_at is not None:
        raise _ended()
    return share, creator


def _ended() -> Ended:
    return Ended(T("This share link does not work any more."))


def creator_of(uow: UnitOfWork, share: Share) -> Actor | None:
    """Return who made a link with the rights of this moment, None where they may no longer share."""
    account = uow.accounts.get(share.created_by)
    role = uow.accounts.role(share.created_by, share.workspace)
    if account is None or account.disabled or role is None:
        return None
    creator = Actor(account.id, account.name, share.workspace, role)
    return creator if creator.has(Grant.SHARE) and creator.has(Grant.READ) else None


def view_of(bench: Workbench, share: Share) -> View | None:
    """Return the view of a link, None where it is in the bin."""
    for view in bench.published.views():
        if bench.published.documents["view", view.key].id == share.view:
            return view
    return None


def _list(bench: Workbench, share: Share, asked: Asked) -> SharedList:
    view = view_of(bench, share)
    if view is None:
        raise _ended()
    guest = guest_of(bench, view, share.columns, share.id)
    if not columns_of(bench, guest, view).keys:
        raise _ended()
    try:
        return shared_list(bench, guest, view, asked)
    except Invalid:  # the filter reads what the creator no longer may
        raise _ended() from None


# ── the password ────────────────────────────────────────────────────────────────────────────────────────────────────


def _is_unlocked(platform: Platform, uow: UnitOfWork, share: Share, unlocked: str) -> bool:
    if not share.password_hash:
        return True
    since = platform.now_ms() - UNLOCKED_MS
    return bool(unlocked) and uow.shares.is_unlocked(share.id, hashed(unlocked), since)


def unlock(platform: Platform, token: str, password: str) -> str | None:
    """Try a link's password; return the secret that opens the link for 12 hours, None where it is wrong.

    Raises:
        NotFound, Ended: as for `read`.
        TooMany: there were ten in the last 15 minutes, whoever made them.
    """
    with platform.database.writing() as uow:
        share, _ = _alive(platform, uow, token)
        since = platform.now_ms() - TRIES_MS
        if uow.shares.count(share.id, ShareEvent.TRY, since) >= TRIES:
            raise TooMany(T("Too many wrong passwords. Try again in 15 minutes."))
        # Counted before it is compared: of a thousand tries at once, ten are looked at.
        event = uow.shares.note(share.id, ShareEvent.TRY, platform.now_ms())
    if not passwords.fits(password, share.password_hash):
        return None
    secret = token_urlsafe(32)
    with platform.database.writing() as uow:
        uow.shares.turn_into_unlock(event, hashed(secret))
    return secret
