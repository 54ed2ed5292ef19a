"""What each kind of job does: one function per kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tierloom.domain.people import Actor
from tierloom.domain.rules import Json
from tierloom.errors import TierloomError
from tierloom.services.demo import opening
from tierloom.services.exports import requests
from tierloom.services.imports import batches, creating
from tierloom.services.jobs import pruning
from tierloom.services.platform import Platform
from tierloom.services.runs import recalculation, self_check
from tierloom.store.jobs import Job


class Cancelled(TierloomError):
    """The job was asked to stop, and did."""


class Stopped(TierloomError):
    """The worker was asked to stop, and left the job for another one."""


@dataclass(frozen=True, slots=True)
class Task:
    """A claimed job at work. `progress` stores how far it is and raises `Cancelled` when it should stop."""

    platform: Platform
    job: Job
    actor: Actor
    progress: Callable[[int, int], None]


def run(task: Task) -> Json:
    """Recalculate the job's workspace."""
    payload = task.job.payload
    cause = str(payload.get("cause", "edit")) if isinstance(payload, dict) else "edit"
    outcomes = recalculation.recalculate(
        task.platform, task.job.workspace, cause, progress=task.progress
    )
    return {one.model.key: {"sizes": dict(one.sizes), "moves": one.moves} for one in outcomes}


def import_file(task: Task) -> Json:
    """Do a step of an import: check it, publish it, or undo it."""
    payload = task.job.payload
    if not isinstance(payload, dict):
        raise TypeError("An import's payload is an object.")
    return batches.work(task.platform, task.actor, task.job.id, payload, task.progress)


def create_tables(task: Task) -> Json:
    """Bring in the rows of tables that were made from files, or take them back."""
    payload = task.job.payload
    if not isinstance(payload, dict):
        raise TypeError("A creation's payload is an object.")
    return creating.work(task.platform, task.actor, payload, task.progress)


def export_view(task: Task) -> Json:
    """Write an export to the job's folder."""
    return requests.work(task.platform, task.actor, task.job, task.progress)


def load_sample(task: Task) -> Json:
    """Load a sample into the workspace that was made for it."""
    return opening.work(task.platform, task.actor, task.job.payload, task.progress)


def check_tiers(task: Task) -> Json:
    """Compare the stored tiers with a full recalculation."""
    return self_check.work(task.platform, task.job.workspace, task.job.id, task.progress)


def clean_up(task: Task) -> Json:
    """Remove jobs that ended long ago."""
    return pruning.work(task.platform, task.job.workspace, task.progress)


KINDS: Mapping[str, Callable[[Task], Json]] = {
    "run": run,
    "import": import_file,
    "creation": create_tables,
    "export": export_view,
    opening.KIND: load_sample,
    self_check.KIND: check_tiers,
    pruning.KIND: clean_up,
}


def writes_records(job: Job) -> bool:
    """Tell whether a job writes records piece by piece: what is in stays in when it is broken off."""
    payload = job.payload
    only_reads = isinstance(payload, dict) and payload.get("step") == "check"
    return job.kind in ("import", "creation") and not only_reads
