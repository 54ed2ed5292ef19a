"""A worker, and one in a process of its own that dies at a named point, as by `kill -9`."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.faults.processes import CONTEXT
from tests.properties.history.conditions import moment_of
from tierloom.jobs.worker import Worker
from tierloom.services.platform import Platform, open_platform
from tierloom.services.runs import recalculation
from tierloom.services.settings import Settings


@dataclass
class Clock:
    """A clock that somebody sets, in milliseconds."""

    at: int

    def __call__(self) -> datetime:
        return moment_of(self.at)


def work(platform: Platform) -> None:
    """Do what waits, and recalculate where time may have moved somebody; nothing else is looked at."""
    Worker(platform).run_until_done()
    with platform.database.reading() as uow:
        due = uow.frontiers.due(platform.now_ms())
    for workspace in due:
        recalculation.recalculate(platform, workspace, "time")


def die(folder: Path, url: str, at: int, killed_at: str) -> None:
    """Work in another process, which does not survive that point."""
    process = CONTEXT.Process(target=_die, args=(folder, url, at, killed_at))
    process.start()
    process.join()


def _die(folder: Path, url: str, at: int, killed_at: str) -> None:
    os.environ["TIERLOOM_FAIL_AT"] = killed_at
    with open_platform(Settings(folder, url), Clock(at), migrate=False) as platform:
        work(platform)
