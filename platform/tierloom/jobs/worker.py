"""The worker: claims jobs and does them, one at a time, until told to stop."""

import json
import os
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from tierloom.domain.people import Actor, system_actor
from tierloom.errors import Conflict, NotFound, TierloomError
from tierloom.fail_points import fail_point
from tierloom.jobs.kinds import KINDS, Cancelled, Stopped, Task, writes_records
from tierloom.services.jobs import schedules
from tierloom.services.notes import text_to_json
from tierloom.services.platform import Platform
from tierloom.services.runs import recalculation, waking
from tierloom.services.workbench import Workbench
from tierloom.store.jobs import Job
from tierloom.store.uow import UnitOfWork
from tierloom.text import T, Text

LEASE_SECONDS = 30
PULSE_SECONDS = 0.4
IDLE_SECONDS = 1.0
PATIENCE_SECONDS = 2.0
MOST_CONFLICTS = 30
"""How often a job is tried that finds others in its way: they mean no harm."""
_UNFORESEEN = T("Something unforeseen happened. Whoever runs Tierloom finds it in the log.")


class Worker:
    """Does jobs. One process may have several; all share the job table."""

    def __init__(self, platform: Platform, say: Callable[[str], None] = lambda _: None) -> None:
        self.platform = platform
        self.say = say
        self.name = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
        self.stopping = threading.Event()
        self._looked = -IDLE_SECONDS

    def run_forever(self) -> None:
        """Work until `stop` is called."""
        while not self.stopping.is_set():
            self.platform.work.clear()
            self._safely(self.look_at_the_clock)
            if not self._safely(self.run_one):
                self.platform.work.wait(IDLE_SECONDS)

    def _safely(self, step: Callable[[], bool]) -> bool:
        """A full disk or a database that restarts is no reason to stop for ever."""
        try:
            return step()
        except Exception:  # noqa: BLE001
            self.say(traceback.format_exc())
            return False

    def look_at_the_clock(self) -> bool:
        """Ask for the jobs that are due by now; once a second is enough. Tells whether there were any."""
        if time.monotonic() - self._looked < IDLE_SECONDS:
            return False
        self._looked = time.monotonic()
        asked = schedules.ask_for_due_jobs(self.platform)
        return asked + waking.ask_for_due_runs(self.platform) > 0

    def stop(self) -> None:
        """Ask the worker to stop at the next step of the job at hand, which another one then goes on with."""
        self.stopping.set()
        self.platform.work.set()

    def run_one(self, job_id: int | None = None) -> bool:
        """Claim one job (this one, if it waits) and do it. Tells whether there was one."""
        with self.platform.database.writing() as uow:
            now = self.platform.now_ms()  # Others may have written for longer than a lease lasts.
            for lost in uow.jobs.give_up(now):
                self._take_in(uow, lost)
            job = uow.jobs.claim(tuple(KINDS), self.name, LEASE_SECONDS, now, only=job_id)
        if job is None:
            return False
        fail_point("job-claimed")
        self._work(job)
        return True

    def run_until_done(self) -> None:
        """Do every job that waits."""
        while self.run_one():
            pass

    def _take_in(self, uow: UnitOfWork, job: Job) -> None:
        """Have tiers follow what a job has written that was broken off; one that ends well sees to that itself."""
        if writes_records(job):
            bench = Workbench(self.platform, system_actor(job.workspace), uow)
            recalculation.enqueue(bench, "import")

    def _work(self, job: Job) -> None:
        with _Pulse(self.platform, job, self.name, self.stopping) as pulse:
            try:
                result = job.result
                if result is None:  # Else its worker died when the work was done.
                    task = Task(self.platform, job, self._actor(job), pulse.tell)
                    result = KINDS[job.kind](task)
            except Cancelled:
                with self._broken_off(job) as uow:
                    uow.jobs.cancel(job.id, self.platform.now_ms(), self.name)
            except Stopped:
                with self._broken_off(job) as uow:
                    uow.jobs.release(job.id, self.name)
            except Conflict as error:
                self._fail(job, error.text, retry=job.attempt < MOST_CONFLICTS)
            except TierloomError as error:
                self._fail(job, error.text, retry=False)
            except Exception:  # noqa: BLE001 - a job must not take the worker with it
                # The trace may quote somebody's data: it goes to the operator, not into the database.
                self.say(traceback.format_exc())
                self._fail(job, _UNFORESEEN, retry=True, trouble=True)
            else:
                fail_point("job-worked")
                with self.platform.database.writing() as uow:
                    uow.jobs.finish(job.id, result, self.platform.now_ms(), self.name)
                fail_point("job-finished")

    def _fail(self, job: Job, error: Text, *, retry: bool, trouble: bool = False) -> None:
        said, now = json.dumps(text_to_json(error), ensure_ascii=False), self.platform.now_ms()
        with self._broken_off(job) as uow:
            uow.jobs.fail(job.id, said, retry=retry, at=now, worker=self.name, trouble=trouble)

    @contextmanager
    def _broken_off(self, job: Job) -> Iterator[UnitOfWork]:
        """Write what has become of a job that did not come to its end."""
        with self.platform.database.writing() as uow:
            yield uow
            self._take_in(uow, job)

    def _actor(self, job: Job) -> Actor:
        """Return who asked for the job, with the role of today: a right that was taken away is gone."""
        with self.platform.database.reading() as uow:
            account = uow.accounts.get(job.actor) if job.actor else None
            role = uow.accounts.role(job.actor, job.workspace) if account else None
        if job.actor == 0:
            return system_actor(job.workspace)
        if account is None or account.disabled or role is None:
            raise TierloomError(T("Whoever asked for this no longer belongs to the workspace."))
        return Actor(account.id, account.name, job.workspace, role)


