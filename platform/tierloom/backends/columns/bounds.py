"""Answers of a predicate as a pair of bounds: certainly true, and possibly true.

With bounds, Kleene's connectives are the ordinary ones on each side, and a two-valued answer is a
pair whose sides are the same array, which costs nothing more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tierloom.backends.columns.vectors import frozen
from tierloom.engine.columns import Mask
from tierloom.engine.evaluator import Kleene


@dataclass(frozen=True, slots=True)
class Bounds:
    """`true` lies within `possible`; where they differ, the answer is uncertain."""

    true: Mask
    possible: Mask

    @property
    def is_certain(self) -> bool:
        """Whether every answer is known (it may be so too where this says no)."""
        return self.true is self.possible

    @property
    def doubt(self) -> Mask:
        """Where the answer is uncertain."""
        return self.possible & ~self.true

    @property
    def nbytes(self) -> int:
        return self.true.nbytes + (0 if self.is_certain else self.possible.nbytes)

    def __invert__(self) -> "Bounds":
        true = np.asarray(~self.possible)
        return Bounds(true, true if self.is_certain else np.asarray(~self.true))

    def block(self, span: slice) -> "Bounds":
        """Return the answers for a block of records."""
        true = self.true[span]
        return sure(true) if self.is_certain else Bounds(true, self.possible[span])

    def kleene(self) -> Kleene:
        """Return the same as the engine says it."""
        # Of two truth values, the lower bound is at least the upper one where they are the same.
        return Kleene(self.true, frozen(np.greater_equal(self.true, self.possible)))


def sure(true: Mask) -> Bounds:
    """Return answers without doubt."""
    return Bounds(true, true)


def all_of(answers: Iterable[Bounds]) -> Bounds:
    """Return where all hold."""
    return _combined(np.logical_and, tuple(answers))


def any_of(answers: Iterable[Bounds]) -> Bounds:
    """Return where some hold."""
    return _combined(np.logical_or, tuple(answers))


def _combined(connective: np.ufunc, answers: Sequence[Bounds]) -> Bounds:
    true = _folded(connective, [one.true for one in answers])
    if all(one.is_certain for one in answers):
        return sure(true)
    return Bounds(true, _folded(connective, [one.possible for one in answers]))


def _folded(connective: np.ufunc, masks: Sequence[Mask]) -> Mask:
    if len(masks) == 1:
        return masks[0]
    found = np.asarray(connective(masks[0], masks[1]))
    for mask in masks[2:]:
        connective(found, mask, out=found)
    return found


def doubted(true: Mask, doubt: Mask) -> Bounds:
    """Return answers that are uncertain where `doubt` says so; it never touches a true one."""
    return Bounds(true, np.asarray(true | doubt)) if doubt.any() else sure(true)


class Collected:
    """The answers for all records, put together of blocks."""

    def __init__(self, size: int) -> None:
        self._true = np.empty(size, np.bool_)
        self._possible: Mask | None = None

    def take(self, span: slice, block: Mask) -> None:
        """Put a block of certain answers into its place."""
        self._true[span] = block

    def take_bounds(self, span: slice, block: Bounds) -> None:
        """Put a block into its place."""
        self._true[span] = block.true
        if self._possible is None and not block.is_certain:
            self._possible = np.empty_like(self._true)
            self._possible[: span.start] = self._true[: span.start]
        if self._possible is not None:
            self._possible[span] = block.possible

    def whole(self) -> Bounds:
        """Return all blocks as one, read-only."""
        true = frozen(self._true)
        return sure(true) if self._possible is None else Bounds(true, frozen(self._possible))


class Packed:
    """The same as bits, eight records a byte; blocks begin at whole bytes."""

    def __init__(self, size: int) -> None:
        self.bits = np.empty(-(-size // 8), np.uint8)

    def take(self, span: slice, block: Mask) -> None:
        """Put a block of certain answers into its place."""
        self.bits[span.start // 8 : -(-span.stop // 8)] = np.packbits(block)
