"""Opening a sample from the browser, in a workspace of its own, and removing it again."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tierloom.domain.people import Actor, Grant, Role
from tierloom.domain.rules import Json
from tierloom.errors import Conflict, Forbidden, NotFound
from tierloom.services import authorize
from tierloom.services.access import accounts
from tierloom.services.demo import loading
from tierloom.services.demo.abroad import PLACES
from tierloom.services.demo.names import Lang
from tierloom.services.demo.trades import TRADES, Trade
from tierloom.services.platform import Platform
from tierloom.services.workspaces import SAMPLE
from tierloom.store.accounts import Membership
from tierloom.store.jobs import Job
from tierloom.store.uow import UnitOfWork
from tierloom.store.workspaces import Workspace
from tierloom.text import T

KIND = "sample"
_EMPTY = {"zh": "我的工作区", "en": "My workspace"}


@dataclass(frozen=True, slots=True)
class Opened:
    """Where a sample is. `job` loads it, None where that was done before."""

    workspace: int
    job: int | None


def trade_named(name: str) -> Trade:
    """Return a sample by its key.

    Raises:
        NotFound: there is none.
    """
    for trade in TRADES.values():
        if trade.key == name:
            return trade
    raise NotFound(
        T("There is no sample “%(name)s”. Known: %(known)s.", name=name, known=[*TRADES])
    )


def open_sample(platform: Platform, actor: Actor, secret: str, name: str, lang: Lang) -> Opened:
    """Go to the actor's workspace with a sample, made now where there is none, with the session of this secret.

    Raises:
        Forbidden: the actor does not manage a workspace.
        NotFound: there is no sample of this name.
    """
    authorize.require(actor, Grant.MANAGE)
    trade = trade_named(name)
    with platform.database.writing() as uow:
        found = _own(uow, actor, trade)
        if found is None:
            found = loading.create(uow, _free_key(uow, trade.workspace), trade, lang, actor.account)
        uow.accounts.move_session(accounts.hashed(secret), found.id)
        return Opened(found.id, _load_if_needed(platform, uow, actor, trade, found))


def _load_if_needed(
    platform: Platform, uow: UnitOfWork, actor: Actor, trade: Trade, place: Workspace
) -> int | None:
    last = last_job(uow, place.id)
    if last is not None and last.state in ("queued", "running"):
        return last.id
    there = uow.documents.find(place.id, "record_type", "customers") is not None
    if there and (last is None or last.state == "done"):
        return None
    payload: Json = {"trade": trade.key, "lang": "en" if place.locale == "en" else "zh"}
    uow.after_commit(platform.work.set)
    return uow.jobs.enqueue(place.id, KIND, payload, actor.account, key=trade.key)


def last_job(uow: UnitOfWork, workspace: int) -> Job | None:
    """Return the latest job that loads the sample of a workspace."""
    jobs = uow.jobs.recent(workspace, 200)
    return next((one for one in jobs if one.kind == KIND), None)


def _own(uow: UnitOfWork, actor: Actor, trade: Trade) -> Workspace | None:
    for one in uow.accounts.memberships(actor.account):
        workspace = uow.workspaces.get(one.workspace)
        if trade.mark in workspace.marks and one.role is Role.OWNER:
            return workspace
    return None


def _free_key(uow: UnitOfWork, wanted: str) -> str:
    taken = {one.key for one in uow.workspaces.all()}
    if wanted not in taken:
        return wanted
    return next(key for number in count(2) if (key := f"{wanted}-{number}") not in taken)


def work(
    platform: Platform, actor: Actor, payload: Json, progress: Callable[[int, int], None]
) -> Json:
    """Load the sample that a job is about; a second time it finishes what was broken off."""
    if not isinstance(payload, dict):
        raise TypeError("A sample's payload is an object.")
    trade, lang = trade_named(str(payload["trade"])), payload["lang"]
    language: Lang = "en" if lang == "en" else "zh"
    loading.fill(platform, actor, trade, language, place=PLACES[language], progress=progress)
    return {"customers": trade.customers, "purchases": trade.purchases}


def remove_sample(platform: Platform, actor: Actor) -> Actor:
    """Delete the actor's workspace, which is a sample, with everything in it, and go where else the account belongs.

    Whoever belongs nowhere else gets an empty workspace. Other members' sessions go on elsewhere or end.

    Raises:
        Forbidden: the actor does not manage it, or it is no sample.
        Conflict: a job is at work in it.
    """
    authorize.require(actor, Grant.MANAGE)
    with platform.database.writing() as uow:
        workspace = uow.workspaces.get(actor.workspace)
        if SAMPLE not in workspace.marks:
            raise Forbidden(T("Only a sample can be removed like this."))
        now, jobs = platform.now_ms(), uow.jobs.recent(workspace.id, 1_000)
        if any(one.state == "running" and (one.lease_until or 0) > now for one in jobs):
            raise Conflict(T("Tierloom is still at work in this sample. Try again in a moment."))
        folders = [platform.folder / "jobs" / str(one.id) for one in jobs]
        folders += _import_folders(platform, uow, workspace.id)
        following = _move_away(uow, actor, workspace)
        uow.workspaces.remove(workspace.id)
        uow.after_commit(lambda: _clean(platform, workspace.id, folders))
    return following


def _import_folders(platform: Platform, uow: UnitOfWork, workspace: int) -> list[Path]:
    options = [one.options for one in uow.imports.recent(workspace, 1_000)]
    named = [one.get("folder") for one in options if isinstance(one, dict)]
    return [platform.folder / "imports" / Path(str(one)).name for one in named if one]


def _move_away(uow: UnitOfWork, actor: Actor, leaving: Workspace) -> Actor:
    """Move the sessions of all members to where else they belong; return the actor as it is there."""
    if len(uow.accounts.memberships(actor.account)) == 1:
        _make_empty(uow, actor, leaving)
    for member in uow.accounts.members(leaving.id):
        for other in _others(uow, member.account, leaving)[:1]:
            uow.accounts.move_sessions(member.account, leaving.id, other.workspace)
    mine = _others(uow, actor.account, leaving)[0]
    return Actor(actor.account, actor.name, mine.workspace, mine.role)


def _others(uow: UnitOfWork, account: int, leaving: Workspace) -> list[Membership]:
    return [one for one in uow.accounts.memberships(account) if one.workspace != leaving.id]


def _make_empty(uow: UnitOfWork, actor: Actor, like: Workspace) -> None:
    name = _EMPTY["en" if like.locale == "en" else "zh"]
    key = _free_key(uow, "main")
    made = uow.workspaces.create(key, name, like.locale, like.zone, like.currency)
    uow.accounts.join(made.id, actor.account, Role.OWNER)


def _clean(platform: Platform, workspace: int, folders: list[Path]) -> None:
    platform.published.pop(workspace, None)
    platform.columns.forget(workspace)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
