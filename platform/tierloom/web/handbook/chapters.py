"""The chapters of the handbook, and which of them a page's “?” opens."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: `key` names its file in docs/guide/<language> and its address."""

    key: str
    icon: str


CHAPTERS = (
    Chapter("first-steps", "rocket"),
    Chapter("import", "upload"),
    Chapter("fields", "columns-3"),
    Chapter("rules", "filter"),
    Chapter("tiers", "layers"),
    Chapter("scores", "award"),
    Chapter("overview", "layout-dashboard"),
    Chapter("views", "share-2"),
    Chapter("people", "users"),
    Chapter("settings", "settings"),
)
_PLACES = (
    (r"/start/\d", "import"),
    (r"/import\b", "import"),
    (r"/samples\b", "settings"),
    (r"/data/new-table$", "fields"),
    (r"/data/[^/]+/(fields|forms|schema)\b", "fields"),
    (r"/(data|views|s)\b", "views"),
    (r"/segments\b", "rules"),
    (r"/(scores|labels|label-sets)\b", "scores"),
    (r"/(tiers|start/templates|templates)\b", "tiers"),
    (r"/(settings/people|account|invite)\b", "people"),
    (r"/(settings|jobs)\b", "settings"),
    (r"/$", "overview"),
)
"""Beginnings of addresses; the first one that fits decides."""


def chapter_of(path: str) -> str:
    """Return the key of the chapter about the page at `path`; what no other is about is a first step."""
    found = (chapter for place, chapter in _PLACES if re.match(place, path))
    return next(found, CHAPTERS[0].key)
