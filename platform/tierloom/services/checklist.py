"""The first four steps of a new workspace, told from what is there, until they are done or somebody closes them."""

from dataclasses import dataclass
from enum import StrEnum

from tierloom.domain.people import Actor, Grant
from tierloom.services import authorize
from tierloom.services.exports.requests import KIND as EXPORT
from tierloom.services.platform import Platform
from tierloom.services.workbench import Workbench
from tierloom.services.workspaces import SAMPLE

CLOSED = "checklist-closed"
SAVED_FILE = "saved-file"
"""A mark of the workspace: an HTML file that was saved leaves nothing else behind by which to tell."""


class Step(StrEnum):
    """One thing to have done."""

    DATA = "data"
    FIGURES = "figures"
    TIERS = "tiers"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Checklist:
    """Which steps are done. `table` is the first table's key, empty while there is none."""

    done: frozenset[Step]
    table: str

    @property
    def next(self) -> Step | None:
        """The first step that is not done."""
        return next((one for one in Step if one not in self.done), None)


def checklist(bench: Workbench) -> Checklist | None:
    """Return what an owner has still to do; None when all is done, or closed, or the data are a sample's."""
    marks = bench.workspace.marks
    if not bench.actor.has(Grant.MANAGE) or marks & {CLOSED, SAMPLE}:
        return None
    found = frozenset(one for one in Step if _is_done(bench, one))
    table = next((one.key for one in bench.catalogue), "")
    return Checklist(found, table) if len(found) < len(Step) else None


def _is_done(bench: Workbench, step: Step) -> bool:
    tables = list(bench.catalogue)
    match step:
        case Step.DATA:
            return any(bench.visible(one.key).any() for one in tables)
        case Step.FIGURES:
            return any(not one.is_stored for table in tables for one in table.live_fields)
        case Step.TIERS:
            return bool(bench.published.tier_models())
        case Step.SHARED:
            return (
                SAVED_FILE in bench.workspace.marks
                or bench.uow.shares.exist(bench.workspace.id)
                or bench.uow.jobs.had(bench.workspace.id, EXPORT)
            )


def close(platform: Platform, actor: Actor, *, closed: bool = True) -> None:
    """Show the list no more, or again.

    Raises:
        Forbidden: the actor does not manage the workspace.
    """
    authorize.require(actor, Grant.MANAGE)
    with platform.database.writing() as uow:
        uow.workspaces.mark(actor.workspace, CLOSED, on=closed)


def note_saved_file(platform: Platform, actor: Actor) -> None:
    """Remember that a list was saved as one HTML file.

    Raises:
        Forbidden: the actor may not share.
    """
    authorize.require(actor, Grant.SHARE)
    with platform.database.writing() as uow:
        uow.workspaces.mark(actor.workspace, SAVED_FILE)
