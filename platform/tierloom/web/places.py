"""The sidebar of somebody who is signed in: an entry for every page that there is for them."""

from flask import Flask, g, request

from tierloom.domain.people import Grant
from tierloom.services.workbench import reading
from tierloom.text import T
from tierloom.web import navigation
from tierloom.web.hx import wants_fragment
from tierloom.web.navigation import Entry
from tierloom.web.session import actor, platform


def attach(app: Flask) -> None:
    """Take the sidebar from here. It is read before the view opens its own unit of work: they do not nest."""
    app.before_request(_remember)
    navigation.provide(app, lambda: g.get("places", []))


def _remember() -> None:
    if g.get("actor") and request.endpoint != "static" and not wants_fragment():
        g.places = entries()


def entries() -> list[Entry]:
    """Return the places of whoever asks."""
    who = actor()
    with reading(platform(), who) as bench:
        tables = [
            Entry(
                table.label,
                f"/data/{table.key}",
                "users" if number == 0 else table.icon,
                int(bench.visible(table.key).sum()),
                phone=number == 0,
            )
            for number, table in enumerate(bench.catalogue)
        ]
        models = len(bench.published.tier_models())
    if who.has(Grant.DESIGN):
        tables.append(Entry(T("New table"), "/data/new-table", "plus"))
    found = [Entry(T("Overview"), "/", "layout-dashboard", phone=True)]
    if not models and who.has(Grant.IMPORT) and who.has(Grant.DESIGN):
        found.append(Entry(T("Get started"), "/start", "rocket", phone=True))
    if tables:
        found.append(Entry(T("Data"), "/data/", "database", children=tuple(tables)))
    found.append(
        Entry(
            T("Tiers"),
            "/tiers/",
            "layers",
            models or None,
            # While there are no tiers, templates belong to the first steps.
            prefixes=("/tiers", "/segments", "/labels", "/scores")
            + (("/start/templates",) if models else ()),
            phone=True,
        )
    )
    found.append(Entry(T("Views"), "/views/", "share-2", prefixes=("/views",)))
    if who.has(Grant.IMPORT):
        found.append(Entry(T("Import"), "/import", "upload", phone=True))
    found.append(Entry(T("Jobs"), "/jobs/", "history", prefixes=("/jobs",)))
    if who.has(Grant.MANAGE):
        found.append(Entry(T("Settings"), "/settings", "settings", prefixes=("/settings",)))
    return found
