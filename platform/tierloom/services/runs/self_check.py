"""The self-check: are the stored tiers what a full recalculation gives? Where they are not, one is asked for."""

from collections.abc import Callable

from tierloom.domain.people import system_actor
from tierloom.domain.rules import Json
from tierloom.errors import Conflict
from tierloom.fail_points import fail_point
from tierloom.services.platform import Platform
from tierloom.services.runs import recalculation
from tierloom.services.runs.recalculation import Difference
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.text import T

KIND = "check"
CAUSE = "check"


def enqueue(bench: Workbench) -> int:
    """Ask for a check once this transaction is stored; requests that still wait are one."""
    bench.uow.after_commit(bench.platform.work.set)
    return bench.uow.jobs.enqueue(
        bench.actor.workspace, KIND, {}, bench.actor.account, key=f"check:{bench.actor.workspace}"
    )


def work(
    platform: Platform, workspace: int, job: int, progress: Callable[[int, int], None]
) -> Json:
    """Compare every tier model of a workspace, and return what was found by its key.

    `differences` are records that a full recalculation puts elsewhere. Where there are any, one is asked for, and its
    job is `run`.

    Raises:
        Conflict: a recalculation waits or is at work; the caller tries again.
    """
    with reading(platform, system_actor(workspace)) as bench:
        if bench.uow.jobs.pending(workspace, (recalculation.KIND,)):
            raise Conflict(T("A recalculation is under way: the self-check waits for it."))
        found = recalculation.differences(bench)
        models: dict[str, Json] = {one.model.key: _line(bench, one) for one in found}
    progress(len(found), len(found))
    wrong = sum(one.records for one in found)
    fail_point("check-compared")
    result: dict[str, Json] = {"models": models, "differences": wrong, "run": None}
    if wrong:
        with writing(platform, system_actor(workspace)) as bench:
            result["run"] = recalculation.enqueue(bench, CAUSE)
            bench.uow.jobs.keep(job, result)
        fail_point("check-asked")
    return result


def _line(bench: Workbench, found: Difference) -> Json:
    label: dict[str, Json] = dict(found.model.label.words)
    records = int(bench.columns(found.model.record_type).ids.size)
    return {"label": label, "records": records, "differences": found.records}
