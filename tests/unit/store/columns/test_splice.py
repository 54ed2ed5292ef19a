"""Merging a base with its tail, against dictionaries."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tierloom.store.columns.splice import find, splice

IDS = st.sets(st.integers(1, 40)).map(sorted)


def array(ids: list[int]) -> np.ndarray:
    return np.array(ids, np.int64)


@settings(deadline=None)
@given(IDS, IDS, IDS)
def test_tail_rows_win_and_gone_rows_go(base: list[int], live: list[int], gone: list[int]) -> None:
    gone = [number for number in gone if number not in live]
    plan = splice(array(base), array(live), array(gone))
    rows = {number: f"base {number}" for number in base if number not in gone}
    rows |= {number: f"tail {number}" for number in live}
    merged = plan.apply(
        np.array([f"base {number}" for number in base], "U8"),
        np.array([f"tail {number}" for number in live], "U8"),
    )
    assert plan.ids.tolist() == sorted(rows)
    assert merged.tolist() == [rows[number] for number in sorted(rows)]
    assert plan.changes_nothing == (not live and not set(gone) & set(base))


@settings(deadline=None)
@given(IDS, st.lists(st.integers(-1, 45)))
def test_find(ids: list[int], sought: list[int]) -> None:
    places = find(array(ids), array(sought)).tolist()
    assert places == [ids.index(number) if number in ids else -1 for number in sought]
