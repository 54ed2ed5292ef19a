"""What people design as JSON values, in a fixed order of keys: tables, forms, rules, views.

What has its usual value is left out, so that equal things give equal and short documents.
"""

import json
from dataclasses import asdict
from datetime import date

from tierloom.domain.fields import (
    Bands,
    Calculation,
    DataClass,
    Field,
    FieldType,
    Formula,
    Option,
    RollUp,
    TimeSince,
    TimeUntil,
)
from tierloom.domain.forms import Form
from tierloom.domain.label_sets import LabelRule, LabelSet
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.scores import BandsCriterion, Criterion, RuleCriterion, Score, ScoreGroup
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import DefaultTier, Segment, StayPolicy, Tier, TierModel
from tierloom.domain.views import View
from tierloom.schemas.field_types import kind_record
from tierloom.text import Label

Object = dict[str, Json]


def label_json(label: Label) -> Json:
    """Return one word where Chinese and English are the same, else the words by language."""
    if label == Label.of(word := str(label)):
        return word
    return {language: label.words[language] for language in sorted(label.words)}


def record_type_json(table: RecordType, ids: bool) -> Object:
    """Return a table with its fields."""
    return {
        **_head(table.key, table.label, table.id, ids),
        **_labels(noun=table.noun),
        "icon": table.icon,
        **_set(
            key_field=table.key_field, title_field=table.title_field, date_field=table.date_field
        ),
        "fields": [field_json(one, ids) for one in table.fields],
    }


def field_json(one: Field, ids: bool) -> Object:
    """Return a field; its type's facts stand beside its own."""
    internal = one.data_class is DataClass.INTERNAL
    return {
        **_head(one.key, one.label, one.id, ids),
        "type": one.type.kind.value,
        **_type_facts(one.type),
        **_set(required=one.required, unique=one.unique, retired=one.retired, fixed=one.fixed),
        **({} if internal else {"data_class": one.data_class.value}),
        **({"calculation": _calculation(one.calculation)} if one.calculation else {}),
        **_labels(help=one.help, wording=one.wording, unit=one.unit),
    }


def form_json(form: Form, ids: bool) -> Object:
    """Return a form."""
    sections: list[Json] = [
        {
            "label": label_json(section.label),
            "items": [{"field": item.field, **_set(wide=item.wide)} for item in section.items],
        }
        for section in form.sections
    ]
    head = _head(form.key, form.label, form.id, ids)
    return {**head, "record_type": form.record_type, "sections": sections}


def segment_json(segment: Segment, ids: bool) -> Object:
    """Return a segment."""
    return {
        **_head(segment.key, segment.label, segment.id, ids),
        "record_type": segment.record_type,
        "icon": segment.icon,
        "rule": _rule(segment.rule),
    }


def tier_model_json(model: TierModel, ids: bool) -> Object:
    """Return a tier model with its tiers in order."""
    return {
        **_head(model.key, model.label, model.id, ids),
        "record_type": model.record_type,
        **_labels(purpose=model.purpose),
        "on_missing": model.on_missing.value,
        **_set(main=model.main, stay=_stay(model.stay)),
        "tiers": [{**_tier(tier), "rule": _rule(tier.rule)} for tier in model.tiers],
        "default": _tier(model.default),
    }


def _stay(policy: StayPolicy | None) -> Json:
    if policy is None:
        return None
    facts: Object = {name: value for name, value in asdict(policy).items() if value}
    return facts


def label_set_json(found: LabelSet, ids: bool) -> Object:
    """Return a label set with its labels in order."""
    return {
        **_head(found.key, found.label, found.id, ids),
        "record_type": found.record_type,
        **_labels(purpose=found.purpose),
        "on_missing": found.on_missing.value,
        "labels": [{**_tier(one), "rule": _rule(one.rule)} for one in found.labels],
    }


def score_json(score: Score, ids: bool) -> Object:
    """Return a score with its groups and their criteria."""
    return {
        **_head(score.key, score.label, score.id, ids),
        "record_type": score.record_type,
        **_labels(purpose=score.purpose),
        "scale": score.scale,
        "on_missing": score.on_missing.value,
        "groups": [_score_group(one) for one in score.groups],
    }


