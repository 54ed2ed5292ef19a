"""The heat grid of two tier models as its table takes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from urllib.parse import urlencode

from tierloom.domain.tiers import DefaultTier, Tier
from tierloom.services.crossing import Crossing
from tierloom.text import Label

STEPS = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """A pair of tiers: how many records, how dark (0…5), and the list of them."""

    column: Tier | DefaultTier | None
    value: int
    step: int
    href: str


@dataclass(frozen=True, slots=True)
class Row:
    """One tier of the model that goes down."""

    tier: Tier | DefaultTier | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Heat:
    """A crossing with its rows; `choices` are the models to choose from for the columns, by key."""

    crossing: Crossing
    rows: tuple[Row, ...]
    choices: tuple[tuple[str, Label], ...]


def heat(crossings: Iterable[Crossing]) -> list[Heat]:
    """Return crossings as they are drawn."""
    return [
        Heat(one, tuple(_rows(one)), tuple((each.key, each.label) for each in one.choices))
        for one in crossings
    ]


def _rows(crossing: Crossing) -> Iterable[Row]:
    most = max(crossing.counts.values(), default=0)
    for down, tier in crossing.rows:
        cells = []
        for across, column in crossing.columns:
            count = crossing.counts.get((down, across), 0)
            cells.append(Cell(column, count, _step(count, most), _address(crossing, down, across)))
        yield Row(tier, tuple(cells))


def _step(count: int, most: int) -> int:
    """Darken by the root of the count: one large cell would otherwise leave all the others pale."""
    return min(STEPS, 1 + int(STEPS * sqrt(count / most))) if count else 0


def _address(crossing: Crossing, down: str, across: str) -> str:
    tiers = f"{crossing.down.key}.{down},{crossing.across.key}.{across}"
    return f"/data/{crossing.table.key}?{urlencode({'tier': tiers})}"
