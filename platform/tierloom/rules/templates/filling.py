"""Laying a template over a table: figures become its fields, parameters numbers.

A tier or label that cannot be asked about here is left out, and why is told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tierloom.domain.fields import Field, FieldKind, Option
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.rules import Json
from tierloom.domain.tiers import Slot, TierModel
from tierloom.rules.templates.values import Sheet, Template
from tierloom.schemas import documents
from tierloom.schemas.naming import make_key
from tierloom.text import Label

PURCHASES = "purchases"
"""What a rule calls the records that are linked to the table's."""
MAX_LABELS = 24
_ICONS = ("heart", "star", "gift", "sun", "leaf", "flame", "target", "zap")
_SLOTS = tuple(Slot)
_DAYS = "days_since"


@dataclass(frozen=True, slots=True)
class Filling:
    """What is laid under a template: fields by figure, thresholds by parameter, what purchases are called."""

    table: str
    fields: Mapping[str, Field]
    numbers: Mapping[str, float]
    relation: str = PURCHASES


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A tier that cannot be asked about: for want of a field (`figure`), or because no option is called so (empty)."""

    label: Label
    figure: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What a template becomes over a table."""

    thing: TierModel | LabelSet
    left_out: tuple[LeftOut, ...] = ()


class _MissingError(Exception):
    """A rule reads a figure that there is none of."""

    def __init__(self, figure: str) -> None:
        super().__init__(figure)
        self.figure = figure


def fill(template: Template, sheet: Sheet, filling: Filling, key: str, label: Label) -> Filled:
    """Return a template's document over a table, under a key and a name.

    Raises:
        ValueError: nothing of it can be asked about.
    """
    body = sheet.body["document"]
    parts = "tiers" if "tiers" in body else "labels"
    left_out: list[LeftOut] = []
    made = []
    for one in _expanded(body[parts], filling):
        try:
            rule = _pruned(_laid(one["rule"], filling))
        except _MissingError as missing:
            left_out.append(LeftOut(Label(one["label"]), missing.figure))
            continue
        if rule is False:
            left_out.append(LeftOut(Label(one["label"]), ""))
        else:
            made.append({**one, "rule": rule})
    if not made:
        raise ValueError(f"Nothing of the template {template.key!r} can be asked about.")
    document = {
        **body, parts: made, "key": key, "label": dict(label.words), "record_type": filling.table,
    }  # fmt: skip
    thing = documents.from_document(document)
    if not isinstance(thing, TierModel | LabelSet):
        raise TypeError(f"A template does not hold a {type(thing).__name__}.")
    return Filled(replace(thing, id=0), tuple(left_out))


# ── labels for each option ──────────────────────────────────────────────────────────────────────────────────────────


def _expanded(parts: list[dict[str, Any]], filling: Filling) -> Iterator[dict[str, Any]]:
    for one in parts:
        figure = one.get("each_option_of")
        if figure is None:
            yield one
            continue
        field = filling.fields.get(figure)
        taken: set[str] = set()
        for place, option in enumerate(_live(field)[:MAX_LABELS]):
            key = make_key(option.key, taken, "label")
            taken.add(key)
            yield {
                "key": key,
                "label": dict(option.label.words),
                "icon": _ICONS[place % len(_ICONS)],
                "slot": _SLOTS[place % len(_SLOTS)].value,
                "rule": _with_option(one["rule"], figure, option.key),
            }


def _live(field: Field | None) -> tuple[Option, ...]:
    return tuple(one for one in field.type.options if not one.retired) if field else ()


def _with_option(node: Json, figure: str, option: str) -> Json:
    if node == {"option": figure}:
        return option
    match node:
        case dict():
            return {key: _with_option(one, figure, option) for key, one in node.items()}
        case list():
            return [_with_option(one, figure, option) for one in node]
    return node


# ── rules ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _laid(node: Json, filling: Filling) -> Json:
    match node:
        case {"var": str(name)}:
            return {"var": _named(name, filling)}
        case {"parameter": str(name)}:
            number = filling.numbers[name]
            return int(number) if number == int(number) else number
        case {"days_since": [{"var": str(name)}]} if _counts_days(filling.fields.get(name)):
            return {"var": _named(name, filling)}
        case {"in": [{"var": str(name)}, {"options": list(words)}]}:
            return _called(name, [str(one) for one in words], filling)
        case dict():
            return {key: _laid(one, filling) for key, one in node.items()}
        case list():
            return [_laid(one, filling) for one in node]
    return node


def _named(name: str, filling: Filling) -> str:
    if not name:
        return name
    if name == PURCHASES:
        return filling.relation
    if name not in filling.fields:
        raise _MissingError(name)
    return filling.fields[name].key


def _counts_days(field: Field | None) -> bool:
    return field is not None and field.type.kind is FieldKind.INTEGER


def _called(name: str, words: list[str], filling: Filling) -> Json:
    """Ask for the options of a choice whose key or name has one of some words in it."""
    key = _named(name, filling)
    keys: list[Json] = [
        one.key for one in _live(filling.fields[name]) if any(map(_says(one), words))
    ]
    return {"in": [{"var": key}, keys]} if keys else False


def _says(option: Option) -> Any:
    texts = [option.key.casefold(), *(word.casefold() for word in option.label.words.values())]
    return lambda word: any(word.strip() in text for text in texts)


def _pruned(rule: Json) -> Json:
    """Take out what can never hold: a choice has no option that is called so."""
    match rule:
        case {"and": list(parts)}:
            return False if False in (found := [_pruned(one) for one in parts]) else {"and": found}
        case {"or": list(parts)}:
            kept = [one for one in map(_pruned, parts) if one is not False]
            return {"or": kept} if len(kept) > 1 else (kept[0] if kept else False)
    return rule
