"""Results of a tier model: who is where since when, and who moved."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tierloom.engine.columns import Positions

Codes = NDArray[np.int8]
Instants = NDArray[np.int64]

ABSENT = -2
"""Instead of a placement code in a move: the record was not there before, or is not any more."""


@dataclass(frozen=True, slots=True)
class Placements:
    """The placement of every record.

    Ids ascend, `codes` are those of TierModel, `since` is in milliseconds UTC.
    """

    ids: Positions
    codes: Codes
    since: Instants

    def __post_init__(self) -> None:
        if not self.ids.size == self.codes.size == self.since.size:
            raise ValueError("Placements need one code and one instant for each record.")
        if np.any(np.diff(self.ids) <= 0):
            raise ValueError("Placements are in ascending order of record ids, each once.")

    def code_of(self, record: int) -> int:
        """Return the placement code of a record, `ABSENT` where it has none."""
        found = int(np.searchsorted(self.ids, record))
        known = found < self.ids.size and self.ids[found] == record
        return int(self.codes[found]) if known else ABSENT


@dataclass(frozen=True, slots=True)
class Moves:
    """Changed placements by ascending record id.

    `ABSENT` as origin stands for a new record, as target for a deleted one.
    """

    ids: Positions
    origin: Codes
    target: Codes

    def __len__(self) -> int:
        return int(self.ids.size)


def first_placements(ids: Positions, codes: Codes, at: int) -> Placements:
    """Return placements that all begin at one instant."""
    return Placements(ids, codes, np.full(ids.size, at, np.int64))


def settle(before: Placements | None, ids: Positions, codes: Codes, at: int) -> Placements:
    """Return the placements after a run at instant `at`: who did not move keeps the old `since`."""
    after = first_placements(ids, codes, at)
    if before is None or not before.ids.size:
        return after
    found = _find(before.ids, ids)
    stays = (found >= 0) & (before.codes[found] == codes)
    after.since[stays] = before.since[found[stays]]
    return after


def diff(before: Placements | None, after: Placements) -> Moves:
    """Return who moved from `before` to `after`; without a `before` everybody is new."""
    if before is None:
        return Moves(after.ids, np.full(after.ids.size, ABSENT, np.int8), after.codes)
    ids = np.union1d(before.ids, after.ids)
    origin, target = _codes_at(before, ids), _codes_at(after, ids)
    moved = origin != target
    return Moves(ids[moved], origin[moved], target[moved])


def apply(before: Placements, moves: Moves, at: int) -> Placements:
    """Return the placements after `moves` at instant `at`; the inverse of `diff`."""
    ids = np.union1d(before.ids, moves.ids)
    codes = _codes_at(before, ids)
    codes[np.searchsorted(ids, moves.ids)] = moves.target
    alive = codes != ABSENT
    return settle(before, ids[alive], codes[alive], at)


def sizes(codes: Codes, tiers: int) -> dict[int, int]:
    """Count the records of each placement code, empty ones included.

    `tiers` is the number of tiers without the default tier; `NOT_ENOUGH_DATA` has a count of its
    own.
    """
    counts = np.bincount(codes.astype(np.int64) + 1, minlength=tiers + 2)
    return {code: int(counts[code + 1]) for code in range(-1, tiers + 1)}


def flows(moves: Moves) -> dict[tuple[int, int], int]:
    """Count the moves from each placement code to each other: the cells of the move matrix."""
    pairs = np.stack([moves.origin, moves.target], axis=1)
    kinds, counts = np.unique(pairs, axis=0, return_counts=True)
    return {(int(a), int(b)): int(n) for (a, b), n in zip(kinds, counts, strict=True)}


def _find(ids: Positions, wanted: Positions) -> Positions:
    """Return the position in the ascending `ids` of each wanted id, -1 where there is none."""
    found = np.searchsorted(ids, wanted)
    found[found == ids.size] = 0
    return np.where(ids[found] == wanted, found, -1) if ids.size else np.full(wanted.size, -1)


def _codes_at(placements: Placements, ids: Positions) -> Codes:
    found = _find(placements.ids, ids)
    codes = np.full(ids.size, ABSENT, np.int8)
    codes[found >= 0] = placements.codes[found[found >= 0]]
    return codes
