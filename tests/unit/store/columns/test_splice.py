"""Merging a base with its tail, against dictionaries."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tierloom.store.columns.splice import Splice

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
