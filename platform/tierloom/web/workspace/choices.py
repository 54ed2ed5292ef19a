"""Languages, currencies and time zones to choose from, and what a browser gives away about where it is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location
from babel.numbers import get_currency_name, get_territory_currencies

from tierloom.services.workspaces import Answers

USUAL = ("CNY", "USD", "EUR", "GBP", "JPY", "HKD", "TWD", "SGD")
"""Currencies that stand first in the list."""
UTC = "Etc/UTC"
NOWHERE = {"001", "ZZ"}


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone to choose: `currency` is what is paid with where it is kept, empty where nobody lives."""

    name: str
    label: str
    currency: str


def zones(locale: str, at: datetime, chosen: str) -> list[Zone]:
    """Return the zones of the world from west to east, as they are at `at`; always with the one that is chosen."""
    names = {one for one, where in _territories().items() if where not in NOWHERE}
    found = (names | {UTC, chosen}) & available_timezones()
    offsets = {one: at.astimezone(ZoneInfo(one)).utcoffset() for one in found}
    labelled = [Zone(one, zone_label(one, locale), _currency_of_zone(one)) for one in found]
    ordered = sorted(labelled, key=lambda one: (offsets[one.name], one.label))
    return [replace(one, label=f"{_offset(at, one.name)} {one.label}") for one in ordered]


def _offset(at: datetime, zone: str) -> str:
    text = at.astimezone(ZoneInfo(zone)).strftime("%z")
    return f"UTC{text[:3]}:{text[3:]}"


@lru_cache(maxsize=2000)
def zone_label(zone: str, locale: str) -> str:
    """Return what a time zone is called."""
    if zone == UTC or zone not in _territories():
        return zone.rpartition("/")[2].replace("_", " ")
    return get_timezone_location(zone, locale=locale)


def _territories() -> dict[str, str]:
    return dict(get_global("zone_territories"))


def _currency_of_zone(zone: str) -> str:
    return _currency_of(_territories().get(zone, ""))


def _currency_of(territory: str) -> str:
    if len(territory) != 2 or territory in NOWHERE:
        return ""
    paid = get_territory_currencies(territory)
    return str(paid[0]) if paid else ""


@lru_cache(maxsize=8)
def currencies(locale: str) -> tuple[tuple[str, str], ...]:
    """Return the currencies that are in use, the usual ones first, with their names."""
    territories = map(str, Locale("en").territories)
    known = {_currency_of(one) for one in territories} - {""}
    ordered = [*USUAL, *sorted(known - set(USUAL))]
    return tuple((one, f"{one} · {get_currency_name(one, locale=locale)}") for one in ordered)


def guess(answers: Answers, locale: str, accepted: Iterable[str]) -> Answers:
    """Replace what nobody has chosen yet by what the browser asks for: `accepted` are its language tags.

    A country tells the currency, and the zone where it has one alone. A script of the page may know the zone better.
    """
    territory = next(filter(None, map(_territory, accepted)), "")
    zones_there = [one for one, where in _territories().items() if where == territory]
    if territory == "CN":
        zones_there = ["Asia/Shanghai"]
    return replace(
        answers,
        locale=locale,
        currency=_currency_of(territory) or answers.currency,
        zone=zones_there[0] if len(zones_there) == 1 else answers.zone,
    )


def _territory(tag: str) -> str:
    last = tag.replace("_", "-").rpartition("-")[2].upper()
    return last if len(last) == 2 and "-" in tag and last.isalpha() else ""
