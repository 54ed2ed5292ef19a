"""Merging a base with its tail, against dictionaries."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tierloom.store.columns.splice import Splice, distinct, find, rank

IDS = st.sets(st.integers(1, 40)).map(sorted)


def array(ids: list[int]) -> np.ndarray:
    return np.array(ids, np.int64)


@settings(deadline=None)
@given(IDS, IDS, IDS)
def test_tail_rows_win_and_gone_rows_go(base: list[int], live: list[int], gone: list[int]) -> None:
    gone = [number for number in gone if number not in live]
    plan = Splice(array(base), array(live), array(gone))
    rows = {number: f"base {number}" for number in base if number not in gone}
    rows |= {number: f"tail {number}" for number in live}
    merged = plan.apply(
        np.array([f"base {number}" for number in base], "U8"),
        np.array([f"tail {number}" for number in live], "U8"),
    )
    assert plan.ids.tolist() == sorted(rows)
    assert merged.tolist() == [rows[number] for number in sorted(rows)]
    assert plan.changes_nothing == (not live and not set(gone) & set(base))
    assert plan.size == len(rows)


@settings(deadline=None)
@given(IDS, IDS, IDS, st.lists(st.integers(0, 45)))
def test_rows_are_found_without_merging(
    base: list[int], live: list[int], gone: list[int], sought: list[int]
) -> None:
    gone = [number for number in gone if number not in live]
    plan = Splice(array(base), array(live), array(gone))
    merged = plan.ids.tolist()
    assert plan.find(array(sought)).tolist() == [
        merged.index(one) if one in merged else -1 for one in sought
    ]
    rows, tail = plan.sources(np.arange(-1, len(merged)))
    assert rows[0] == tail[0] == -1
    for place, number in enumerate(merged):
        row, changed = int(rows[place + 1]), int(tail[place + 1])
        assert (changed >= 0) == (number in live)
        assert (live[changed] if changed >= 0 else base[row]) == number
        assert (row < 0) == (changed >= 0)
    staying = [row for row, number in enumerate(base) if number in merged]
    assert plan.to_merged(array(staying)).tolist() == [merged.index(base[one]) for one in staying]
    changed = [row for row, number in enumerate(base) if number in {*live, *gone}]
    assert plan.replaced.tolist() == changed
    assert not plan.moves_nothing or [merged[row] for row in range(len(base))] == base


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
