"""Tier models, segments and label sets as forms send them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from tierloom.domain.label_sets import LabelRule, LabelSet
from tierloom.domain.rules import NOBODY, RuleDocument
from tierloom.domain.scores import Score
from tierloom.domain.tiers import TIER_ICONS, DefaultTier, OnMissing, Segment, Slot, Tier, TierModel
from tierloom.errors import Invalid, Problem
from tierloom.schemas import documents
from tierloom.services.drafts import Ruled
from tierloom.services.tables import suggest_key
from tierloom.text import Label, T, Text

SLOT_NAMES: dict[Slot, Text] = {
    Slot.BLUE: T("Blue"),
    Slot.GOLD: T("Gold (colour)"),
    Slot.SLATE: T("Slate"),
    Slot.COPPER: T("Copper"),
    Slot.MAGENTA: T("Magenta"),
    Slot.TEAL: T("Teal"),
    Slot.STONE: T("Stone"),
    Slot.ASH: T("Ash"),
}
ICON_NAMES: dict[str, Text] = {
    "gem": T("Gem"),
    "crown": T("Crown"),
    "medal": T("Medal"),
    "shield": T("Shield"),
    "triangle-alert": T("Warning sign"),
    "sprout": T("Sprout"),
    "star": T("Star"),
    "heart": T("Heart"),
    "trophy": T("Trophy"),
    "award": T("Award"),
    "flame": T("Flame"),
    "zap": T("Lightning"),
    "moon": T("Moon"),
    "sun": T("Sun"),
    "user": T("Person"),
    "users": T("People (icon)"),
    "leaf": T("Leaf"),
    "snowflake": T("Snowflake"),
    "rocket": T("Rocket"),
    "anchor": T("Anchor"),
    "target": T("Target (icon)"),
    "gift": T("Gift"),
    "car": T("Car"),
    "circle": T("Circle"),
}
STARTERS = (
    ("gem", Slot.BLUE, Label({"zh": "钻石", "en": "Diamond"})),
    ("crown", Slot.GOLD, Label({"zh": "黄金", "en": "Gold"})),
    ("medal", Slot.SLATE, Label({"zh": "白银", "en": "Silver"})),
    ("shield", Slot.COPPER, Label({"zh": "青铜", "en": "Bronze"})),
    ("triangle-alert", Slot.MAGENTA, Label({"zh": "流失预警", "en": "At risk"})),
    ("sprout", Slot.TEAL, Label({"zh": "新客", "en": "New"})),
)
LABEL_ICONS = ("heart", "car", "star", "gift", "leaf", "flame", "rocket", "users", "sun", "zap")
MAX_RULE = 20_000
MAX_NAME = 200
Choice = TypeVar("Choice")
EVERYONE_ELSE = Label({"zh": "其余客户", "en": "Everyone else"})


def label_of(form: Mapping[str, str], name: str = "label") -> Label:
    """Return the words typed for each language, as far as a name goes.

    Raises:
        Invalid: there are none.
    """
    words = {
        language: form.get(f"{name}_{language}", "").strip()[:MAX_NAME] for language in ("zh", "en")
    }
    if not any(words.values()):
        raise Invalid([Problem("no-name", f"/{name}_zh", T("It needs a name."))])
    return Label(words)


def new_model(form: Mapping[str, str], known: list[str]) -> TierModel:
    """Return a new tier model with three tiers to begin with."""
    label = label_of(form)
    key = suggest_key(label.words.get("en") or label.read("zh"), known, "tiers")
    tiers = tuple(
        Tier(suggest_key(str(word), (), "tier"), word, icon, slot, NOBODY)
        for icon, slot, word in STARTERS[1:4]
    )
    return TierModel(
        key, label, form.get("table", ""), tiers, DefaultTier("everyone_else", EVERYONE_ELSE)
    )


def new_segment(form: Mapping[str, str], known: list[str]) -> Segment:
    """Return a new segment: of a list's filter, which comes as JSON, else without a condition."""
    label = label_of(form)
    key = suggest_key(label.words.get("en") or label.read("zh"), known, "segment")
    rule = RuleDocument(form["filter"][:MAX_RULE]) if form.get("filter") else NOBODY
    return Segment(key, label, form.get("table", ""), rule)


