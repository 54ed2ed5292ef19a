"""Placement codes are positions of tiers: when a model's tiers change, codes are translated by tier key."""

import numpy as np

from tierloom.domain.tiers import NOT_ENOUGH_DATA, TierModel
from tierloom.engine.results import ABSENT, Codes


def recode(codes: Codes, old: TierModel, new: TierModel) -> Codes:
    """Return codes of `old` as codes of `new`; a tier that `new` has not becomes `ABSENT`."""
    keys = [tier.key for tier in new.all_tiers]
    table = [keys.index(tier.key) if tier.key in keys else ABSENT for tier in old.all_tiers]
    # Codes -1 and -2 read the table from its end.
    return np.array([*table, ABSENT, NOT_ENOUGH_DATA], np.int8)[codes]
