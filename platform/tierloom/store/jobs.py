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

from sqlalchemy import ColumnElement, insert, select, update

from tierloom.domain.rules import Json
from tierloom.store.schema.jobs import jobs as table
from tierloom.store.transaction import AnyRow, Transaction

State = Literal["queued", "running", "done", "failed", "cancelled"]
MAX_ATTEMPTS = 5
"""How often a job is taken on again after its worker died."""
GIVEN_UP = "given-up"
"""Instead of an error: the work was broken off time and again."""
RETRY_SECONDS = (1, 5, 25, 60, 300)
"""How long a failed job waits before each further attempt."""


@dataclass(frozen=True, slots=True)
class Job:
    """`attempt` counts the claims; `done` of `total` is the progress; `error` is what the worker
    wrote, or `GIVEN_UP`.
    """

    id: int
    workspace: int
    kind: str
    key: str | None
    payload: Json
    actor: int
    state: State
    attempt: int
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
    table.c.payload, table.c.actor, table.c.state, table.c.attempt, table.c.worker,
    table.c.lease_until, table.c.done, table.c.total, table.c.cancel_requested, table.c.result,
    table.c.error, table.c.queued_at, table.c.started_at, table.c.finished_at,
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

        `only` names the one job that will do. A job that has lost its worker time and again is
        given up.
        """
        self._give_up(at)
        lost = (table.c.state == "running") & (table.c.lease_until < at)
        wanted = (
            select(table.c.id)
            .where(table.c.kind.in_(kinds), _waiting(at) | lost)
            .order_by(table.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if only is not None:
            wanted = wanted.where(table.c.id == only)
        number = self._db.connection.scalar(wanted)
        if number is None:
            return None
        self._db.connection.execute(
            update(table)
            .where(table.c.id == number)
            .values(
                state="running",
                attempt=table.c.attempt + 1,
                worker=worker,
                lease_until=at + int(lease_seconds * 1000),
                heartbeat_at=at,
                started_at=at,
            )
        )
        return self.get(number)

    def heartbeat(self, job: int, lease_seconds: float, at: int, worker: str | None = None) -> bool:
        """Renew a lease; False means that the job is no longer the worker's: stop."""
        return self._change(
            _running(job, worker), lease_until=at + int(lease_seconds * 1000), heartbeat_at=at
        )

    def progress(self, job: int, done: int, total: int, at: int, worker: str | None = None) -> bool:
        """Note how far a job is; False as for `heartbeat`."""
        return self._change(_running(job, worker), done=done, total=total, heartbeat_at=at)

    def finish(self, job: int, result: Json, at: int, worker: str | None = None) -> bool:
        """Note that a job is done; False as for `heartbeat`, and then nothing is noted."""
        stored = json.dumps(result, ensure_ascii=False)
        return self._end(_running(job, worker), "done", at, result=stored, error=None)

    def fail(
        self, job: int, error: str, *, retry: bool, at: int, worker: str | None = None
    ) -> bool:
        """Note that a job failed; with `retry` it waits a while and is tried again."""
        mine = _running(job, worker)
        if not retry:
            return self._end(mine, "failed", at, error=error)
        attempt = self._db.connection.scalar(select(table.c.attempt).where(table.c.id == job)) or 1
        pause = RETRY_SECONDS[min(attempt, len(RETRY_SECONDS)) - 1]
        return self._change(
            mine, state="queued", not_before=at + pause * 1000, lease_until=None, error=error
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

    def was_asked(self, workspace: int, kind: str, key: str) -> bool:
        """Tell whether there is or was a job of this kind and key."""
        return self._keyed(workspace, kind, key, once=True) is not None

    def had(self, workspace: int, kind: str) -> bool:
        """Tell whether there is or was a job of this kind."""
        wanted = select(table.c.id).where(table.c.workspace_id == workspace, table.c.kind == kind)
        return self._db.connection.scalar(wanted.limit(1)) is not None

    def pending(self, workspace: int, kinds: Collection[str]) -> bool:
        """Tell whether a job of one of these kinds waits or runs."""
        open_states = table.c.state.in_(("queued", "running"))
        wanted = select(table.c.id).where(
            table.c.workspace_id == workspace, table.c.kind.in_(kinds), open_states
        )
        return self._db.connection.scalar(wanted.limit(1)) is not None

    def _give_up(self, at: int) -> None:
        """End jobs whose worker is gone and that nobody should take on again."""
        lost = (table.c.state == "running") & (table.c.lease_until < at)
        ended = {"finished_at": at, "lease_until": None}
        self._db.connection.execute(
            update(table).where(lost, table.c.cancel_requested).values(state="cancelled", **ended)
        )
        hopeless = update(table).where(lost, table.c.attempt >= MAX_ATTEMPTS)
        self._db.connection.execute(hopeless.values(state="failed", error=GIVEN_UP, **ended))

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
