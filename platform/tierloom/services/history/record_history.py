"""A record's history in one line, as people read it: moves with their causes, tiers given by hand, changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tierloom.domain.people import Grant
from tierloom.domain.tables import RecordType
from tierloom.errors import NotFound
from tierloom.services import authorize, overrides, records
from tierloom.services.history.move_origins import Origin, Origins, by_hand
from tierloom.services.overrides import Given
from tierloom.services.records import Changed
from tierloom.services.standing import Moved, moves_of
from tierloom.services.workbench import Workbench
from tierloom.text import T, Text

PAGE = 20
MOST = 1_000
MOVES, GIVEN, CHANGES = "moves", "given", "changes"
KINDS: dict[str, Text] = {
    "": T("All"),
    MOVES: T("Tier moves"),
    GIVEN: T("By hand"),
    CHANGES: T("Changes"),
}
LATE = timedelta(days=1)
"""A move that is stored so much later than it is effective says when it was noticed."""
NO_ORIGIN = Origin()
_AFTER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a history: a move with its origin, something given by hand (or its end), or a change."""

    when: datetime
    kind: str
    move: Moved | None = None
    origin: Origin = NO_ORIGIN
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
    found.sort(key=_moment_of, reverse=True)
    origins = Origins(bench, table, record_id, locale)
    told = tuple(_with_origin(one, origins) for one in found[:limit])
    return History(kind, told, len(found) > limit)


def _moment_of(event: Event) -> datetime:
    """Put a change before the move that it brings about: both are of the same moment, give or take."""
    return event.when + _AFTER if event.kind == MOVES else event.when


def _with_origin(event: Event, origins: Origins) -> Event:
    if event.move is None or event.origin.given is not None:
        return event
    return replace(event, origin=origins.of(event.move))


def _is_by_hand(kind: str, event: Event) -> bool:
    return kind == GIVEN and event.origin.given is not None


def _moves(moves: Sequence[Moved], given: Sequence[Given]) -> Iterator[Event]:
    for move in moves:
        yield Event(move.when, MOVES, move=move, origin=by_hand(move, given))


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
