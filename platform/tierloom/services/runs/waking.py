"""Waking by time: a recalculation is asked for as soon as time alone may have moved somebody.

A tier model's frontier knows that instant. Workspaces whose results have no frontier yet are recalculated when their
calendar day changes.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tierloom.domain.rules import Json
from tierloom.services.platform import Platform
from tierloom.services.runs import recalculation
from tierloom.store.jobs import OVER, Job
from tierloom.store.uow import UnitOfWork

CAUSE = "time"
REST_SECONDS = (60, 300, 900, 3600)
"""How long after its first, second … failure in a row no run is asked for by time."""
LEAST_SECONDS = 30
"""How long after a run that time has asked for the next one is, at the earliest."""


def ask_for_due_runs(platform: Platform) -> int:
    """Enqueue one run for every workspace in which time may have moved somebody; returns how many."""
    with platform.database.reading() as uow:
        due, days = _due(platform, uow), _days_due(platform, uow)
    asked = 0
    for workspace in due:
        with platform.database.writing() as uow:
            # Another process may have asked meanwhile, and even done it.
            if workspace in _due(platform, uow):
                _enqueue(uow, workspace, recalculation.key_of(workspace, CAUSE), once=False)
                asked += 1
    for workspace, day in days:
        with platform.database.writing() as uow:
            _enqueue(uow, workspace, f"daily:{day}", once=True)
            asked += 1
    return asked


def _enqueue(uow: UnitOfWork, workspace: int, key: str, *, once: bool) -> None:
    """Ask for a run that only takes in what time has brought: nothing has changed."""
    payload: Json = {"cause": CAUSE}
    uow.jobs.enqueue(workspace, recalculation.KIND, payload, 0, key=key, once=once)


def _due(platform: Platform, uow: UnitOfWork) -> list[int]:
    now = platform.now_ms()
    return [one for one in uow.frontiers.due(now) if not _rests(uow, one, now)]


def _rests(uow: UnitOfWork, workspace: int, now: int) -> bool:
    """Tell whether a run waits or is at work, or one has just been, or failed not long ago."""
    kind = recalculation.KIND
    if uow.jobs.pending(workspace, (kind,)):
        return True
    ended, _ = uow.jobs.listing(workspace, OVER, kind=kind, limit=len(REST_SECONDS))
    if not ended or ended[0].finished_at is None:
        return False
    return now < ended[0].finished_at + 1000 * _pause(ended)


def _pause(ended: list[Job]) -> int:
    failures = 0
    for one in ended:
        if one.state == "done":
            break
        failures += 1
    if failures:
        return REST_SECONDS[failures - 1]
    payload = ended[0].payload
    by_time = isinstance(payload, dict) and payload.get("cause") == CAUSE
    return LEAST_SECONDS if by_time else 0


def _days_due(platform: Platform, uow: UnitOfWork) -> list[tuple[int, date]]:
    """Return the workspaces without frontiers whose local date has changed since their last run, with that date.

    Each date is asked for once, whatever becomes of it.
    """
    now, known = platform.clock(), uow.frontiers.workspaces()
    return [
        (one.id, today)
        for one in uow.workspaces.all()
        if one.id not in known
        and (last := uow.results.last_run_at(one.id)) is not None
        and _local(last, one.zone) < (today := now.astimezone(ZoneInfo(one.zone)).date())
        and not uow.jobs.was_asked(one.id, recalculation.KIND, f"daily:{today}")
    ]


def _local(at_ms: int, zone: str) -> date:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone)).date()
