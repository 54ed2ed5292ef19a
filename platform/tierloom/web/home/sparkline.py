"""A small line of a tier's sizes, month by month; what was reconstructed is dashed."""

from collections.abc import Sequence
from dataclasses import dataclass

FLATTEST = 0.15
"""A line spans at least this part of its highest value: a change of one in a thousand is no mountain."""
_HIGH, _LOW = 12.0, 88.0


@dataclass(frozen=True, slots=True)
class Spark:
    """Points of two lines in a square of 100 by 100, and the height (in per cent) at which the line ends."""

    dashed: str
    solid: str
    end: float
    first: int
    last: int


def spark(values: Sequence[int], rebuilt: Sequence[bool]) -> Spark:
    """Draw values, of which those `rebuilt` come first; the dashed line reaches the first one that is not."""
    top = max(values)
    span = max(top - min(values), top * FLATTEST) or 1
    middle = (top + min(values)) / 2
    step = 100 / max(1, len(values) - 1)
    points = [
        (number * step, 50 + (middle - value) / span * (_LOW - _HIGH))
        for number, value in enumerate(values)
    ]
    split = sum(rebuilt)
    dashed, solid = points[: split + 1], points[split:]
    return Spark(_line(dashed if split else []), _line(solid), points[-1][1], values[0], values[-1])


def _line(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points) if len(points) > 1 else ""
