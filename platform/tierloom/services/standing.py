"""Where records stand in the tier models, since when, and who moved lately."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import NOT_ENOUGH_DATA, DefaultTier, Tier, TierModel
from tierloom.engine.results import ABSENT
from tierloom.errors import Invalid, NotFound
from tierloom.schemas import documents
from tierloom.services.shown import RecordView, views_at
from tierloom.services.workbench import Workbench
from tierloom.store.results import Move

Place = Tier | DefaultTier | None
"""A tier; None is "not enough data"."""
LOOK_BACK = 400


@dataclass(frozen=True, slots=True)
class Standing:
    """A record's placement in one model. `known` is False while nothing is calculated yet."""

    model: TierModel
    known: bool
    tier: Place = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """One change of placement. `entered` is a record that was new, `left` one that is not there any more."""

    model: TierModel
    record: int
    origin: Place
    target: Place
    entered: bool
    left: bool
    up: bool
    when: datetime
    cause: str


@dataclass(slots=True)
class MoveReader:
    """Reads stored moves with the tiers as they were called then: a code means what its rule version says."""

    bench: Workbench
    _models: dict[tuple[int, int], TierModel | None] = field(default_factory=dict)

    def read(self, model: TierModel, moves: Sequence[Move]) -> list[Moved]:
        """Return moves of one tier model; those of a version that cannot be read any more are left out."""
        found = (self._moved(model, one) for one in moves)
        return [one for one in found if one]

    def _moved(self, model: TierModel, move: Move) -> Moved | None:
        then = self._version(move.object_id, move.rule_version)
        places = then.all_tiers if then else ()
        if max(move.origin, move.target) >= len(places):
            return None

        def place(code: int) -> Place:
            return places[code] if code >= 0 else None

        return Moved(
            model,
            move.record,
            place(move.origin),
            place(move.target),
            move.origin == ABSENT,
            move.target == ABSENT,
            0 <= move.target < move.origin,
            _moment(move.effective_at),
            move.cause,
        )

    def _version(self, object_id: int, version: int) -> TierModel | None:
        key = object_id, version
        if key not in self._models:
            self._models[key] = self._load(object_id, version)
        return self._models[key]

    def _load(self, object_id: int, version: int) -> TierModel | None:
        try:
            body = self.bench.uow.documents.body_of(object_id, version)
            return documents.load(body, "tier_model")
        except (NotFound, Invalid):
            return None


def standings(bench: Workbench, table: RecordType, record_id: int) -> list[Standing]:
    """Return where a record stands in every tier model of its table."""
    return [_standing(bench, one, record_id) for one in bench.published.tier_models(table.key)]


def _standing(bench: Workbench, model: TierModel, record_id: int) -> Standing:
    placed = bench.placed(model)
    if placed is None:
        return Standing(model, known=False)
    at = int(np.searchsorted(placed.ids, record_id))
    if at >= placed.ids.size or placed.ids[at] != record_id:
        return Standing(model, known=False)
    code = int(placed.codes[at])
    if code >= len(model.all_tiers) or code == ABSENT:
        return Standing(model, known=False)
    tier = None if code == NOT_ENOUGH_DATA else model.all_tiers[code]
    return Standing(model, True, tier, _moment(int(placed.since[at])))


def moves_of(bench: Workbench, table: RecordType, record_id: int, limit: int = 20) -> list[Moved]:
    """Return a record's last moves in all tier models of its table, the newest first."""
    published = bench.published
    models = {
        published.documents["tier_model", one.key].id: one
        for one in published.tier_models(table.key)
    }
    reader = MoveReader(bench)
    found = []
    # What was reconstructed is written model after model: the day decides.
    moves = sorted(
        bench.uow.results.moves_of(bench.actor.workspace, record_id),
        key=lambda one: one.effective_at,
    )
    for move in moves[::-1][:limit]:
        if move.object_id in models:
            found += reader.read(models[move.object_id], [move])
    return found


def last_moves(
    bench: Workbench, model: TierModel, limit: int = 6
) -> list[tuple[RecordView, Moved]]:
    """Return who changed the tier last, the newest first, among the records that the actor may see."""
    object_id = bench.published.documents["tier_model", model.key].id
    head = bench.uow.results.head(object_id)
    if head is None or not head.move:
        return []
    recent = bench.uow.results.moves(object_id, max(0, head.move - LOOK_BACK), LOOK_BACK)[::-1]
    table = bench.published.table(model.record_type)
    columns, visible = bench.columns(table.key), bench.visible(table.key)
    positions = columns.positions_of(np.array([one.record for one in recent], np.int64))
    seen = [
        (move, int(at))
        for move, at in zip(recent, positions, strict=True)
        if at >= 0 and visible[at] and ABSENT not in (move.origin, move.target)
    ][:limit]
    name = (table.name_field,) if table.name_field else ()
    views = views_at(bench, table, np.array([at for _, at in seen], np.int64), name)
    by_id = {one.id: one for one in views}
    moved = MoveReader(bench).read(model, [move for move, _ in seen])
    return [(by_id[one.record], one) for one in moved if one.record in by_id]


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
