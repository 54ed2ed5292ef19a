"""Whether conditions on a few small variables can be met together: the search behind the rule check.

A variable has *cells*, numbered from 0; a set of cells is an integer with one bit for each. A *formula* says in which
cells variables are, with All and Some of such statements (negation is pushed into the cells by whoever makes it). It is
turned into clauses, each of which must be met by one of its statements; a clause that has one statement left decides
it, and only where nothing more follows one is tried, the loosest of the shortest clause, and its contrary after it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field


class GaveUp(Exception):
    """A search has taken all the effort that it may."""


@dataclass(frozen=True, slots=True)
class Within:
    """A variable is in one of these cells."""

    variable: int
    cells: int


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without parts it always does."""

    parts: "tuple[Formula, ...]"


@dataclass(frozen=True, slots=True)
class Some:
    """Some part holds; without parts it never does."""

    parts: "tuple[Formula, ...]"


Formula = Within | All | Some
Clause = tuple[tuple[int, int], ...]
ALWAYS, NEVER = All(()), Some(())


def variables_in(formula: Formula) -> Iterator[int]:
    """Yield the variables that a formula speaks of."""
    match formula:
        case Within(variable):
            yield variable
        case All(parts) | Some(parts):
            for one in parts:
                yield from variables_in(one)


def everything(size: int) -> int:
    """Return the set of all of `size` cells."""
    return (1 << size) - 1


def cells_in(cells: int) -> Iterator[int]:
    """Yield the cells of a set, the first ones first."""
    while cells:
        lowest = cells & -cells
        yield lowest.bit_length() - 1
        cells ^= lowest


@dataclass(slots=True)
class Effort:
    """How many looks at clauses are left to all searches together; one search may take `each` of them."""

    left: int
    each: int

    def share(self) -> int:
        """Return what the next search may take."""
        return min(self.left, self.each)


def meet(domains: Sequence[int], wanted: Iterable[Formula], effort: Effort) -> list[int] | None:
    """Return sets of cells within `domains`, none empty, wherever in which all that is wanted holds; None if nowhere.

    Raises:
        GaveUp: it takes too much effort.
    """
    search = _Search(list(domains), effort.share())
    for one in wanted:
        search.require(one)
    before = search.looks
    try:
        found = search.run()
    finally:
        effort.left -= before - max(search.looks, 0)
    return None if found is None else found[: len(domains)]


@dataclass(slots=True)
class _Search:
    domains: list[int]
    looks: int
    clauses: list[Clause] = field(default_factory=list)
    around: dict[int, list[Clause]] = field(default_factory=dict)
    trail: list[tuple[int, int]] = field(default_factory=list)

    # ── clauses ─────────────────────────────────────────────────────────────────────────────────────────────────

    def require(self, formula: Formula) -> None:
        match formula:
            case Within(variable, cells):
                self._add(((variable, cells),))
            case All(parts):
                for one in parts:
                    self.require(one)
            case Some():
                self._add(tuple(self._either(formula)))

    def _either(self, formula: Formula) -> Iterator[tuple[int, int]]:
        """Yield statements one of which holds if the formula does; some get a variable of their own."""
        match formula:
            case Within(variable, cells):
                yield variable, cells
            case Some(parts):
                for one in parts:
                    yield from self._either(one)
            case All((one,)):
                yield from self._either(one)
            case All(parts):
                named = len(self.domains)
                self.domains.append(0b11)
                for one in parts:
                    self._implied(named, one)
                yield named, 0b10

    def _implied(self, named: int, formula: Formula) -> None:
        if isinstance(formula, All):
            for one in formula.parts:
                self._implied(named, one)
        else:
            self._add(((named, 0b01), *self._either(formula)))

    def _add(self, statements: Clause) -> None:
        together: dict[int, int] = {}
        for variable, cells in statements:
            together[variable] = together.get(variable, 0) | cells
        clause = tuple(together.items())
        self.clauses.append(clause)
        for variable in together:
            self.around.setdefault(variable, []).append(clause)

    # ── searching ───────────────────────────────────────────────────────────────────────────────────────────────

    def run(self) -> list[int] | None:
        tried: list[tuple[int, int, int]] = []
        agree = self._follow(self.clauses)
        while True:
            while not agree:
                if not tried:
                    return None
                mark, variable, cells = tried.pop()
                self._undo(mark)
                agree = self._narrow(variable, ~cells)
            chosen = self._choice()
            if chosen is None:
                return self.domains
            tried.append((len(self.trail), *chosen))
            agree = self._narrow(*chosen)

    def _narrow(self, variable: int, cells: int) -> bool:
        """Keep a variable in some cells and draw the conclusions; False where they contradict."""
        return self._set(variable, cells) and self._follow(self.around[variable])

    def _set(self, variable: int, cells: int) -> bool:
        before = self.domains[variable]
        self.trail.append((variable, before))
        self.domains[variable] = before & cells
        return self.domains[variable] != 0

    def _undo(self, mark: int) -> None:
        while len(self.trail) > mark:
            variable, before = self.trail.pop()
            self.domains[variable] = before

    def _follow(self, clauses: list[Clause]) -> bool:
        waiting = list(clauses)
        while waiting:
            clause = waiting.pop()
            left = self._left(clause)
            if left is None or len(left) > 1:
                continue
            if not left:
                return False
            [(variable, cells)] = left
            self._set(variable, cells)
            waiting += self.around[variable]
        return True

    def _left(self, clause: Clause) -> list[tuple[int, int]] | None:
        """Return the statements of a clause that may still hold; None where one does."""
        self.looks -= 1
        if self.looks < 0:
            raise GaveUp
        domains, left = self.domains, []
        for one in clause:
            domain = domains[one[0]]
            here = domain & one[1]
            if here == domain:
                return None
            if here:
                left.append(one)
        return left

    def _choice(self) -> tuple[int, int] | None:
        """Return the statement to try next; None where every clause is met."""
        best: list[tuple[int, int]] | None = None
        for clause in self.clauses:
            left = self._left(clause)
            if left is not None and (best is None or len(left) < len(best)):
                best = left
                if len(best) == 2:
                    break
        return None if best is None else max(best, key=self._looseness)

    def _looseness(self, one: tuple[int, int]) -> float:
        domain = self.domains[one[0]]
        return (domain & one[1]).bit_count() / domain.bit_count()
