"""Scores: points added up over criteria, so that customers can be ranked and the sum explained."""

from dataclasses import dataclass
from itertools import pairwise

from tierloom.domain.fields import MAX_SCALE
from tierloom.domain.keys import require_key
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tiers import OnMissing
from tierloom.text import Label


@dataclass(frozen=True, slots=True)
class RuleCriterion:
    """Points for every record for which the rule holds; they may be negative."""

    label: Label
    rule: RuleDocument
    points: float


@dataclass(frozen=True, slots=True)
class BandsCriterion:
    """Points by the size of a field: `points[i]` for what has reached `i` of the `cuts`.

    An unknown value gives no points under `skip`, and leaves the score unknown under `hold`. A value that equals a cut
    has reached it, unless `right_closed`.
    """

    label: Label
    source: str
    cuts: tuple[float, ...]
    points: tuple[float, ...]
    right_closed: bool = False

    def __post_init__(self) -> None:
        if not self.cuts or any(low >= high for low, high in pairwise(self.cuts)):
            raise ValueError("Bands have cut points, each larger than the one before.")
        if len(self.points) != len(self.cuts) + 1:
            raise ValueError("Bands have points for one class more than they have cut points.")


Criterion = RuleCriterion | BandsCriterion


@dataclass(frozen=True, slots=True)
class ScoreGroup:
    """Criteria that belong together; what they give together stays within `floor` and `cap`."""

    label: Label
    criteria: tuple[Criterion, ...]
    cap: float | None = None
    floor: float | None = None

    def __post_init__(self) -> None:
        if not self.criteria:
            raise ValueError("A group of a score has criteria.")
        if self.cap is not None and self.floor is not None and self.floor > self.cap:
            raise ValueError("The floor of a group is not above its cap.")


@dataclass(frozen=True, slots=True)
class Score:
    """A number for every record of one table: the sum of its groups, with `scale` decimals."""

    key: str
    label: Label
    record_type: str
    groups: tuple[ScoreGroup, ...]
    scale: int = 0
    on_missing: OnMissing = OnMissing.SKIP
    purpose: Label | None = None
    id: int = 0

    def __post_init__(self) -> None:
        require_key(self.key)
        if not self.groups:
            raise ValueError(f"The score {self.key!r} has no criteria.")
        if not 0 <= self.scale <= MAX_SCALE:
            raise ValueError(f"A score cannot have {self.scale} decimals.")
