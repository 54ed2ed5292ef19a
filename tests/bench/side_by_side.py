"""Two pieces of work, measured in turns in one process."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any


@dataclass(frozen=True)
class Times:
    """Seconds of the rounds of one piece of work: of the processor (all threads), and by the clock."""

    cpu: tuple[float, ...]
    wall: tuple[float, ...]


@dataclass
class Asked:
    """The answers to many questions, and the seconds of each: of the processor, and by the clock."""

    answers: list[Any] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def beside(self, name: str) -> dict[str, float]:
        """What to print beside a ratio, in milliseconds."""
        return {
            f"{name}_p95_ms": p95(self.wall) * 1000,
            f"{name}_median_ms": median(self.wall) * 1000,
            f"{name}_cpu_ms": median(self.cpu) * 1000,
        }


@dataclass(frozen=True)
class Pair:
    """The rounds of both."""

    ours: Times
    theirs: Times

    @property
    def ratio(self) -> float:
        """Median over median, in CPU seconds."""
        return median(self.ours.cpu) / median(self.theirs.cpu)

    @property
    def wall_ratio(self) -> float:
        return median(self.ours.wall) / median(self.theirs.wall)

    @property
    def seconds(self) -> dict[str, float]:
        """What to print beside a ratio."""
        return {
            "wall_ratio": self.wall_ratio,
            "cpu": median(self.ours.cpu),
            "other_cpu": median(self.theirs.cpu),
            "rounds": len(self.ours.cpu),
        }


def side_by_side(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    rounds: int = 5,
    before: Callable[[], object] = lambda: None,
) -> Pair:
    """Measure both in turns, after one round of each that does not count; `before` each round of ours, unmeasured."""
    found: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for number in range(rounds + 1):
        before()
        for work, times in zip((ours, theirs), found, strict=True):
            spent = _measured(work)
            if number:
                times.append(spent)
    return Pair(*(Times(*zip(*times, strict=True)) for times in found))


def in_turns(count: int, *asks: Callable[[int], Any], stretch: int = 25) -> list[Asked]:
    """Ask so many questions, a stretch of them of one and then of the other, and note the seconds of each.

    Everybody finds the processor's caches as he leaves them himself, as where he serves alone; what the machine
    does besides concerns all alike.
    """
    found = [Asked() for _ in asks]
    for start in range(0, count, stretch):
        for ask, asked in zip(asks, found, strict=True):
            for number in range(start, min(start + stretch, count)):
                cpu, wall = time.process_time(), time.perf_counter()
                asked.answers.append(ask(number))
                asked.wall.append(time.perf_counter() - wall)
                asked.cpu.append(time.process_time() - cpu)
    return found


def p95(times: list[float]) -> float:
    """Return the time that one in twenty takes longer than."""
    return quantiles(times, n=20)[-1]


def _measured(work: Callable[[], object]) -> tuple[float, float]:
    gc.collect()
    gc.disable()
    try:
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        return time.process_time() - cpu, time.perf_counter() - wall
    finally:
        gc.enable()
