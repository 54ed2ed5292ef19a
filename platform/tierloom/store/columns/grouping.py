"""Rows by what they point at, over a base and a tail: what the tail touches is grouped again, the rest stays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierloom.engine.ascending import distinct, find
from tierloom.engine.columns import Positions
from tierloom.store.columns.links import Groups, resolve, sorted_by
from tierloom.store.columns.splice import Splice, frozen


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference field of some rows: the ids that it points at, and the rows' dates if they have any."""

    ids: NDArray[Any]
    dates: NDArray[Any] | None


@dataclass(frozen=True, slots=True)
class Grouping:
    """`groups` are those of the base; positions that come out are positions in the merged rows."""

    groups: Groups
    plan: Splice
    base: Reference
    tail: Reference

    def of(self, targets: Positions) -> tuple[Positions, Positions]:
        """Return the rows of these ascending targets, one target's after the other's, and how many each has."""
        rows, counts = self.groups.of(targets)
        if self.plan.changes_nothing:
            return rows, counts
        owners = np.repeat(np.arange(len(targets)), counts)
        # Searching for what ascends is many times faster.
        order = np.argsort(rows)
        rows, owners = rows[order], owners[order]
        left = find(self.plan.replaced, rows) < 0
        rows, owners = rows[left], owners[left]
        places = self.plan.to_merged(rows)
        dates = None if self.base.dates is None else self.base.dates[rows]
        mine = find(targets, self.tail.ids)
        added = np.flatnonzero(mine >= 0)
        if len(added):
            where = np.searchsorted(places, self.plan.tail_to[added])
            places = np.insert(places, where, self.plan.tail_to[added])
            owners = np.insert(owners, where, mine[added])
            if dates is not None and self.tail.dates is not None:
                dates = _with(dates, where, self.tail.dates[added])
        counts = np.bincount(owners, minlength=len(targets))
        return places[sorted_by(owners, dates)] if len(places) else places, counts

    def all_by(self, ids: Positions) -> tuple[Positions, Positions]:
        """Return all rows that point at records with these ascending ids, and where those of each begin."""
        targets, rows, counts = self._all()
        places = resolve(targets, ids)
        there = places >= 0
        if not there.all():
            rows = rows[np.repeat(there, counts)]
        starts = np.zeros(len(ids) + 1, np.int64)
        starts[1:][places[there]] = counts[there]
        return frozen(rows), frozen(np.cumsum(starts))

    def _all(self) -> tuple[Positions, Positions, Positions]:
        """Return all targets, all rows that point at them, and how many at each."""
        groups, counts = self.groups, np.diff(self.groups.starts)
        if self.plan.changes_nothing:
            return groups.targets, groups.rows, counts
        touched = self._touched()
        new_rows, new_counts = self.of(touched)
        # Each touched target's rows are laid where the base had them, or would have had them.
        first = np.searchsorted(groups.targets, touched)
        last = np.searchsorted(groups.targets, touched, side="right")
        begin, end = groups.starts[first], groups.starts[last]
        rows = _replaced(self._merged(groups.rows), begin, end, new_rows, new_counts)
        counts = np.delete(counts, first[last > first])
        untouched = np.delete(groups.targets, first[last > first])
        where = np.searchsorted(untouched, touched)
        return np.insert(untouched, where, touched), rows, np.insert(counts, where, new_counts)

    def _touched(self) -> Positions:
        before = self.base.ids[self.plan.replaced]
        found = distinct(np.concatenate((before, self.tail.ids), dtype=np.int64))
        return found[found >= 0]

    def _merged(self, rows: Positions) -> Positions:
        """Return where rows of the base come to stand; what dead ones give has no meaning."""
        if self.plan.moves_nothing:
            return rows
        table = self.plan.to_merged(np.arange(len(self.base.ids)))
        return np.asarray(table[rows])


def _replaced(
    rows: Positions, begin: Positions, end: Positions, new: Positions, counts: Positions
) -> Positions:
    """Return `rows` with so many new ones in place of each stretch; stretches are ascending."""
    pieces: list[Positions] = []
    done, used = 0, 0
    for start, stop, count in zip(begin.tolist(), end.tolist(), counts.tolist(), strict=True):
        pieces += (rows[done:start], new[used : used + count])
        done, used = stop, used + count
    return np.concatenate((*pieces, rows[done:]))


def _with(dates: NDArray[Any], where: Positions, more: NDArray[Any]) -> NDArray[Any]:
    """Return dates with more put in, as wide as the wider ones."""
    return np.insert(dates.astype(np.result_type(dates, more)), where, more)
