"""Tier models as their versions were: what a code or a key meant when it was stored."""

from tierloom.domain.tiers import DefaultTier, Tier, TierModel
from tierloom.errors import Invalid, NotFound
from tierloom.schemas import documents
from tierloom.services.workbench import Workbench

_VERSIONS = 20
"""How many versions are looked through for a tier that there is no more."""


def model_at(bench: Workbench, object_id: int, version: int) -> TierModel | None:
    """Return a tier model as a version published it, None where that cannot be read any more."""
    return bench.once(("tier model", object_id, version), lambda: _load(bench, object_id, version))


def tier_that_was(bench: Workbench, model: TierModel, key: str) -> Tier | DefaultTier | None:
    """Return a tier by its key: of the published version, else of the newest one that had it."""
    document = bench.published.documents["tier_model", model.key]
    newest = document.published_version
    found = next((one for one in model.all_tiers if one.key == key), None)
    for version in range(newest - 1, max(0, newest - _VERSIONS), -1):
        if found is not None:
            break
        then = model_at(bench, document.id, version)
        found = next((one for one in then.all_tiers if one.key == key), None) if then else None
    return found


def _load(bench: Workbench, object_id: int, version: int) -> TierModel | None:
    try:
        body = bench.uow.documents.body_of(object_id, version)
        found: TierModel = documents.load(body, "tier_model")
    except (NotFound, Invalid):
        return None
    return found
