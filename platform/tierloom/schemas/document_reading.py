"""From JSON values that have been checked to the frozen things of the domain."""

from datetime import date
from typing import Any

from tierloom.domain.fields import (
    Aggregate,
    Bands,
    Calculation,
    DataClass,
    Field,
    FieldKind,
    FieldType,
    Formula,
    Option,
    RollUp,
    TimeSince,
    TimeUnit,
    TimeUntil,
)
from tierloom.domain.forms import Form, FormItem, Section
from tierloom.domain.label_sets import LabelRule, LabelSet
from tierloom.domain.rules import EVERYBODY, RuleDocument
from tierloom.domain.scores import BandsCriterion, Criterion, RuleCriterion, Score, ScoreGroup
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import DefaultTier, OnMissing, Segment, Slot, StayPolicy, Tier, TierModel
from tierloom.domain.views import Sort, View
from tierloom.schemas.field_types import kind_record
from tierloom.text import Label

# The meta-schema and `document_checks` have looked at the document: its shape is known here.
Document = dict[str, Any]


def read_record_type(document: Document) -> RecordType:
    """Build a table."""
    return RecordType(
        **_head(document),
        fields=tuple(map(read_field, document["fields"])),
        noun=_label(document, "noun"),
        **_given(document, "key_field", "title_field", "date_field", "icon"),
    )


def read_field(document: Document) -> Field:
    """Build a field."""
    calculation = document.get("calculation")
    return Field(
        **_head(document),
        type=_type(document),
        data_class=DataClass(document.get("data_class", DataClass.INTERNAL)),
        calculation=_calculation(calculation) if calculation else None,
        help=_label(document, "help"),
        wording=_label(document, "wording"),
        unit=_label(document, "unit"),
        **_given(document, "required", "unique", "retired", "fixed"),
    )


def read_form(document: Document) -> Form:
    """Build a form."""
    sections = tuple(
        Section(
            Label.of(section["label"]),
            tuple(FormItem(item["field"], item.get("wide", False)) for item in section["items"]),
        )
        for section in document["sections"]
    )
    return Form(**_head(document), record_type=document["record_type"], sections=sections)


def read_segment(document: Document) -> Segment:
    """Build a segment."""
    return Segment(
        **_head(document),
        record_type=document["record_type"],
        rule=RuleDocument.of(document["rule"]),
        **_given(document, "icon"),
    )


def read_tier_model(document: Document) -> TierModel:
    """Build a tier model."""
    tiers = tuple(
        Tier(**_tier(tier), rule=RuleDocument.of(tier["rule"])) for tier in document["tiers"]
    )
    return TierModel(
        **_head(document),
        record_type=document["record_type"],
        tiers=tiers,
        default=DefaultTier(**_tier(document["default"])),
        on_missing=OnMissing(document.get("on_missing", OnMissing.SKIP)),
        purpose=_label(document, "purpose"),
        stay=StayPolicy(**document["stay"]) if "stay" in document else None,
        **_given(document, "main"),
    )


def read_label_set(document: Document) -> LabelSet:
    """Build a label set."""
    labels = tuple(
        LabelRule(**_tier(one), rule=RuleDocument.of(one["rule"])) for one in document["labels"]
    )
    return LabelSet(**_ruled(document), labels=labels)


def read_score(document: Document) -> Score:
    """Build a score."""
    return Score(
        **_ruled(document),
        groups=tuple(map(_score_group, document["groups"])),
        scale=int(document.get("scale", 0)),
    )


def read_view(document: Document) -> View:
    """Build a view."""
    has_filter = "filter" in document
    return View(
        **_head(document),
        record_type=document["record_type"],
        filter=RuleDocument.of(document["filter"]) if has_filter else EVERYBODY,
        columns=tuple(document.get("columns", ())),
        sort=tuple(
            Sort(one["column"], one.get("descending", False)) for one in document.get("sort", ())
        ),
        **_given(document, "tier_model"),
    )


def _head(document: Document) -> Document:
    label = _label(document, "label") or Label.of(document["key"])
    return {"key": document["key"], "label": label, "id": int(document.get("id", 0))}


def _ruled(document: Document) -> Document:
    return {
        **_head(document),
        "record_type": document["record_type"],
        "on_missing": OnMissing(document.get("on_missing", OnMissing.SKIP)),
        "purpose": _label(document, "purpose"),
    }


def _score_group(document: Document) -> ScoreGroup:
    return ScoreGroup(
        Label.of(document["label"]),
        tuple(map(_criterion, document["criteria"])),
        **{name: float(document[name]) for name in ("cap", "floor") if name in document},
    )


def _criterion(document: Document) -> Criterion:
    label = Label.of(document["label"])
    if "rule" in document:
        return RuleCriterion(label, RuleDocument.of(document["rule"]), float(document["points"]))
    return BandsCriterion(
        label,
        document["field"],
        tuple(map(float, document["cuts"])),
        tuple(map(float, document["points"])),
        document.get("right_closed", False),
    )


def _label(document: Document, name: str) -> Label | None:
    return Label.of(document[name]) if name in document else None


def _given(document: Document, *names: str) -> Document:
    return {name: document[name] for name in names if name in document}


def _tier(document: Document) -> Document:
    slot = {"slot": Slot(document["slot"])} if "slot" in document else {}
    label = _label(document, "label") or Label.of(document["key"])
    return {"key": document["key"], "label": label, **slot, **_given(document, "icon")}


def _type(document: Document) -> FieldType:
    kind = FieldKind(document["type"])
    options = tuple(
        Option(one["key"], Label.of(one.get("label", one["key"])), one.get("retired", False))
        for one in document.get("options", ())
    )
    return FieldType(
        kind,
        scale=int(document.get("scale", kind_record(kind).scale)),
        options=options,
        minimum=_limit(kind, document.get("minimum")),
        maximum=_limit(kind, document.get("maximum")),
        max_length=int(document["max_length"]) if "max_length" in document else None,
        **_given(document, "currency", "ranked", "target", "pattern"),
    )


def _limit(kind: FieldKind, limit: Any) -> float | date | None:
    if kind is FieldKind.DATE and limit is not None:
        return date.fromisoformat(limit)
    number: float | None = limit
    return number


def _calculation(document: Document) -> Calculation:
    match document["kind"]:
        case "time_since":
            return TimeSince(document["source"], _unit(document))
        case "time_until":
            yearly = document.get("yearly", False)
            return TimeUntil(document["source"], _unit(document), yearly)
        case "formula":
            return Formula(RuleDocument.of(document["rule"]))
        case "bands":
            return Bands(
                document["source"],
                tuple(map(float, document["cuts"])),
                tuple(document["classes"]),
                document.get("right_closed", False),
            )
    return _roll_up(document)


def _unit(document: Document) -> TimeUnit:
    return TimeUnit(document.get("unit", TimeUnit.DAY))


def _roll_up(document: Document) -> RollUp:
    window = document.get("window_days")
    rules = {
        name: RuleDocument.of(document[name]) for name in ("only", "matching") if name in document
    }
    return RollUp(
        Aggregate(document["aggregate"]),
        document["relation"],
        document.get("operand"),
        int(window) if window is not None else None,
        **rules,
    )
