"""Results of tier models: runs, compressed baselines of placements, and the moves after them.

The present is the last baseline with the moves after it applied in order; so is a past moment, from
the last baseline before it.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BindParameter, ColumnElement, bindparam, func, insert, select, update

from tierloom.engine.results import ABSENT, Moves, Placements
from tierloom.store.images import pack_ids, unpack_ids
from tierloom.store.schema.results import baselines, runs
from tierloom.store.schema.results import moves as log
from tierloom.store.transaction import AnyRow, Transaction

_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Head:
    """Which stored result of an object is the newest. Equal heads have equal placements."""

    baseline: int
    move: int


@dataclass(frozen=True, slots=True)
class Run:
    """One calculation of all results of a workspace; `finished_at` is None while it goes on."""

    id: int
    cause: str
    as_of: int
    started_at: int
    finished_at: int | None


@dataclass(frozen=True, slots=True)
class Move:
    """One record's change of placement. `ABSENT` is the origin of a new record, the target of a
    deleted one.
    """

    seq: int
    run: int
    object_id: int
    record: int
    origin: int
    target: int
    cause: str
    rule_version: int
    effective_at: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class Past:
    """Placements at an instant that is over, in the codes of a rule version."""

    rule_version: int
    placements: Placements


_MOVE = (
    log.c.seq, log.c.run_id.label("run"), log.c.object_id, log.c.record_id.label("record"),
    log.c.origin, log.c.target, log.c.cause, log.c.rule_version, log.c.effective_at,
    log.c.recorded_at,
)  # fmt: skip


_OBJECT: BindParameter[int] = bindparam("object_id")
_HEAD = select(
    select(func.max(baselines.c.id))
    .where(baselines.c.object_id == _OBJECT)
    .scalar_subquery()
    .label("baseline"),
    select(func.max(log.c.seq)).where(log.c.object_id == _OBJECT).scalar_subquery().label("move"),
)
_TARGETS = (
    select(log.c.record_id, log.c.target, log.c.effective_at)
    .where(log.c.object_id == _OBJECT, log.c.seq > bindparam("after"))
    .where(log.c.record_id.in_(bindparam("records", expanding=True)))
    .order_by(log.c.seq)
)


_RULE_VERSION = (
    select(baselines.c.rule_version)
    .where(baselines.c.object_id == _OBJECT)
    .order_by(baselines.c.id.desc())
    .limit(1)
)
_START = insert(runs)


class Results:
    """Reads and writes results. `object_id` is the document id of a tier model."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def start_run(
        self, workspace: int, cause: str, as_of: int, at: int, *, done: bool = False
    ) -> int:
        """Note that a run begins, or that a short one is `done` already; return its id."""
        number = self._db.next_id()
        given = {
            "id": number, "workspace_id": workspace, "cause": cause, "as_of": as_of,
            "started_at": at, "finished_at": at if done else None,
        }  # fmt: skip
        self._db.connection.execute(_START, given)
        return number

    def finish_run(self, run: int, at: int) -> None:
        """Note that a run is done."""
        self._db.connection.execute(update(runs).where(runs.c.id == run).values(finished_at=at))

    def runs(self, workspace: int, limit: int = 50) -> list[Run]:
        """Return the latest runs, the newest first."""
        rows = self._db.connection.execute(
            select(runs.c.id, runs.c.cause, runs.c.as_of, runs.c.started_at, runs.c.finished_at)
            .where(runs.c.workspace_id == workspace)
            .order_by(runs.c.id.desc())
            .limit(limit)
        )
        return [Run(*row) for row in rows]

    def last_run_at(self, workspace: int) -> int | None:
        """Return the instant (`as_of`) that the newest finished run was for, None where there is
        none.
        """
        done = (runs.c.workspace_id == workspace, runs.c.finished_at.is_not(None))
        latest = (runs.c.as_of.desc(), runs.c.id.desc())  # a past that was rebuilt comes later, too
        wanted = select(runs.c.as_of).where(*done).order_by(*latest).limit(1)
        return self._db.connection.scalar(wanted)

    def one_at_a_time(self, workspace: int) -> None:
        """Wait until no other edit of a workspace is at work: two that lock in other orders would wait for ever."""
        self._db.driver.lock(self._db.connection, f"edits {workspace}")

    def head(self, object_id: int) -> Head | None:
        """Return what the newest result is, None before the first one.

        A writing unit of work that asks keeps other runs from storing results of this object until
        it ends: take the head before computing, and compare it when storing.
        """
        if self._db.writes:
            self._db.driver.lock(self._db.connection, f"results {object_id}")
        found = self._db.connection.execute(_HEAD, {"object_id": object_id}).one()
        return None if found.baseline is None else Head(found.baseline, found.move or 0)

    def rule_version(self, object_id: int) -> int | None:
        """Return the rule version whose codes the placements have: that of the newest baseline."""
        return self._db.connection.scalar(_RULE_VERSION, {"object_id": object_id})

    def has_moves(self, object_id: int) -> bool:
        """Tell whether a move of an object was ever stored."""
        return bool(self.moves(object_id, limit=1))

    def moves_since_baseline(self, object_id: int) -> int:
        """Return how many moves have to be read with the newest baseline."""
        newest = select(baselines.c.last_move).where(baselines.c.object_id == object_id)
        last = newest.order_by(baselines.c.id.desc()).limit(1).scalar_subquery()
        mine = (log.c.object_id == object_id, log.c.seq > last)
        return int(self._db.connection.scalar(select(func.count()).where(*mine)) or 0)

    def save_baseline(
        self,
        workspace: int,
        object_id: int,
        rule_version: int,
        run: int,
        as_of: int,
        placements: Placements,
    ) -> int:
        """Store all placements of an object; return the baseline's id."""
        last = select(func.max(log.c.seq)).where(log.c.object_id == object_id)
        number = self._db.next_id()
        self._db.connection.execute(
            insert(baselines).values(
                id=number,
                workspace_id=workspace,
                object_id=object_id,
                run_id=run,
                rule_version=rule_version,
                as_of=as_of,
                recorded_at=self._db.now,
                last_move=self._db.connection.scalar(last) or 0,
                size=placements.ids.size,
                ids=pack_ids(placements.ids),
                codes=zlib.compress(placements.codes.astype("<i1").tobytes(), _LEVEL),
                since=zlib.compress(placements.since.astype("<i8").tobytes(), _LEVEL),
            )
        )
        return number

    def append_moves(
        self,
        workspace: int,
        object_id: int,
        rule_version: int,
        run: int,
        cause: str,
        effective_at: int,
        moves: Moves,
    ) -> None:
        """Store who moved."""
        if not len(moves):
            return
        constant = (workspace, object_id, run, rule_version, cause, effective_at, self._db.now)
        columns = (moves.ids.tolist(), moves.origin.tolist(), moves.target.tolist())
        rows = [(*constant, *move) for move in zip(*columns, strict=True)]
        names = (
            "workspace_id", "object_id", "run_id", "rule_version", "cause", "effective_at",
            "recorded_at", "record_id", "origin", "target",
        )  # fmt: skip
        self._db.driver.insert_rows(self._db.connection, log, names, rows)

    def placements(self, object_id: int, at: int | None = None) -> Placements | None:
        """Return all placements, now or `at` a past instant; None before the first baseline."""
        wanted = select(baselines).where(baselines.c.object_id == object_id)
        if at is not None:
            wanted = wanted.where(baselines.c.as_of <= at)
        newest = wanted.order_by(baselines.c.id.desc()).limit(1)
        row = self._db.connection.execute(newest).first()
        if row is None:
            return None
        since = [log.c.object_id == object_id, log.c.seq > row.last_move]
        if at is not None:
            since.append(log.c.effective_at <= at)
        return _moved(_baseline(row), _last(self._moves_as_rows(since)))

    def past(self, object_id: int, instants: Sequence[int]) -> list[Past | None]:
        """Return the placements at some instants; None for one before the first result."""
        wanted = select(
            baselines.c.id, baselines.c.as_of, baselines.c.last_move, baselines.c.rule_version
        )
        mine = wanted.where(baselines.c.object_id == object_id).order_by(baselines.c.id)
        known = self._db.connection.execute(mine).all()
        last = max(instants, default=0)
        begun: dict[int, tuple[Placements, NDArray[np.int64]]] = {}
        found: list[Past | None] = []
        for at in instants:
            row = next((one for one in reversed(known) if one.as_of <= at), None)
            if row is None:
                found.append(None)
                continue
            if row.id not in begun:
                since = (log.c.object_id == object_id, log.c.seq > row.last_move)
                until = log.c.effective_at <= last
                begun[row.id] = self._placements_of(row.id), self._moves_as_rows((*since, until))
            placed, moves = begun[row.id]
            found.append(Past(row.rule_version, _moved(placed, _last(moves[moves[:, 2] <= at]))))
        return found

    def begins(self, object_id: int) -> int | None:
        """Return the instant of an object's first result, None before there is one."""
        first = select(func.min(baselines.c.as_of)).where(baselines.c.object_id == object_id)
        found: int | None = self._db.connection.scalar(first)
        return found

    def instants(self, workspace: int, cause: str) -> list[int]:
        """Return the instants that runs of a cause were for, ascending."""
        mine = (runs.c.workspace_id == workspace, runs.c.cause == cause)
        wanted = select(runs.c.as_of).where(*mine).distinct().order_by(runs.c.as_of)
        return list(self._db.connection.scalars(wanted))

    def latest_moves(self, object_id: int, until: int, limit: int) -> list[Move]:
        """Return the last moves of an object up to an instant, the newest first."""
        mine = (log.c.object_id == object_id, log.c.effective_at <= until)
        rows = self._db.connection.execute(
            select(*_MOVE).where(*mine).order_by(log.c.seq.desc()).limit(limit)
        )
        return [Move(**row._mapping) for row in rows]

    def observed_since(self, object_id: int, rebuilt: str) -> int | None:
        """Return the instant of the first result that no run of the cause `rebuilt` stored."""
        runs_of = baselines.join(runs, runs.c.id == baselines.c.run_id)
        wanted = select(func.min(baselines.c.as_of)).select_from(runs_of)
        seen = (baselines.c.object_id == object_id, runs.c.cause != rebuilt)
        found: int | None = self._db.connection.scalar(wanted.where(*seen))
        return found

    def last_causes(self, object_id: int, after: int, until: int) -> dict[int, tuple[str, int]]:
        """Return why each record moved last in (`after`, `until`], and when that was stored."""
        wanted = select(log.c.record_id, log.c.cause, log.c.recorded_at).where(
            log.c.object_id == object_id,
            log.c.effective_at > after,
            log.c.effective_at <= until,
        )
        rows = self._db.connection.execute(wanted.order_by(log.c.seq))
        return {row[0]: (row[1], row[2]) for row in rows}

    def moves_between(
        self, object_id: int, after: int, until: int, records: Sequence[int]
    ) -> list[Move]:
        """Return the moves of some records (a few thousand) in (`after`, `until`], in order."""
        wanted = select(*_MOVE).where(
            log.c.object_id == object_id,
            log.c.effective_at > after,
            log.c.effective_at <= until,
            log.c.record_id.in_(records),
        )
        rows = self._db.connection.execute(wanted.order_by(log.c.seq))
        return [Move(**row._mapping) for row in rows]

    def _placements_of(self, baseline: int) -> Placements:
        row = self._db.connection.execute(select(baselines).where(baselines.c.id == baseline)).one()
        return _baseline(row)

    def moves(
        self, object_id: int, after: int = 0, limit: int = 1000, record: int | None = None
    ) -> list[Move]:
        """Return moves of an object in order, those after number `after`; of one record where it is
        given.
        """
        wanted = select(*_MOVE).where(log.c.object_id == object_id, log.c.seq > after)
        if record is not None:
            wanted = wanted.where(log.c.record_id == record)
        rows = self._db.connection.execute(wanted.order_by(log.c.seq).limit(limit))
        return [Move(**row._mapping) for row in rows]

    def moves_of(self, workspace: int, record: int) -> list[Move]:
        """Return all moves of a record in all tier models, the oldest first."""
        mine = (log.c.workspace_id == workspace, log.c.record_id == record)
        rows = self._db.connection.execute(select(*_MOVE).where(*mine).order_by(log.c.seq))
        return [Move(**row._mapping) for row in rows]

    def last_targets(
        self, object_id: int, after: int, records: Sequence[int]
    ) -> dict[int, tuple[int, int]]:
        """Return where the last move after number `after` took some records (a few hundred), and when.

        A record that has not moved since is left out.
        """
        given = {"object_id": object_id, "after": after, "records": list(records)}
        return {row[0]: (row[1], row[2]) for row in self._db.connection.execute(_TARGETS, given)}

    def baseline(self, number: int) -> Placements:
        """Return the placements that one baseline holds."""
        return self._placements_of(number)

    def last_move(self, baseline: int) -> int:
        """Return the number of the last move that a baseline has in it."""
        wanted = select(baselines.c.last_move).where(baselines.c.id == baseline)
        return int(self._db.connection.execute(wanted).scalar_one())

    def placements_after(self, head: Head, before: Placements, until: Head) -> Placements:
        """Return the placements at a later head over the same baseline."""
        since = (log.c.seq > head.move, log.c.seq <= until.move)
        mine = log.c.object_id == self._object_of(head.baseline)
        return _moved(before, _last(self._moves_as_rows((mine, *since))))

    def _object_of(self, baseline: int) -> int:
        owner = select(baselines.c.object_id).where(baselines.c.id == baseline)
        return int(self._db.connection.execute(owner).scalar_one())

    def _moves_as_rows(self, where: Sequence[ColumnElement[bool]]) -> NDArray[np.int64]:
        """Fetch moves in order, as rows of (record, target, instant)."""
        wanted = select(log.c.record_id, log.c.target, log.c.effective_at).where(*where)
        rows = self._db.connection.execute(wanted.order_by(log.c.seq)).all()
        return np.array([tuple(row) for row in rows], np.int64).reshape(-1, 3)


