"""How far results reach, when time may move somebody, and what stay policies remember."""

from tierloom.store.database import Database
from tierloom.store.frontiers import Frontier, Stay

MODEL, OTHER = 5, 6


def frontier(workspace: int, model: int = MODEL, next_at: int | None = None) -> Frontier:
    return Frontier(model, workspace, 3, 1_000, next_at)


def test_it_comes_back_and_is_replaced(database: Database, workspace: int) -> None:
    with database.writing() as work:
        assert work.frontiers.get(MODEL) is None
        first = frontier(workspace, next_at=5_000)
        work.frontiers.put(first)
        work.frontiers.put(frontier(workspace, OTHER))
        assert work.frontiers.get(MODEL) == first
        moved = Frontier(MODEL, workspace, 4, 2_000, None)
        work.frontiers.put(moved)
        assert work.frontiers.get(MODEL) == moved
        assert work.frontiers.get(OTHER) == frontier(workspace, OTHER)
        assert work.frontiers.of_workspace(workspace) == {
            MODEL: moved, OTHER: frontier(workspace, OTHER),
        }  # fmt: skip
        assert work.frontiers.of_workspace(workspace + 1) == {}


def test_a_change_stays_noted_until_a_run_has_taken_it_in(
    database: Database, workspace: int
) -> None:
    def noted() -> tuple[int | None, str | None]:
        found = work.frontiers.get(MODEL)
        assert found
        return found.stale_at, found.stale_cause

    with database.writing() as work:
        work.frontiers.put(frontier(workspace))
        work.frontiers.mark_stale(workspace, 1_500, "import")
        work.frontiers.mark_stale(workspace, 1_600, "edit", over=False)
        assert noted() == (1_500, "import")
        work.frontiers.mark_stale(workspace, 1_700, "edit")
        # A run that began before the second change has taken in the first one alone.
        work.frontiers.put(frontier(workspace), taken_in=1_500)
        assert noted() == (1_700, "edit")
        work.frontiers.put(frontier(workspace))
        assert noted() == (1_700, "edit")
        work.frontiers.put(frontier(workspace), taken_in=1_700)
        assert noted() == (None, None)


def test_frontiers_go_on_where_nobody_can_have_moved(database: Database, workspace: int) -> None:
    def reached() -> dict[int, int]:
        return {key: one.as_of for key, one in work.frontiers.of_workspace(workspace).items()}

    with database.writing() as work:
        work.frontiers.put(frontier(workspace, MODEL))
        work.frontiers.put(frontier(workspace, OTHER, next_at=5_000))
        assert work.frontiers.advance(workspace, 4_999)
        assert reached() == {MODEL: 4_999, OTHER: 4_999}
        assert not work.frontiers.advance(workspace, 5_000)
        assert reached() == {MODEL: 4_999, OTHER: 4_999}, (
            "one may read what time changes in the other"
        )
        assert work.frontiers.advance(workspace, 4_000)
        assert reached() == {MODEL: 4_999, OTHER: 4_999}, "never back"
        work.frontiers.mark_stale(workspace, 4_500, "edit")
        assert not work.frontiers.advance(workspace, 4_999)


def test_a_change_makes_what_there_is_stale(database: Database, workspace: int) -> None:
    with database.writing() as work:
        other = work.workspaces.create("other", "Other", "en", "UTC", "EUR").id
        for model, place in ((MODEL, workspace), (OTHER, workspace), (7, other)):
            work.frontiers.put(frontier(place, model, 9_000))
        work.frontiers.mark_stale(workspace, 4_000, "rules")
        found = {one: work.frontiers.get(one) for one in (MODEL, OTHER, 7)}
        told = {one: (at.stale_at, at.stale_cause, at.next_at) for one, at in found.items() if at}
        assert told == {
            MODEL: (4_000, "rules", 9_000), OTHER: (4_000, "rules", 9_000), 7: (None, None, 9_000),
        }  # fmt: skip


