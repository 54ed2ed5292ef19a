"""Who is in a tier whatever the rules say: by hand, or kept by a stay policy. What lists mark and filter by."""

import numpy as np

from tierloom.domain.tiers import TierModel
from tierloom.engine.columns import Mask
from tierloom.services import overrides
from tierloom.services.as_of import PastBench
from tierloom.services.workbench import Workbench
from tierloom.text import T, Text

BY_HAND, KEPT = "~hand", "~kept"
"""Stand in the place of a tier's key where a list is of those alone; no tier can have such a key."""
KINDS: dict[str, Text] = {BY_HAND: T("By hand"), KEPT: T("Kept")}
Ends = dict[int, int | None]
"""The instant (milliseconds) at which it ends by record id; None where it does not."""


def held(bench: Workbench, model: TierModel) -> dict[str, Ends]:
    """Return who is held in a tier of a model, by kind; who is both is there by hand."""
    return bench.once(("held", model.key), lambda: _find(bench, model))


def mask_of(bench: Workbench, model: TierModel, kind: str) -> Mask:
    """Records that are held in a tier so."""
    columns = bench.columns(model.record_type)
    mask = np.zeros(columns.size, np.bool_)
    ids = np.array(sorted(held(bench, model)[kind]), np.int64)
    positions = columns.positions_of(ids)
    mask[positions[positions >= 0]] = True
    return mask


def _find(bench: Workbench, model: TierModel) -> dict[str, Ends]:
    by_hand = overrides.holding(bench, model)
    kept: Ends = {}
    if model.stay is not None and not isinstance(
        bench, PastBench
    ):  # What was kept then nobody remembers.
        document = bench.published.documents["tier_model", model.key].id
        now = round(bench.context.as_of.timestamp() * 1000)
        found = bench.uow.frontiers.kept(document, now)
        kept = {one: at for one, at in found.items() if one not in by_hand}
    return {BY_HAND: by_hand, KEPT: kept}
