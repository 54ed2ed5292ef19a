"""References as positions, and their reverse: related rows by the record that they point at."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierloom.engine.ascending import find
from tierloom.engine.columns import Positions, stretches
from tierloom.store.columns.splice import frozen

_SPARSE = 8
_BITS = 63


def resolve(pointed_at: NDArray[Any], ids: Positions) -> Positions:
    """Turn record ids into positions in the ascending `ids`; -1 for unknown or absent records."""
    if not len(ids):
        return frozen(np.full(len(pointed_at), -1, np.int64))
    first, span = int(ids[0]), int(ids[-1] - ids[0]) + 1
    if span > _SPARSE * (len(ids) + len(pointed_at)):
        return frozen(find(ids, pointed_at))
    # Looking up in a table of all numbers is many times faster than searching.
    table = np.full(span + 1, -1, np.int64)
    table[ids - first] = np.arange(len(ids))
    offsets = pointed_at - np.int64(first)  # which may not fit the ids that are pointed at
    offsets[(offsets < 0) | (offsets >= span)] = span
    return frozen(table[offsets])


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows by what they point at: those of `targets[n]` are `rows[starts[n]:starts[n + 1]]`.

    `targets` are distinct and ascending. Within a target rows go by date (unknown first), then by
    position; rows that point at nothing (-1) are left out.
    """

    targets: Positions
    rows: Positions
    starts: Positions

    def of(self, targets: Positions) -> tuple[Positions, Positions]:
        """Return the rows of these targets, one target's after the other's, and how many each has."""
        places = find(self.targets, targets)
        known = places >= 0
        first = self.starts[places[known]]
        counts = np.zeros(len(targets), np.int64)
        counts[known] = self.starts[places[known] + 1] - first
        return self.rows[stretches(first, counts[known])], counts


def group(pointed_at: NDArray[Any], dates: NDArray[Any] | None) -> Groups:
    """Group rows by what they point at. `dates` are numbers, NaN where unknown."""
    linked = np.flatnonzero(pointed_at >= 0)
    if not len(linked):
        nothing = frozen(np.empty(0, np.int64))
        return Groups(nothing, nothing, frozen(np.zeros(1, np.int64)))
    targets = np.asarray(pointed_at[linked], np.int64)
    rows = linked[sorted_by(targets, None if dates is None else dates[linked])]
    targets = np.asarray(pointed_at[rows], np.int64)
    first = np.flatnonzero(np.diff(targets, prepend=-1))
    return Groups(frozen(targets[first]), frozen(rows), frozen(np.append(first, len(rows))))


def sorted_by(targets: Positions, dates: NDArray[Any] | None) -> Positions:
    """Return the order of rows by target, date and position.

    Sorting numbers is many times faster than sorting by several keys: they are packed into one.
    """
    least = int(targets.min())
    major, bits = targets - least, int(targets.max() - least).bit_length()
    if dates is None:
        return _order(major, bits)
    minor = _whole(dates)
    if minor is None:
        by_date = np.argsort(np.where(np.isnan(dates), -np.inf, dates), kind="stable")
    else:
        more = int(minor.max()).bit_length()
        if bits + more + len(targets).bit_length() <= _BITS:
            return _order((major << more) | minor, bits + more)
        by_date = _order(minor, more)
    return by_date[_order(major[by_date], bits)]


def _order(keys: Positions, bits: int) -> Positions:
    """Return the stable order of numbers of so many bits."""
    places = len(keys).bit_length()
    if bits + places > _BITS:
        return np.argsort(keys, kind="stable")
    packed = (keys << places) | np.arange(len(keys))
    packed.sort()
    return packed & ((1 << places) - 1)


def _whole(dates: NDArray[Any]) -> Positions | None:
    """Return dates (days or milliseconds) as whole numbers from 1 on, unknown as 0; None where they are not whole."""
    first, last = np.fmin.reduce(dates), np.fmax.reduce(dates)
    if np.isnan(first):
        return np.zeros(len(dates), np.int64)
    if not abs(first) < 2.0**52 > abs(last):
        return None
    blank = np.isnan(dates)
    found = np.where(blank, first, dates).astype(np.int64)
    if not np.array_equal(found[~blank], dates[~blank]):
        return None
    found += 1 - int(first)
    found[blank] = 0
    return found
