"""Starter packs: segments, tier models and views of a trade, from the data folder `rules/packs`.

A file holds one document, its position among those of its kind, and examples of what its rules say:
a record ("given"), the answer ("is").
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tierloom.domain.rules import Json
from tierloom.domain.tiers import Segment, TierModel
from tierloom.domain.views import View
from tierloom.resources import folder
from tierloom.schemas import documents

NOT_ENOUGH_DATA = "not enough data"


@dataclass(frozen=True, slots=True)
class Example:
    """A record, and what the rule says of it: true or false, a tier's key, `NOT_ENOUGH_DATA`.

    `given` has JSON values by field key; related records are a list under their relation's name.
    """

    given: Mapping[str, Json]
    answer: bool | str


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of a pack; its examples hold on the day `as_of`."""

    thing: Segment | TierModel | View
    as_of: date | None = None
    examples: tuple[Example, ...] = ()


def pack_names() -> tuple[str, ...]:
    """Names of the packs that there are."""
    return tuple(sorted(one.name for one in (folder("rules") / "packs").iterdir() if one.is_dir()))


def read_pack(name: str) -> tuple[Entry, ...]:
    """Return a pack's documents by their position.

    Raises:
        ValueError: there is no such pack, or a file of it holds something else.
        Invalid: a document has problems.
    """
    if name not in pack_names():
        raise ValueError(f"No pack {name!r}. Known: {', '.join(pack_names())}.")
    files = sorted((folder("rules") / "packs" / name).glob("*.json"))
    bodies = [(path.name, json.loads(path.read_text("utf-8"))) for path in files]
    ordered = sorted(bodies, key=lambda one: int(one[1]["position"]))
    return tuple(_read_entry(file, body) for file, body in ordered)


def _read_entry(file: str, body: dict[str, Any]) -> Entry:
    thing = documents.from_document(body["document"])
    if not isinstance(thing, Segment | TierModel | View):
        raise ValueError(
            f"{file} holds a {type(thing).__name__}, not a segment, tier model or view."
        )
    examples = tuple(Example(one["given"], one["is"]) for one in body.get("tests", ()))
    as_of = date.fromisoformat(body["as_of"]) if "as_of" in body else None
    return Entry(thing, as_of, examples)
