"""One checking function per operator of the closed table."""

from collections.abc import Mapping
from types import MappingProxyType

from tierloom.rules.check import (
    arithmetic,
    comparison,
    logic,
    membership,
    names,
    related,
    scores,
    texts,
    tiers,
    time,
)
from tierloom.rules.check.checker import Rule

RULES: Mapping[str, Rule] = MappingProxyType(
    arithmetic.RULES
    | comparison.RULES
    | logic.RULES
    | membership.RULES
    | names.RULES
    | related.RULES
    | scores.RULES
    | texts.RULES
    | tiers.RULES
    | time.RULES
)
