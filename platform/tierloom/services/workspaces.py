"""Workspaces: one company's data. Created by the command line, or by the demo."""

from collections.abc import Iterator
from zoneinfo import available_timezones

from babel.numbers import list_currencies

from tierloom.domain.keys import is_key
from tierloom.domain.people import Actor, Role
from tierloom.errors import Problem, raise_if
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
        Invalid: the key, the zone or the currency will not do.
    """
    raise_if(_problems(key, zone, currency))
    with platform.database.writing() as uow:
        for known in uow.workspaces.all():
            if known.key == key:
                return known, False
        created = uow.workspaces.create(key, name, locale, zone, currency)
        login = OWNER if uow.accounts.by_login(OWNER) is None else f"{OWNER}-{key}"
        uow.accounts.join(created.id, uow.accounts.create(login, login, ""), Role.OWNER)
        return created, True


def _problems(key: str, zone: str, currency: str) -> Iterator[Problem]:
    if not is_key(key):
        message = T("“%(key)s” cannot be a key: use letters, digits, _ and -.", key=key)
        yield Problem("bad-key", "/key", message)
    if zone not in available_timezones():
        message = T("There is no time zone “%(zone)s”. Write one like Asia/Shanghai.", zone=zone)
        yield Problem("unknown-zone", "/zone", message)
    if currency not in list_currencies():
        message = T("There is no currency “%(code)s”. Write one like CNY.", code=currency)
        yield Problem("unknown-currency", "/currency", message)


def of(platform: Platform, actor: Actor) -> Workspace:
    """Return the actor's workspace."""
    with platform.database.reading() as uow:
        return uow.workspaces.get(actor.workspace)
