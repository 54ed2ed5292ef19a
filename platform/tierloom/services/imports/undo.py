"""Undoing an import: new records go to the bin, changed ones get their earlier values back.

What somebody has changed since is kept, field by field, and listed; so is a new record to which
other records link. The change log knows what the import wrote; each of its writes is undone in a
transaction of its own, the newest first, so that a crash only means doing the rest later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from tierloom.domain.people import Actor, Grant
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.errors import Conflict
from tierloom.fail_points import fail_point
from tierloom.schemas.field_types import Cell
from tierloom.services import authorize
from tierloom.services.imports.progress import Progress, unheard
from tierloom.services.imports.publishing import CAUSE
from tierloom.store.changes import Action, Cause, Change
from tierloom.store.database import Database
from tierloom.store.reverting import revert
from tierloom.store.uow import UnitOfWork
from tierloom.text import T, Text

UNDO_CAUSE = "undo"
LISTED = 1_000

_CHANGED_SINCE = T("changed since the import")
_REFERRED_TO = T("other records link to it")
_VALUE_TAKEN = T("another record has its earlier value now")


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that the undo left as it is, or some of its fields (their keys), and why."""

    table: str
    record: int
    fields: tuple[str, ...]
    why: Text


@dataclass
class UndoReport:
    """What an undo did: records removed and restored, how many were kept, and the first 1,000."""

    removed: int = 0
    restored: int = 0
    kept: int = 0
    listed: list[Kept] = field(default_factory=list)

    def keep(self, table: RecordType, kept: Mapping[int, tuple[str, ...]], why: Text) -> None:
        """Note what stays: records, and of a changed one the fields."""
        self.kept += len(kept)
        room = max(0, LISTED - len(self.listed))
        self.listed.extend(
            Kept(table.key, record, keys, why) for record, keys in list(kept.items())[:room]
        )


def undo_import(
    actor: Actor,
    database: Database,
    catalogue: Catalogue,
    batch: int,
    progress: Progress = unheard,
) -> UndoReport:
    """Undo what is in of an import, finished or not. Doing it twice does nothing more.

    Raises:
        Forbidden: the actor may not import.
    """
    authorize.require(actor, Grant.IMPORT)
    undoing = _Undoing(catalogue, Cause(UNDO_CAUSE, actor.account, str(batch)), UndoReport())
    with database.reading() as uow:
        numbers = uow.changes.caused_by(CAUSE, str(batch))
    for done, seq in enumerate(numbers, 1):
        undoing.undo(database, seq)
        fail_point("undo-after-change")
        progress(done, len(numbers))
    return undoing.report


@dataclass(frozen=True, slots=True)
class _Undoing:
    """An undo at work."""

    catalogue: Catalogue
    cause: Cause
    report: UndoReport

    def undo(self, database: Database, seq: int) -> None:
        """Undo one write, if its table still exists."""
        with database.reading() as uow:
            change = uow.changes.get(seq)
        table = next(
            (one for one in self.catalogue if change and one.id == change.record_type), None
        )
        if change is None or table is None:
            return
        try:
            with database.writing() as uow:
                self._revert(uow, table, change)
                fail_point("undo-in-change")
        except Conflict:
            for part in _single(change):
                self._revert_one(database, table, part)

    def _revert(self, uow: UnitOfWork, table: RecordType, change: Change) -> None:
        if change.action is Action.INSERT:
            self._remove(uow, table, change)
        else:
            done = revert(uow.records(table), change, uow.now, self.cause)
            self.report.keep(table, done.kept, _CHANGED_SINCE)
            self.report.restored += len(done.records)

    def _remove(self, uow: UnitOfWork, table: RecordType, change: Change) -> None:
        records = uow.records(table)
        edited = self._edited(uow, table, change)
        going = set(records.scan_ids(change.ids.tolist(), ()).ids) - edited.keys()
        referred = self._referred_to(uow, table, going)
        gone = records.delete(sorted(going - referred), uow.now, self.cause)
        self.report.removed += len(gone)
        self.report.keep(table, edited, _CHANGED_SINCE)
        self.report.keep(table, dict.fromkeys(sorted(referred), ()), _REFERRED_TO)

    def _edited(
        self, uow: UnitOfWork, table: RecordType, change: Change
    ) -> dict[int, tuple[str, ...]]:
        """Return the new records that others have edited since, with the fields that differ now.

        An edit that was taken back, by hand or by an undo, is none.
        """
        first: dict[int, dict[int, Cell]] = {}
        for later in self._edits(uow, change):
            for number, image in later.image.items():
                ids = later.ids[np.asarray(image.places, np.int64)].tolist()
                before = dict(zip(ids, image.before, strict=True))
                first[number] = before | first.get(number, {})
        records = uow.records(table)
        keys = {number: key for number, key in records.layout.by_field().items() if number in first}
        mine = records.scan_ids(change.ids.tolist(), tuple(keys.values()))
        found: dict[int, tuple[str, ...]] = {}
        for number, key in keys.items():
            for record, now in zip(mine.ids, mine.cells(key), strict=True):
                if first[number].get(record, now) != now:
                    found[record] = (*found.get(record, ()), key)
        return found

    def _edits(self, uow: UnitOfWork, change: Change) -> Iterator[Change]:
        """Yield what others have changed of these records since, with images, the oldest first."""
        for later in uow.changes.after(change):
            foreign = later.action is Action.UPDATE and later.cause.ref != self.cause.ref
            if foreign and np.isin(later.ids, change.ids).any():
                found = uow.changes.get(later.seq)
                if found is not None:
                    yield found

    def _revert_one(self, database: Database, table: RecordType, change: Change) -> None:
        try:
            with database.writing() as uow:
                self._revert(uow, table, change)
        except Conflict:
            self.report.keep(table, {int(change.ids[0]): ()}, _VALUE_TAKEN)

    def _referred_to(self, uow: UnitOfWork, table: RecordType, going: set[int]) -> set[int]:
        """Return which of the records that are to go others link to that stay."""
        kept: set[int] = set()
        while found := self._linked(uow, table, going - kept):
            kept |= found
        return kept

    def _linked(self, uow: UnitOfWork, table: RecordType, going: set[int]) -> set[int]:
        found: set[int] = set()
        for relation in self.catalogue.relations(table.key) if going else ():
            children = uow.records(self.catalogue.table(relation.child))
            leaving = going if relation.child == table.key else set()
            related = children.related_ids(relation.reference, going)
            found.update(parent for parent, ids in related.items() if set(ids) - leaving)
        return found


def _single(change: Change) -> Iterator[Change]:
    """Split a write into those of its single records."""
    for place, record in enumerate(change.ids):
        image = {
            number: replace(
                one,
                places=[0],
                before=[one.before[one.places.index(place)]],
                after=[one.after[one.places.index(place)]],
            )
            for number, one in change.image.items()
            if place in one.places
        }
        yield replace(change, ids=np.array([record], np.int64), image=image)