def view_json(view: View, ids: bool) -> Object:
    """Return a view."""
    return {
        **_head(view.key, view.label, view.id, ids),
        "record_type": view.record_type,
        "filter": _rule(view.filter),
        "columns": list(view.columns),
        "sort": [{"column": one.column, **_set(descending=one.descending)} for one in view.sort],
        **_set(tier_model=view.tier_model),
    }


def _head(key: str, label: Label, number: int, ids: bool) -> Object:
    return {**({"id": number} if number and ids else {}), "key": key, "label": label_json(label)}


def _labels(**labels: Label | None) -> Object:
    return {name: label_json(label) for name, label in labels.items() if label}


def _set(**facts: Json) -> Object:
    """Return the facts that say something: neither None nor False."""
    return {name: fact for name, fact in facts.items() if fact is not None and fact is not False}


def _type_facts(field_type: FieldType) -> Object:
    has_scale = "scale" in kind_record(field_type.kind).sets
    has_options = "options" in kind_record(field_type.kind).sets
    options = [_option(option) for option in field_type.options if has_options]
    return _set(
        scale=field_type.scale if has_scale else None,
        currency=field_type.currency,
        options=[*options] if options else None,
        ranked=field_type.ranked,
        target=field_type.target,
        minimum=_limit(field_type.minimum),
        maximum=_limit(field_type.maximum),
        max_length=field_type.max_length,
        pattern=field_type.pattern,
    )


def _limit(limit: float | date | None) -> Json:
    if isinstance(limit, date):
        return limit.isoformat()
    return int(limit) if limit is not None and limit == int(limit) else limit


def _option(option: Option) -> Object:
    return {"key": option.key, "label": label_json(option.label), **_set(retired=option.retired)}


def _calculation(calculation: Calculation) -> Object:
    match calculation:
        case TimeSince(source, unit):
            return {"kind": "time_since", "source": source, "unit": unit.value}
        case TimeUntil(source, unit, yearly):
            head: Object = {"kind": "time_until", "source": source, "unit": unit.value}
            return {**head, **_set(yearly=yearly)}
        case Formula(rule):
            return {"kind": "formula", "rule": _rule(rule)}
        case Bands():
            return _bands(calculation)
        case RollUp():
            return _roll_up(calculation)


def _bands(bands: Bands) -> Object:
    return {
        "kind": "bands",
        "source": bands.source,
        "cuts": [_limit(cut) for cut in bands.cuts],
        "classes": list(bands.classes),
        **_set(right_closed=bands.right_closed),
    }


def _roll_up(calculation: RollUp) -> Object:
    rules = {"only": calculation.only, "matching": calculation.matching}
    return {
        "kind": "roll_up",
        "aggregate": calculation.aggregate.value,
        "relation": calculation.relation,
        **_set(operand=calculation.operand, window_days=calculation.window_days),
        **{name: _rule(rule) for name, rule in rules.items() if rule},
    }


def _score_group(group: ScoreGroup) -> Object:
    return {
        "label": label_json(group.label),
        **_set(cap=_limit(group.cap), floor=_limit(group.floor)),
        "criteria": [_criterion(one) for one in group.criteria],
    }


def _criterion(criterion: Criterion) -> Object:
    label = label_json(criterion.label)
    match criterion:
        case RuleCriterion(rule=rule, points=points):
            return {"label": label, "rule": _rule(rule), "points": _limit(points)}
        case BandsCriterion():
            return {
                "label": label,
                "field": criterion.source,
                "cuts": [_limit(cut) for cut in criterion.cuts],
                "points": [_limit(points) for points in criterion.points],
                **_set(right_closed=criterion.right_closed),
            }


def _tier(tier: Tier | DefaultTier | LabelRule) -> Object:
    return {
        "key": tier.key,
        "label": label_json(tier.label),
        "icon": tier.icon,
        "slot": tier.slot.value,
    }


def _rule(rule: RuleDocument) -> Json:
    document: Json = json.loads(rule.json)
    return document
