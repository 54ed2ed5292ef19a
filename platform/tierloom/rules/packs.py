"""Starter packs: rules and views of a trade, and templates, from the data folder `rules/packs`.

A file holds one document, its position among those of its kind, and examples of what its rules say:
a record ("given"), the answer ("is"). A pack with a `template.json` is a template: it is read here as it would be laid
over a table that has exactly its figures, with its usual thresholds.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tierloom.domain.fields import Field, FieldKind, FieldType
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.rules import Json
from tierloom.domain.scores import Score
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import Segment, TierModel
from tierloom.domain.views import View
from tierloom.resources import folder
from tierloom.rules.templates.filling import PURCHASES, Filling, fill
from tierloom.rules.templates.reading import read_template, template_names
from tierloom.rules.templates.values import Figure, Of, Template
from tierloom.schemas import documents
from tierloom.text import Label

NOT_ENOUGH_DATA = "not enough data"
CUSTOMERS = "customers"


@dataclass(frozen=True, slots=True)
class Example:
    """A record, and what the rules say of it: true or false, a tier's key, labels' keys, `NOT_ENOUGH_DATA`.

    `given` has JSON values by field key; related records are a list under their relation's name.
    """

    given: Mapping[str, Json]
    answer: bool | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of a pack; its examples hold on the day `as_of`."""

    thing: Segment | TierModel | LabelSet | Score | View
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
    if name in template_names():
        return tuple(_of_template(read_template(name)))
    if name not in pack_names():
        raise ValueError(f"No pack {name!r}. Known: {', '.join(pack_names())}.")
    files = sorted((folder("rules") / "packs" / name).glob("*.json"))
    bodies = [(path.name, json.loads(path.read_text("utf-8"))) for path in files]
    ordered = sorted(bodies, key=lambda one: int(one[1]["position"]))
    return tuple(_read_entry(file, body) for file, body in ordered)


def _read_entry(file: str, body: dict[str, Any]) -> Entry:
    thing = documents.from_document(body["document"])
    if not isinstance(thing, Segment | TierModel | LabelSet | Score | View):
        raise ValueError(f"{file} holds a {type(thing).__name__}, not rules or a view.")
    return _entry(thing, body)


def _entry(thing: Segment | TierModel | LabelSet | Score | View, body: Mapping[str, Any]) -> Entry:
    examples = tuple(Example(one["given"], _answer(one["is"])) for one in body.get("tests", ()))
    as_of = date.fromisoformat(body["as_of"]) if "as_of" in body else None
    return Entry(thing, as_of, examples)


def _answer(found: Any) -> bool | str | tuple[str, ...]:
    return tuple(found) if isinstance(found, list) else found


# ── templates as they are ───────────────────────────────────────────────────────────────────────────────────────────


def figures_catalogue(template: Template) -> Catalogue:
    """Return tables that have exactly the figures of a template."""
    own = tuple(_field(one) for one in template.figures if one.of is Of.RECORD)
    bought = tuple(_field(one) for one in template.figures if one.of is Of.PURCHASES)
    link = Field("customer", Label.of("Customer"), FieldType(FieldKind.REFERENCE, target=CUSTOMERS))
    dated = next((one.key for one in bought if one.type.kind is FieldKind.DATE), None)
    number = Field("number", Label.of("Number"), FieldType(FieldKind.TEXT))
    customers = RecordType(CUSTOMERS, Label.of("Customers"), (number, *own))
    purchases = RecordType(PURCHASES, Label.of("Purchases"), (*bought, link), date_field=dated)
    return Catalogue({CUSTOMERS: customers, PURCHASES: purchases})


def _field(figure: Figure) -> Field:
    kind = figure.kinds[0]
    scale = 2 if kind in (FieldKind.MONEY, FieldKind.DECIMAL) else 0
    currency = "CNY" if kind is FieldKind.MONEY else None
    made = FieldType(kind, scale, currency, figure.sample)
    return Field(figure.key, figure.label, made, unit=figure.unit, wording=figure.wording)


def _of_template(template: Template) -> list[Entry]:
    fields = {one.key: _field(one) for one in template.figures}
    filling = Filling(CUSTOMERS, fields, {one.key: one.default for one in template.parameters})
    found = []
    for sheet in template.sheets:
        key = str(sheet.body["document"]["key"])
        label = Label(sheet.body["document"]["label"])
        thing = fill(template, sheet, filling, key, label).thing
        found.append(_entry(replace(thing, record_type=CUSTOMERS), sheet.body))
    return found
