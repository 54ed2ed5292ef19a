"""Tiers that somebody gave a record by hand, with a reason and perhaps an end."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import BindParameter, ColumnElement, bindparam, insert, or_, select, update

from tierloom.store.schema.results import overrides as table
from tierloom.store.transaction import Transaction, missing


@dataclass(frozen=True, slots=True)
class Override:
    """A record has this tier from `from_at` until `until_at` or `ended_at` (milliseconds; None: open)."""

    id: int
    workspace: int
    object_id: int
    record: int
    tier: str
    reason: str
    actor: int
    from_at: int
    until_at: int | None
    ended_at: int | None = None
    ended_by: int | None = None

    @property
    def end(self) -> int | None:
        """When it ends or ended, None where that is open."""
        ends = [one for one in (self.until_at, self.ended_at) if one is not None]
        return min(ends, default=None)

    def holds(self, at: int) -> bool:
        """Tell whether it holds at an instant."""
        return self.from_at <= at and (self.end is None or at < self.end)


_COLUMNS = (
    table.c.id, table.c.workspace_id, table.c.object_id, table.c.record_id, table.c.tier,
    table.c.reason, table.c.actor, table.c.from_at, table.c.until_at, table.c.ended_at,
    table.c.ended_by,
)  # fmt: skip


_ALL = select(*_COLUMNS).order_by(table.c.from_at, table.c.id)
_AFTER: BindParameter[int] = bindparam("after")
_HOLDING = _ALL.where(
    table.c.object_id == bindparam("object_id"),
    or_(table.c.until_at.is_(None), table.c.until_at >= _AFTER),
    or_(table.c.ended_at.is_(None), table.c.ended_at >= _AFTER),
)
_HOLDING_OF = _HOLDING.where(table.c.record_id.in_(bindparam("records", expanding=True)))


class Overrides:
    """Reads and writes overrides. `object_id` is the document id of a tier model."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def add(
        self,
        workspace: int,
        object_id: int,
        record: int,
        tier: str,
        reason: str,
        actor: int,
        until_at: int | None,
    ) -> int:
        """Give a record a tier from now on; what was given before ends. Return its id."""
        now = self._db.now
        # Two who give at once would both find nothing to end.
        self._db.driver.lock(self._db.connection, f"override {object_id} {record}")
        self._end((table.c.object_id == object_id) & (table.c.record_id == record), now, actor)
        number = self._db.next_id()
        self._db.connection.execute(
            insert(table).values(
                id=number,
                workspace_id=workspace,
                object_id=object_id,
                record_id=record,
                tier=tier,
                reason=reason,
                actor=actor,
                from_at=now,
                until_at=until_at,
            )
        )
        return number

    def end(self, number: int, actor: int) -> None:
        """End an override now.

        Raises:
            NotFound: there is none, or it is over.
        """
        if not self._end(table.c.id == number, self._db.now, actor):
            missing("override", number)

    def get(self, number: int) -> Override | None:
        """Return one, None where there is none with this id."""
        return next(iter(self._find(table.c.id == number)), None)

    def of_object(
        self, object_id: int, after: int, records: Collection[int] | None = None
    ) -> list[Override]:
        """Return those of a tier model that hold at or after an instant, by their beginning; of all or some records."""
        given = {"object_id": object_id, "after": after, "records": list(records or ())}
        wanted = _HOLDING if records is None else _HOLDING_OF
        return [Override(*row) for row in self._db.connection.execute(wanted, given)]

    def of_record(self, workspace: int, record: int) -> list[Override]:
        """Return all that a record ever had, by their beginning."""
        return self._find(table.c.workspace_id == workspace, table.c.record_id == record)

    def _find(self, *where: ColumnElement[bool]) -> list[Override]:
        return [Override(*row) for row in self._db.connection.execute(_ALL.where(*where))]

    def _end(self, which: ColumnElement[bool], at: int, actor: int) -> int:
        is_open = (which, table.c.ended_at.is_(None))
        unless_over = or_(table.c.until_at.is_(None), table.c.until_at > at)
        changed = update(table).where(*is_open, unless_over).values(ended_at=at, ended_by=actor)
        return self._db.connection.execute(changed).rowcount
