"""Workspaces: one company's data. Created by the command line, or by the demo."""

from tierloom.domain.people import Actor, Role
from tierloom.errors import Invalid, Problem
from tierloom.services.platform import Platform
from tierloom.store.workspaces import Workspace
from tierloom.text import T

OWNER = "owner"


def ensure(
    platform: Platform,
    key: str,
    name: str,
    locale: str = "zh_Hans_CN",
    zone: str = "Asia/Shanghai",
    currency: str = "CNY",
) -> tuple[Workspace, bool]:
    """Return the workspace with this key, created with an owner who has no password yet where there is none.

    The second value tells whether it was created now.

    Raises:
        Invalid: the key is empty.
    """
    if not key.strip():
        raise Invalid([Problem("no-key", "/key", T("A workspace needs a key."))])
    with platform.database.writing() as uow:
        for known in uow.workspaces.all():
            if known.key == key:
                return known, False
        created = uow.workspaces.create(key, name, locale, zone, currency)
        login = OWNER if uow.accounts.by_login(OWNER) is None else f"{OWNER}-{key}"
        uow.accounts.join(created.id, uow.accounts.create(login, login, ""), Role.OWNER)
        return created, True


def of(platform: Platform, actor: Actor) -> Workspace:
    """Return the actor's workspace."""
    with platform.database.reading() as uow:
        return uow.workspaces.get(actor.workspace)
