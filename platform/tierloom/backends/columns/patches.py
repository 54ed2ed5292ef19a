"""Results after a change of few records: those of the former snapshot, worked out again where they are touched."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tierloom.backends.columns.bounds import Bounds, PackedBounds, sure
from tierloom.backends.columns.dictionaries import recode
from tierloom.backends.columns.kept import Kept
from tierloom.backends.columns.shelf import Key, Shelf
from tierloom.backends.columns.vectors import Coded, Numbers, Vector, align, frozen, spread
from tierloom.engine.columns import Columns, Dictionary, Mask, Positions
from tierloom.engine.reads import Reads, reads
from tierloom.engine.steps import Step
from tierloom.rules import ir

_ScalarT = TypeVar("_ScalarT", bound=np.generic)
_LONG = 4_096
"""A longer dictionary is not joined with another one: it must hold all texts already."""

Result = PackedBounds | Numbers | Coded | Kept


def bring_forward(
    shelf: Shelf, key: Key, node: ir.Node | None, again: Callable[[Columns], Result]
) -> None:
    """Put what a former snapshot's result has become on the shelf, where there is one and few are touched.

    `again` works the same out over the table of those who are touched; `node` is what it reads.
    """
    if key in shelf:
        return
    found = shelf.former(key)
    if found is None:
        return
    result, step = found
    read = Reads() if node is None else reads(node)
    touched = None if read.tiers else step.touched(read)
    if touched is None:
        return
    if not len(touched) and not len(step.gone):  # of those that came, all are touched
        shelf.get(key, lambda: result)
        return
    made = _patched(result, step, touched, again(step.part(read)))
    if made is not None:
        shelf.get(key, lambda: made)


def _patched(result: object, step: Step, touched: Positions, fresh: Result | None) -> Result | None:
    """Return a result with fresh values laid over it; None where the two do not go together."""
    move = _Move(step, touched)
    match result, fresh:
        case PackedBounds() as old, PackedBounds() as new:
            return PackedBounds.of(_bounds(old.bounds(), new.bounds(), move))
        case Kept() as before, Kept() as now if before.bits is not None:
            return Kept.of(move.over(before.mask(), now.mask()))
        case Numbers(values=values), Numbers() as new if values.ndim:
            new_values = spread(new, len(touched))
            assert isinstance(new_values, Numbers)
            return Numbers(move.over(values, new_values.values), _marks(result, new_values, move))
        case Coded(codes=codes) as old, Coded() as new if codes.ndim:
            new_codes = spread(new, len(touched))
            assert isinstance(new_codes, Coded)
            return _coded(old, new_codes, move)
    return None


class _Move:
    """Where the former values go, and where fresh ones lie over them."""

    def __init__(self, step: Step, touched: Positions) -> None:
        self._gone = step.gone
        # An insertion is told by the place before which it goes.
        self._before = step.come - np.arange(len(step.come))
        self._touched = touched

    def over(self, old: NDArray[_ScalarT], new: NDArray[_ScalarT]) -> NDArray[_ScalarT]:
        """Return the former values in their new places, with the fresh ones laid over them."""
        kind = np.result_type(old, new)
        moved = np.delete(old, self._gone) if len(self._gone) else old
        if len(self._before):
            blank = np.zeros(len(self._before), old.dtype)
            if self._before[0] == len(moved):  # as new records mostly do, all came at the end
                moved = np.concatenate((moved, blank))
            else:
                moved = np.insert(moved, self._before, blank)
        made = moved.astype(kind, copy=moved is old)
        made[self._touched] = new
        return frozen(made)


def _bounds(old: Bounds, new: Bounds, move: _Move) -> Bounds:
    true = move.over(old.true, new.true)
    if old.is_certain and new.is_certain:
        return sure(true)
    return Bounds(true, move.over(old.possible, new.possible))


def _marks(old: Vector, new: Vector, move: _Move) -> Mask | None:
    """Return the marks of *none*."""
    if old.none is None and new.none is None:
        return None
    size = len(old.values if isinstance(old, Numbers) else old.codes)
    few = len(new.values if isinstance(new, Numbers) else new.codes)
    before = np.zeros(size, np.bool_) if old.none is None else old.none
    return move.over(before, np.zeros(few, np.bool_) if new.none is None else new.none)


def _coded(old: Coded, new: Coded, move: _Move) -> Coded | None:
    if old.dictionary is not None and new.dictionary is not None:
        found = _in_one_dictionary(old, new, old.dictionary, new.dictionary)
        if found is None:
            return None
        old, new = found
    return Coded(move.over(old.codes, new.codes), old.dictionary, _marks(old, new, move))


def _in_one_dictionary(
    old: Coded, new: Coded, longer: Dictionary, shorter: Dictionary
) -> tuple[Coded, Coded] | None:
    """Return both with codes of one dictionary, if that is not long to make."""
    codes = recode(new.codes, shorter, longer)
    if not np.any(codes < -1):
        return old, replace(new, codes=codes.astype(old.codes.dtype), dictionary=longer)
    if len(longer) > _LONG:
        return None
    one, other = align(old, new)
    return one, other
