"""Dependencies between columns, against a count by hand; sums of lines, against Python's own arithmetic."""

from collections import Counter, defaultdict
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tierloom.services.imports.deriving import _decimal, _rounded
from tierloom.services.imports.proposing.dependencies import depends

CODES = st.integers(-1, 4)


@given(st.lists(st.tuples(CODES, CODES), max_size=40))
def test_depends(pairs: list[tuple[int, int]]) -> None:
    found = depends(
        np.array([a for a, _ in pairs], np.int64), np.array([b for _, b in pairs], np.int64)
    )
    groups: dict[int, list[int]] = defaultdict(list)
    for key, value in pairs:
        if key >= 0 and value >= 0:
            groups[key].append(value)
    repeated = [one for one in groups.values() if len(one) > 1]
    assert found.rows == sum(map(len, repeated))
    assert found.against == sum(len(one) - max(Counter(one).values()) for one in repeated)
    assert found.conflicts == sum(len(set(one)) > 1 for one in groups.values())


@given(st.integers(-(10**15), 10**15), st.integers(0, 6))
def test_decimals_are_written_as_they_are(number: int, scale: int) -> None:
    assert Decimal(_decimal(number, scale)) == Decimal(number).scaleb(-scale)


@given(st.integers(-(10**12), 10**12), st.integers(1, 5))
def test_halves_go_to_the_even_side(number: int, digits: int) -> None:
    wanted = (Decimal(number).scaleb(-digits)).quantize(Decimal(1), ROUND_HALF_EVEN)
    assert _rounded(number, digits) == int(wanted)
