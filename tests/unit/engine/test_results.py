"""Placements and moves: kept `since`, differences, and back again."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierloom.engine.results import (
    ABSENT,
    Moves,
    Placements,
    apply,
    diff,
    first_placements,
    flows,
    settle,
    sizes,
)

NIGHT, MORNING = 1_000, 2_000
codes = st.dictionaries(st.integers(1, 40), st.integers(-1, 3), max_size=15)


def placements(by_id: dict[int, int], at: int = NIGHT) -> Placements:
    ids = sorted(by_id)
    found = np.array([by_id[one] for one in ids], np.int8)
    return first_placements(np.array(ids, np.int64), found, at)


def as_dict(moves: Moves) -> dict[int, tuple[int, int]]:
    rows = zip(moves.ids.tolist(), moves.origin.tolist(), moves.target.tolist(), strict=True)
    return {record: (origin, target) for record, origin, target in rows}


def test_who_stays_keeps_the_day_and_who_moves_gets_a_new_one() -> None:
    before = placements({1: 0, 2: 1, 3: 1})
    ids = np.array([2, 3, 9])
    after = settle(before, ids, np.array([1, 0, 0], np.int8), MORNING)
    assert after.since.tolist() == [NIGHT, MORNING, MORNING]
    assert as_dict(diff(before, after)) == {1: (0, ABSENT), 3: (1, 0), 9: (ABSENT, 0)}


def test_at_first_everybody_is_new() -> None:
    assert as_dict(diff(None, placements({4: 2, 7: -1}))) == {4: (ABSENT, 2), 7: (ABSENT, -1)}


@given(codes, codes)
def test_moves_lead_from_one_day_to_the_next(one: dict[int, int], other: dict[int, int]) -> None:
    before, after = placements(one), placements(other)
    moves = diff(before, after)
    wanted = {
        record: (one.get(record, ABSENT), other.get(record, ABSENT))
        for record in one.keys() | other.keys()
        if one.get(record, ABSENT) != other.get(record, ABSENT)
    }
    assert as_dict(moves) == wanted
    reached = apply(before, moves, MORNING)
    assert dict(zip(reached.ids.tolist(), reached.codes.tolist(), strict=True)) == other
    since = dict(zip(reached.ids.tolist(), reached.since.tolist(), strict=True))
    assert since == {record: MORNING if record in wanted else NIGHT for record in other}
    assert flows(moves.origin, moves.target) == Counter(wanted.values())


def test_a_record_is_looked_up_by_its_id() -> None:
    found = placements({3: 1, 5: -1})
    assert [found.code_of(one) for one in (1, 3, 4, 5, 6)] == [ABSENT, 1, ABSENT, -1, ABSENT]


def test_sizes_count_empty_tiers_too() -> None:
    found = sizes(np.array([0, 2, 2, -1, ABSENT], np.int8))
    assert [found[one] for one in (ABSENT, -1, 0, 1, 2, 3)] == [1, 1, 1, 0, 2, 0]


def test_flows_are_in_the_order_of_their_codes() -> None:
    origin, target = np.array([3, -1, 3, ABSENT, 3, 127]), np.array([0, 0, -1, 127, 0, ABSENT])
    found = flows(origin.astype(np.int8), target.astype(np.int8))
    assert list(found.items()) == [
        ((ABSENT, 127), 1), ((-1, 0), 1), ((3, -1), 1), ((3, 0), 2), ((127, ABSENT), 1),
    ]  # fmt: skip
    assert flows(origin[:0].astype(np.int8), target[:0].astype(np.int8)) == {}


@pytest.mark.parametrize("ids", [[2, 1], [1, 1]])
def test_placements_are_in_order_of_ids(ids: list[int]) -> None:
    with pytest.raises(ValueError, match="ascending"):
        first_placements(np.array(ids), np.zeros(2, np.int8), NIGHT)


def test_every_placement_has_a_code() -> None:
    with pytest.raises(ValueError, match="one code"):
        Placements(np.array([1, 2]), np.zeros(1, np.int8), np.zeros(2, np.int64))
