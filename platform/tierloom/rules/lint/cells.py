"""The values of one source that its conditions can tell apart: its cells, and what each condition says of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Link, Value
from tierloom.rules.explain.sources import Source
from tierloom.rules.lint.conditions import Leaf
from tierloom.rules.lint.faces import Answer
from tierloom.rules.lint.values import known_values
from tierloom.rules.roll_ups import NONE, Known
from tierloom.rules.row import Row, compile_kleene, compile_predicate

Limits = tuple[float, float]
Said = tuple[Answer, ...]

MOST_ASKED = 300_000
"""So many answers are worked out for one source. More of them (long lists in many conditions) would take too long."""


@dataclass(slots=True)
class Sketch:
    """A record of which only the values of sources matter, by their names. What it links to is there."""

    known: Mapping[str, Known]

    def value(self, key: str) -> Value:
        """Return a source's value."""
        return self.known[key]  # type: ignore[return-value]

    def parent(self, reference: str) -> "Sketch | None":
        """Return some record where there is a link."""
        return self if isinstance(self.known[reference], Link) else None

    def related(self, relation: str) -> Sequence[Row]:  # noqa: ARG002
        """Return no records: totals are worked out by the sources already."""
        return ()


class TooMany(Exception):
    """A source has too many values that conditions could tell apart."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A value of each cell, known ones first; what each condition says there; and how to find the cell of a value.

    What conditions say may depend on the moment: `at` are the cells of each moment, those of the present one first.
    """

    values: tuple[Known, ...]
    answers: Mapping[Leaf, Said]
    at: tuple[int, ...]
    _places: Mapping[Said, int]
    _ask: Callable[[Known], Said]

    @property
    def lacking(self) -> int:
        """The set of cells without a value."""
        return self.where(is_lacking)

    def place(self, value: Known) -> int | None:
        """Return the present cell that a known value is in; None where no value of its cell was found."""
        return self._places.get(self._ask(value))

    def where(self, holds: Callable[[Known], object]) -> int:
        """Return the set of cells whose values are so."""
        return sum(1 << place for place, one in enumerate(self.values) if holds(one))


def cells_of(
    source: Source,
    asked: Sequence[Leaf],
    moments: Sequence[RunContext],
    lacking: Sequence[Known],
    *,
    hold: bool = False,
    limits: Limits | None = None,
) -> Cells:
    """Cut the values of a source into cells, some of which it may be `lacking`; `limits` are those of a score.

    Raises:
        TooMany: conditions could tell too many of them apart.
    """
    kept: dict[tuple[int, Said, Known], Known] = {}
    asks = [_asking(source, asked, moment, hold=hold) for moment in moments]
    for number, (moment, ask) in enumerate(zip(moments, asks, strict=True)):
        values = _values(source, asked, moment, limits)
        if len(values) * len(asked) * len(moments) > MOST_ASKED:
            raise TooMany
        for value in (*values, *lacking):
            # What has no value is a cell of its own, whatever conditions say of it.
            kept.setdefault((number, ask(value), value if is_lacking(value) else True), value)
    found = sorted(
        ((number, said, value) for (number, said, _), value in kept.items()),
        key=lambda one: is_lacking(one[2]),
    )
    at = [0] * len(moments)
    places: dict[Said, int] = {}
    for place, (number, said, value) in enumerate(found):
        at[number] |= 1 << place
        if number == 0 and not is_lacking(value):
            places[said] = place
    return Cells(
        tuple(value for _, _, value in found),
        {leaf: tuple(said[n] for _, said, _ in found) for n, leaf in enumerate(asked)},
        tuple(at),
        places,
        asks[0],
    )


def is_lacking(value: Known) -> bool:
    """Tell whether there is no value."""
    return value is None or value is NONE


def _asking(
    source: Source, asked: Sequence[Leaf], context: RunContext, *, hold: bool
) -> Callable[[Known], Said]:
    """Return what gives all answers about a value, at a moment."""
    compiled = compile_kleene if hold else compile_predicate
    tests = [compiled(one, context) for one in asked]

    def ask(value: Known) -> Said:
        row = Sketch({source.name: value})
        return tuple([test(row) for test in tests])

    return ask


def _values(
    source: Source, asked: Sequence[Leaf], context: RunContext, limits: Limits | None
) -> list[Value]:
    found = [one for one in known_values(source, asked, context) if not is_lacking(one)]
    if limits is None:
        return [*dict.fromkeys(found)]
    low, high = limits
    within = [one for one in found if isinstance(one, (int, float)) and low <= one <= high]
    return [*dict.fromkeys((*within, low, high))]
