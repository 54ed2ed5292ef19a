"""Tier models and segments: rules with names, icons, colours and an order."""

from dataclasses import dataclass
from enum import StrEnum

from tierloom.domain.keys import require_key
from tierloom.domain.rules import RuleDocument
from tierloom.text import Label


class Slot(StrEnum):
    """The colours that a tier can have: found by search so that they stay apart for colour-blind eyes."""

    BLUE = "blue"
    GOLD = "gold"
    SLATE = "slate"
    COPPER = "copper"
    MAGENTA = "magenta"
    TEAL = "teal"
    STONE = "stone"
    ASH = "ash"


TIER_ICONS = (
    "gem", "crown", "medal", "shield", "triangle-alert", "sprout", "star", "heart",
    "trophy", "award", "flame", "zap", "moon", "sun", "user", "users",
    "leaf", "snowflake", "rocket", "anchor", "target", "gift", "car", "circle",
)  # fmt: skip


class OnMissing(StrEnum):
    """What a comparison with an unknown value means for a tier model."""

    SKIP = "skip"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Badge:
    """A rule with what shows that it holds: icon, word and colour, never a colour alone."""

    key: str
    label: Label
    icon: str
    slot: Slot
    rule: RuleDocument

    def __post_init__(self) -> None:
        require_key(self.key)
        if self.icon not in TIER_ICONS:
            raise ValueError(f"No icon {self.icon!r}. Known: {', '.join(TIER_ICONS)}.")


@dataclass(frozen=True, slots=True)
class Tier(Badge):
    """One class of customers."""


@dataclass(frozen=True, slots=True)
class DefaultTier:
    """The tier of everyone whom no rule takes."""

    key: str
    label: Label
    icon: str = "circle"
    slot: Slot = Slot.ASH

    def __post_init__(self) -> None:
        require_key(self.key)


TIER = "tier:"
"""What a tier model's result is called where it is read like a field; fields have no colon."""
NOT_ENOUGH_DATA = -1
"""The placement code of a record about which too little is known. Never a tier."""


@dataclass(frozen=True, slots=True)
class TierModel:
    """Ordered tiers over the records of one table; each record is in exactly one, the first match wins.

    A placement is coded by the tier's position: 0 … len(tiers)-1, then len(tiers) for the default tier, and
    `NOT_ENOUGH_DATA`.
    """

    key: str
    label: Label
    record_type: str
    tiers: tuple[Tier, ...]
    default: DefaultTier
    on_missing: OnMissing = OnMissing.SKIP
    main: bool = False
    purpose: Label | None = None
    id: int = 0

    def __post_init__(self) -> None:
        require_key(self.key)
        if not self.tiers:
            raise ValueError(f"The tier model {self.key!r} has no tier.")
        keys = [tier.key for tier in self.all_tiers]
        if len(set(keys)) != len(keys):
            raise ValueError(f"Two tiers of {self.key!r} have the same key.")

    @property
    def all_tiers(self) -> tuple[Tier | DefaultTier, ...]:
        """The tiers in order, the default tier last: the position is the placement code."""
        return (*self.tiers, self.default)


@dataclass(frozen=True, slots=True)
class Segment:
    """A named rule. Segments may overlap."""

    key: str
    label: Label
    record_type: str
    rule: RuleDocument
    icon: str = "target"
    id: int = 0

    def __post_init__(self) -> None:
        require_key(self.key)