def _last(moves: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the last move of each record, records ascending."""
    # The first occurrence in reverse order is the last move.
    _, places = np.unique(moves[::-1, 0], return_index=True)
    return moves[::-1][places]


def _baseline(row: AnyRow) -> Placements:
    return Placements(
        unpack_ids(row.ids),
        np.frombuffer(zlib.decompress(row.codes), "<i1").astype(np.int8),
        np.frombuffer(zlib.decompress(row.since), "<i8").astype(np.int64),
    )


def _moved(before: Placements, moves: NDArray[np.int64]) -> Placements:
    """Overwrite placements with the last move of each record that moved (ascending)."""
    records, targets, instants = moves.T
    if not records.size:
        return before
    places = np.searchsorted(before.ids, records)
    inside = np.minimum(places, before.ids.size - 1)
    new = before.ids[inside] != records if before.ids.size else np.ones(records.size, np.bool_)
    ids, codes, since = before.ids, before.codes.copy(), before.since.copy()
    if new.any():
        ids = np.insert(ids, places[new], records[new])
        codes = np.insert(codes, places[new], ABSENT)
        since = np.insert(since, places[new], 0)
        places = np.searchsorted(ids, records)
    codes[places], since[places] = targets, instants
    if not (targets == ABSENT).any():
        return Placements(ids, codes, since)
    present = codes != ABSENT
    return Placements(ids[present], codes[present], since[present])
