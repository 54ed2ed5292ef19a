"""References as positions, and their reverse: related records by parent."""

import numpy as np

from tierloom.engine.columns import Doubles, Positions
from tierloom.store.columns.splice import find, frozen

_SPARSE = 8


def resolve(pointed_at: Positions, ids: Positions) -> Positions:
    """Turn record ids into positions in the ascending `ids`; -1 for unknown or absent records."""
    if not len(ids):
        return frozen(np.full(len(pointed_at), -1, np.int64))
    first, span = int(ids[0]), int(ids[-1] - ids[0]) + 1
    if span > _SPARSE * (len(ids) + len(pointed_at)):
        return frozen(find(ids, pointed_at))
    # Looking up in a table of all numbers is many times faster than searching.
    table = np.full(span + 1, -1, np.int64)
    table[ids - first] = np.arange(len(ids))
    offsets = pointed_at - first
    offsets[(offsets < 0) | (offsets >= span)] = span
    return frozen(table[offsets])


def group(parents: Positions, dates: Doubles | None, size: int) -> tuple[Positions, Positions]:
    """Group rows by parent: `rows[starts[p]:starts[p + 1]]` are those of the parent at position p.

    Within a parent they go by date (unknown first), then by position; rows whose parent is -1 are
    left out. `size` is the number of parents.
    """
    linked = np.flatnonzero(parents >= 0)
    if dates is not None:
        known = dates[linked]
        linked = linked[np.argsort(np.where(np.isnan(known), -np.inf, known), kind="stable")]
    # Parent and rank in one number: sorting numbers is much faster than sorting by two keys.
    bits = len(linked).bit_length()
    packed = (parents[linked] << bits) | np.arange(len(linked))
    packed.sort()
    rows = linked[packed & ((1 << bits) - 1)]
    starts = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(packed >> bits, minlength=size), out=starts[1:])
    return frozen(rows), frozen(starts)
