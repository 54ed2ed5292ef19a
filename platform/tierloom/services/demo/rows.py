"""The rows of a sample, and what drawing them has in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from tierloom.domain.fields import Value
from tierloom.services.demo.names import Lang, draw_name

UNKNOWN = 0.04
Row = dict[str, Value]


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of one table.

    `links` has the references by field: the table that they point to, and the position of each
    row's target in it (None: it has none).
    """

    table: str
    rows: Sequence[Row]
    links: Mapping[str, tuple[str, Sequence[int | None]]] = field(default_factory=dict)


Sample = tuple[TableRows, ...]
"""The tables of a sample, parents before their children."""


def perhaps(random: Random, value: Value, unknown: float = UNKNOWN) -> Value:
    """Return the value, now and then unknown."""
    return None if random.random() < unknown else value


def one_of(random: Random, weights: Mapping[str, float]) -> str:
    """Draw a word by weight."""
    return random.choices(list(weights), list(weights.values()))[0]


def some_of(random: Random, weights: Mapping[str, float], most: int) -> tuple[str, ...] | None:
    """Draw several different words, in the order of `weights`; None where none was drawn."""
    drawn = {one_of(random, weights) for _ in range(random.randint(0, most))}
    return tuple(word for word in weights if word in drawn) or None


def birthday(random: Random, today: date) -> date:
    """Draw a birthday by the days until it returns: as many are near on any day of loading."""
    returns = today + timedelta(days=random.randrange(365))
    age = int(random.triangular(18, 72, 32))
    if (returns.month, returns.day) == (2, 29):
        age -= age % 4
    return returns.replace(year=returns.year - age)


def people(stream: str, count: int, lang: Lang, women: float) -> list[Row]:
    """Draw genders and names; their own stream keeps everything else the same in any language."""
    naming = Random(stream)  # noqa: S311 sample data, no secrets
    genders = ["female" if naming.random() < women else "male" for _ in range(count)]
    return [{"name": draw_name(naming, lang, one).full, "gender": one} for one in genders]


def numbered(key: str, prefix: str, width: int, rows: Sequence[Row]) -> list[Row]:
    """Give rows their numbers, in order."""
    return [{key: f"{prefix}{number:0{width}}", **row} for number, row in enumerate(rows, 1)]
