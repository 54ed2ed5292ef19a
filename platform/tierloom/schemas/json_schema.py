"""Tables as JSON Schema 2020-12, and flat JSON Schemas of other makers as tables.

Ours is a flat object. What JSON Schema cannot say (money, ranks, labels in two languages) stands
under `x-tierloom`, as in a document; other readers pass over it.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from tierloom.domain.fields import Field, FieldKind, Option
from tierloom.domain.rules import Json
from tierloom.domain.tables import RecordType
from tierloom.errors import Invalid, Problem, raise_if
from tierloom.schemas.document_writing import Object, label_json
from tierloom.schemas.documents import FORMAT, from_document, to_document
from tierloom.schemas.field_types import kind_record
from tierloom.schemas.guards import read_schema
from tierloom.schemas.naming import make_key
from tierloom.schemas.schema_properties import FACTS, Property, inline, unsupported
from tierloom.text import T

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_FIELDS = 500
_SAID = frozenset({"key", "required", "options", "max_length", "pattern"})
_HEAD = frozenset({"format", "kind", "label", "fields"})


def to_json_schema(record_type: RecordType) -> Json:
    """Return a table as a JSON Schema of its records.

    Retired fields are there as deprecated, calculated ones as read-only.
    """
    document = to_document(record_type, ids=False)
    facts = {name: fact for name, fact in document.items() if name not in _HEAD}
    required: list[Json] = [
        one.key for one in record_type.fields if one.required and not one.retired
    ]
    fields = document["fields"]
    assert isinstance(fields, list)
    return {
        "$schema": DIALECT,
        "title": str(record_type.label),
        "type": "object",
        "properties": {
            one.key: _property(one, field)
            for one, field in zip(record_type.fields, fields, strict=True)
            if isinstance(field, dict)
        },
        **({"required": required} if required else {}),
        "additionalProperties": False,
        FACTS: {**facts, "label": label_json(record_type.label)},
    }


def _property(one: Field, document: Object) -> Json:
    unsaid = _SAID if one.type.kind is FieldKind.DATE or not one.type.kind.is_number else (
        _SAID | {"minimum", "maximum"}
    )  # fmt: skip
    facts = {name: fact for name, fact in document.items() if name not in unsaid}
    if one.retired and one.required:
        facts["required"] = True
    return {
        "title": str(one.label),
        **({"description": str(one.help)} if one.help else {}),
        **kind_record(one.type.kind).schema,
        **_limits(one),
        **_choices(one),
        **({"readOnly": True} if one.calculation else {}),
        **({"deprecated": True} if one.retired else {}),
        FACTS: facts,
    }


def _limits(one: Field) -> Object:
    limits = {
        "maxLength": one.type.max_length,
        "pattern": one.type.pattern,
        "minimum": one.type.minimum,
        "maximum": one.type.maximum,
    }
    return {
        name: limit
        for name, limit in limits.items()
        if limit is not None and not isinstance(limit, date)
    }


def _choices(one: Field) -> Object:
    options: list[Json] = [_option(option) for option in one.type.options]
    match one.type.kind:
        case FieldKind.CHOICE:
            return {"oneOf": options}
        case FieldKind.CHOICES:
            return {"items": {"type": "string", "oneOf": options}}
        case _:
            return {}


def _option(option: Option) -> Json:
    label = label_json(option.label)
    return {
        "const": option.key,
        "title": str(option.label),
        **({"deprecated": True} if option.retired else {}),
        **({} if isinstance(label, str) else {FACTS: {"label": label}}),
    }


def read_json_schema(text: str) -> RecordType:
    """Read a JSON Schema, ours or another maker's, as a table.

    Properties become fields: names become keys and titles labels; enumerations become choices.
    What a table cannot hold (nested objects, conditions) is refused rather than dropped.

    Raises:
        Invalid: with the place of each fault in the schema.
    """
    schema = read_schema(text)
    root = inline(schema, schema)
    properties = root.get("properties")
    raise_if(_check_root(root))
    assert isinstance(properties, dict)
    required = root.get("required", [])
    assert isinstance(required, list)
    ours = {name for name, one in properties.items() if _is_ours(one)}
    found: dict[str, Property] = {}
    for name, one in properties.items():
        key = name if name in ours else make_key(name, ours | found.keys())
        found[key] = Property(schema, name, one, name in required)
    raise_if(problem for one in found.values() for problem in one.problems)
    table = _read(root, found)
    assert isinstance(table, RecordType)
    return table


def _is_ours(one: Json) -> bool:
    return isinstance(one, dict) and isinstance(one.get(FACTS), dict)


def _check_root(root: Object) -> Iterator[Problem]:
    yield from unsupported(root, "")
    if root.get("type", "object") != "object":
        yield Problem("not-an-object", "/type", T("The schema must describe an object."))
    properties = root.get("properties")
    if not isinstance(properties, dict) or not properties:
        yield Problem("no-properties", "/properties", T("The schema has no properties."))
        return
    if len(properties) > MAX_FIELDS:
        message = T("A table has at most %(n)s fields.", n=MAX_FIELDS)
        yield Problem("too-many-fields", "/properties", message)
    required = root.get("required", [])
    for place, name in enumerate(required if isinstance(required, list) else ()):
        if name not in properties:
            message = T("%(key)s is required but is no property.", key=name)
            yield Problem("unknown-field", f"/required/{place}", message)
    if not isinstance(root.get("additionalProperties", True), bool):
        message = T("%(keyword)s is not supported.", keyword="additionalProperties")
        yield Problem("not-supported", "/additionalProperties", message)


def _read(root: Object, found: Mapping[str, Property]) -> object:
    title = str(root.get("title", "")).strip()
    facts = root.get(FACTS, {})
    fields: list[Json] = [{**one.document, "key": key} for key, one in found.items()]
    document: Object = {
        "key": make_key(title.lower(), default="table"),
        "label": title or "Table",
        **(facts if isinstance(facts, dict) else {}),
        "format": FORMAT,
        "kind": "record_type",
        "fields": fields,
    }
    try:
        return from_document(document, "record_type")
    except Invalid as invalid:
        places = [*found.values()]
        raise Invalid(_relocated(problem, places) for problem in invalid.problems) from invalid


def _relocated(problem: Problem, places: list[Property]) -> Problem:
    """Point from the document that was made back into the schema that it was made of."""
    steps = problem.pointer.split("/")
    if steps[1:2] != ["fields"] or len(steps) < 3:
        pointer = f"/{FACTS}{problem.pointer}" if problem.pointer else ""
    else:
        pointer = places[int(steps[2])].place_of(steps[3] if len(steps) > 3 else "")
    return Problem(problem.code, pointer, problem.message, problem.hint, problem.severity)
