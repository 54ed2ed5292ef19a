"""Results of a tier model: who is where since when, and who moved."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tierloom.engine.ascending import find, same, union
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
    found = find(before.ids, ids)
    stays = (found >= 0) & (before.codes[found] == codes)
    after.since[stays] = before.since[found[stays]]
    return after


def diff(before: Placements | None, after: Placements) -> Moves:
    """Return who moved from `before` to `after`; without a `before` everybody is new."""
    if before is None:
        return Moves(after.ids, np.full(after.ids.size, ABSENT, np.int8), after.codes)
    ids = union((before.ids, after.ids))
    origin, target = codes_at(before, ids), codes_at(after, ids)
    moved = origin != target
    return Moves(ids[moved], origin[moved], target[moved])


def apply(before: Placements, moves: Moves, at: int) -> Placements:
    """Return the placements after `moves` at instant `at`; the inverse of `diff`."""
    ids = union((before.ids, moves.ids))
    codes = codes_at(before, ids)
    codes[np.searchsorted(ids, moves.ids)] = moves.target
    alive = codes != ABSENT
    return settle(before, ids[alive], codes[alive], at)


def sizes(codes: Codes) -> NDArray[np.int64]:
    """Count the records of each placement code: `sizes(codes)[code]`, also for the codes below 0."""
    return np.bincount(codes.view(np.uint8), minlength=1 << 8)


def flows(origin: Codes, target: Codes) -> dict[tuple[int, int], int]:
    """Count the records by two codes each, from the one to the other say: the cells of a matrix, ascending."""
    pairs = origin.view(np.uint8).astype(np.uint16) << 8 | target.view(np.uint8)
    counts = np.bincount(pairs)
    places = np.flatnonzero(counts)
    firsts, seconds = ((places >> 8).astype(np.uint8), places.astype(np.uint8))
    cells = zip(firsts.view(np.int8).tolist(), seconds.view(np.int8).tolist(), strict=True)
    return dict(sorted(zip(cells, counts[places].tolist(), strict=True)))


def codes_at(placements: Placements, ids: Positions) -> Codes:
    """Return the placement codes of records (ascending ids), `ABSENT` where there is none."""
    if same(placements.ids, ids):
        return placements.codes.copy()
    found = find(placements.ids, ids)
    codes = np.full(ids.size, ABSENT, np.int8)
    codes[found >= 0] = placements.codes[found[found >= 0]]
    return codes
