"""Two tier models of a table against each other: how many records are in each pair of their tiers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tierloom.domain.people import Grant
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import NOT_ENOUGH_DATA, DefaultTier, Tier, TierModel
from tierloom.engine import results
from tierloom.engine.results import ABSENT
from tierloom.services import authorize
from tierloom.services.grid import HELD
from tierloom.services.workbench import Workbench

Place = tuple[str, Tier | DefaultTier | None]
"""A tier by its key; None is "not enough data"."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """`counts` are by the keys of a tier of `down` and one of `across`, over the records that the actor may see.

    `choices` are the models that could be across. A pair without records is not in `counts`.
    """

    table: RecordType
    down: TierModel
    across: TierModel
    choices: tuple[TierModel, ...]
    counts: Mapping[tuple[str, str], int]

    @property
    def rows(self) -> tuple[Place, ...]:
        """The tiers of `down`; "not enough data" only where somebody is there."""
        return _places(self.down, {down for down, _ in self.counts})

    @property
    def columns(self) -> tuple[Place, ...]:
        """The tiers of `across`, likewise."""
        return _places(self.across, {across for _, across in self.counts})


def crossings(bench: Workbench, wanted: Collection[str] = ()) -> tuple[Crossing, ...]:
    """Return the crossing of each table with two or more published tier models.

    Down goes the main model, across the first other one, or the one whose key is among `wanted`.
    """
    authorize.require(bench.actor, Grant.READ)
    found = []
    for table in bench.catalogue:
        down = bench.published.main_model(table.key)
        others = tuple(one for one in bench.published.tier_models(table.key) if one != down)
        if down and others:
            across = next((one for one in others if one.key in wanted), others[0])
            counts = _count(bench, down, across)
            found.append(Crossing(table, down, across, others, counts))
    return tuple(found)


def _count(bench: Workbench, down: TierModel, across: TierModel) -> dict[tuple[str, str], int]:
    """Count pairs of stored placements, as lists do; records that no run has placed yet are left out."""
    visible = bench.visible(down.record_type)
    found = results.flows(bench.codes(down)[visible], bench.codes(across)[visible])
    return {
        (_key(down, one), _key(across, other)): count
        for (one, other), count in found.items()
        if ABSENT not in (one, other)
    }


def _key(model: TierModel, code: int) -> str:
    return HELD if code == NOT_ENOUGH_DATA else model.all_tiers[code].key


def _places(model: TierModel, keys: Collection[str]) -> tuple[Place, ...]:
    tiers: tuple[Place, ...] = tuple((one.key, one) for one in model.all_tiers)
    return (*tiers, (HELD, None)) if HELD in keys else tiers
