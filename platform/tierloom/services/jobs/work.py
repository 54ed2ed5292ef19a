"""Jobs as people see them: what runs, what ran, what went wrong, and what came out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tierloom.domain.people import Actor, Grant
from tierloom.errors import Conflict, NotFound
from tierloom.services import authorize
from tierloom.services.jobs import outcomes, pruning
from tierloom.services.jobs.outcomes import Checked
from tierloom.services.notes import text_from_json
from tierloom.services.platform import Platform
from tierloom.services.workbench import Workbench
from tierloom.store.jobs import GIVEN_UP, OPEN, OVER, Job
from tierloom.text import T, Text

KIND_NAMES: Mapping[str, Text] = {
    "run": T("Recalculation"),
    "import": T("Import"),
    "creation": T("New tables from a file"),
    "export": T("Export"),
    "sample": T("Sample"),
    "check": T("Self-check"),
    "cleanup": T("Clean-up"),
}
STATE_NAMES: Mapping[str, Text] = {
    "queued": T("Waiting"),
    "running": T("Running"),
    "done": T("Done"),
    "failed": T("Failed"),
    "cancelled": T("Cancelled"),
}
TONES = {"queued": "", "running": "info", "done": "ok", "failed": "bad", "cancelled": "warn"}
REPEATABLE = frozenset({"run", "export", "check", "cleanup"})
"""Kinds of jobs that somebody can ask for once more after one was cancelled."""
PER_PAGE = 25
MOST_OPEN = 200


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
        if self.is_stopping:
            return T("Stopping …")
        return T("Trying again soon") if self.is_retried else STATE_NAMES[self.job.state]

    @property
    def error(self) -> Text | None:
        """Why it failed, None where it did not."""
        return error_of(self.job)

    @property
    def tone(self) -> str:
        """The colour of that word."""
        return "warn" if self.is_stopping or self.is_retried else TONES[self.job.state]

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen any more."""
        return self.job.state in OVER

    @property
    def is_repeatable(self) -> bool:
        """Whether it can be tried again."""
        state = self.job.state
        return state == "failed" or (state == "cancelled" and self.job.kind in REPEATABLE)

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop and has not yet."""
        return self.job.state == "running" and self.job.cancel_requested

    @property
    def is_retried(self) -> bool:
        """Whether it has failed and waits to be tried again."""
        return self.job.state == "queued" and self.job.error is not None

    @property
    def ended(self) -> datetime | None:
        """When it ended, None while it has not."""
        return _moment(self.job.finished_at) if self.job.finished_at else None

    @property
    def seconds(self) -> int | None:
        """How long its last attempt took, None before the end."""
        job = self.job
        if not job.started_at or not job.finished_at or job.state == "queued":
            return None
        return max(0, round((job.finished_at - job.started_at) / 1000))

    @property
    def outcome(self) -> list[Text]:
        """What it has done, in words."""
        return outcomes.outcome(self.job) if self.job.state == "done" else []

    @property
    def checked(self) -> list[Checked]:
        """What a self-check found."""
        return outcomes.checked(self.job)

    @property
    def left_behind(self) -> Text:
        """What is there after it was stopped."""
        return outcomes.left_behind(self.job)

    @property
    def advice(self) -> Text:
        """What can be done after it failed."""
        return outcomes.advice(self.job)


@dataclass(frozen=True, slots=True)
class Listing:
    """Jobs at work and waiting, and one page of past ones: `total` is how many past ones there are."""

    now: list[JobView]
    past: list[JobView]
    total: int
    page: int
    kinds: tuple[str, ...]

    @property
    def pages(self) -> int:
        """How many pages the past ones fill."""
        return max(1, -(-self.total // PER_PAGE))


def error_of(job: Job) -> Text | None:
    """Return why a job failed, None where it did not."""
    if not job.error:
        return None
    if job.error == GIVEN_UP:
        return T(
            "The process that did this work ended before it was done, %(n)s times. It is not tried again by"
            " itself.",
            n=job.troubles,
        )
    return text_from_json(json.loads(job.error))


def job_folder(platform: Platform, job_id: int) -> Path:
    """Return the folder where a job keeps its files."""
    return pruning.folder_of(platform, job_id)


def listing(
    platform: Platform,
    actor: Actor,
    *,
    kind: str | None = None,
    state: str | None = None,
    page: int = 1,
) -> Listing:
    """Return jobs, the newest first: all of them for owners, one's own for others.

    `kind` and `state` limit the past ones, where they are known.
    """
    authorize.require(actor, Grant.READ)
    mine = None if actor.has(Grant.MANAGE) else actor.account
    states = (state,) if state in OVER else OVER
    kind = kind if kind in KIND_NAMES else None
    with platform.database.reading() as uow:
        now, _ = uow.jobs.listing(actor.workspace, OPEN, actor=mine, limit=MOST_OPEN)
        start = PER_PAGE * (page - 1)
        past, total = uow.jobs.listing(
            actor.workspace, states, kind=kind, actor=mine, limit=PER_PAGE, offset=start
        )
        names = {one.account: one.name for one in uow.accounts.members(actor.workspace)}
    now.sort(key=lambda one: (one.state != "running", one.id))
    return Listing(
        [_view(platform, one, names) for one in now],
        [_view(platform, one, names) for one in past],
        total,
        page,
        tuple(KIND_NAMES),
    )


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
    """Ask a job to stop: one that waits ends at once, one that runs at its next step, one that is over stays."""
    get(platform, actor, job_id)
    with platform.database.writing() as uow:
        uow.jobs.request_cancel(job_id)


def try_again(platform: Platform, actor: Actor, job_id: int) -> int:
    """Queue a job anew that has failed or was cancelled; return the number of the one that does the work now.

    A failed one goes on as it is, with the rights that whoever asked for it has then. A cancelled one stays as it was:
    the actor asks for another of the same kind. Imports go on from their own page.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: it has neither failed nor was cancelled, or was queued again meanwhile.
    """
    job = get(platform, actor, job_id).job
    with platform.database.writing() as uow:
        if job.state == "cancelled" and job.kind in REPEATABLE:
            again = uow.jobs.enqueue(
                actor.workspace, job.kind, job.payload, actor.account, key=job.key
            )
        elif uow.jobs.try_again(job_id):
            again = job_id
        else:
            raise Conflict(T("Only a job that has failed or was cancelled can be tried again."))
        uow.after_commit(platform.work.set)
    return again


def _view(platform: Platform, job: Job, names: dict[int, str]) -> JobView:
    return JobView(
        job,
        names.get(job.actor, ""),
        _moment(job.queued_at),
        _eta(job, platform.now_ms()) if job.state == "running" else None,
    )


def _eta(job: Job, now: int) -> int | None:
    if not job.started_at or not job.done or not job.total or job.done >= job.total:
        return None
    return max(1, round((now - job.started_at) / job.done * (job.total - job.done) / 1000))


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
