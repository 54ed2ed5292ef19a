"""Figures that a benchmark prints: one JSON line each, with the goal beside it."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """`goal` is the most that `value` may be."""

    name: str
    value: float
    unit: str
    goal: float

    @property
    def ok(self) -> bool:
        return self.value <= self.goal


def report(name: str, value: float, unit: str, goal: float, **beside: float) -> Figure:
    """Print a figure; what stands `beside` it says under which circumstances."""
    figure = Figure(name, round(value, 3), unit, goal)
    others = {key: round(number, 3) for key, number in beside.items()}
    print(json.dumps({**asdict(figure), "ok": figure.ok, **others}), flush=True)
    return figure
