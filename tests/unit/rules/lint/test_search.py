"""The search of the rule check against trying everything."""

from collections.abc import Sequence
from itertools import product
from random import Random

import pytest

from tierloom.rules.lint.search import (
    ALWAYS,
    NEVER,
    All,
    Effort,
    Formula,
    GaveUp,
    Some,
    Within,
    cells_in,
    everything,
    meet,
    variables_in,
)

PLENTY = 10**6


def drawn(random: Random, sizes: Sequence[int], depth: int) -> Formula:
    if depth == 0 or random.random() < 0.3:
        variable = random.randrange(len(sizes))
        return Within(variable, random.randrange(1 << sizes[variable]))
    parts = tuple(drawn(random, sizes, depth - 1) for _ in range(random.choice((1, 2, 3))))
    return All(parts) if random.random() < 0.5 else Some(parts)


def holds(formula: Formula, chosen: Sequence[int]) -> bool:
    match formula:
        case Within(variable, cells):
            return bool(cells >> chosen[variable] & 1)
        case All(parts):
            return all(holds(one, chosen) for one in parts)
        case Some(parts):
            return any(holds(one, chosen) for one in parts)


def test_what_is_found_holds_and_what_is_not_found_cannot_be() -> None:
    random, met = Random(31), 0
    for _ in range(400):
        sizes = [random.choice((2, 2, 3, 5)) for _ in range(5)]
        wanted = [drawn(random, sizes, 3) for _ in range(random.choice((1, 2, 4)))]
        found = meet([everything(one) for one in sizes], wanted, Effort(PLENTY, PLENTY))
        possible = [
            chosen
            for chosen in product(*map(range, sizes))
            if all(holds(one, chosen) for one in wanted)
        ]
        assert (found is not None) == bool(possible)
        if found is not None:
            met += 1
            # All of the cells will do, in every combination.
            everywhere = {*product(*(cells_in(one) for one in found))}
            assert everywhere
            assert everywhere <= {*possible}
    assert 100 < met < 300


def test_a_search_stays_within_what_may_be() -> None:
    assert meet([0b110], [Within(0, 0b011)], Effort(9, 9)) == [0b010]
    assert meet([0b110], [Within(0, 0b001)], Effort(9, 9)) is None
    assert meet([0b110], [ALWAYS], Effort(9, 9)) == [0b110]
    assert meet([0b110], [NEVER], Effort(9, 9)) is None


def pigeons(holes: int) -> list[Formula]:
    """One pigeon more than holes, each in a hole of its own: as hard as it gets."""
    together: list[Formula] = []
    for hole in range(holes):
        for one in range(holes + 1):
            for other in range(one):
                away = everything(holes) & ~(1 << hole)
                together.append(Some((Within(one, away), Within(other, away))))
    return together


def test_a_search_gives_up_when_it_has_taken_its_share() -> None:
    effort = Effort(20_000, 15_000)
    for left in (5_000, 0):
        with pytest.raises(GaveUp):
            meet([everything(8)] * 9, pigeons(8), effort)
        assert effort.left == left
    assert meet([everything(3)] * 4, pigeons(3), Effort(PLENTY, PLENTY)) is None


def test_the_variables_of_a_formula_are_those_it_speaks_of() -> None:
    formula = Some((Within(3, 1), All((Within(1, 2), Within(3, 4)))))
    assert sorted(variables_in(formula)) == [1, 3, 3]
