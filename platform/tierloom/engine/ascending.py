"""Arrays of record ids in ascending order: looked up, and joined."""

from collections.abc import Iterable
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from tierloom.engine.columns import Positions

ScalarT = TypeVar("ScalarT", bound=np.generic)


def rank(
    ids: NDArray[Any], sought: NDArray[Any], side: Literal["left", "right"] = "left"
) -> Positions:
    """Return what `numpy.searchsorted` does: how many of the ascending `ids` come before each of the `sought`.

    Where many that ascend are sought among few, the few are looked up, which is many times faster.
    """
    if len(sought) <= len(ids) or np.any(sought[1:] < sought[:-1]):
        return np.searchsorted(ids, sought, side)
    after = np.searchsorted(sought, ids, "right" if side == "left" else "left")
    return np.asarray(np.cumsum(np.bincount(after, minlength=len(sought) + 1))[:-1], np.int64)


def find(ids: Positions, sought: Positions) -> Positions:
    """Return the positions of the `sought` in the ascending `ids`, -1 for those not there."""
    if not len(ids):
        return np.full(len(sought), -1, np.int64)
    places = rank(ids, sought)
    places[places == len(ids)] = 0
    return np.where(ids[places] == sought, places, -1)


def distinct(ids: NDArray[ScalarT]) -> NDArray[ScalarT]:
    """Return the distinct ids, ascending. Of so few, sorting is many times faster than `numpy.unique`."""
    found = np.sort(ids)
    first = np.ones(len(found), np.bool_)
    np.not_equal(found[1:], found[:-1], out=first[1:])
    return found[first]


def union(several: Iterable[Positions]) -> Positions:
    """Return the ids that are in any of these arrays, ascending.

    Most of them are the same where tables stand at several instants: to see that takes no time.
    """
    found: Positions = np.empty(0, np.int64)
    for one in several:
        if not same(one, found):
            found = distinct(np.concatenate((found, one))) if len(found) else one
    return found


def same(one: Positions, other: Positions) -> bool:
    """Tell whether two arrays hold the same ids."""
    return one is other or np.array_equal(one, other)
