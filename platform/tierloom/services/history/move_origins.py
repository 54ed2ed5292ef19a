"""What brought a move between tiers about: a change, an import, a tier given by hand, time.

Which change it was is not stored with a move: it is the newest one before it, at most a day, that touched the record or
a record pointing to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from tierloom.domain.tables import RecordType
from tierloom.engine.columns import Positions
from tierloom.engine.timeline import OVERRIDE, TIME
from tierloom.services import records
from tierloom.services.history.imports import import_named
from tierloom.services.history.lapses import NO_LAPSE, Lapse, lapse_at
from tierloom.services.model_versions import model_at
from tierloom.services.overrides import Given, moment, person
from tierloom.services.standing import Moved, Place
from tierloom.services.workbench import Workbench
from tierloom.store.changes import Action, Change
from tierloom.text import Text

_SAME_MOMENT = timedelta(seconds=5)
_BEFORE = timedelta(days=1)
_LOOKED_AT = 300
_FEW = 20
_CAUSES = {"edit": ("edit",), "import": ("import", "undo")}
"""Causes of moves for which a change of a record is looked for, and the causes of these changes."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What brought a move about, as far as the actor may know.

    `title` is what `who` did to `record` of `table`; `imported` is the number of the import of `file`, which was undone
    where there is a title; `given` is what was given by hand, and `over` whether its end did it; `lapse` is what time
    changed.
    """

    who: str = ""
    title: Text | None = None
    table: RecordType | None = None
    record: int | None = None
    imported: int | None = None
    file: str = ""
    given: Given | None = None
    over: bool = False
    lapse: Lapse = NO_LAPSE


def by_hand(move: Moved, given: Sequence[Given]) -> Origin:
    """Return what was given, or was over, when a move came about that such a thing caused."""
    if move.cause != OVERRIDE:
        return Origin()
    instants = [
        (abs(at - move.when), over, one)
        for one in given
        for over, at in ((False, one.since), (True, one.ended))
        if one.model.key == move.model.key and at is not None
    ]
    # Of two in one moment, the end of the one and the beginning of the other, the beginning is what moved.
    away, over, found = min(instants, key=lambda one: one[:2], default=(_BEFORE, False, None))
    if found is None or away > _SAME_MOMENT:
        return Origin()
    return Origin(who=found.ended_by if over else found.who, given=found, over=over)


def _likely(changes: Sequence[Change], move: Moved) -> list[Change]:
    """Put the changes first that may have brought a move about, and leave out those that came after it."""
    if (
        move.recorded == move.when
    ):  # Stored with the change itself: their instants are a few milliseconds apart.
        return sorted(changes, key=lambda one: abs(moment(one.at) - move.when))
    return [one for one in changes if moment(one.at) <= move.when]


def _near(one: datetime, other: datetime) -> bool:
    return abs(one - other) <= _SAME_MOMENT


def _key(place: Place) -> str | None:
    return place.key if place else None


@dataclass(frozen=True, slots=True)
class Origins:
    """Finds what brought the moves of one record about."""

    bench: Workbench
    table: RecordType
    record_id: int
    locale: str

    def of(self, move: Moved) -> Origin:
        """Return what brought a move about, other than what was given by hand."""
        if move.cause in _CAUSES:
            return self._changed(move)
        return Origin(lapse=self._lapse(move)) if move.cause == TIME else Origin()

    def _lapse(self, move: Moved) -> Lapse:
        document = self.bench.published.documents["tier_model", move.model.key]
        then = model_at(self.bench, document.id, move.version)
        if then is None or move.entered or move.left:
            return NO_LAPSE
        way = _key(move.origin), _key(move.target)
        return lapse_at(self.bench, then, self.record_id, move.when, way, self.locale)

    def _changed(self, move: Moved) -> Origin:
        when = move.when
        changes = self.bench.uow.changes.between(
            round((when - _BEFORE).timestamp() * 1000),
            round((when + _SAME_MOMENT).timestamp() * 1000),
            list(self._concerned()),
            _CAUSES[move.cause],
            _LOOKED_AT,
        )
        found = (self._told_by(one, when) for one in _likely(changes, move))
        return next((one for one in found if one), Origin())

    def _told_by(self, change: Change, when: datetime) -> Origin | None:
        """Return the origin that a change is, None where it passes this record by."""
        concerned = self._concerned()[change.record_type]
        ids = np.intersect1d(change.ids, concerned.ids)
        if not ids.size and _near(moment(change.at), when):
            ids = self._in_bin(concerned, change)
        if not ids.size:
            return None
        if change.cause.kind != "edit":
            return self._imported(change)
        who = person(self.bench, change.cause.actor)
        title = records.title_of("edit", change.action)
        return Origin(who, title, concerned.table, self._only_one_seen(concerned.table, ids))

    def _only_one_seen(self, table: RecordType, ids: Positions) -> int | None:
        """Return the record that was changed, if it is one alone, and there for the actor to see."""
        there = ids[self.bench.columns(table.key).positions_of(ids) >= 0]
        seen = self.bench.seen(table.key, there.tolist())
        return min(seen) if len(seen) == ids.size == 1 else None

    def _in_bin(self, concerned: "_Concerned", change: Change) -> Positions:
        """Return those of a few changed records that are in the bin and pointed to this one."""
        if not concerned.references or change.ids.size > _FEW:
            return change.ids[:0]
        stored = self.bench.uow.records(concerned.table).fetch(change.ids.tolist())
        pointing = [
            number
            for number, one in stored.items()
            if any(one.cells.get(key) == self.record_id for key in concerned.references)
        ]
        return np.array(pointing, np.int64)

    def _imported(self, change: Change) -> Origin:
        who = person(self.bench, change.cause.actor)
        undone = records.title_of("undo", Action.UPDATE) if change.cause.kind == "undo" else None
        batch = import_named(self.bench, change.cause.ref)
        if batch is None:
            return Origin(who, undone)
        return Origin(who, undone, imported=batch.id, file=batch.file_name)

    def _concerned(self) -> dict[int, "_Concerned"]:
        """Return by table (its number) whose changes concern this record: its own, and those of what points to it."""
        return self.bench.once(("concerned", self.table.key, self.record_id), self._find)

    def _find(self) -> dict[int, "_Concerned"]:
        columns = self.bench.columns(self.table.key)
        own = np.array([self.record_id], np.int64)
        position = int(columns.positions_of(own)[0])
        found = {self.table.id: _Concerned(self.table, own)}
        for relation in self.bench.catalogue.relations(self.table.key) if position >= 0 else ():
            table = self.bench.published.table(relation.child)
            rows = columns.children(relation)
            ids = rows.columns.ids[rows.rows[rows.starts[position] : rows.starts[position + 1]]]
            known = found.get(table.id, _Concerned(table, ids))
            references = (*known.references, relation.reference)
            found[table.id] = _Concerned(table, np.union1d(known.ids, ids), references)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Concerned:
    """Records of a table: one itself, or those that point to it through some of the table's references."""

    table: RecordType
    ids: Positions
    references: tuple[str, ...] = ()
