"""Answers of a predicate as a pair of bounds: certainly true, and possibly true.

A two-valued answer is a pair whose sides are the same array, which costs nothing more.
"""

from dataclasses import dataclass
from typing import Self

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

    def kleene(self) -> Kleene:
        """Return the same as the engine says it."""
        # Of two truth values, the lower bound is at least the upper one where they are the same.
        return Kleene(self.true, frozen(np.greater_equal(self.true, self.possible)))


def sure(true: Mask) -> Bounds:
    """Return answers without doubt."""
    return Bounds(true, true)


def unpacked(span: slice, true: Bits, possible: Bits) -> Bounds:
    """Return the answers for a stretch of records, which are given as bits; read-only."""
    found = mask_of(span, true)
    certain = true is possible or true.tobytes() == possible.tobytes()
    return sure(found) if certain else Bounds(found, mask_of(span, possible))


def mask_of(span: slice, bits: Bits) -> Mask:
    """Return the bits of a stretch of records as a mask, read-only."""
    found = np.unpackbits(bits, count=span.stop - span.start).view(np.bool_)
    found.flags.writeable = False
    return found


@dataclass(frozen=True, slots=True)
class PackedBounds:
    """The same for all `size` records as bits, eight a byte; those after the last record are 0."""

    true: Bits
    possible: Bits
    size: int

    @classmethod
    def of(cls, bounds: Bounds) -> Self:
        """Pack masks."""
        true = frozen(np.packbits(bounds.true))
        possible = true if bounds.is_certain else frozen(np.packbits(bounds.possible))
        return cls(true, possible, len(bounds.true))

    @property
    def nbytes(self) -> int:
        return self.true.nbytes + (0 if self.true is self.possible else self.possible.nbytes)

    def mask(self) -> Mask:
        """Return where the predicate certainly holds."""
        return mask_of(slice(0, self.size), self.true)

    def bounds(self) -> Bounds:
        """Return the same as masks."""
        return unpacked(slice(0, self.size), self.true, self.possible)


class Packed:
    """Bits for all records, put together of blocks, which begin at whole bytes."""

    def __init__(self, size: int) -> None:
        self._bits = np.empty(-(-size // 8), np.uint8)
        self._beyond = -size % 8

    def take(self, span: slice, block: Bits) -> None:
        """Put the bits of a block into their place."""
        self._bits[bytes_of(span)] = block

    def whole(self) -> Bits:
        """Return all blocks as one, read-only."""
        if self._beyond:
            self._bits[-1] &= np.uint8(0xFF << self._beyond & 0xFF)
        self._bits.flags.writeable = False
        return self._bits


def bytes_of(span: slice) -> slice:
    """Return where the bits of a block lie, which begins at a whole byte."""
    return slice(span.start // 8, -(-span.stop // 8))
