"""Ascending ids, against lists and sets."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tierloom.engine.ascending import distinct, find, rank, same, union

IDS = st.sets(st.integers(1, 40)).map(sorted)


def array(ids: list[int]) -> np.ndarray:
    return np.array(ids, np.int64)


@settings(deadline=None)
@given(IDS, st.lists(st.integers(-1, 45)))
def test_find(ids: list[int], sought: list[int]) -> None:
    places = find(array(ids), array(sought)).tolist()
    assert places == [ids.index(number) if number in ids else -1 for number in sought]


@settings(deadline=None)
@given(
    st.lists(st.integers(-3, 9), max_size=6).map(sorted),
    st.lists(st.integers(-3, 9), max_size=20),
    st.booleans(),
)
def test_ranks_and_distinct_ids(ids: list[int], sought: list[int], ascending: bool) -> None:
    asked = sorted(sought) if ascending else sought
    assert rank(array(ids), array(asked)).tolist() == [
        sum(one < number for one in ids) for number in asked
    ]
    assert rank(array(ids), array(asked), "right").tolist() == [
        sum(one <= number for one in ids) for number in asked
    ]
    assert distinct(array(sought)).tolist() == sorted(set(sought))


@settings(deadline=None)
@given(st.lists(IDS, max_size=4))
def test_union(several: list[list[int]]) -> None:
    found = union([array(one) for one in (*several, *several)])
    assert found.tolist() == sorted({number for one in several for number in one})
    assert found.dtype == np.int64
    assert all(same(found, array(one)) == (found.tolist() == one) for one in several)
