"""Jobs as people see them: what runs, what ran, what went wrong, and what came out."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tierloom.domain.people import Actor, Grant
from tierloom.errors import NotFound
from tierloom.services import authorize
from tierloom.services.notes import text_from_json
from tierloom.services.platform import Platform
from tierloom.services.workbench import Workbench
from tierloom.store.jobs import GIVEN_UP, Job
from tierloom.text import T, Text

KIND_NAMES: dict[str, Text] = {
    "run": T("Recalculation"),
    "import": T("Import"),
    "creation": T("New tables from a file"),
    "export": T("Export"),
    "sample": T("Sample"),
}
STATE_NAMES: dict[str, Text] = {
    "queued": T("Waiting"),
    "running": T("Running"),
    "done": T("Done"),
    "failed": T("Failed"),
    "cancelled": T("Cancelled"),
}
TONES = {"queued": "", "running": "info", "done": "ok", "failed": "bad", "cancelled": "warn"}


@dataclass(frozen=True, slots=True)
class JobView:
    """A job with what a page needs of it. `eta_seconds` is None while it cannot be told."""

    job: Job
    who: str
    queued: datetime
    eta_seconds: int | None

    @property
    def name(self) -> Text:
        """What kind of work it is."""
        return KIND_NAMES.get(self.job.kind, T("Job"))

    @property
    def state(self) -> Text:
        """How far it is, in a word."""
        return STATE_NAMES[self.job.state]

    @property
    def error(self) -> Text | None:
        """Why it failed, None where it did not."""
        return error_of(self.job)

    @property
    def tone(self) -> str:
        """The colour of that word."""
        return TONES[self.job.state]

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen any more."""
        return self.job.state in ("done", "failed", "cancelled")


def error_of(job: Job) -> Text | None:
    """Return why a job failed, None where it did not."""
    if not job.error:
        return None
    if job.error == GIVEN_UP:
        return T("The work was broken off time and again, and then given up.")
    return text_from_json(json.loads(job.error))


def job_folder(platform: Platform, job_id: int) -> Path:
    """Return the folder where a job keeps its files."""
    return platform.folder / "jobs" / str(job_id)


def recent(platform: Platform, actor: Actor) -> list[JobView]:
    """Return the latest jobs: all of them for owners, one's own for others."""
    authorize.require(actor, Grant.READ)
    with platform.database.reading() as uow:
        jobs = uow.jobs.recent(actor.workspace)
        names = {one.account: one.name for one in uow.accounts.members(actor.workspace)}
    mine = [one for one in jobs if actor.has(Grant.MANAGE) or one.actor in (actor.account, 0)]
    return [_view(platform, one, names) for one in mine]


def get(platform: Platform, actor: Actor, job_id: int) -> JobView:
    """Return one job.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    with platform.database.reading() as uow:
        job = uow.jobs.get(job_id)
        names = {one.account: one.name for one in uow.accounts.members(actor.workspace)}
    visible = job is not None and job.workspace == actor.workspace
    if job is None or not visible or not (actor.has(Grant.MANAGE) or job.actor == actor.account):
        raise NotFound(T("There is no job %(id)s.", id=job_id))
    return _view(platform, job, names)


def find(bench: Workbench, job_id: int) -> JobView | None:
    """Return a job of the actor's workspace inside a unit of work, None where there is none."""
    job = bench.uow.jobs.get(job_id)
    if job is None or job.workspace != bench.actor.workspace:
        return None
    return _view(bench.platform, job, {})


def cancel(platform: Platform, actor: Actor, job_id: int) -> None:
    """Ask a job to stop; it stops at its next step."""
    get(platform, actor, job_id)
    with platform.database.writing() as uow:
        uow.jobs.request_cancel(job_id)


def _view(platform: Platform, job: Job, names: dict[int, str]) -> JobView:
    return JobView(
        job,
        names.get(job.actor, ""),
        datetime.fromtimestamp(job.queued_at / 1000, UTC),
        _eta(job, platform.now_ms()) if job.state == "running" else None,
    )


def _eta(job: Job, now: int) -> int | None:
    if not job.started_at or not job.done or not job.total or job.done >= job.total:
        return None
    return max(1, round((now - job.started_at) / job.done * (job.total - job.done) / 1000))
