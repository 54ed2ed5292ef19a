"""A record's history in one line, as people read it: moves with their causes, tiers given by hand, changes.

A move says which change or import brought it about where that can be told: the newest one before it that touched the
record, or a record that points to it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from tierloom.domain.people import Grant
from tierloom.domain.tables import RecordType
from tierloom.engine.columns import Positions
from tierloom.engine.timeline import OVERRIDE, TIME
from tierloom.errors import NotFound
from tierloom.services import authorize, overrides, records
from tierloom.services.lapses import NO_LAPSE, Lapse, lapse_at
from tierloom.services.model_versions import model_at
from tierloom.services.overrides import Given, person
from tierloom.services.records import Changed
from tierloom.services.standing import Moved, Place, moves_of
from tierloom.services.workbench import Workbench
from tierloom.store.changes import Change
from tierloom.text import T, Text

PAGE = 20
MOST = 1_000
MOVES, GIVEN, CHANGES = "moves", "given", "changes"
KINDS: dict[str, Text] = {
    "": T("All"),
    MOVES: T("Tiers"),
    GIVEN: T("By hand"),
    CHANGES: T("Changes"),
}
LATE = timedelta(days=1)
"""A move that is stored so much later than it is effective says when it was noticed."""
_SAME_MOMENT = timedelta(seconds=5)
_BEFORE = timedelta(days=1)
_LOOKED_AT = 300
_CAUSES = {"edit": ("edit",), "import": ("import", "undo")}
"""Causes of moves for which a change of a record is looked for, and the causes of these changes."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What brought a move about, as far as the actor may know.

    `title` is what `who` did to `record` of `table`, or `imported` the import of `file`; `given` is what was given by
    hand, and `over` whether its end did it; `lapse` is what time changed.
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


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a history: a move with its origin, something given by hand (or its end), or a change."""

    when: datetime
    kind: str
    move: Moved | None = None
    origin: Origin = Origin()
    given: Given | None = None
    over: bool = False
    change: Changed | None = None

    @property
    def noticed(self) -> datetime | None:
        """When a move was stored that had been effective for long; None for every other event."""
        move = self.move
        if move is None or move.cause == "reconstructed" or move.recorded - move.when <= LATE:
            return None
        return move.recorded


@dataclass(frozen=True, slots=True)
class History:
    """The newest events of the kind that was asked for (empty: of every kind), and whether there are earlier ones."""

    kind: str
    events: tuple[Event, ...]
    has_more: bool


def history(
    bench: Workbench,
    table: RecordType,
    record_id: int,
    kind: str = "",
    limit: int = PAGE,
    locale: str = "en",
) -> History:
    """Return what happened to a record, the newest first; conditions are said in the language of `locale`.

    Raises:
        Forbidden: the actor may not see records.
        NotFound: there is no such record for the actor, or no such kind of event.
    """
    authorize.require(bench.actor, Grant.READ)
    if kind not in KINDS:
        raise NotFound(T("There is no kind of event “%(kind)s”.", kind=kind))
    limit = max(1, min(limit, MOST))
    given = overrides.of_record(bench, table, record_id)
    found = [*_moves(moves_of(bench, table, record_id), given)]
    found += _given(found, given)
    if kind in ("", CHANGES):
        changed = records.changes(bench, table, record_id, limit + 1)
        found += [Event(one.when, CHANGES, change=one) for one in changed]
    found = [one for one in found if kind in ("", one.kind) or _is_by_hand(kind, one)]
    # Within one moment a change comes before the move that it brings about.
    found.sort(key=lambda one: (one.when, one.kind == MOVES), reverse=True)
    told = _Teller(bench, table, record_id, locale).told(found[:limit])
    return History(kind, tuple(told), len(found) > limit)


def _is_by_hand(kind: str, event: Event) -> bool:
    return kind == GIVEN and event.origin.given is not None


def _moves(moves: Sequence[Moved], given: Sequence[Given]) -> Iterator[Event]:
    for move in moves:
        yield Event(move.when, MOVES, move=move, origin=_by_hand(move, given))


def _by_hand(move: Moved, given: Sequence[Given]) -> Origin:
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


def _given(moves: Sequence[Event], given: Sequence[Given]) -> Iterator[Event]:
    """Yield what was given by hand, and its ends, where no move tells of it already."""
    told = {(one.origin.given.id, one.origin.over) for one in moves if one.origin.given}
    begun = {(one.model.key, one.since) for one in given}
    for one in given:
        if (one.id, False) not in told:
            yield Event(one.since, GIVEN, given=one)
        replaced = (one.model.key, one.ended) in begun
        if one.ended and not replaced and (one.id, True) not in told:
            yield Event(one.ended, GIVEN, given=one, over=True)


def _key(place: Place) -> str | None:
    return place.key if place else None


@dataclass(frozen=True, slots=True)
class _Teller:
    """Finds what brought the moves of one record about."""

    bench: Workbench
    table: RecordType
    record_id: int
    locale: str

    def told(self, events: Sequence[Event]) -> Iterator[Event]:
        for one in events:
            move = one.move
            if move is not None and move.cause in _CAUSES:
                yield replace(one, origin=self._origin(move))
            elif move is not None and move.cause == TIME:
                yield replace(one, origin=Origin(lapse=self._lapse(move)))
            else:
                yield one

    def _lapse(self, move: Moved) -> Lapse:
        document = self.bench.published.documents["tier_model", move.model.key]
        then = model_at(self.bench, document.id, move.version)
        if then is None or move.entered or move.left:
            return NO_LAPSE
        way = _key(move.origin), _key(move.target)
        return lapse_at(self.bench, then, self.record_id, move.when, way, self.locale)

    def _origin(self, move: Moved) -> Origin:
        when = move.when
        changes = self.bench.uow.changes.between(
            round((when - _BEFORE).timestamp() * 1000),
            round((when + _SAME_MOMENT).timestamp() * 1000),
            [self.table.id, *(one.id for one, _ in self._related())],
            _CAUSES[move.cause],
            _LOOKED_AT,
        )
        found = (self._told_by(one) for one in changes)
        return next((one for one in found if one), Origin())

    def _told_by(self, change: Change) -> Origin | None:
        """Return the origin that a change is, None where it passes this record by."""
        if change.record_type == self.table.id:
            ids = np.intersect1d(change.ids, np.array([self.record_id], np.int64))
            table = self.table
        else:
            table, own = next(pair for pair in self._related() if pair[0].id == change.record_type)
            ids = np.intersect1d(change.ids, own)
        if not ids.size:
            return None
        if change.cause.kind != "edit":
            return self._imported(change)
        seen = sorted(self.bench.seen(table.key, ids.tolist()))
        who = person(self.bench, change.cause.actor)
        title = records.title_of("edit", change.action)
        return Origin(who, title, table, seen[0] if len(seen) == 1 else None)

    def _imported(self, change: Change) -> Origin:
        who, ref = person(self.bench, change.cause.actor), change.cause.ref
        if not ref.isdecimal() or not self.bench.actor.has(Grant.IMPORT):
            return Origin(who)
        try:
            batch = self.bench.uow.imports.get(int(ref), self.bench.actor.workspace)
        except NotFound:
            return Origin(who)
        return Origin(who, imported=batch.id, file=batch.file_name)

    def _related(self) -> list[tuple[RecordType, Positions]]:
        """Return the tables whose records point to this one, and those records' ids."""
        return self.bench.once(("pointing", self.table.key, self.record_id), self._find_related)

    def _find_related(self) -> list[tuple[RecordType, Positions]]:
        columns = self.bench.columns(self.table.key)
        position = int(columns.positions_of(np.array([self.record_id], np.int64))[0])
        found = []
        for relation in self.bench.catalogue.relations(self.table.key) if position >= 0 else ():
            rows = columns.children(relation)
            own = rows.rows[rows.starts[position] : rows.starts[position + 1]]
            found.append((self.bench.published.table(relation.child), rows.columns.ids[own]))
        return found
