"""Workspaces: one company's data. Created by the command line or by a sample; its owner says what it is called.

Name, language, currency and time zone are asked once, when the workspace is new; `settled` remembers that they were.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import available_timezones

from babel.numbers import list_currencies

from tierloom.domain.fields import FieldKind
from tierloom.domain.keys import is_key
from tierloom.domain.people import Actor, Grant, Role
from tierloom.errors import Problem, raise_if
from tierloom.services import authorize
from tierloom.services.platform import Platform
from tierloom.services.runs import recalculation
from tierloom.services.workbench import Workbench, writing
from tierloom.store.workspaces import Workspace
from tierloom.text import LOCALES, T

OWNER = "owner"
SETTLED = "settled"
SAMPLE = "sample"
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Answers:
    """What a workspace is asked: `currency` by its ISO 4217 code, `zone` by its IANA name."""

    name: str
    locale: str
    zone: str
    currency: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of the answers has led to.

    `kept_money` is the number of money fields that are still in another currency than the workspace's new one.
    """

    workspace: Workspace
    recalculates: bool
    kept_money: int


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
    raise_if([*_bad_key(key), *_bad_place(zone, currency)])
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


def is_settled(workspace: Workspace) -> bool:
    """Tell whether somebody confirmed name, language, currency and zone; a sample's are given."""
    return not workspace.marks.isdisjoint({SETTLED, SAMPLE})


def change(platform: Platform, actor: Actor, answers: Answers) -> Change:
    """Change what the workspace is called, its language, currency and zone, and note that they were confirmed.

    Money fields keep their currency. A new zone moves the calendar's days: the tiers are calculated again.

    Raises:
        Forbidden: the actor does not manage the workspace.
        Invalid: the name, the language, the zone or the currency will not do.
    """
    authorize.require(actor, Grant.MANAGE)
    name = _in_one_line(answers.name)
    raise_if([*_bad_name(name, answers.locale), *_bad_place(answers.zone, answers.currency)])
    recalculation.catch_up(platform, actor.workspace)
    with writing(platform, actor) as bench:
        before = bench.workspace
        bench.uow.workspaces.mark(before.id, SETTLED)
        after = bench.uow.workspaces.change(
            before.id, name, answers.locale, answers.zone, answers.currency
        )
        recalculates = after.zone != before.zone and bool(bench.published.tier_models())
        if recalculates:
            recalculation.enqueue(bench, recalculation.RULES)
        kept = _money_in_others(bench, after.currency) if after.currency != before.currency else 0
    return Change(after, recalculates, kept)


def skip(platform: Platform, actor: Actor) -> None:
    """Ask no more: what the workspace was created with stays.

    Raises:
        Forbidden: the actor does not manage the workspace.
    """
    authorize.require(actor, Grant.MANAGE)
    with platform.database.writing() as uow:
        uow.workspaces.mark(actor.workspace, SETTLED)


def _money_in_others(bench: Workbench, currency: str) -> int:
    types = [one.type for table in bench.catalogue for one in table.live_fields]
    return sum(one.kind is FieldKind.MONEY and one.currency != currency for one in types)


def _in_one_line(name: str) -> str:
    """Return a pasted name without line breaks and what else cannot be seen; PostgreSQL keeps no NUL."""
    return " ".join("".join(one if one.isprintable() else " " for one in name).split())


def _bad_key(key: str) -> Iterator[Problem]:
    if not is_key(key):
        message = T("“%(key)s” cannot be a key: use letters, digits, _ and -.", key=key)
        yield Problem("bad-key", "/key", message)


def _bad_name(name: str, locale: str) -> Iterator[Problem]:
    if not name:
        yield Problem("required", "/name", T("Give the workspace a name."))
    elif len(name) > LONGEST_NAME:
        message = T("The name is longer than %(n)s characters.", n=LONGEST_NAME)
        yield Problem("too-long", "/name", message)
    if locale not in LOCALES:
        message = T("There is no language “%(locale)s”.", locale=locale)
        yield Problem("unknown-locale", "/locale", message)


def _bad_place(zone: str, currency: str) -> Iterator[Problem]:
    if zone not in available_timezones():
        message = T("There is no time zone “%(zone)s”. Write one like Asia/Shanghai.", zone=zone)
        yield Problem("unknown-zone", "/zone", message)
    if currency not in list_currencies():
        message = T("There is no currency “%(code)s”. Write one like CNY.", code=currency)
        yield Problem("unknown-currency", "/currency", message)
