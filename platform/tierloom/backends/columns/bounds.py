"""Answers of a predicate as a pair of bounds: certainly true, and possibly true.

A two-valued answer is a pair whose sides are the same array, which costs nothing more.
"""

from dataclasses import dataclass

import numpy as np

from tierloom.backends.columns.vectors import frozen
from tierloom.engine.columns import Bits, Mask
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

    def kleene(self) -> Kleene:
        """Return the same as the engine says it."""
        # Of two truth values, the lower bound is at least the upper one where they are the same.
        return Kleene(self.true, frozen(np.greater_equal(self.true, self.possible)))


def sure(true: Mask) -> Bounds:
    """Return answers without doubt."""
    return Bounds(true, true)


def unpacked(span: slice, true: Bits, possible: Bits) -> Bounds:
    """Return the answers for a stretch of records, which are given as bits; read-only."""
    found = _mask(true, span)
    certain = true is possible or true.tobytes() == possible.tobytes()
    return sure(found) if certain else Bounds(found, _mask(possible, span))


def _mask(bits: Bits, span: slice) -> Mask:
    found = np.unpackbits(bits)[: span.stop - span.start].view(np.bool_)
    found.flags.writeable = False
    return found


class Collected:
    """Certain answers for all records, put together of blocks."""

    def __init__(self, size: int) -> None:
        self._mask = np.empty(size, np.bool_)

    def take(self, span: slice, block: Mask) -> None:
        """Put a block into its place."""
        self._mask[span] = block

    def whole(self) -> Bounds:
        """Return all blocks as one, read-only."""
        return sure(frozen(self._mask))


class Packed:
    """The same as bits, eight records a byte; blocks begin at whole bytes."""

    def __init__(self, size: int) -> None:
        self.bits = np.empty(-(-size // 8), np.uint8)

    def take(self, span: slice, block: Bits) -> None:
        """Put the bits of a block into their place."""
        self.bits[span.start // 8 : -(-span.stop // 8)] = block
