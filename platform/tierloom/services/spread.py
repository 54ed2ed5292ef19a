"""A histogram of one figure on a logarithmic scale, each bar divided by where its records are placed."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log, log10

import numpy as np
from numpy.typing import NDArray

BARS = 48
_NICE = (1, 2, 5, 10)
_LONG_TAIL = 10**5


@dataclass(frozen=True, slots=True)
class Bar:
    """Records from `start` up to `end`; `counts` are by placement code, "not enough data" last."""

    start: float
    end: float
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All records of the bar."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Spread:
    """Bars of equal width from `low` to `high`; the first and the last also hold what lies beyond.

    `outside` counts records without a value above 0, which no logarithm can show.
    """

    low: float
    high: float
    bars: tuple[Bar, ...]
    outside: int

    def place(self, value: float) -> float:
        """Return where a value is on the scale, 0…1."""
        if value <= self.low:
            return 0.0
        return min(1.0, log(value / self.low) / log(self.high / self.low))

    def value(self, place: float) -> float:
        """Return the value at a place of the scale."""
        return self.low * float((self.high / self.low) ** place)


def spread(
    values: NDArray[np.float64], codes: NDArray[np.int8], places: int, marks: Sequence[float]
) -> Spread:
    """Divide values into bars. `places` is the number of tiers; `marks`, all above 0, are within the scale."""
    drawn = values > 0  # an unknown value is NaN, which is not
    shown = values[drawn]
    low, high = _range(shown, marks)
    edges = np.geomspace(low, high, BARS + 1)
    at = np.clip(np.searchsorted(edges, shown, side="right") - 1, 0, BARS - 1)
    # "Not enough data" is -1: the remainder puts it behind all tiers.
    width = places + 1
    kinds = np.mod(codes[drawn].astype(np.int64), width)
    counts = np.bincount(at * width + kinds, minlength=BARS * width).reshape(BARS, width)
    bars = tuple(
        Bar(float(edges[number]), float(edges[number + 1]), tuple(counts[number].tolist()))
        for number in range(BARS)
    )
    return Spread(low, high, bars, int(values.size - shown.size))


def _range(values: NDArray[np.float64], marks: Sequence[float]) -> tuple[float, float]:
    top = max([*marks, float(values.max()) if values.size else 0.0])
    high = _nice(top, up=True)
    bottom = float(np.percentile(values, 1)) if values.size else min(marks)
    low = _nice(max(min([bottom, *(one / 2 for one in marks)]), high / _LONG_TAIL), up=False)
    return low, high


def _nice(value: float, *, up: bool) -> float:
    """Return 1, 2 or 5 times a power of ten, not below the value (or not above it)."""
    power = 10.0 ** floor(log10(value))
    share = round(value / power, 9)
    chosen = (
        next(one for one in _NICE if one >= share)
        if up
        else next(one for one in reversed(_NICE) if one <= share)
    )
    return chosen * power
