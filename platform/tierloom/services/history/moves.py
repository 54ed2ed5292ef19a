"""Who moved between two instants: from where to where, how many, and who they are.

What is compared are the tiers at the one instant and at the other. Who went up and came back has not moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from tierloom.domain.people import Grant
from tierloom.domain.tiers import NOT_ENOUGH_DATA, DefaultTier, Slot, Tier, TierModel
from tierloom.engine import results
from tierloom.engine.ascending import union
from tierloom.engine.columns import Mask
from tierloom.engine.recoding import recode
from tierloom.engine.results import ABSENT, Codes, Placements
from tierloom.errors import NotFound
from tierloom.schemas import documents
from tierloom.services import authorize, placements
from tierloom.services.grid import HELD, code_of
from tierloom.services.workbench import Workbench
from tierloom.store.results import Past
from tierloom.text import T, Text

OUTSIDE = "-"
"""The key of being in no tier: not there yet, or not any more. No tier can have it."""
KINDS: dict[str, Text] = {
    "moved": T("Moved"),
    "up": T("Moved up"),
    "down": T("Moved down"),
    "in": T("Moved in"),
    "out": T("Moved out"),
    "incomplete": T("Not enough data any more"),
    "complete": T("Enough data now"),
    "risk": T("Newly at risk"),
    "stayed": T("Stayed"),
    "any": T("Everybody"),
}
Place = Tier | DefaultTier | None
"""A tier; None is "not enough data"."""


@dataclass(frozen=True, slots=True)
class Trail:
    """Where the records that the actor may see stood at some instants.

    `codes` has a row for each instant and a column for each record (`ids`, ascending), in the codes of the published
    version; `ABSENT` stands for a record that was not there. `known` tells at which instants there was a result.
    """

    model: TierModel
    instants: tuple[datetime, ...]
    known: tuple[bool, ...]
    ids: NDArray[np.int64]
    codes: NDArray[np.int8]

    def sizes(self, number: int) -> dict[str, int]:
        """Count by tier key at one of the instants; `not_enough_data` too."""
        counts = results.sizes(self.codes[number])
        found = {key: int(counts[code]) for key, code in codes_of(self.model).items()}
        del found[OUTSIDE]
        return found

    def between(self, start: int, end: int) -> "Moves":
        """Return who moved from one of the instants to another."""
        origin, target = self.codes[start], self.codes[end]
        there = (origin != ABSENT) | (target != ABSENT)
        return Moves(
            self.model,
            self.instants[start],
            self.instants[end],
            self.ids[there],
            origin[there],
            target[there],
        )


@dataclass(frozen=True, slots=True)
class Moves:
    """Everybody who was there at `start` or at `end`, with the placement codes of both."""

    model: TierModel
    start: datetime
    end: datetime
    ids: NDArray[np.int64]
    origin: Codes
    target: Codes

    def flows(self) -> dict[tuple[str, str], int]:
        """Count by the keys of origin and target, those who stayed included."""
        keys = {code: key for key, code in codes_of(self.model).items()}
        found = results.flows(self.origin, self.target)
        return {(keys[one], keys[other]): count for (one, other), count in found.items()}

    def of_kind(self, kind: str) -> Mask:
        """Tell who moved so; the kinds are those of `KINDS`.

        Raises:
            NotFound: there is no such kind.
        """
        origin, target = self.origin, self.target
        tiers = (origin >= 0) & (target >= 0)
        match kind:
            case "moved":
                return np.asarray(origin != target)
            case "up":
                return np.asarray(tiers & (target < origin))
            case "down":
                return np.asarray(tiers & (target > origin))
            case "in":
                return np.asarray(origin == ABSENT)
            case "out":
                return np.asarray(target == ABSENT)
            case "incomplete":
                return np.asarray((origin >= 0) & (target == NOT_ENOUGH_DATA))
            case "complete":
                return np.asarray((origin == NOT_ENOUGH_DATA) & (target >= 0))
            case "risk":
                risky = [codes_of(self.model)[key] for key in at_risk(self.model)]
                return np.isin(target, risky) & ~np.isin(origin, risky)
            case "stayed":
                return np.asarray(origin == target)
            case "any":
                return np.ones(origin.size, np.bool_)
        raise NotFound(T("There is no kind of move “%(kind)s”.", kind=kind))

    def chosen(self, kind: str, origin: str = "", target: str = "") -> Mask:
        """Tell who moved so, from one tier and to one, where they are given by key.

        Raises:
            NotFound: there is no such kind or tier.
        """
        mask = self.of_kind(kind)
        if origin:
            mask &= self.origin == place_code(self.model, origin)
        if target:
            mask &= self.target == place_code(self.model, target)
        return mask


def trail(bench: Workbench, model: TierModel, instants: Sequence[datetime]) -> Trail:
    """Return where records stood at some instants; one that is not over yet is now."""
    authorize.require(bench.actor, Grant.READ)
    document = bench.published.documents["tier_model", model.key]
    now = bench.context.as_of
    past = [_milliseconds(one) for one in instants if one < now]
    found = [
        None if one is None else _recoded(bench, model, one)
        for one in placements.past(bench.platform, bench.uow, document.id, past)
    ]
    found += [bench.placed(model)] * (len(instants) - len(past))
    ids = _seen(bench, model, [one.ids for one in found if one])
    codes = np.full((len(found), ids.size), ABSENT, np.int8)
    for number, one in enumerate(found):
        if one is not None:
            codes[number] = results.codes_at(one, ids)
    known = tuple(one is not None for one in found)
    return Trail(model, tuple(min(one, now) for one in instants), known, ids, codes)


def moves_between(bench: Workbench, model: TierModel, start: datetime, end: datetime) -> Moves:
    """Return who moved, of the records that the actor may see.

    Raises:
        NotFound: there is no result yet that is as old as `start`.
    """
    found = trail(bench, model, (start, end))
    if not all(found.known):
        raise NotFound(T("The tiers of that day are not known."))
    return found.between(0, 1)


def codes_of(model: TierModel) -> dict[str, int]:
    """Return the placement codes by key: of the tiers, of "not enough data", and of being in none."""
    tiers = {one.key: code for code, one in enumerate(model.all_tiers)}
    return {**tiers, HELD: NOT_ENOUGH_DATA, OUTSIDE: ABSENT}


def at_risk(model: TierModel) -> tuple[str, ...]:
    """Return the keys of the tiers that stand for churn risk: those that wear its colour or its icon."""
    return tuple(
        one.key
        for one in model.all_tiers
        if one.slot is Slot.MAGENTA or one.icon == "triangle-alert"
    )


def place_code(model: TierModel, key: str) -> int:
    """Return the placement code of a tier's key, or of `OUTSIDE`.

    Raises:
        NotFound: the model has no such tier.
    """
    return ABSENT if key == OUTSIDE else code_of(model, key)


def place_of(model: TierModel, code: int) -> Place:
    """Return the tier behind a placement code; None for the others."""
    return model.all_tiers[code] if code >= 0 else None


def _recoded(bench: Workbench, model: TierModel, past: Past) -> Placements:
    document = bench.published.documents["tier_model", model.key]
    if past.rule_version == document.published_version:
        return past.placements
    former = documents.load(
        bench.uow.documents.body_of(document.id, past.rule_version), "tier_model"
    )
    return replace(past.placements, codes=recode(past.placements.codes, former, model))


def _seen(
    bench: Workbench, model: TierModel, found: Sequence[NDArray[np.int64]]
) -> NDArray[np.int64]:
    """Return the ids that the actor may see; whose role is limited sees nothing of the bin."""
    ids = union(found)
    if bench.scope(model.record_type) is None:
        return ids
    positions = bench.columns(model.record_type).positions_of(ids)
    there = positions >= 0
    there[there] = bench.visible(model.record_type)[positions[there]]
    return ids[there]


def _milliseconds(moment: datetime) -> int:
    return round(moment.astimezone(UTC).timestamp() * 1000)