class _Pulse:
    """Stores a job's progress, renews its lease and learns of a wish to cancel, in a thread of its own.

    The work itself may be inside a unit of work when it tells how far it is, and units do not nest.
    """

    def __init__(
        self, platform: Platform, job: Job, worker: str, stopping: threading.Event
    ) -> None:
        self.platform, self.job, self.worker, self.stopping = platform, job, worker, stopping
        self.told: tuple[int, int] = (job.done, job.total)
        self.stored = self.told
        self.cancelled = False
        self.renewed = time.monotonic()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def tell(self, done: int, total: int) -> None:
        """Remember how far the work is.

        Raises:
            Cancelled: it should stop.
            Stopped: it should stop here, and go on elsewhere.
        """
        self.told = (done, total)
        if self.cancelled:
            raise Cancelled(T("Cancelled."))
        if self.stopping.is_set():
            raise Stopped(T("Stopped."))

    def _beat(self) -> None:
        while not self.over.wait(PULSE_SECONDS):
            try:
                self._look()
            except Exception:  # noqa: BLE001 - the next beat tries again, until the lease is lost
                self.cancelled = self.cancelled or self._overdue > LEASE_SECONDS

    @property
    def _overdue(self) -> float:
        return time.monotonic() - self.renewed

    def _look(self) -> None:
        with self.platform.database.reading() as uow:
            self.cancelled = uow.jobs.cancelled(self.job.id)
        if self.told == self.stored and self._overdue < LEASE_SECONDS / 3:
            return
        told = self.told
        with self.platform.database.writing() as uow:
            now = self.platform.now_ms()
            mine = uow.jobs.heartbeat(self.job.id, LEASE_SECONDS, now, self.worker)
            uow.jobs.progress(self.job.id, *told, now, self.worker)
        self.stored, self.renewed = told, time.monotonic()
        # Another worker has taken the job over: what this one does now would be done twice.
        self.cancelled = self.cancelled or not mine


def hurry(platform: Platform, job_id: int | None) -> None:
    """Do a job in this thread, or wait a little for the worker that has it, so that the next page shows its effect.

    None is no job: there is nothing to wait for.
    """
    if job_id is None or Worker(platform).run_one(job_id):
        return
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with platform.database.reading() as uow:
            job = uow.jobs.get(job_id)
        if job is None or job.state in ("done", "failed", "cancelled"):
            return
        time.sleep(0.05)


def complete(platform: Platform, job_id: int) -> Job:
    """Do a job in this thread, or wait for the worker that has it; returns it when it is over."""
    worker = Worker(platform)
    while True:
        worker.run_one(job_id)
        with platform.database.reading() as uow:
            job = uow.jobs.get(job_id)
        if job is None or job.state in ("done", "failed", "cancelled"):
            break
        time.sleep(0.2)
    if job is None:
        raise NotFound(T("There is no job %(id)s.", id=job_id))
    return job