def new_label_set(form: Mapping[str, str], known: list[str]) -> LabelSet:
    """Return a new label set with one label to begin with."""
    label = label_of(form)
    key = suggest_key(label.words.get("en") or label.read("zh"), known, "labels")
    first = LabelRule("label_1", _label_name(1), "heart", Slot.MAGENTA, NOBODY)
    return LabelSet(key, label, form.get("table", ""), (first,))


def _next_label(found: LabelSet) -> LabelRule:
    """Return a further label: with a colour and an icon that the set has not, as long as there are."""
    number = len(found.labels) + 1
    keys = [one.key for one in found.labels]
    slot = _unused(tuple(Slot), [one.slot for one in found.labels], number)
    icon = _unused(LABEL_ICONS, [one.icon for one in found.labels], number)
    key = suggest_key(f"label_{number}", keys, "label")
    return LabelRule(key, _label_name(number), icon, slot, NOBODY)


def _label_name(number: int) -> Label:
    return Label({"zh": f"标签 {number}", "en": f"Label {number}"})


def _unused(known: Sequence[Choice], used: Sequence[Choice], number: int) -> Choice:
    return next((one for one in known if one not in used), known[number % len(known)])


def next_part(thing: TierModel | LabelSet) -> Tier | LabelRule:
    """Return a further tier or label, with a look that the thing has not yet."""
    return _next_tier(thing) if isinstance(thing, TierModel) else _next_label(thing)


def _next_tier(model: TierModel) -> Tier:
    """Return a further tier: the next starter that the model has not, else a numbered one."""
    taken = [tier.key for tier in model.all_tiers]
    used = {(tier.icon, tier.slot) for tier in model.tiers}
    for icon, slot, word in STARTERS:
        if (icon, slot) not in used:
            return Tier(suggest_key(str(word), taken, "tier"), word, icon, slot, NOBODY)
    number = len(model.tiers) + 1
    word = Label({"zh": f"层级 {number}", "en": f"Tier {number}"})
    return Tier(suggest_key(str(word), taken, "tier"), word, "star", Slot.STONE, NOBODY)


def changed_tier(model: TierModel, key: str, form: Mapping[str, str]) -> TierModel:
    """Return the model with a tier's name, icon and colour as the form says.

    Raises:
        Invalid: the form has no name, or an icon or colour that does not exist.
    """
    label, icon, slot = _look(form)
    if key == model.default.key:
        return replace(model, default=replace(model.default, label=label, icon=icon, slot=slot))
    tiers = tuple(
        replace(one, label=label, icon=icon, slot=slot) if one.key == key else one
        for one in model.tiers
    )
    return replace(model, tiers=tiers)


def _look(form: Mapping[str, str]) -> tuple[Label, str, Slot]:
    label = label_of(form)
    icon, slot = form.get("icon", ""), form.get("slot", "")
    if icon not in TIER_ICONS or slot not in set(Slot):
        raise Invalid([Problem("bad-look", "/icon", T("Choose an icon and a colour."))])
    return label, icon, Slot(slot)


def changed_label(found: LabelSet, key: str, form: Mapping[str, str]) -> LabelSet:
    """Return the set with a label's name, icon and colour as the form says.

    Raises:
        Invalid: the form has no name, or an icon or colour that does not exist.
    """
    label, icon, slot = _look(form)
    labels = tuple(
        replace(one, label=label, icon=icon, slot=slot) if one.key == key else one
        for one in found.labels
    )
    return replace(found, labels=labels)


def changed_settings(thing: Ruled, form: Mapping[str, str]) -> Ruled:
    """Return the thing with its name, how it treats missing data, and of a score its decimals.

    Raises:
        Invalid: the form has no name.
    """
    label = label_of(form)
    if isinstance(thing, Segment):
        return replace(thing, label=label)
    sent = form.get("on_missing", "")
    missing = OnMissing(sent) if sent in set(OnMissing) else thing.on_missing
    match thing:
        case TierModel():
            return replace(thing, label=label, on_missing=missing, main="main" in form)
        case Score():
            return _with_decimals(replace(thing, label=label, on_missing=missing), form)
        case LabelSet():
            return replace(thing, label=label, on_missing=missing)


def _with_decimals(score: Score, form: Mapping[str, str]) -> Score:
    """Points that have more decimals than the score keep it from having fewer."""
    sent = form.get("scale", "")
    after = replace(score, scale=int(sent)) if sent in ("0", "1", "2", "3") else score
    documents.from_document(documents.to_document(after), "score")
    return after
