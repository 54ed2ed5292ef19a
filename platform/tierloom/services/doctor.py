"""Checks of a whole installation, for `tierloom doctor`."""

from collections.abc import Iterator
from dataclasses import dataclass

from tierloom.domain.people import system_actor
from tierloom.errors import Invalid
from tierloom.services import consistency
from tierloom.services.platform import Platform
from tierloom.services.runs import recalculation
from tierloom.services.workbench import Workbench, reading

RECENT = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    good: bool
    what: str


def examine(platform: Platform) -> Iterator[Finding]:
    """Look at everything that can be checked without changing it."""
    yield Finding(
        platform.database.is_current(), f"database at revision {platform.database.revision()}"
    )
    with platform.database.reading() as uow:
        workspaces = uow.workspaces.all()
    for workspace in workspaces:
        with reading(platform, system_actor(workspace.id)) as bench:
            yield from _records(bench)
            yield from _rules(bench)
            yield from _tiers(bench)
            yield _jobs(bench)


def _records(bench: Workbench) -> Iterator[Finding]:
    for table in bench.catalogue:
        stored, columns = bench.uow.records(table).count(), bench.columns(table.key).size
        yield Finding(
            stored == columns,
            f"{bench.workspace.key}/{table.key}: {stored:,} records, {columns:,} in the columns",
        )


def _rules(bench: Workbench) -> Iterator[Finding]:
    found = list(consistency.problems(bench.published, bench.zone))
    for problem in found:
        if problem.severity == "error":
            yield Finding(False, f"{bench.workspace.key}: {problem}")


def _tiers(bench: Workbench) -> Iterator[Finding]:
    try:
        found = recalculation.differences(bench)
    except Invalid:
        return  # Its rule is among the findings already.
    for one in found:
        name = f"{bench.workspace.key}/{one.model.key}"
        text = f"{name}: {one.records:,} records not in the tier that a full run gives"
        yield Finding(one.records == 0, text)


def _jobs(bench: Workbench) -> Finding:
    """Jobs that wait are well; one whose worker has died should have been taken over by another."""
    now = bench.platform.now_ms()
    jobs = bench.uow.jobs.recent(bench.workspace.id, RECENT)
    lost = [one for one in jobs if one.state == "running" and (one.lease_until or 0) < now]
    failed = sum(one.state == "failed" for one in jobs)
    waiting = sum(one.state == "queued" for one in jobs)
    return Finding(
        not lost,
        f"{bench.workspace.key}: of the last {len(jobs)} jobs {waiting} wait, {failed} failed,"
        f" {len(lost)} lost their worker",
    )
