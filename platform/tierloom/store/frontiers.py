"""How far the results of each object reach, and what stay policies remember of its records."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import bindparam, case, delete, func, insert, or_, select, text, update

from tierloom.store.schema.results import frontiers as table
from tierloom.store.schema.results import settled, stays
from tierloom.store.transaction import Transaction

_MANY = 500
_STALE = {"stale_at": None, "stale_cause": None}


_OF_WORKSPACE = select(table).where(table.c.workspace_id == bindparam("workspace"))
_SETTLED = select(settled.c.record_id, settled.c.at).where(
    settled.c.object_id == bindparam("object_id")
)
_SETTLE = text(
    "INSERT INTO settled (object_id, record_id, workspace_id, at)"
    " VALUES (:object_id, :record_id, :workspace_id, :at)"
    " ON CONFLICT (object_id, record_id) DO UPDATE SET at = excluded.at"
)
_SETTLED_OF = _SETTLED.where(settled.c.record_id.in_(bindparam("records", expanding=True)))


@dataclass(frozen=True, slots=True)
class Frontier:
    """An object's results are right up to `as_of` (milliseconds), of some records further (`Frontiers.settled`).

    At `next_at` time alone may move somebody; None: never. `stale_at` is the last change of data or rules that no run
    has taken in yet, None where there is none, and `stale_cause` what it was.
    """

    object_id: int
    workspace_id: int
    rule_version: int
    as_of: int
    next_at: int | None
    stale_at: int | None = None
    stale_cause: str | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A record's tier under a stay policy: see `engine.stays`. Instants in milliseconds, 0 for none."""

    record: int
    code: int
    since: int
    protected_until: int
    grace_until: int


