"""The conformance suite: rules, records and answers as plain JSON, from the data folder `rules/conformance`.

Any evaluator can be held against it, ours and others. `rules/README.md` says how its files read.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tierloom.domain.context import RunContext
from tierloom.domain.rules import Json
from tierloom.domain.scores import Score
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import Segment, TierModel
from tierloom.resources import folder
from tierloom.rules.compile import Objects
from tierloom.schemas import documents

_TABLES, _REFUSED = "tables.json", "refused.json"


@dataclass(frozen=True, slots=True)
class Expected:
    """A record, and what a rule answers: strictly, and under hold (None is uncertain)."""

    record: Json
    strict: bool
    hold: bool | None


@dataclass(frozen=True, slots=True)
class Case:
    """One rule about records of `table`, with what it is there to show."""

    about: str
    why: str
    table: str
    rule: Json
    rows: tuple[Expected, ...]
    context: RunContext


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule that does not compile, with the code and the place of its one problem."""

    why: str
    rule: Json
    code: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Suite:
    """All cases, over one catalogue; the first table is what refused rules are about."""

    catalogue: Catalogue
    objects: Objects
    cases: tuple[Case, ...]
    refused: tuple[Refused, ...]


def read_suite() -> Suite:
    """Read the whole suite.

    Raises:
        Invalid: a table or rule of it has problems.
    """
    place = Path(str(folder("rules"))) / "conformance"
    things = [documents.from_document(one) for one in _load(place / _TABLES)]
    catalogue = Catalogue({one.key: one for one in things if isinstance(one, RecordType)})
    objects = Objects(
        {one.key: one for one in things if isinstance(one, Segment)},
        {one.key: one for one in things if isinstance(one, Score)},
        {one.key: one for one in things if isinstance(one, TierModel)},
    )
    files = [one for one in sorted(place.glob("*.json")) if one.name not in (_TABLES, _REFUSED)]
    cases = tuple(case for one in files for case in _cases(_load(one), catalogue))
    refused = tuple(
        Refused(one["why"], one["rule"], one["code"], one["pointer"])
        for one in _load(place / _REFUSED)["cases"]
    )
    return Suite(catalogue, objects, cases, refused)


def _load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _cases(body: dict[str, Any], catalogue: Catalogue) -> list[Case]:
    as_of, zone = datetime.fromisoformat(body["as_of"]), ZoneInfo(body["zone"])
    context = RunContext(as_of, zone, catalogue)
    first = next(iter(catalogue)).key
    return [
        Case(
            body["about"],
            one["why"],
            one.get("table", first),
            one["rule"],
            tuple(Expected(row["record"], row["strict"], row["hold"]) for row in one["rows"]),
            context,
        )
        for one in body["cases"]
    ]
