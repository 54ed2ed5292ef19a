"""What rules are about, for commands without a database: tables read from a file, or guessed from a record."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tierloom.domain.keys import is_key
from tierloom.domain.rules import Json
from tierloom.domain.scores import Score
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import Segment, TierModel
from tierloom.errors import Invalid, Problem
from tierloom.rules.check.literals import read_day
from tierloom.rules.compile import Objects
from tierloom.rules.lint.things import Ruled
from tierloom.schemas import documents
from tierloom.schemas.guards import read_json
from tierloom.text import T

RECORDS = "records"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_DROPPED = ("as", "note", "to")


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables by key, the first of them, other rules by key, and what the file says about the run."""

    first: str
    catalogue: Catalogue
    objects: Objects
    run: Mapping[str, str] = field(default_factory=dict)


def read_tables(text: str) -> Tables:
    """Read tables, segments and scores: documents as `tierloom dump` writes them, one or a list.

    Or in short, `{"tables": {"customers": [{"key": "city", "type": "text"}]}}`, with the `zone` and
    `as_of` of a run under `workspace`.

    Raises:
        Invalid: with the place of each fault; there is no table.
    """
    found = read_json(text, documents.LIMITS)
    run: Mapping[str, str] = {}
    if isinstance(found, dict) and isinstance(found.get("tables"), dict):
        workspace = found.get("workspace")
        run = (
            {key: str(one) for key, one in workspace.items()} if isinstance(workspace, dict) else {}
        )
        found = [_document(key, fields) for key, fields in _pairs(found["tables"])]
    return _tables_among(_things(found), run)


@dataclass(frozen=True, slots=True)
class Checked:
    """Tier models, segments, label sets and scores that are to be checked, and the tables that they are about."""

    things: tuple[Ruled, ...]
    tables: Tables


def read_checked(text: str, tables: str | None = None) -> Checked:
    """Read documents with rules as `tierloom dump` writes them; their tables may be in a file of their own.

    Raises:
        Invalid: with the place of each fault; there is no table, or one that a document is about is not there.
    """
    things = _things(read_json(text, documents.LIMITS))
    known = read_tables(tables) if tables is not None else None
    own = _tables_among((*(known.catalogue if known else ()), *things))
    if known:
        segments = {**known.objects.segments, **own.objects.segments}
        scores = {**known.objects.scores, **own.objects.scores}
        models = {**known.objects.tier_models, **own.objects.tier_models}
        own = Tables(known.first, own.catalogue, Objects(segments, scores, models), known.run)
    ruled = tuple(one for one in things if isinstance(one, Ruled))
    for one in ruled:
        if one.record_type not in own.catalogue.tables:
            message = T("There is no table “%(key)s”.", key=one.record_type)
            raise Invalid([Problem("no-table", "", message)])
    return Checked(ruled, own)


def _things(found: Json) -> tuple[documents.Thing, ...]:
    """Return what documents hold, one or a list.

    Raises:
        Invalid: with the place of each fault.
    """
    written = found if isinstance(found, list) else [found]
    return tuple(documents.from_document(one) for one in written)


def _tables_among(
    things: Iterable[documents.Thing], run: Mapping[str, str] | None = None
) -> Tables:
    """Return the tables among some things, with the segments and scores that rules may name.

    Raises:
        Invalid: there is no table.
    """
    given = tuple(things)
    tables = [one for one in given if isinstance(one, RecordType)]
    if not tables:
        raise Invalid([Problem("no-table", "", T("There is no table."))])
    objects = Objects(
        {one.key: one for one in given if isinstance(one, Segment)},
        {one.key: one for one in given if isinstance(one, Score)},
        {one.key: one for one in given if isinstance(one, TierModel)},
    )
    return Tables(tables[0].key, Catalogue({one.key: one for one in tables}), objects, run or {})


def _pairs(found: Any) -> Iterator[tuple[str, Any]]:
    yield from found.items()


