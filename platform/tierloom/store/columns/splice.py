"""Where rows of a base and rows of a tail come to stand when the two are merged."""

from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tierloom.engine.ascending import find, rank
from tierloom.engine.columns import Mask, Positions

ScalarT = TypeVar("ScalarT", bound=np.generic)


def frozen(array: NDArray[ScalarT]) -> NDArray[ScalarT]:
    """Make an array read-only, because threads share it, and return it."""
    array.setflags(write=False)
    return array


class Splice:
    """The merge of a base with the rows changed since.

    Rows of the base that are deleted are `dead`; rows of the tail stand for rows of the base (`over`)
    or are new. To make a plan and to ask where rows stand takes the time of the tail; only the merged
    `ids` and `apply` go through the base. `tail_to` is where the tail's rows come to stand.
    """

    def __init__(self, base: Positions, live: Positions, gone: Positions) -> None:
        """`base`, `live` (new or changed) and `gone` are record ids in ascending order."""
        dead, places = find(base, gone), find(base, live)
        is_new = places < 0
        self.base = base
        self.live = live
        self._last: tuple[Positions, tuple[Positions, Positions]] | None = None
        self.dead: Positions = dead[dead >= 0]
        self.over: Positions = places[~is_new]
        self.new: Positions = live[is_new]
        self._before = np.searchsorted(base, self.new)
        self.tail_to = np.empty(len(live), np.int64)
        self.tail_to[is_new] = self._new_to = self._stand(self._before) + np.arange(len(self.new))
        self.tail_to[~is_new] = self.to_merged(self.over)

    @property
    def size(self) -> int:
        """How many rows there are in the end."""
        return len(self.base) - len(self.dead) + len(self.new)

    @property
    def changes_nothing(self) -> bool:
        """Whether the result is the base."""
        return not len(self.dead) and not len(self.live)

    @property
    def moves_nothing(self) -> bool:
        """Whether the base's rows stay where they are."""
        return not len(self.dead) and self._adds_at_end

    @property
    def _adds_at_end(self) -> bool:
        return not len(self.new) or int(self._before[0]) == len(self.base)

    @cached_property
    def replaced(self) -> Positions:
        """The rows of the base that are not in the result, ascending."""
        return np.sort(np.concatenate((self.dead, self.over)))

    @cached_property
    def ids(self) -> Positions:
        """The record ids of the result."""
        same = not len(self.dead) and not len(self.new)
        return self.base if same else self.apply(self.base, self.live)

    def to_merged(self, rows: Positions) -> Positions:
        """Return where rows of the base come to stand; they are not dead."""
        return self._stand(rows) + rank(self._before, rows, "right")

    def _stand(self, rows: Positions) -> Positions:
        return rows - rank(self.dead, rows)

    def find(self, ids: Positions) -> Positions:
        """Return where records stand in the result, -1 for those not there."""
        rows, added = find(self.base, ids), find(self.new, ids)
        places = np.where(rows >= 0, self.to_merged(rows), -1)
        places[find(self.dead, rows) >= 0] = -1
        places[added >= 0] = self._new_to[added[added >= 0]]
        return places

    def sources(self, places: Positions) -> tuple[Positions, Positions]:
        """Return the rows of the base and of the tail that stand in these places of the result.

        One of both is -1, and both are for -1.
        """
        last = self._last
        if last is None or last[0] is not places:  # of several columns, the same rows are taken
            last = self._last = places, self._sources(places)
        return last[1]

    def _sources(self, places: Positions) -> tuple[Positions, Positions]:
        tail = find(self.tail_to, places)
        staying = places - rank(self._new_to, places)
        rows = staying + rank(self._stand(self.dead), staying, "right")
        rows[(tail >= 0) | (places < 0)] = -1
        return rows, tail

    def apply(self, base: NDArray[Any], tail: NDArray[Any]) -> NDArray[Any]:
        """Return the merged values of one array, as wide as the wider of the two."""
        if self.changes_nothing:
            return base
        merged = np.empty(self.size, np.result_type(base, tail) if len(tail) else base.dtype)
        kept, base_to = self._masks
        merged[base_to] = base if kept is None else base[kept]
        merged[self.tail_to] = tail
        return frozen(merged)

    @cached_property
    def _masks(self) -> tuple[Mask | None, Mask | slice]:
        """Which rows of the base are not dead (None: all), and the places that they go to."""
        kept: Mask | None = None
        if len(self.dead):
            kept = np.ones(len(self.base), np.bool_)
            kept[self.dead] = False
        if self._adds_at_end:
            return kept, slice(0, self.size - len(self.new))
        base_to = np.ones(self.size, np.bool_)
        base_to[self._new_to] = False
        return kept, base_to
