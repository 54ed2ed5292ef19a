"""Results: a baseline and the moves after it give the placements of now and of any past instant."""

from itertools import pairwise

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tierloom.engine.results import ABSENT, Moves, Placements, diff
from tierloom.store.database import Database
from tierloom.store.uow import UnitOfWork

MODEL = 5


def placed(codes: dict[int, int], at: int) -> Placements:
    ids = np.array(sorted(codes), np.int64)
    return Placements(
        ids,
        np.array([codes[number] for number in sorted(codes)], np.int8),
        np.full(ids.size, at, np.int64),
    )


def as_dict(found: Placements | None) -> dict[int, tuple[int, int]]:
    assert found is not None
    columns = (found.ids.tolist(), found.codes.tolist(), found.since.tolist())
    return {number: (code, since) for number, code, since in zip(*columns, strict=True)}


def store(
    work: UnitOfWork, workspace: int, at: int, before: dict[int, int], after: dict[int, int]
) -> None:
    run = work.results.start_run(workspace, "edit", at, at)
    moves = diff(placed(before, 0), placed(after, at))
    work.results.append_moves(workspace, MODEL, 1, run, "edit", at, moves)
    work.results.finish_run(run, at)


def test_a_baseline_comes_back(database: Database, workspace: int) -> None:
    with database.writing() as work:
        assert work.results.head(MODEL) is None
        assert work.results.placements(MODEL) is None
        baseline = placed({10: 0, 4: -1, 999_999_999_999: 3}, 77)
        work.results.save_baseline(workspace, MODEL, 1, 1, 77, baseline)
        assert as_dict(work.results.placements(MODEL)) == {
            4: (-1, 77), 10: (0, 77), 999_999_999_999: (3, 77),
        }  # fmt: skip
        assert work.results.placements(MODEL + 1) is None
        assert work.results.head(MODEL + 1) is None


def test_moves_change_what_the_baseline_says(database: Database, workspace: int) -> None:
    with database.writing() as work:
        one, two, three = {1: 0, 2: 1, 3: 2}, {1: 0, 2: 0, 4: 1}, {1: 2, 2: 0, 3: 2, 4: 1}
        work.results.save_baseline(workspace, MODEL, 1, 1, 100, placed(one, 100))
        first = work.results.head(MODEL)
        store(work, workspace, 200, one, two)
        second = work.results.head(MODEL)
        store(work, workspace, 300, two, three)
        assert len({first, second, work.results.head(MODEL)}) == 3
        assert as_dict(work.results.placements(MODEL)) == {
            1: (2, 300), 2: (0, 200), 3: (2, 300), 4: (1, 200),
        }  # fmt: skip
        past = as_dict(work.results.placements(MODEL, at=250))
        assert past == {1: (0, 100), 2: (0, 200), 4: (1, 200)}
        assert as_dict(work.results.placements(MODEL, at=100)) == {
            1: (0, 100), 2: (1, 100), 3: (2, 100),
        }  # fmt: skip
        assert work.results.placements(MODEL, at=99) is None


def test_moves_are_told_in_order(database: Database, workspace: int) -> None:
    with database.writing() as work:
        work.results.save_baseline(workspace, MODEL, 1, 1, 100, placed({1: 0, 2: 1}, 100))
        store(work, workspace, 200, {1: 0, 2: 1}, {1: 1, 3: 0})
        store(work, workspace, 300, {1: 1, 3: 0}, {1: 2, 3: 0})
        moves = work.results.moves(MODEL)
        told = [(one.record, one.origin, one.target, one.effective_at) for one in moves]
        assert told == [(1, 0, 1, 200), (2, 1, ABSENT, 200), (3, ABSENT, 0, 200), (1, 1, 2, 300)]
        assert work.results.moves(MODEL, after=moves[1].seq, limit=1) == [moves[2]]
        assert work.results.moves(MODEL, record=1) == [moves[0], moves[3]]
        assert work.results.moves_of(workspace, 1) == [moves[0], moves[3]]
        assert work.results.moves_of(workspace + 1, 1) == []
        assert (moves[0].cause, moves[0].rule_version, moves[0].recorded_at) == (
            "edit", 1, work.now,
        )  # fmt: skip
        nobody = np.empty(0, np.int64)
        empty = Moves(nobody, nobody.astype(np.int8), nobody.astype(np.int8))
        work.results.append_moves(workspace, MODEL, 1, 1, "edit", 400, empty)
        assert len(work.results.moves(MODEL)) == 4


