"""Jobs: queued in the transaction that needs them, claimed by one worker at a time, kept until
done.

A claim is a lease. A worker that dies stops renewing it, and another one claims the job again: so
what a job does must bear being done twice. Moments come as arguments, because leases are compared
with them.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update

from tierloom.domain.rules import Json
from tierloom.store.schema.jobs import jobs as table
from tierloom.store.transaction import AnyRow, Transaction

State = Literal["queued", "running", "done", "failed", "cancelled"]
OPEN: tuple[State, ...] = ("queued", "running")
OVER: tuple[State, ...] = ("done", "failed", "cancelled")
MAX_TROUBLES = 3
"""A job that has met with this many unforeseen errors or deaths of its worker is not tried again."""
GIVEN_UP = "given-up"
"""Instead of an error: the worker died time and again."""
RETRY_SECONDS = (1, 5, 25, 60, 300)
"""How long a failed job waits before each further attempt."""


@dataclass(frozen=True, slots=True)
class Job:
    """`attempt` counts the claims, `troubles` what nobody foresaw: errors and deaths of a worker.
    `done` of `total` is the progress; `error` is what the worker wrote, or `GIVEN_UP`.
    """

    id: int
    workspace: int
    kind: str
    key: str | None
    payload: Json
    actor: int
    state: State
    attempt: int
    troubles: int
    worker: str | None
    lease_until: int | None
    done: int
    total: int
    cancel_requested: bool
    result: Json
    error: str | None
    queued_at: int
    started_at: int | None
    finished_at: int | None


_COLUMNS = (
    table.c.id, table.c.workspace_id.label("workspace"), table.c.kind, table.c.key,
    table.c.payload, table.c.actor, table.c.state, table.c.attempt, table.c.troubles,
    table.c.worker, table.c.lease_until, table.c.done, table.c.total, table.c.cancel_requested,
    table.c.result, table.c.error, table.c.queued_at, table.c.started_at, table.c.finished_at,
)  # fmt: skip


class Jobs:
    """Reads and writes jobs."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def enqueue(
        self,
        workspace: int,
        kind: str,
        payload: Json,
        actor: int,
        key: str | None = None,
        *,
        once: bool = False,
        not_before: int = 0,
    ) -> int:
        """Queue a job; return its id.

        Where a job of this workspace, kind and `key` still waits, that one is returned instead;
        with `once`, also one that runs or has run. A running one does not count otherwise: it may
        have read the data before they changed.
        """
        if key is not None:
            self._db.driver.lock(self._db.connection, f"job {workspace} {kind} {key}")
            there = self._keyed(workspace, kind, key, once=once)
            if there is not None:
                return there
        number = self._db.next_id()
        self._db.connection.execute(
            insert(table).values(
                id=number,
                workspace_id=workspace,
                kind=kind,
                key=key,
                payload=json.dumps(payload, ensure_ascii=False),
                actor=actor,
                state="queued",
                attempt=0,
                not_before=not_before,
                done=0,
                total=0,
                cancel_requested=False,
                queued_at=self._db.now,
            )
        )
        return number

    def claim(
        self,
        kinds: Collection[str],
        worker: str,
        lease_seconds: float,
        at: int,
        only: int | None = None,
    ) -> Job | None:
        """Take the oldest job that waits, or whose worker let its lease run out; None where there
        is none.

        `only` names the one job that will do. Before that, `give_up` those that nobody should take on.
        """
        lost = (table.c.state == "running") & (table.c.lease_until < at)
        wanted = (
            select(table.c.id, table.c.state)
            .where(table.c.kind.in_(kinds), _waiting(at) | lost)
            .order_by(table.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if only is not None:
            wanted = wanted.where(table.c.id == only)
        found = self._db.connection.execute(wanted).first()
        if found is None:
            return None
        self._db.connection.execute(
            update(table)
            .where(table.c.id == found.id)
            .values(
                state="running",
                attempt=table.c.attempt + 1,
                troubles=table.c.troubles + int(found.state == "running"),
                worker=worker,
                lease_until=at + int(lease_seconds * 1000),
                heartbeat_at=at,
                started_at=at,
            )
        )
        return self.get(found.id)

    def give_up(self, at: int) -> list[Job]:
        """End jobs whose worker is gone and that nobody should take on again: they were to be cancelled, or have lost
        a worker time and again. Returns them.
        """
        lost = (table.c.state == "running") & (table.c.lease_until < at)
        hopeless = table.c.cancel_requested | (table.c.troubles + 1 >= MAX_TROUBLES)
        wanted = select(*_COLUMNS).where(lost, hopeless).order_by(table.c.id)
        found = [_job(row) for row in self._db.connection.execute(wanted.with_for_update())]
        for one in found:
            mine = table.c.id == one.id
            if one.cancel_requested:
                self._end(mine, "cancelled", at)
            else:
                self._end(mine, "failed", at, error=GIVEN_UP, troubles=one.troubles + 1)
        return found

    def heartbeat(self, job: int, lease_seconds: float, at: int, worker: str | None = None) -> bool:
        """Renew a lease; False means that the job is no longer the worker's: stop."""
        return self._change(
            _running(job, worker), lease_until=at + int(lease_seconds * 1000), heartbeat_at=at
        )

    def progress(self, job: int, done: int, total: int, at: int, worker: str | None = None) -> bool:
        """Note how far a job is; False as for `heartbeat`."""
        return self._change(_running(job, worker), done=done, total=total, heartbeat_at=at)

    def keep(self, job: int, result: Json) -> None:
        """Note what a job has done, in the transaction that does it: whoever takes the job over from a
        worker that dies now has nothing left to do.
        """
        self._change(table.c.id == job, result=json.dumps(result, ensure_ascii=False))

    def finish(self, job: int, result: Json, at: int, worker: str | None = None) -> bool:
        """Note that a job is done; False as for `heartbeat`, and then nothing is noted."""
        stored = json.dumps(result, ensure_ascii=False)
        return self._end(_running(job, worker), "done", at, result=stored, error=None)

    def fail(
        self,
        job: int,
        error: str,
        *,
        retry: bool,
        at: int,
        worker: str | None = None,
        trouble: bool = False,
    ) -> bool:
        """Note that a job failed; with `retry` it waits a while and is tried again.

        `trouble` is what nobody foresaw: after `MAX_TROUBLES` of that it is not tried again.
        """
        mine = _running(job, worker)
        known = self.get(job)
        troubles = (known.troubles if known else 0) + trouble
        if not retry or (trouble and troubles >= MAX_TROUBLES):
            return self._end(mine, "failed", at, error=error, troubles=troubles)
        if known is not None and known.cancel_requested:
            return self._end(mine, "cancelled", at, troubles=troubles)
        pause = RETRY_SECONDS[min(known.attempt if known else 1, len(RETRY_SECONDS)) - 1]
        return self._change(
            mine,
            state="queued",
            not_before=at + pause * 1000,
            lease_until=None,
            error=error,
            troubles=troubles,
        )

    def release(self, job: int, worker: str) -> None:
        """Give a job back that its worker stops in good order: another one goes on with it at once."""
        self._change(_running(job, worker), state="queued", not_before=0, lease_until=None)

    def try_again(self, job: int) -> bool:
        """Queue a failed job anew, as if it had not been tried; False where it has not failed."""
        failed = (table.c.id == job) & (table.c.state == "failed")
        return self._change(
            failed,
            state="queued",
            attempt=0,
            troubles=0,
            not_before=0,
            done=0,
            total=0,
            cancel_requested=False,
            error=None,
            finished_at=None,
        )

    def cancel(self, job: int, at: int, worker: str | None = None) -> bool:
        """Note that a job has stopped because it was asked to."""
        return self._end(_running(job, worker), "cancelled", at)

    def request_cancel(self, job: int) -> None:
        """Ask a job to stop: one that waits ends at once, one that runs when it next looks."""
        waiting = (table.c.id == job) & (table.c.state == "queued")
        if not self._end(waiting, "cancelled", self._db.now, cancel_requested=True):
            self._change(_running(job, None), cancel_requested=True)

    def cancelled(self, job: int) -> bool:
        """Tell whether a job was asked to stop."""
        asked = select(table.c.cancel_requested).where(table.c.id == job)
        return bool(self._db.connection.scalar(asked))

    def get(self, job: int) -> Job | None:
        """Return a job, None where there is none with this id."""
        row = self._db.connection.execute(select(*_COLUMNS).where(table.c.id == job)).first()
        return _job(row) if row else None

    def recent(self, workspace: int, limit: int = 50) -> list[Job]:
        """Return the latest jobs of a workspace, the newest first."""
        wanted = select(*_COLUMNS).where(table.c.workspace_id == workspace)
        rows = self._db.connection.execute(wanted.order_by(table.c.id.desc()).limit(limit))
        return [_job(row) for row in rows]

    def listing(
        self,
        workspace: int,
        states: Collection[str],
        *,
        kind: str | None = None,
        actor: int | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[Job], int]:
        """Return jobs in these states, the newest first, and how many there are; of one `kind`, or
        asked for by one `actor`, where that is given.
        """
        wanted = [table.c.workspace_id == workspace, table.c.state.in_(states)]
        wanted += [table.c.kind == kind] if kind is not None else []
        wanted += [table.c.actor == actor] if actor is not None else []
        newest = select(*_COLUMNS).where(*wanted).order_by(table.c.id.desc())
        rows = self._db.connection.execute(newest.limit(limit).offset(offset))
        total = self._db.connection.scalar(select(func.count()).select_from(table).where(*wanted))
        return [_job(row) for row in rows], int(total or 0)

    def ended_before(self, workspace: int, at: int, limit: int = 1000) -> list[int]:
        """Return jobs that ended before a moment, the oldest first; the latest of each kind is never
        among them.
        """
        wanted = select(table.c.id).where(
            table.c.workspace_id == workspace,
            table.c.state.in_(OVER),
            table.c.finished_at < at,
            table.c.id.not_in(_latest(workspace)),
        )
        return list(self._db.connection.scalars(wanted.order_by(table.c.id).limit(limit)))

    def latest(self, workspace: int) -> list[Job]:
        """Return the latest job of each kind."""
        wanted = select(*_COLUMNS).where(table.c.id.in_(_latest(workspace)))
        return [_job(row) for row in self._db.connection.execute(wanted)]

    def forget(self, jobs: Collection[int]) -> None:
        """Delete jobs that have ended."""
        self._db.connection.execute(
            delete(table).where(table.c.id.in_(jobs), table.c.state.in_(OVER))
        )

    def was_asked(self, workspace: int, kind: str, key: str) -> bool:
        """Tell whether there is or was a job of this kind and key."""
        return self._keyed(workspace, kind, key, once=True) is not None

    def had(self, workspace: int, kind: str) -> bool:
        """Tell whether there is or was a job of this kind."""
        wanted = select(table.c.id).where(table.c.workspace_id == workspace, table.c.kind == kind)
        return self._db.connection.scalar(wanted.limit(1)) is not None

    def pending(self, workspace: int, kinds: Collection[str]) -> bool:
        """Tell whether a job of one of these kinds waits or runs."""
        open_states = table.c.state.in_(OPEN)
        wanted = select(table.c.id).where(
            table.c.workspace_id == workspace, table.c.kind.in_(kinds), open_states
        )
        return self._db.connection.scalar(wanted.limit(1)) is not None

    def _keyed(self, workspace: int, kind: str, key: str, *, once: bool) -> int | None:
        wanted = select(table.c.id).where(
            table.c.workspace_id == workspace, table.c.kind == kind, table.c.key == key
        )
        if not once:
            wanted = wanted.where(table.c.state == "queued")
        return self._db.connection.scalar(wanted.order_by(table.c.id).limit(1))

    def _change(self, which: ColumnElement[bool], **values: object) -> bool:
        changed = self._db.connection.execute(update(table).where(which).values(**values))
        return changed.rowcount == 1

    def _end(self, which: ColumnElement[bool], state: State, at: int, **values: object) -> bool:
        return self._change(which, state=state, finished_at=at, lease_until=None, **values)


def _latest(workspace: int) -> Select[tuple[int]]:
    newest = select(func.max(table.c.id)).where(table.c.workspace_id == workspace)
    return newest.group_by(table.c.kind)


def _waiting(at: int) -> ColumnElement[bool]:
    return (table.c.state == "queued") & (table.c.not_before <= at)


def _running(job: int, worker: str | None) -> ColumnElement[bool]:
    """The job while it runs; with `worker`, only while it is that worker's."""
    running = (table.c.id == job) & (table.c.state == "running")
    return running if worker is None else running & (table.c.worker == worker)


def _job(row: AnyRow) -> Job:
    values = dict(row._mapping)
    values["payload"] = json.loads(values["payload"])
    values["result"] = None if values["result"] is None else json.loads(values["result"])
    return Job(**values)
