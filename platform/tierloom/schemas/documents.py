"""Documents: what is stored, dumped and applied, one for each table, form, rule and view.

A document has a `format`. When the format changes, `load` brings old documents up to date before
anything reads them; two shapes are never read in one place.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, overload

from jsonschema.protocols import Validator

from tierloom.domain.forms import Form
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.rules import Json
from tierloom.domain.scores import Score
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import Segment, TierModel
from tierloom.domain.views import View
from tierloom.errors import Invalid, Problem, raise_if
from tierloom.resources import folder
from tierloom.schemas import document_checks as checks
from tierloom.schemas import document_reading as reading
from tierloom.schemas import document_writing as writing
from tierloom.schemas.guards import Limits, read_json
from tierloom.schemas.problems import shown
from tierloom.schemas.validators import make_validator, problems_of
from tierloom.text import T

FORMAT = 1
LIMITS = Limits(size=4 * 1024 * 1024, depth=64, nodes=200_000)
Thing = RecordType | Form | Segment | TierModel | LabelSet | Score | View
Kind = Literal["record_type", "form", "segment", "tier_model", "label_set", "score", "view"]


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of document: the thing it holds, and how it is written, checked and read."""

    name: Kind
    thing: type[Thing]
    write: Callable[[Any, bool], dict[str, Json]]
    check: Callable[[dict[str, Any]], Iterator[Problem]]
    read: Callable[[dict[str, Any]], Thing]


_ALL = (
    DocumentKind(
        "record_type", RecordType,
        writing.record_type_json, checks.check_record_type, reading.read_record_type,
    ),
    DocumentKind("form", Form, writing.form_json, checks.check_form, reading.read_form),
    DocumentKind(
        "segment", Segment, writing.segment_json, checks.check_keyed, reading.read_segment
    ),
    DocumentKind(
        "tier_model", TierModel,
        writing.tier_model_json, checks.check_tier_model, reading.read_tier_model,
    ),
    DocumentKind(
        "label_set", LabelSet,
        writing.label_set_json, checks.check_label_set, reading.read_label_set,
    ),
    DocumentKind("score", Score, writing.score_json, checks.check_score, reading.read_score),
    DocumentKind("view", View, writing.view_json, checks.check_keyed, reading.read_view),
)  # fmt: skip
KINDS: Mapping[str, DocumentKind] = {kind.name: kind for kind in _ALL}


def kind_of(thing: Thing) -> Kind:
    """Return the kind of document that holds `thing`."""
    return next(kind.name for kind in _ALL if isinstance(thing, kind.thing))


def to_document(thing: Thing, ids: bool = True) -> dict[str, Json]:
    """Return `thing` as JSON values; `ids` are the numbers that belong to one database."""
    kind = KINDS[kind_of(thing)]
    return {"format": FORMAT, "kind": kind.name, **kind.write(thing, ids)}


def dump(thing: Thing, ids: bool = True) -> str:
    """Return `thing` as canonical JSON text: equal things give equal texts."""
    document = to_document(thing, ids)
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


@overload
def load(text: str, kind: Literal["record_type"]) -> RecordType: ...
@overload
def load(text: str, kind: Literal["form"]) -> Form: ...
@overload
def load(text: str, kind: Literal["segment"]) -> Segment: ...
@overload
def load(text: str, kind: Literal["tier_model"]) -> TierModel: ...
@overload
def load(text: str, kind: Literal["label_set"]) -> LabelSet: ...
@overload
def load(text: str, kind: Literal["score"]) -> Score: ...
@overload
def load(text: str, kind: Literal["view"]) -> View: ...
@overload
def load(text: str, kind: str | None = None) -> Thing: ...
def load(text: str, kind: str | None = None) -> Thing:
    """Read a document of the given kind; without one, of the kind that it names itself.

    Raises:
        Invalid: with the place of each fault.
    """
    return from_document(read_json(text, LIMITS), kind)


def from_document(document: Json, kind: str | None = None) -> Thing:
    """Read a document that is parsed already.

    Raises:
        Invalid: with the place of each fault.
    """
    if not isinstance(document, dict):
        raise Invalid([Problem("not-an-object", "", T("A document is a JSON object."))])
    name = str(document.get("kind"))
    raise_if(_check_head(document, name, kind))
    record = KINDS[name]
    raise_if(problems_of(_meta_validator(name).iter_errors(document)))
    raise_if(record.check(document))
    return record.read(document)


def _check_head(document: dict[str, Json], name: str, kind: str | None) -> Iterator[Problem]:
    if name not in KINDS or kind not in (None, name):
        message = T("This document is a %(found)s, not a %(wanted)s.",
                    found=shown(name), wanted=kind or list(KINDS))  # fmt: skip
        yield Problem("other-kind", "/kind", message)
    if document.get("format") != FORMAT:
        message = T("This document has the format %(found)s; this version reads format %(known)s.",
                    found=shown(str(document.get("format"))), known=FORMAT)  # fmt: skip
        yield Problem("other-format", "/format", message)


@lru_cache(maxsize=len(_ALL))
def _meta_validator(name: str) -> Validator:
    source = folder("schemas") / "meta" / f"{name}.json"
    return make_validator(json.loads(source.read_text("utf-8")))