def test_a_new_baseline_begins_anew(database: Database, workspace: int) -> None:
    with database.writing() as work:
        work.results.save_baseline(workspace, MODEL, 1, 1, 100, placed({1: 0}, 100))
        store(work, workspace, 200, {1: 0}, {1: 1})
        work.results.save_baseline(workspace, MODEL, 2, 1, 300, placed({1: 4, 2: 0}, 300))
        assert as_dict(work.results.placements(MODEL)) == {1: (4, 300), 2: (0, 300)}
        assert as_dict(work.results.placements(MODEL, at=299)) == {1: (1, 200)}


def test_runs(database: Database, workspace: int) -> None:
    with database.writing() as work:
        assert work.results.last_run_at(workspace) is None
        first = work.results.start_run(workspace, "import", 100, 150)
        work.results.finish_run(first, 160)
        second = work.results.start_run(workspace, "time", 200, 250)
        assert work.results.last_run_at(workspace) == 100
        assert [(one.id, one.finished_at) for one in work.results.runs(workspace)] == [
            (second, None),
            (first, 160),
        ]


STATES = st.lists(st.dictionaries(st.integers(1, 12), st.integers(-1, 3)), min_size=2, max_size=6)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(STATES)
def test_any_series_of_runs_can_be_read_back(
    database: Database, states: list[dict[int, int]]
) -> None:
    with database.writing() as work:
        place = work.workspaces.create(f"w{work.documents.next_id()}", "W", "en", "UTC", "EUR").id
        model = work.documents.next_id()
        work.results.save_baseline(place, model, 1, 1, 0, placed(states[0], 0))
        for at, (before, after) in enumerate(pairwise(states), 1):
            moves = diff(placed(before, 0), placed(after, at))
            work.results.append_moves(place, model, 1, 1, "edit", at, moves)
        for at, state in enumerate(states):
            found = as_dict(work.results.placements(model, at=at))
            assert {number: code for number, (code, _) in found.items()} == state


def test_the_past_at_several_instants(database: Database, workspace: int) -> None:
    """At each instant the last baseline before it counts, with the moves after it up to then."""
    with database.writing() as work:
        rebuilt = work.results.start_run(workspace, "rebuilt", 100, 900)
        work.results.save_baseline(workspace, MODEL, 1, rebuilt, 100, placed({1: 0, 2: 1}, 100))
        store(work, workspace, 200, {1: 0, 2: 1}, {1: 1, 2: 1})
        assert work.results.observed_since(MODEL, "rebuilt") is None
        real = work.results.start_run(workspace, "rules", 300, 900)
        work.results.save_baseline(workspace, MODEL, 2, real, 300, placed({1: 2, 3: 0}, 300))
        store(work, workspace, 400, {1: 2, 3: 0}, {3: 0})
        found = work.results.past(MODEL, (99, 100, 250, 300, 500))
        assert found[0] is None
        assert [one.rule_version for one in found if one] == [1, 1, 2, 2]
        assert [as_dict(one.placements) for one in found if one] == [
            {1: (0, 100), 2: (1, 100)},
            {1: (1, 200), 2: (1, 100)},
            {1: (2, 300), 3: (0, 300)},
            {3: (0, 300)},
        ]
        assert [as_dict(one.placements) for one in found if one] == [
            as_dict(work.results.placements(MODEL, at)) for at in (100, 250, 300, 500)
        ]
        assert work.results.observed_since(MODEL, "rebuilt") == 300
        between = work.results.moves_between(MODEL, 200, 400, [1, 2])
        assert [(one.record, one.target) for one in between] == [(1, ABSENT)]
        assert work.results.moves_between(MODEL, 200, 400, [3]) == []
        assert len(work.results.moves_between(MODEL, 199, 400, [1])) == 2
        assert work.results.has_moves(MODEL)
        assert not work.results.has_moves(MODEL + 1)


def test_a_past_that_is_stored_later_is_not_the_last_run(
    database: Database, workspace: int
) -> None:
    with database.writing() as work:
        work.results.finish_run(work.results.start_run(workspace, "edit", 500, 500), 500)
        work.results.finish_run(work.results.start_run(workspace, "rebuilt", 100, 600), 600)
        assert work.results.last_run_at(workspace) == 500
