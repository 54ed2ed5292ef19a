"""The import that a stored cause names, as far as the actor may know of it."""

from tierloom.domain.people import Grant
from tierloom.errors import NotFound
from tierloom.services.workbench import Workbench
from tierloom.store.imports import Batch


def import_named(bench: Workbench, ref: str) -> Batch | None:
    """Return the import with this number, None where there is none or the actor may not see imports.

    Samples are imported by nobody: what their changes refer to is no number.
    """
    if not ref.isdecimal() or not bench.actor.has(Grant.IMPORT):
        return None
    try:
        return bench.uow.imports.get(int(ref), bench.actor.workspace)
    except NotFound:
        return None
