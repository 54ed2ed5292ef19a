"""Label sets: labels that a record carries several of at once, each by a rule of its own."""

from dataclasses import dataclass

from tierloom.domain.keys import require_key
from tierloom.domain.tiers import Badge, OnMissing
from tierloom.text import Label


@dataclass(frozen=True, slots=True)
class LabelRule(Badge):
    """One label, and the rule that says who carries it."""


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Labels over the records of one table; a record carries none, one or several.

    Under `hold` a label whose rule is uncertain is not carried, and shown as not known.
    """

    key: str
    label: Label
    record_type: str
    labels: tuple[LabelRule, ...]
    on_missing: OnMissing = OnMissing.SKIP
    purpose: Label | None = None
    id: int = 0

    def __post_init__(self) -> None:
        require_key(self.key)
        if not self.labels:
            raise ValueError(f"The label set {self.key!r} has no label.")
        keys = [one.key for one in self.labels]
        if len(set(keys)) != len(keys):
            raise ValueError(f"Two labels of {self.key!r} have the same key.")
