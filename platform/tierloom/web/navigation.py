"""The places of the product, for the sidebar and the phone's tab bar.

Another module may replace the list: `navigation.provide(app, entries)`, called once a request.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Flask, current_app, request

from tierloom.domain.people import Role
from tierloom.text import T
from tierloom.web.i18n import read

_KEY = "tierloom.navigation"
ROLES = {
    Role.OWNER: T("Owner"),
    Role.DESIGNER: T("Designer"),
    Role.DATA_ADMIN: T("Data admin"),
    Role.ANALYST: T("Analyst"),
    Role.VIEWER: T("Viewer"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One place. `label` is a Text, a Label or a string; `prefixes` are further roots of it.

    `phone` puts it in the phone's tab bar; `count` is shown at its end.
    """

    label: object
    href: str
    icon: str
    count: int | None = None
    children: "tuple[Entry, ...]" = ()
    prefixes: tuple[str, ...] = ()
    phone: bool = False

    @property
    def active(self) -> bool:
        """Whether the page asked for is here."""
        return any(_within(request.path, root) for root in (self.href, *self.prefixes))


Provider = Callable[[], Sequence[Entry]]


def attach(app: Flask) -> None:
    """Give every page `navigation` and `phone_places`, and the filter `role`."""
    app.extensions.setdefault(_KEY, default_entries)
    app.jinja_env.filters["role"] = lambda role: read(ROLES[role])
    app.context_processor(_context)


def _context() -> dict[str, object]:
    entries = list(current_app.extensions[_KEY]())
    return {"navigation": entries, "phone_places": phone_bar(entries)}


def provide(app: Flask, entries: Provider) -> None:
    """Take the list from `entries` from now on."""
    app.extensions[_KEY] = entries


def default_entries(
    tables: Sequence[Entry] = (), alerts: int | None = None, tiers: int | None = None
) -> list[Entry]:
    """Return the places of UI.md; `tables` are those of the workspace, the main one first."""
    shown = tuple(tables) or (Entry(T("Customers"), "/data/customers", "users", phone=True),)
    return [
        Entry(T("Overview"), "/", "layout-dashboard", phone=True),
        *_data(shown),
        Entry(
            T("Tiers"),
            "/tiers",
            "layers",
            tiers,
            prefixes=("/segments", "/labels", "/scores"),
            phone=True,
        ),
        Entry(T("Views"), "/views", "share-2"),
        Entry(T("Import"), "/import", "upload"),
        Entry(T("Alerts"), "/alerts", "bell", alerts, phone=True),
        Entry(T("Settings"), "/settings", "settings"),
    ]


def _data(tables: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return (Entry(T("Data"), "/data", "database", children=tables),)


def phone_bar(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries for the phone's bar, in the order of UI.md."""
    flat = [each for entry in entries for each in (entry, *entry.children)]
    order = {"layout-dashboard": 0, "users": 1, "bell": 2, "layers": 3}
    chosen = [entry for entry in flat if entry.phone]
    return sorted(chosen, key=lambda entry: order.get(entry.icon, 9))[:4]


def _within(path: str, root: str) -> bool:
    if root == "/":
        return path == "/"
    return path == root or path.startswith(root + "/")
