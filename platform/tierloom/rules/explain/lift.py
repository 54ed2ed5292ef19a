"""The smallest change that brings a record into a tier.

Fewest fields; among these the smallest sum of |change| / step of the field; among these the fields listed first. Totals
and calculated fields are changed as values ("spend ¥380 more"), text is not changed, nothing is made unknown, and the
record must end in the tier itself: no earlier tier may take it. Exact up to three fields, as far as the conditions rise
or fall with each field.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, permutations

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Value
from tierloom.rules import ir
from tierloom.rules.explain.candidates import Finder, Values, atoms_of, names_in, steps
from tierloom.rules.explain.sources import Source, abstracted, sources_of
from tierloom.rules.roll_ups import NONE
from tierloom.rules.row import Row, compile_kleene, compile_known, compile_predicate

MOST_CHANGES = 3
MOST_TRIES = 60_000
"""So many changed records are tried; whoever opens a record waits for them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that would have to be another; `before` None is unknown, or nothing."""

    source: Source
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Lift:
    """The changes that bring a record into a tier, and how many steps they are in all."""

    changes: tuple[Change, ...]
    cost: float


def smallest_change(
    rules: Sequence[ir.Predicate],
    table: str,
    row: Row,
    context: RunContext,
    *,
    hold: bool = False,
    fixed: frozenset[str] = frozenset(),
) -> Lift | None:
    """Return the smallest change after which the last of `rules` takes a record and none before it does.

    `rules` are those of the tiers from the first to the wanted one; `fixed` names sources that cannot be changed, and
    what belongs to linked records cannot either. None where more than three changes are needed, where none will do, and
    where there are more than `MOST_TRIES` to be tried.
    """
    sources = sources_of(rules, table, context.catalogue)
    simple = [abstracted(one, sources) for one in rules]
    asked = _asker(simple, context, hold=hold)
    atoms = tuple(atom for one in simple for atom in atoms_of(one))
    free = [one for one in sources if one.is_own and one.name not in fixed]
    now = Values({one.name: compile_known(one.node, context)(row) for one in sources})
    entangled = any(len(names_in(atom)) > 1 for atom in atoms)
    search = _Search(sources, Finder(atoms, context), now, asked, entangled)
    if asked(now):
        return Lift((), 0)
    for count in range(1, min(MOST_CHANGES, len(free)) + 1):
        for chosen in combinations(free, count):
            search.try_all(chosen)
            if search.tries > MOST_TRIES:
                return None
        if search.best is not None:
            return search.best
    return None


def _asker(
    rules: Sequence[ir.Predicate], context: RunContext, *, hold: bool
) -> Callable[[Values], bool]:
    """Return the function that tells whether the last rule takes a record and none before it may."""
    make = compile_kleene if hold else compile_predicate
    *earlier, last = [make(one, context) for one in rules]
    return lambda values: last(values) is True and all(one(values) is False for one in earlier)


@dataclass(slots=True)
class _Search:
    sources: tuple[Source, ...]
    finder: Finder
    now: Values
    reached: Callable[[Values], bool]
    entangled: bool
    best: Lift | None = None
    tries: int = 0
    _kept: dict[str, list[Value]] = field(default_factory=dict)

    def try_all(self, chosen: tuple[Source, ...]) -> None:
        """Try all values for these sources; where conditions compare sources, in every order."""
        for order in permutations(chosen) if self.entangled else (chosen,):
            self._fill(order, 0, self.now, 0)

    def _fill(self, order: tuple[Source, ...], place: int, values: Values, cost: float) -> None:
        if place == len(order):
            self.tries += 1
            if self.reached(values):
                self.best = Lift(tuple(self._changes(values)), cost)
            return
        source = order[place]
        for value in self._candidates(source, values):
            more = cost + steps(source.type, self.now.known[source.name], value)
            if self.tries > MOST_TRIES or (self.best is not None and more >= self.best.cost):
                return
            tried = Values({**values.known, source.name: value})
            self._fill(order, place + 1, tried, more)

    def _candidates(self, source: Source, values: Values) -> list[Value]:
        if self.entangled:
            return self.finder.find(source, values)
        if source.name not in self._kept:
            self._kept[source.name] = self.finder.find(source, values)
        return self._kept[source.name]

    def _changes(self, values: Values) -> Iterator[Change]:
        for source in self.sources:
            before, after = self.now.known[source.name], values.value(source.name)
            if before != after:
                yield Change(source, None if before is NONE else before, after)