def test_some_records_reach_further(database: Database, workspace: int) -> None:
    with database.writing() as work:
        work.frontiers.settle(workspace, MODEL, [3, 1, 2], 2_000)
        work.frontiers.settle(workspace, OTHER, [1], 2_500)
        work.frontiers.settle(workspace, MODEL, [2, 4], 3_000)
        assert work.frontiers.settled(MODEL) == {1: 2_000, 2: 3_000, 3: 2_000, 4: 3_000}
        assert work.frontiers.settled(MODEL, [2, 9]) == {2: 3_000}
        # What a run had seen is forgotten, but for what was settled again meanwhile.
        work.frontiers.unsettle(MODEL, {1: 2_000, 2: 2_000, 3: 2_000})
        assert work.frontiers.settled(MODEL) == {2: 3_000, 4: 3_000}
        assert work.frontiers.settled(OTHER) == {1: 2_500}
        many = list(range(1, 1_404))
        work.frontiers.settle(workspace, MODEL, many, 5_000)
        work.frontiers.unsettle(MODEL, dict.fromkeys(many, 5_000))
        assert work.frontiers.settled(MODEL) == {}


def test_what_is_due_and_when(database: Database, workspace: int) -> None:
    with database.writing() as work:
        other = work.workspaces.create("other", "Other", "en", "UTC", "EUR").id
        assert work.frontiers.next_at() is None
        assert work.frontiers.due(10**12) == []
        work.frontiers.put(frontier(workspace, MODEL, 5_000))
        work.frontiers.put(frontier(workspace, OTHER, 4_000))
        work.frontiers.put(frontier(other, 7, 6_000))
        work.frontiers.put(frontier(other, 8, None))
        assert work.frontiers.next_at() == 4_000
        assert work.frontiers.due(3_999) == []
        assert work.frontiers.due(5_000) == [workspace]
        assert sorted(work.frontiers.due(6_000)) == sorted([workspace, other])


def test_hastening_never_delays(database: Database, workspace: int) -> None:
    with database.writing() as work:
        work.frontiers.put(frontier(workspace, MODEL, None))
        work.frontiers.put(frontier(workspace, OTHER, 9_000))
        seen = []
        for at in (7_000, 8_000, 6_000):
            work.frontiers.hasten(MODEL, at)
            found = work.frontiers.get(MODEL)
            seen.append(found.next_at if found else 0)
        assert seen == [7_000, 7_000, 6_000]
        beside = work.frontiers.get(OTHER)
        assert beside
        assert beside.next_at == 9_000
        work.frontiers.hasten(123, 1)  # an object without a result has nobody to move
        assert work.frontiers.get(123) is None


def stay(record: int, code: int = 1, grace: int = 0) -> Stay:
    return Stay(record, code, 100 + record, 200 + record, grace)


def test_stays_come_back_by_record(database: Database, workspace: int) -> None:
    many = [stay(one) for one in range(1, 1_204)]
    with database.writing() as work:
        work.frontiers.put_stays(workspace, MODEL, many[::-1])
        work.frontiers.put_stays(workspace, OTHER, [stay(3, 2)])
        assert work.frontiers.stays(MODEL) == many
        assert work.frontiers.stays(MODEL, [9_999, 7]) == [stay(7)]
        assert work.frontiers.stays(MODEL, [5_000]) == []
        changed = [stay(one, 0, 999) for one in range(1, 1_204, 2)]
        work.frontiers.put_stays(workspace, MODEL, changed, [2, 4, 8_000])
        expected = {one.record: one for one in (*many, *changed)}
        del expected[2], expected[4]
        assert work.frontiers.stays(MODEL) == [expected[one] for one in sorted(expected)]
        assert work.frontiers.stays(OTHER) == [stay(3, 2)]
        work.frontiers.put_stays(workspace, MODEL, [], [one.record for one in many])
        assert work.frontiers.stays(MODEL) == []


def test_a_stay_that_is_dropped_and_kept_is_kept(database: Database, workspace: int) -> None:
    with database.writing() as work:
        work.frontiers.put_stays(workspace, MODEL, [stay(1)])
        work.frontiers.put_stays(workspace, MODEL, [stay(1, 0)], [1])
        assert work.frontiers.stays(MODEL) == [stay(1, 0)]


def test_nothing_is_lost_with_a_transaction(database: Database, workspace: int) -> None:
    try:
        with database.writing() as work:
            work.frontiers.put(frontier(workspace))
            work.frontiers.put_stays(workspace, MODEL, [stay(1)])
            raise InterruptedError
    except InterruptedError:
        pass
    with database.reading() as work:
        assert work.frontiers.get(MODEL) is None
        assert work.frontiers.stays(MODEL) == []
