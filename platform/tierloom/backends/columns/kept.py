"""Which related records count, as bits: eight records a byte, as there may be many of them, and many questions."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from tierloom.engine.columns import Bits, Mask, Positions

_MANY = 8
"""Where one byte of so many holds a record that counts, those without any are not worth looking for."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The records of a table that count; without `bits`, all do. Bits after the last record are 0."""

    bits: Bits | None
    size: int

    @classmethod
    def of(cls, mask: Mask) -> Self:
        """Return what a mask says."""
        return cls(np.packbits(mask), len(mask))

    @property
    def nbytes(self) -> int:
        return 0 if self.bits is None else self.bits.nbytes

    def mask(self) -> Mask:
        """Return the same as a mask."""
        if self.bits is None:
            return np.ones(self.size, np.bool_)
        return np.unpackbits(self.bits, count=self.size).view(np.bool_)

    def positions(self) -> Positions:
        """Return the positions of those that count, in their order."""
        if self.bits is None:
            return np.arange(self.size)
        bytes_ = np.flatnonzero(self.bits != 0)
        if len(bytes_) * _MANY > len(self.bits):
            return np.flatnonzero(self.mask())
        found = np.flatnonzero(np.unpackbits(self.bits[bytes_]).view(np.bool_))
        return np.asarray(bytes_[found >> 3] * 8 + (found & 7))
