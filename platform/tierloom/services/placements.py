"""Stored placements: one baseline and the moves since, kept in memory between requests."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tierloom.engine.results import ABSENT, Placements, codes_at
from tierloom.services.platform import Platform
from tierloom.store.results import Head, Past
from tierloom.store.uow import UnitOfWork

FEW = 2
MOST_KEPT = 1_500_000


def current(platform: Platform, uow: UnitOfWork, object_id: int) -> Placements | None:
    """Return the placements of a tier model as this unit of work sees them, None before its first run."""
    head = uow.results.head(object_id)
    if head is None:
        return None
    kept = platform.placements.get(object_id)
    if kept is not None and kept[0] == head:
        return kept[1]
    if kept is not None and kept[0].baseline == head.baseline and kept[0].move < head.move:
        found: Placements | None = uow.results.placements_after(kept[0], kept[1], head)
    else:
        found = uow.results.placements(object_id)
    if found is not None and not uow.writes:  # What a writer sees may yet be rolled back.
        platform.placements[object_id] = (head, found)
    return found


def of_records(
    platform: Platform, uow: UnitOfWork, object_id: int, head: Head, records: NDArray[np.int64]
) -> Placements:
    """Return the placements of a few records (ascending ids) at a head; `ABSENT` where there is none."""
    codes, since = np.full(records.size, ABSENT, np.int8), np.zeros(records.size, np.int64)
    start, placed = _start(platform, uow, object_id, head)
    at = np.searchsorted(placed.ids, records)
    for place, (number, found) in enumerate(zip(records.tolist(), at.tolist(), strict=True)):
        if found < placed.ids.size and placed.ids[found] == number:
            codes[place], since[place] = placed.codes[found], placed.since[found]
    if head.move > start:
        moved = uow.results.last_targets(object_id, start, records.tolist())
        for place, number in enumerate(records.tolist()):
            codes[place], since[place] = moved.get(number, (codes[place], since[place]))
    return Placements(records, codes, since)


def _start(
    platform: Platform, uow: UnitOfWork, object_id: int, head: Head
) -> tuple[int, Placements]:
    """Return placements that are at hand, and the number of the last move in them: the baseline's, or later ones."""
    kept = platform.placements.get(object_id)
    if kept is not None and kept[0].baseline == head.baseline and kept[0].move <= head.move:
        return kept[0].move, kept[1]
    found, last = uow.results.baseline(head.baseline), uow.results.last_move(head.baseline)
    platform.placements[object_id] = Head(head.baseline, last), found
    return last, found


def past(
    platform: Platform, uow: UnitOfWork, object_id: int, instants: Sequence[int]
) -> list[Past | None]:
    """Return the placements of a tier model at some past instants; None for one before its first result.

    The instants of the overview are many and always the same: they are kept, unless the table is very large.
    """
    key = uow.results.head(object_id), tuple(instants)
    kept = platform.pasts.get(object_id)
    if kept is not None and kept[0] == key:
        return kept[1]
    found = uow.results.past(object_id, instants)
    if len(instants) > FEW and sum(one.placements.ids.size for one in found if one) < MOST_KEPT:
        platform.pasts[object_id] = key, found
    return found


def by_position(placed: Placements | None, ids: NDArray[np.int64]) -> NDArray[np.int8]:
    """Spread placements over the record ids of a snapshot (ascending); `ABSENT` where there is none."""
    return np.full(len(ids), ABSENT, np.int8) if placed is None else codes_at(placed, ids)