class Frontiers:
    """Reads and writes how far results reach. `object_id` is the document id of a tier model."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def get(self, object_id: int) -> Frontier | None:
        """Return an object's frontier, None before its first result."""
        wanted = select(table).where(table.c.object_id == object_id)
        row = self._db.connection.execute(wanted).first()
        return Frontier(**row._mapping) if row else None

    def of_workspace(self, workspace: int) -> dict[int, Frontier]:
        """Return the frontiers of a workspace, by object."""
        rows = self._db.connection.execute(_OF_WORKSPACE, {"workspace": workspace})
        return {row.object_id: Frontier(**row._mapping) for row in rows}

    def put(self, frontier: Frontier, taken_in: int | None = None) -> None:
        """Move an object's frontier. A change that is noted there stays noted, unless it was the one `taken_in`."""
        values = asdict(frontier)
        for name in _STALE:
            # In the same statement: a change may be noted while this transaction runs.
            values[name] = case((table.c.stale_at == taken_in, None), else_=table.c[name])
        mine = update(table).where(table.c.object_id == frontier.object_id)
        if not self._db.connection.execute(mine.values(values)).rowcount:
            self._db.connection.execute(insert(table).values(asdict(frontier)))

    def hasten(self, object_id: int, at: int) -> None:
        """Note that time may move somebody at an instant, unless it may sooner."""
        later = or_(table.c.next_at.is_(None), table.c.next_at > at)
        mine = update(table).where(table.c.object_id == object_id, later)
        self._db.connection.execute(mine.values(next_at=at))

    def mark_stale(self, workspace: int, at: int, cause: str, *, over: bool = True) -> None:
        """Note that data or rules of a workspace changed in a way that a run has to take in.

        Of changes that no run has taken in the last one counts; with `over=False` the one that is noted already.
        """
        mine = update(table).where(table.c.workspace_id == workspace)
        if not over:
            mine = mine.where(table.c.stale_at.is_(None))
        self._db.connection.execute(mine.values(stale_at=at, stale_cause=cause))

    def advance(self, workspace: int, at: int) -> bool:
        """Move the frontiers of a workspace to an instant, if nobody can have moved by then; tell whether that is so.

        All of them or none: time may move somebody in one tier model because it did in another one, which it reads.
        """
        mine = table.c.workspace_id == workspace
        due = (table.c.next_at <= at) | table.c.stale_at.is_not(None)
        wanted = select(table.c.object_id).where(mine, due).limit(1)
        at_rest = self._db.connection.scalar(wanted) is None
        if at_rest:
            behind = update(table).where(mine, table.c.as_of < at)
            self._db.connection.execute(behind.values(as_of=at))
        return at_rest

    def rest(self, workspace: int, others: Collection[int]) -> None:
        """Let time be for all objects of a workspace but `others`: nobody asks for their results any more."""
        mine = update(table).where(table.c.workspace_id == workspace)
        gone = mine.where(table.c.object_id.not_in(list(others)))
        self._db.connection.execute(gone.values(next_at=None, **_STALE))

    def due(self, at: int) -> list[int]:
        """Return the workspaces in which time may have moved somebody by an instant."""
        wanted = select(table.c.workspace_id).where(table.c.next_at <= at).distinct()
        return list(self._db.connection.scalars(wanted))

    def workspaces(self) -> set[int]:
        """Return the workspaces that have results with a frontier."""
        return set(self._db.connection.scalars(select(table.c.workspace_id).distinct()))

    def next_at(self) -> int | None:
        """Return the next instant at which time may move anybody anywhere."""
        found: int | None = self._db.connection.scalar(select(func.min(table.c.next_at)))
        return found

    # ── records that reach further ──────────────────────────────────────────────────────────────

    def settled(self, object_id: int, records: Collection[int] | None = None) -> dict[int, int]:
        """Return up to when (milliseconds) records are right that were taken in at once; of all or of some."""
        given: dict[str, object] = {"object_id": object_id}
        if records is not None:
            given["records"] = list(records)
        rows = self._db.connection.execute(_SETTLED if records is None else _SETTLED_OF, given)
        return {row[0]: row[1] for row in rows}

    def settle(self, workspace: int, object_id: int, records: Sequence[int], at: int) -> None:
        """Note that some records (a few hundred) are right up to an instant."""
        names = ("object_id", "record_id", "workspace_id", "at")
        rows = [dict(zip(names, (object_id, one, workspace, at), strict=True)) for one in records]
        if rows:
            self._db.connection.execute(_SETTLE, rows)

    def unsettle(self, object_id: int, known: Mapping[int, int]) -> None:
        """Forget what a run has taken in: these records, where they have not been settled again since."""
        now = self.settled(object_id)
        self._forget(object_id, [one for one, at in known.items() if now.get(one) == at])

    def _forget(self, object_id: int, records: Sequence[int]) -> None:
        for start in range(0, len(records), _MANY):
            chunk = records[start : start + _MANY]
            gone = (settled.c.object_id == object_id, settled.c.record_id.in_(chunk))
            self._db.connection.execute(delete(settled).where(*gone))

    # ── stay policies ───────────────────────────────────────────────────────────────────────────

    def stays(self, object_id: int, records: Collection[int] | None = None) -> list[Stay]:
        """Return what is remembered of an object's records, by ascending id; of all or of some."""
        columns = (
            stays.c.record_id, stays.c.code, stays.c.since, stays.c.protected_until,
            stays.c.grace_until,
        )  # fmt: skip
        wanted = select(*columns).where(stays.c.object_id == object_id)
        if records is not None:
            wanted = wanted.where(stays.c.record_id.in_(records))
        rows = self._db.connection.execute(wanted.order_by(stays.c.record_id))
        return [Stay(*row) for row in rows]

    def kept(self, object_id: int, at: int) -> dict[int, int]:
        """Return who keeps a tier at an instant that the rules no longer give, and until when."""
        mine = (stays.c.object_id == object_id, stays.c.grace_until > at)
        wanted = select(stays.c.record_id, stays.c.grace_until).where(*mine)
        return {row.record_id: row.grace_until for row in self._db.connection.execute(wanted)}

    def put_stays(
        self, workspace: int, object_id: int, kept: Sequence[Stay], dropped: Sequence[int] = ()
    ) -> None:
        """Remember these, in place of what there was of the same records, and forget the `dropped` ones."""
        gone = [*dropped, *(one.record for one in kept)]
        for start in range(0, len(gone), _MANY):
            some = stays.c.record_id.in_(gone[start : start + _MANY])
            self._db.connection.execute(delete(stays).where(stays.c.object_id == object_id, some))
        names = (
            "object_id", "workspace_id", "record_id", "code", "since", "protected_until",
            "grace_until",
        )  # fmt: skip
        rows = [
            (
                object_id,
                workspace,
                one.record,
                one.code,
                one.since,
                one.protected_until,
                one.grace_until,
            )
            for one in kept
        ]
        if rows:
            self._db.driver.insert_rows(self._db.connection, stays, names, rows)
