"""References and their reverse, against loops over rows."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierloom.store.columns.links import group, resolve

DAYS = st.none() | st.integers(-3, 3)
HALVES = st.none() | st.integers(-6, 6).map(lambda number: number / 2)
INSTANTS = st.none() | st.integers(-(2**41), 2**41)
HUGE = st.none() | st.sampled_from((-(2.0**60), 0.0, 2.0**60))
ROWS = st.sampled_from((DAYS, HALVES, INSTANTS, HUGE)).flatmap(
    lambda dates: st.lists(st.tuples(st.integers(-1, 5), dates), max_size=40)
)


@settings(deadline=None)
@given(ROWS, st.sampled_from((1, 2**20, 2**53)), st.sampled_from((np.float32, np.float64)))
def test_rows_are_grouped_by_target_date_and_id(
    rows: list[tuple[int, float | None]], factor: int, kind: type[np.floating]
) -> None:
    targets = [-1 if target < 0 else target * factor for target, _ in rows]
    dates = np.array([math.nan if date is None else date for _, date in rows], kind)
    found = group(np.array(targets, np.int64), dates)
    there = sorted({target for target in targets if target >= 0})
    assert found.targets.tolist() == there
    assert found.starts[-1] == len(found.rows)
    for number, target in enumerate(there):
        mine = [place for place, one in enumerate(targets) if one == target]
        unknown = [place for place in mine if math.isnan(dates[place])]
        dated = sorted((dates[place], place) for place in mine if not math.isnan(dates[place]))
        sought = unknown + [place for _, place in dated]
        assert found.rows[found.starts[number] : found.starts[number + 1]].tolist() == sought
    asked = [*reversed(there), 6 * factor, *there]
    few, counts = found.of(np.array(asked, np.int64))
    assert counts.tolist() == [targets.count(target) for target in asked]
    assert [targets[place] for place in few] == [
        target for target in asked for _ in range(targets.count(target))
    ]


def test_without_dates_rows_go_by_id() -> None:
    found = group(np.array([1, 0, -1, 1, 0]), None)
    assert found.rows.tolist() == [1, 4, 0, 3]
    assert found.starts.tolist() == [0, 2, 4]


def test_rows_that_point_at_nothing() -> None:
    found = group(np.array([-1, -1]), np.array([1.0, 2.0]))
    assert not len(found.targets)
    assert found.starts.tolist() == [0]


@pytest.mark.parametrize("factor", [1, 10**9])
@settings(deadline=None)
@given(ids=st.sets(st.integers(1, 30)).map(sorted), sought=st.lists(st.integers(0, 35)))
def test_references_become_positions(factor: int, ids: list[int], sought: list[int]) -> None:
    wanted = [-1 if number == 0 else number * factor for number in sought]
    known = [number * factor for number in ids]
    found = resolve(np.array(wanted, np.int64), np.array(known, np.int64))
    assert found.tolist() == [known.index(one) if one in known else -1 for one in wanted]
