"""Tier models and segments as forms send them."""

from collections.abc import Mapping
from dataclasses import replace

from tierloom.domain.rules import NOBODY, RuleDocument
from tierloom.domain.tiers import TIER_ICONS, DefaultTier, OnMissing, Segment, Slot, Tier, TierModel
from tierloom.errors import Invalid, Problem
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
MAX_RULE = 20_000
EVERYONE_ELSE = Label({"zh": "其余客户", "en": "Everyone else"})


def label_of(form: Mapping[str, str], name: str = "label") -> Label:
    """Return the words typed for each language.

    Raises:
        Invalid: there are none.
    """
    words = {language: form.get(f"{name}_{language}", "").strip() for language in ("zh", "en")}
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


def next_tier(model: TierModel) -> Tier:
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
    label = label_of(form)
    icon, slot = form.get("icon", ""), form.get("slot", "")
    if icon not in TIER_ICONS or slot not in set(Slot):
        raise Invalid([Problem("bad-look", "/icon", T("Choose an icon and a colour."))])
    if key == model.default.key:
        return replace(
            model, default=replace(model.default, label=label, icon=icon, slot=Slot(slot))
        )
    tiers = tuple(
        replace(one, label=label, icon=icon, slot=Slot(slot)) if one.key == key else one
        for one in model.tiers
    )
    return replace(model, tiers=tiers)


def changed_settings(thing: TierModel | Segment, form: Mapping[str, str]) -> TierModel | Segment:
    """Return the thing with its name and, of a tier model, how it treats missing data."""
    label = label_of(form)
    if isinstance(thing, Segment):
        return replace(thing, label=label)
    return replace(
        thing,
        label=label,
        on_missing=OnMissing(form.get("on_missing", thing.on_missing.value)),
        main="main" in form,
    )
