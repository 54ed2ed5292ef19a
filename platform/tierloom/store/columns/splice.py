"""Where rows of a base and rows of a tail come to stand when the two are merged."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tierloom.engine.columns import Mask, Positions

ScalarT = TypeVar("ScalarT", bound=np.generic)


def frozen(array: NDArray[ScalarT]) -> NDArray[ScalarT]:
    """Make an array read-only, because threads share it, and return it."""
    array.setflags(write=False)
    return array


def find(ids: Positions, sought: Positions) -> Positions:
    """Return the positions of the `sought` in the ascending `ids`, -1 for those not there."""
    if not len(ids):
        return np.full(len(sought), -1, np.int64)
    places = np.searchsorted(ids, sought)
    places[places == len(ids)] = 0
    return np.where(ids[places] == sought, places, -1)


@dataclass(frozen=True, slots=True)
class Splice:
    """The merge of a base with the rows changed since.

    `kept` masks the base rows that are not deleted (None: all are kept); they go to `base_to` of
    the result, the tail's rows to `tail_to`, over a base row or beside it. `ids` are the result's.
    """

    ids: Positions
    kept: Mask | None
    base_to: Mask | slice
    tail_to: Positions

    @property
    def changes_nothing(self) -> bool:
        """Whether the result is the base."""
        return self.kept is None and not len(self.tail_to)

    def apply(self, base: NDArray[ScalarT], tail: NDArray[ScalarT]) -> NDArray[ScalarT]:
        """Return the merged values of one array."""
        if self.changes_nothing:
            return base
        merged = np.empty(len(self.ids), base.dtype)
        merged[self.base_to] = base if self.kept is None else base[self.kept]
        merged[self.tail_to] = tail
        return frozen(merged)


def splice(base: Positions, live: Positions, gone: Positions) -> Splice:
    """Plan the merge of `base` with `live` (new or changed) and without `gone`.

    All three are record ids in ascending order.
    """
    dead = find(base, gone)
    dead = dead[dead >= 0]
    kept: Mask | None = None
    if len(dead):
        kept = np.ones(len(base), np.bool_)
        kept[dead] = False
    staying = base if kept is None else base[kept]
    new = live[find(staying, live) < 0]
    ids, base_to = _interleave(staying, new)
    return Splice(frozen(ids), kept, base_to, np.searchsorted(ids, live))


def _interleave(staying: Positions, new: Positions) -> tuple[Positions, Mask | slice]:
    if not len(new):
        return staying, slice(None)
    if not len(staying) or new[0] > staying[-1]:
        return np.concatenate((staying, new)), slice(0, len(staying))
    places = np.searchsorted(staying, new) + np.arange(len(new))
    base_to = np.ones(len(staying) + len(new), np.bool_)
    base_to[places] = False
    ids = np.empty(len(base_to), np.int64)
    ids[base_to] = staying
    ids[places] = new
    return ids, base_to