def _document(key: str, fields: Any) -> Json:
    """Return the document of a table in short; a key with a dot names something inside a value, and no field."""
    written = fields if isinstance(fields, list) else []
    kept = [one for one in written if isinstance(one, dict) and "." not in str(one.get("key"))]
    return {
        "format": documents.FORMAT,
        "kind": "record_type",
        "key": key,
        "label": {"en": key},
        "fields": [_field(one) for one in kept],
    }


def _field(short: Mapping[str, Any]) -> Json:
    made = {"label": {"en": str(short.get("key"))}} | dict(short)
    if "to" in short:
        made["target"] = short["to"]
    if isinstance(short.get("options"), list):
        made["options"] = [
            {"key": one, "label": {"en": one}} if isinstance(one, str) else one
            for one in short["options"]
        ]
    return {key: value for key, value in made.items() if key not in _DROPPED}


# ── without a file ──────────────────────────────────────────────────────────────────────────────


def guess_tables(rule: Json, record: Json) -> Tables:
    """Guess tables: a field is of the type that its value looks like, or else the constant beside it in the rule.

    Lists of objects are related records. What neither shows is text.
    """
    beside = dict(_beside(rule))
    fields, children = _guessed(record if isinstance(record, dict) else {}, beside)
    names = [one for one in beside if is_key(one) and one not in children]
    known = {str(one["key"]) for one in fields}
    fields += [
        {"key": one, **_looks(beside[one])}
        for one in names
        if one not in known and not any(one in inner for inner in children.values())
    ]
    short: dict[str, Any] = {RECORDS: fields}
    for name, inner in children.items():
        link = {"key": "record", "type": "reference", "to": RECORDS}
        short[name] = [{"key": key, **looks} for key, looks in inner.items()] + [link]
    found = [documents.from_document(_document(key, one)) for key, one in short.items()]
    tables = {one.key: one for one in found if isinstance(one, RecordType)}
    return Tables(RECORDS, Catalogue(tables), Objects())


def _guessed(
    record: Mapping[str, Json], beside: Mapping[str, Json]
) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    fields: list[dict[str, Any]] = []
    children: dict[str, dict[str, Any]] = {}
    for key, value in record.items():
        if not is_key(key) or key == RECORDS:
            continue
        if isinstance(value, list) and any(isinstance(one, dict) for one in value):
            rows = [one for one in value if isinstance(one, dict)]
            names = [name for row in rows for name in row if is_key(name)]
            children[key] = {
                name: _looks(_first(name, rows), beside.get(name)) for name in dict.fromkeys(names)
            }
        else:
            fields.append({"key": key, **_looks(value, beside.get(key))})
    return fields, children


def _first(name: str, rows: list[dict[str, Json]]) -> Json:
    return next((row[name] for row in rows if row.get(name) is not None), None)


def _looks(*values: Json) -> dict[str, Any]:
    """Return the type that the first known of some values looks like."""
    for value in values:
        match value:
            case bool():
                return {"type": "boolean"}
            case int() | float():
                return {"type": "decimal", "scale": 6}
            case str() if read_day(value):
                return {"type": "date"}
            case str() if _MOMENT.fullmatch(value):
                return {"type": "datetime"}
            case [str(), *_]:
                options = list(dict.fromkeys(str(one) for one in value))
                return {"type": "choices", "options": options}
            case str() if value:
                return {"type": "text"}
    return {"type": "text"}


def _beside(rule: Json) -> Iterator[tuple[str, Json]]:
    """Yield the names that a rule reads, each with a constant that it is compared with."""
    match rule:
        case {"var": str(name)} | {"var": [str(name), *_]}:
            yield name, None
        case dict():
            for inner in rule.values():
                args: list[Json] = inner if isinstance(inner, list) else [inner]
                constants = [one for one in _flat(args) if one not in (None, "")]
                for one in args:
                    for name, found in _beside(one):
                        yield name, found if found is not None or not constants else constants[0]
        case list():
            for one in rule:
                yield from _beside(one)


def _flat(args: list[Json]) -> Iterator[Json]:
    for one in args:
        if isinstance(one, list):
            yield from (inner for inner in one if not isinstance(inner, (list, dict)))
        elif not isinstance(one, dict):
            yield one
