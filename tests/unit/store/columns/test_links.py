"""References and their reverse, against loops over rows."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierloom.store.columns.links import group, resolve

DATES = st.none() | st.integers(-3, 3)
ROWS = st.lists(st.tuples(st.integers(-1, 5), DATES), max_size=40)


@settings(deadline=None)
@given(ROWS, st.integers(6, 8))
def test_rows_are_grouped_by_parent_date_and_id(
    rows: list[tuple[int, int | None]], size: int
) -> None:
    parents = np.array([parent for parent, _ in rows], np.int64)
    dates = np.array([math.nan if date is None else date for _, date in rows], np.float64)
    grouped, starts = group(parents, dates, size)
    assert len(starts) == size + 1
    for parent in range(size):
        mine = [(date, place) for place, (one, date) in enumerate(rows) if one == parent]
        unknown = [place for date, place in mine if date is None]
        dated = sorted((date, place) for date, place in mine if date is not None)
        sought = unknown + [place for _, place in dated]
        assert grouped[starts[parent] : starts[parent + 1]].tolist() == sought
    assert starts[-1] == len(grouped) == sum(parent >= 0 for parent, _ in rows)


def test_without_dates_rows_go_by_id() -> None:
    grouped, starts = group(np.array([1, 0, -1, 1, 0]), None, 3)
    assert grouped.tolist() == [1, 4, 0, 3]
    assert starts.tolist() == [0, 2, 4, 4]


@pytest.mark.parametrize("factor", [1, 10**9])
@settings(deadline=None)
@given(ids=st.sets(st.integers(1, 30)).map(sorted), sought=st.lists(st.integers(0, 35)))
def test_references_become_positions(factor: int, ids: list[int], sought: list[int]) -> None:
    wanted = [-1 if number == 0 else number * factor for number in sought]
    known = [number * factor for number in ids]
    found = resolve(np.array(wanted, np.int64), np.array(known, np.int64))
    assert found.tolist() == [known.index(one) if one in known else -1 for one in wanted]
