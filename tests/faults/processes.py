"""Real processes that work on a shop and are killed, and what must be true of it afterwards.

A fork server with the product already imported starts them: a process of its own costs a tenth of a second then.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tierloom.jobs.worker import LEASE_SECONDS, Worker
from tierloom.services.jobs import schedules
from tierloom.services.platform import Platform, open_platform
from tierloom.services.runs import waking
from tierloom.services.settings import Settings

PATIENCE_SECONDS = 60
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.faults.processes"])


@dataclass(frozen=True)
class Place:
    """Where an installation is, and how far its clock is ahead: leases end when it jumps."""

    folder: str
    url: str
    start: datetime
    ahead: float = 0.0

    @contextmanager
    def opened(self) -> Iterator[Platform]:
        settings = Settings(Path(self.folder), self.url)
        begun = time.monotonic()

        def clock() -> datetime:
            return self.start + timedelta(seconds=self.ahead + time.monotonic() - begun)

        with open_platform(settings, clock, migrate=False) as platform:
            yield platform


def _work(place: Place, fail_at: str, rounds: int) -> None:
    """Be a worker: look at the clock and do what waits, each time a while later; with `fail_at`, die there."""
    os.environ["TIERLOOM_FAIL_AT"] = fail_at
    for number in range(rounds):
        with later(place, number).opened() as platform:
            schedules.ask_for_due_jobs(platform)
            waking.ask_for_due_runs(platform)
            Worker(platform, print).run_until_done()


def start(place: Place, fail_at: str = "", rounds: int = 2) -> ForkServerProcess:
    """Start a worker process."""
    process = CONTEXT.Process(target=_work, args=(place, fail_at, rounds))
    process.start()
    return process


def finish(process: ForkServerProcess) -> int:
    """Wait for a worker process; return its exit code, negative for the signal that killed it."""
    process.join(PATIENCE_SECONDS)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise AssertionError("A worker did not come to its end.")
    return process.exitcode


def die_at(place: Place, point: str) -> bool:
    """Let a worker die at a fail point; False where it never came there and did everything."""
    code = finish(start(place, point, 1))
    assert code in (0, -signal.SIGKILL), f"the worker ended with {code}"
    return code != 0


def later(place: Place, times: int = 1) -> Place:
    """The same place when leases of the dead are over."""
    ahead = place.ahead + times * 2 * LEASE_SECONDS
    return Place(place.folder, place.url, place.start, ahead)
