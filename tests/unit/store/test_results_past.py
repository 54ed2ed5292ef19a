"""What looking back asks of stored results: where they begin, the last moves until then, why each record moved last."""

from tests.unit.store.test_results import MODEL, placed, store
from tierloom.store.database import Database


def test_looking_back(database: Database, workspace: int) -> None:
    with database.writing() as work:
        assert work.results.begins(MODEL) is None
        assert work.results.latest_moves(MODEL, 10**15, 5) == []
        one, two, three = {1: 0, 2: 1, 3: 2}, {1: 0, 2: 0, 4: 1}, {1: 2, 2: 0, 3: 2, 4: 1}
        work.results.save_baseline(workspace, MODEL, 1, 1, 100, placed(one, 100))
        store(work, workspace, 200, one, two)
        store(work, workspace, 300, two, three)
        work.results.save_baseline(workspace, MODEL, 2, 1, 400, placed(three, 400))
        assert work.results.begins(MODEL) == 100
        assert work.results.begins(MODEL + 1) is None
        until = [one.effective_at for one in work.results.latest_moves(MODEL, 299, 100)]
        assert until == [200, 200, 200]
        last = work.results.latest_moves(MODEL, 300, 2)
        assert [(one.record, one.effective_at) for one in last] == [(3, 300), (1, 300)]
        causes = work.results.last_causes(MODEL, 100, 300)
        assert set(causes) == {1, 2, 3, 4}
        assert {cause for cause, _ in causes.values()} == {"edit"}
        assert set(work.results.last_causes(MODEL, 200, 300)) == {1, 3}
        assert work.results.last_causes(MODEL, 300, 10**15) == {}


def test_instants_of_a_cause(database: Database, workspace: int) -> None:
    with database.writing() as work:
        for cause, at in (("time", 50), ("reconstructed", 30), ("reconstructed", 20)) * 2:
            work.results.finish_run(work.results.start_run(workspace, cause, at, 99), 99)
        assert work.results.instants(workspace, "reconstructed") == [20, 30]
        assert work.results.instants(workspace + 1, "reconstructed") == []
