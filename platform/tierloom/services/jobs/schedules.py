"""Schedules: what Tierloom does by itself at set times. Owners say when; any worker asks for the jobs.

Of many processes one asks: whoever moves a due schedule on, in the transaction that enqueues the job. Times that went
by while nothing ran are made up for once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterError

from tierloom.domain.people import Actor, Grant, system_actor
from tierloom.errors import Conflict, Invalid, Problem
from tierloom.fail_points import fail_point
from tierloom.services import authorize
from tierloom.services.jobs import pruning, timetable
from tierloom.services.jobs.timetable import Timetable
from tierloom.services.platform import Platform
from tierloom.services.runs import recalculation, self_check
from tierloom.services.workbench import Workbench, writing
from tierloom.store.schedules import Schedule
from tierloom.store.uow import UnitOfWork
from tierloom.text import T, Text

MOST = 20
COMING = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be done at set times: its name, one sentence, and the job that it asks for."""

    name: Text
    help: Text
    ask: Callable[[Workbench], int]


KINDS: Mapping[str, Kind] = {
    "recalculation": Kind(
        T("Recalculation"),
        T(
            "Places every record again. This also happens by itself after changes and as days go by."
        ),
        lambda bench: recalculation.enqueue(bench, "time", over=False),
    ),
    "check": Kind(
        T("Self-check"),
        T("Compares the stored tiers with a full recalculation, and puts differences right."),
        self_check.enqueue,
    ),
    "cleanup": Kind(
        T("Clean-up"), T("Removes jobs that ended long ago, with their files."), pruning.enqueue
    ),
}
DEFAULTS: Mapping[str, str] = {"check": "20 3 * * *", "cleanup": "50 3 * * *"}
"""What every workspace with tiers gets by itself: in its own night."""


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule as people see it; moments are local to its zone. `coming` is empty while it is paused."""

    schedule: Schedule
    kind: Kind
    words: Text
    coming: tuple[datetime, ...]
    last: datetime | None

    @property
    def is_paused(self) -> bool:
        """Whether it asks for nothing until somebody resumes it."""
        return self.schedule.paused_at is not None


def listing(platform: Platform, actor: Actor) -> list[ScheduleView]:
    """Return the schedules of the actor's workspace.

    Raises:
        Forbidden: the actor does not manage it.
    """
    authorize.require(actor, Grant.MANAGE)
    with platform.database.reading() as uow:
        found = uow.schedules.of(actor.workspace)
    return [_view(one, platform.clock()) for one in found if one.kind in KINDS]


def get(platform: Platform, actor: Actor, number: int) -> ScheduleView:
    """Return one schedule of the actor's workspace.

    Raises:
        Forbidden: the actor does not manage it.
        NotFound: it has none with this number.
    """
    authorize.require(actor, Grant.MANAGE)
    with platform.database.reading() as uow:
        return _view(uow.schedules.get(number, actor.workspace), platform.clock())


def _view(found: Schedule, now: datetime) -> ScheduleView:
    zone, table = ZoneInfo(found.zone), Timetable(found.expression, found.zone)
    coming: list[datetime] = []
    if found.next_at is not None:
        first = _moment(found.next_at)
        coming = [first, *table.coming(max(first, now), COMING - 1)]
    return ScheduleView(
        found,
        KINDS[found.kind],
        timetable.words(found.expression),
        tuple(one.astimezone(zone) for one in coming),
        _moment(found.last_at).astimezone(zone) if found.last_at else None,
    )


def add(platform: Platform, actor: Actor, kind: str, expression: str, zone: str) -> int:
    """Make a schedule; returns its number.

    Raises:
        Forbidden: the actor does not manage the workspace.
        Invalid: there is no such kind, the time will not do, or there are too many already.
    """
    authorize.require(actor, Grant.MANAGE)
    if kind not in KINDS:
        message = T("There is no kind of schedule “%(kind)s”.", kind=kind)
        raise Invalid([Problem("unknown-kind", "/kind", message)])
    table = timetable.read(expression, zone, platform.clock())
    with writing(platform, actor) as bench:
        _require_room(bench)
        following = _ms(table.following(platform.clock()))
        return bench.uow.schedules.create(
            actor.workspace, kind, table.expression, table.zone, actor.account, following
        )


def _require_room(bench: Workbench) -> None:
    if len(bench.uow.schedules.of(bench.actor.workspace)) >= MOST:
        message = T("A workspace has at most %(n)s schedules. Delete one first.", n=MOST)
        raise Invalid([Problem("too-many", "/kind", message)])


def change(
    platform: Platform, actor: Actor, number: int, version: int, expression: str, zone: str
) -> None:
    """Change when a schedule is due; a paused one stays paused.

    Raises:
        Forbidden: the actor does not manage the workspace.
        NotFound: it has no such schedule.
        Invalid: the time will not do.
        Conflict: somebody else has changed it since `version`.
    """
    authorize.require(actor, Grant.MANAGE)
    table = timetable.read(expression, zone, platform.clock())
    with platform.database.writing() as uow:
        known = _live(uow, actor, number)
        following = None if known.paused_at else _ms(table.following(platform.clock()))
        uow.schedules.change(known, version, table.expression, table.zone, following)


def pause(platform: Platform, actor: Actor, number: int, version: int) -> None:
    """Let a schedule rest until somebody resumes it. Raises as `change` does."""
    authorize.require(actor, Grant.MANAGE)
    with platform.database.writing() as uow:
        uow.schedules.pause(_live(uow, actor, number), version, platform.now_ms())


def resume(platform: Platform, actor: Actor, number: int, version: int) -> None:
    """Let a paused schedule go on with its next time. Raises as `change` does."""
    authorize.require(actor, Grant.MANAGE)
    with platform.database.writing() as uow:
        known = _live(uow, actor, number)
        uow.schedules.resume(known, version, _following(known, platform.clock()))


def delete(platform: Platform, actor: Actor, number: int, version: int) -> None:
    """Put a schedule into the bin; `restore` takes it out. Raises as `change` does."""
    authorize.require(actor, Grant.MANAGE)
    with platform.database.writing() as uow:
        uow.schedules.delete(_live(uow, actor, number), version, platform.now_ms())


def restore(platform: Platform, actor: Actor, number: int) -> None:
    """Take a schedule out of the bin; done twice it changes nothing.

    Raises:
        Forbidden: the actor does not manage the workspace.
        NotFound: it has no such schedule.
        Invalid: there are too many others by now.
    """
    authorize.require(actor, Grant.MANAGE)
    with writing(platform, actor) as bench:
        known = bench.uow.schedules.get(number, actor.workspace)
        if known.deleted_at is None:
            return
        _require_room(bench)
        following = None if known.paused_at else _following(known, platform.clock())
        bench.uow.schedules.restore(known, following)


def _live(uow: UnitOfWork, actor: Actor, number: int) -> Schedule:
    known = uow.schedules.get(number, actor.workspace)
    if known.deleted_at is not None:
        raise Conflict(T("This schedule was deleted."))
    return known


# ── asking for jobs ─────────────────────────────────────────────────────────────────────────────────────────────────


def ask_for_due_jobs(platform: Platform) -> int:
    """Enqueue one job for every schedule that is due, in whichever workspace; returns how many."""
    now = platform.clock()
    with platform.database.reading() as uow:
        following, new = uow.schedules.next_at(), _lacking(uow)
    if new:
        _make_defaults(platform, now)
    if following is None or following > _ms(now):
        return 0
    with platform.database.writing() as uow:
        due = uow.schedules.due(_ms(now))
        for one in due:
            bench = Workbench(platform, system_actor(one.workspace), uow)
            job = KINDS[one.kind].ask(bench) if one.kind in KINDS else None
            uow.schedules.advance(one, _ms(now), job, _next(one, now))
            fail_point("schedule-asking")
    fail_point("schedule-asked")
    return len(due)


def _lacking(uow: UnitOfWork) -> dict[str, list[int]]:
    found = {kind: uow.schedules.lacking(kind, "tier_model") for kind in DEFAULTS}
    return {kind: workspaces for kind, workspaces in found.items() if workspaces}


def _make_defaults(platform: Platform, now: datetime) -> None:
    with platform.database.writing() as uow:
        uow.schedules.alone()
        for kind, workspaces in _lacking(uow).items():
            for workspace in workspaces:
                table = Timetable(DEFAULTS[kind], uow.workspaces.get(workspace).zone)
                uow.schedules.create(
                    workspace, kind, table.expression, table.zone, 0, _ms(table.following(now))
                )


def _next(known: Schedule, now: datetime) -> int | None:
    """Return when it is due next. One that never is again must not keep the others waiting."""
    try:
        return _following(known, now)
    except (CroniterError, ZoneInfoNotFoundError):
        return None


def _following(known: Schedule, now: datetime) -> int:
    return _ms(Timetable(known.expression, known.zone).following(now))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
