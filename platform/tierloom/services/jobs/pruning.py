"""The clean-up: jobs that ended long ago go, and their files with them.

The latest job of each kind stays listed, because others ask whether there was one; its files go all the same.
"""

import shutil
from contextlib import suppress
from pathlib import Path

from tierloom.domain.rules import Json
from tierloom.fail_points import fail_point
from tierloom.services.imports.progress import Progress
from tierloom.services.platform import Platform
from tierloom.services.workbench import Workbench
from tierloom.store.jobs import OVER

KIND = "cleanup"
FOLDER = "jobs"
_DAY_MS = 24 * 3_600_000
_BATCH = 500


def enqueue(bench: Workbench) -> int:
    """Ask for a clean-up once this transaction is stored; requests that still wait are one."""
    bench.uow.after_commit(bench.platform.work.set)
    return bench.uow.jobs.enqueue(
        bench.actor.workspace, KIND, {}, bench.actor.account, key=f"cleanup:{bench.actor.workspace}"
    )


def folder_of(platform: Platform, job: int) -> Path:
    """Return the folder where a job keeps its files."""
    return platform.folder / FOLDER / str(job)


def work(platform: Platform, workspace: int, progress: Progress) -> Json:
    """Remove the old jobs of a workspace; returns how many went, and how many folders.

    Files go before the rows that know of them: what a crash leaves is found the next night.
    """
    end = platform.now_ms() - platform.settings.keep_jobs_days * _DAY_MS
    with platform.database.reading() as uow:
        latest = uow.jobs.latest(workspace)
    ended = [one.id for one in latest if one.state in OVER and (one.finished_at or end) < end]
    folders = sum(_remove(platform, one) for one in ended)
    jobs = 0
    while True:
        with platform.database.reading() as uow:
            old = uow.jobs.ended_before(workspace, end, _BATCH)
        if not old:
            return {"jobs": jobs, "folders": folders, "days": platform.settings.keep_jobs_days}
        folders += sum(_remove(platform, one) for one in old)
        fail_point("cleanup-files-gone")
        with platform.database.writing() as uow:
            uow.jobs.forget(old)
        fail_point("cleanup-jobs-gone")
        jobs += len(old)
        progress(jobs, jobs)


def _remove(platform: Platform, job: int) -> bool:
    folder = folder_of(platform, job)
    if not folder.is_dir() or folder.is_symlink():
        return False
    with suppress(FileNotFoundError):  # another worker may be at it
        shutil.rmtree(folder)
    return True
