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


LONGEST_STAY = 3_660
"""The most days that a stay policy may speak of."""


@dataclass(frozen=True, slots=True)
class StayPolicy:
    """How long a record keeps a tier that the rules no longer give it. Up it always goes at once.

    Who enters a tier keeps it for `days` (0: it is not protected). When they are over and the rules still give the
    tier, as many days begin again if it `renews`, else the protection has ended. Where the rules give less, the tier
    is kept for `grace_days` more; if they give it again meanwhile, nothing has happened. Then the record goes down:
    by `one_level`, or straight to what the rules say. Days are local calendar days.
    """

    days: int = 0
    renews: bool = False
    grace_days: int = 0
    one_level: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.days <= LONGEST_STAY and 0 <= self.grace_days <= LONGEST_STAY):
            raise ValueError(f"A stay is from 0 to {LONGEST_STAY} days: {self}.")
        if self.renews and not self.days:
            raise ValueError("Only a stay of some days can begin again.")


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
    stay: StayPolicy | None = None
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
