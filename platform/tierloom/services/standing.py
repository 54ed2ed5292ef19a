"""Where records stand in the tier models, since when, for how long whatever the rules say, and who moved lately."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import NOT_ENOUGH_DATA, DefaultTier, Tier, TierModel
from tierloom.engine.results import ABSENT
from tierloom.engine.stays import NEVER, entered
from tierloom.services import overrides
from tierloom.services.model_versions import model_at
from tierloom.services.overrides import Given, moment
from tierloom.services.shown import RecordView, views_at
from tierloom.services.workbench import Workbench
from tierloom.store.results import Move

Place = Tier | DefaultTier | None
"""A tier; None is "not enough data"."""
LOOK_BACK = 400


@dataclass(frozen=True, slots=True)
class Stay:
    """What a stay policy does for a record: it holds `tier` whatever a tier given by hand says.

    Until `protected_until` the tier is kept whatever the rules say; `kept_until` is when a tier ends that the rules no
    longer give. Each is None where there is no such instant to come.
    """

    tier: Place
    protected_until: datetime | None
    kept_until: datetime | None

    @property
    def looks_at(self) -> datetime | None:
        """When the policy looks at the record next."""
        return self.protected_until or self.kept_until


@dataclass(frozen=True, slots=True)
class Standing:
    """A record's placement in one model. `known` is False while nothing is calculated yet.

    `given` is what it was given by hand, as long as that holds, what is ignored included; `stay` what the model's stay
    policy does, None where it has none.
    """

    model: TierModel
    known: bool
    tier: Place = None
    since: datetime | None = None
    given: Given | None = None
    stay: Stay | None = None

    @property
    def by_hand(self) -> bool:
        """Whether it is in this tier because somebody gave it."""
        return self.given is not None and not self.given.ignored


@dataclass(frozen=True, slots=True)
class Moved:
    """One change of placement. `entered` is a record that was new, `left` one that is not there any more.

    It is effective from `when`, and was stored at `recorded`, under version `version` of the rules.
    """

    model: TierModel
    record: int
    origin: Place
    target: Place
    entered: bool
    left: bool
    up: bool
    when: datetime
    cause: str
    recorded: datetime
    version: int


@dataclass(frozen=True, slots=True)
class MoveReader:
    """Reads stored moves with the tiers as they were called then: a code means what its rule version says."""

    bench: Workbench

    def read(self, model: TierModel, moves: Sequence[Move]) -> list[Moved]:
        """Return moves of one tier model; those of a version that cannot be read any more are left out."""
        found = (self._moved(model, one) for one in moves)
        return [one for one in found if one]

    def _moved(self, model: TierModel, move: Move) -> Moved | None:
        then = model_at(self.bench, move.object_id, move.rule_version)
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
            moment(move.effective_at),
            move.cause,
            moment(move.recorded_at),
            move.rule_version,
        )


def standings(bench: Workbench, table: RecordType, record_id: int) -> list[Standing]:
    """Return where a record stands in every tier model of its table.

    Raises:
        Forbidden: the actor may not see records.
        NotFound: there is no such record for the actor.
    """
    given = {
        one.model.key: one for one in overrides.of_record(bench, table, record_id) if one.holds
    }
    return [
        _standing(bench, one, record_id, given.get(one.key))
        for one in bench.published.tier_models(table.key)
    ]


def standing_of(bench: Workbench, model: TierModel, record_id: int) -> Standing:
    """Return where a record stands in one tier model. Raises as `standings` does."""
    table = bench.published.table(model.record_type)
    return next(one for one in standings(bench, table, record_id) if one.model.key == model.key)


def _standing(bench: Workbench, model: TierModel, record_id: int, given: Given | None) -> Standing:
    placed = bench.placed(model)
    unknown = Standing(model, known=False, given=given)
    if placed is None:
        return unknown
    at = int(np.searchsorted(placed.ids, record_id))
    if at >= placed.ids.size or placed.ids[at] != record_id:
        return unknown
    code = int(placed.codes[at])
    if code >= len(model.all_tiers) or code == ABSENT:
        return unknown
    since = int(placed.since[at])
    found = Standing(model, True, _place(model, code), moment(since), given)
    return replace(found, stay=_stay(bench, found, record_id, code, since))


def _place(model: TierModel, code: int) -> Place:
    return None if code == NOT_ENOUGH_DATA else model.all_tiers[code]


def _stay(
    bench: Workbench, standing: Standing, record_id: int, code: int, since: int
) -> Stay | None:
    """Return what the stay policy does; what it does not remember of a record, the placement tells."""
    model, policy = standing.model, standing.model.stay
    if policy is None:
        return None
    document = bench.published.documents["tier_model", model.key]
    if bench.uow.results.rule_version(document.id) != document.published_version:
        return (
            None  # What is remembered has the codes of a former version; the run is still to come.
        )
    kept = bench.uow.frontiers.stays(document.id, [record_id])
    if kept:
        [row] = kept
        return _told(bench, model, row.code, row.protected_until, row.grace_until)
    if standing.by_hand:
        return None
    begun = entered(
        np.array([code], np.int8), np.array([since]), policy, bench.zone, len(model.tiers)
    )
    return _told(bench, model, code, int(begun.protected_until[0]), 0)


def _told(bench: Workbench, model: TierModel, code: int, protected: int, grace: int) -> Stay | None:
    if not ABSENT < code < len(model.all_tiers):
        return None
    now = round(bench.context.as_of.timestamp() * 1000)
    ends = [moment(one) if now < one < NEVER else None for one in (protected, grace)]
    return Stay(_place(model, code), *ends)


def moves_of(bench: Workbench, table: RecordType, record_id: int) -> list[Moved]:
    """Return a record's moves in all tier models of its table, the newest first."""
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
    for move in moves[::-1]:
        if move.object_id in models:
            found += reader.read(models[move.object_id], [move])
    return found


def last_moves(
    bench: Workbench, model: TierModel, limit: int = 6
) -> list[tuple[RecordView, Moved]]:
    """Return who changed the tier last, the newest first, among the records that the actor may see."""
    object_id = bench.published.documents["tier_model", model.key].id
    until = round(bench.context.as_of.timestamp() * 1000)
    recent = bench.uow.results.latest_moves(object_id, until, LOOK_BACK)
    if not recent:
        return []
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
