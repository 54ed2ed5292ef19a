"""Jobs: each is done by one worker at a time, and none is lost when a worker dies."""

import threading

import pytest

from tierloom.store.database import Database
from tierloom.store.jobs import GIVEN_UP, MAX_TROUBLES, Job
from tierloom.store.uow import UnitOfWork

KINDS = ("run", "import")
LEASE = 30


def claimed(work: UnitOfWork, at: int = 1_000, worker: str = "w1") -> Job:
    job = work.jobs.claim(KINDS, worker, LEASE, at)
    assert job is not None
    return job


def test_a_job_goes_from_queued_to_done(database: Database, workspace: int) -> None:
    with database.writing() as work:
        number = work.jobs.enqueue(workspace, "run", {"cause": "编辑"}, 7)
        waiting = work.jobs.get(number)
        assert waiting is not None
        assert (waiting.state, waiting.payload, waiting.actor) == ("queued", {"cause": "编辑"}, 7)
        assert work.jobs.claim(["export"], "w1", LEASE, 1_000) is None
        job = claimed(work)
        assert (job.id, job.state, job.attempt, job.worker) == (number, "running", 1, "w1")
        assert (job.started_at, job.lease_until) == (1_000, 31_000)
        assert work.jobs.claim(KINDS, "w2", LEASE, 2_000) is None
        assert work.jobs.progress(number, 3, 10, 2_000)
        assert work.jobs.finish(number, {"moves": [1]}, 3_000)
        done = work.jobs.get(number)
        assert done is not None
        assert (done.state, done.done, done.total) == ("done", 3, 10)
        assert (done.result, done.finished_at) == ({"moves": [1]}, 3_000)
        assert work.jobs.get(number + 1) is None


def test_the_oldest_comes_first_and_one_can_be_asked_for(
    database: Database, workspace: int
) -> None:
    with database.writing() as work:
        ids = [work.jobs.enqueue(workspace, "run", None, 7) for _ in range(3)]
        later = work.jobs.enqueue(workspace, "run", None, 7, not_before=9_000)
        chosen = work.jobs.claim(KINDS, "w1", LEASE, 1_000, only=ids[1])
        assert chosen is not None
        assert chosen.id == ids[1]
        assert work.jobs.claim(KINDS, "w1", LEASE, 1_000, only=ids[1]) is None
        assert [claimed(work).id for _ in range(2)] == [ids[0], ids[2]]
        assert work.jobs.claim(KINDS, "w1", LEASE, 1_000) is None
        assert claimed(work, at=9_000).id == later
        assert [one.id for one in work.jobs.recent(workspace, limit=2)] == [later, ids[2]]
        assert work.jobs.recent(workspace + 1) == []


def test_equal_requests_that_wait_are_one(database: Database, workspace: int) -> None:
    with database.writing() as work:
        first = work.jobs.enqueue(workspace, "run", None, 7, key="run")
        assert work.jobs.enqueue(workspace, "run", None, 8, key="run") == first
        assert work.jobs.enqueue(workspace, "import", None, 7, key="run") != first
        claimed(work)
        second = work.jobs.enqueue(workspace, "run", None, 7, key="run")
        assert second != first, "the running one may have read the data before they changed"
        once = work.jobs.enqueue(workspace, "run", None, 7, key="file 5", once=True)
        work.jobs.claim(KINDS, "w1", LEASE, 1_000, only=once)
        work.jobs.finish(once, None, 2_000)
        assert work.jobs.enqueue(workspace, "run", None, 7, key="file 5", once=True) == once
        assert work.jobs.pending(workspace, ["run"])
        assert not work.jobs.pending(workspace, ["export"])


def test_a_lost_lease_is_taken_over_and_the_late_worker_is_told(
    database: Database, workspace: int
) -> None:
    with database.writing() as work:
        number = work.jobs.enqueue(workspace, "run", None, 7)
        claimed(work, at=1_000)
        assert work.jobs.heartbeat(number, LEASE, 20_000, worker="w1")
        assert work.jobs.claim(KINDS, "w2", LEASE, 50_000) is None
        taken = claimed(work, at=50_001, worker="w2")
        assert (taken.id, taken.attempt, taken.worker) == (number, 2, "w2")
        assert not work.jobs.heartbeat(number, LEASE, 51_000, worker="w1")
        assert not work.jobs.progress(number, 1, 2, 51_000, worker="w1")
        assert not work.jobs.finish(number, "late", 51_000, worker="w1")
        assert not work.jobs.fail(number, "late", retry=True, at=51_000, worker="w1")
        assert work.jobs.finish(number, "good", 52_000, worker="w2")
        job = work.jobs.get(number)
        assert job is not None
        assert job.result == "good"


def test_a_job_that_kills_its_workers_is_given_up(database: Database, workspace: int) -> None:
    with database.writing() as work:
        number = work.jobs.enqueue(workspace, "run", None, 7)
        moment = 0
        for attempt in range(1, MAX_TROUBLES + 1):
            moment += 100_000
            assert claimed(work, at=moment).attempt == attempt
            assert work.jobs.give_up(moment) == []
        assert [one.id for one in work.jobs.give_up(moment + 100_000)] == [number]
        assert work.jobs.claim(KINDS, "w1", LEASE, moment + 100_000) is None
        job = work.jobs.get(number)
        assert job is not None
        assert (job.state, job.error, job.troubles) == ("failed", GIVEN_UP, MAX_TROUBLES)


def test_a_job_is_given_up_by_one_worker_only(database: Database, workspace: int) -> None:
    """And not at all if its own worker is heard of while another one looks."""
    with database.writing() as work:
        ids = [work.jobs.enqueue(workspace, "run", None, 7) for _ in range(2)]
        for _ in ids:
            work.jobs.request_cancel(claimed(work).id)
    found: list[list[int]] = []

    def give_up() -> None:
        with database.writing() as work:
            found.append([one.id for one in work.jobs.give_up(50_000)])

    with database.writing() as work:
        assert work.jobs.heartbeat(ids[0], LEASE, 49_000, worker="w1")
        others = [threading.Thread(target=give_up) for _ in range(3)]
        for other in others:
            other.start()
        others[0].join(0.2)
        assert not found, "whoever looks waits for who writes"
    for other in others:
        other.join()
    assert sorted(found) == [[], [], [ids[1]]]
    with database.reading() as work:
        assert [one.state for one in work.jobs.recent(workspace)] == ["cancelled", "running"]


def test_a_failed_job_is_tried_again_after_a_while(database: Database, workspace: int) -> None:
    with database.writing() as work:
        number = work.jobs.enqueue(workspace, "run", None, 7)
        claimed(work, at=1_000)
        assert work.jobs.fail(number, "busy", retry=True, at=2_000)
        assert work.jobs.claim(KINDS, "w1", LEASE, 2_999) is None
        again = claimed(work, at=3_000)
        assert (again.attempt, again.error) == (2, "busy")
        assert work.jobs.fail(number, "broken", retry=False, at=4_000)
        job = work.jobs.get(number)
        assert job is not None
        assert (job.state, job.error, job.finished_at) == ("failed", "broken", 4_000)
        assert work.jobs.claim(KINDS, "w1", LEASE, 10**9) is None


def test_troubles_are_counted_and_patience_is_not_endless(
    database: Database, workspace: int
) -> None:
    """Deaths and unforeseen errors count together; finding others in the way does not."""
    with database.writing() as work:
        number = work.jobs.enqueue(workspace, "run", None, 7)
        claimed(work, at=1_000)
        assert claimed(work, at=100_000).troubles == 1, "its worker died"
        work.jobs.fail(number, "busy", retry=True, at=100_000)
        assert claimed(work, at=200_000).troubles == 1
        work.jobs.fail(number, "broken", retry=True, trouble=True, at=200_000)
        assert claimed(work, at=300_000).troubles == 2
        work.jobs.fail(number, "broken", retry=True, trouble=True, at=300_000)
        job = work.jobs.get(number)
        assert job is not None
        assert (job.state, job.troubles, job.error) == ("failed", 3, "broken")
        assert work.jobs.try_again(number)
        assert not work.jobs.try_again(number)
        job = claimed(work, at=400_000)
        assert (job.attempt, job.troubles, job.error, job.finished_at) == (1, 0, None, None)


def test_what_a_job_has_done_is_kept(database: Database, workspace: int) -> None:
    with database.writing() as work:
        number = work.jobs.enqueue(workspace, "run", None, 7)
        claimed(work)
        work.jobs.keep(number, {"rows": 3})
        taken = claimed(work, at=100_000, worker="w2")
        assert taken.result == {"rows": 3}


def test_one_that_was_asked_to_stop_is_not_tried_again(database: Database, workspace: int) -> None:
    with database.writing() as work:
        number = work.jobs.enqueue(workspace, "run", None, 7)
        claimed(work)
        work.jobs.request_cancel(number)
        work.jobs.fail(number, "busy", retry=True, at=2_000)
        job = work.jobs.get(number)
        assert job is not None
        assert job.state == "cancelled"


def test_what_ended_long_ago_is_forgotten(database: Database, workspace: int) -> None:
    with database.writing() as work:
        ids = [work.jobs.enqueue(workspace, "run", None, 7) for _ in range(5)]
        for one in ids[:3]:
            work.jobs.claim(KINDS, "w1", LEASE, 1_000, only=one)
            work.jobs.finish(one, None, 1_000 + one)
        assert work.jobs.ended_before(workspace, 1_000 + ids[2]) == ids[:2]
        assert work.jobs.ended_before(workspace, 10**9, limit=1) == ids[:1]
        assert work.jobs.ended_before(workspace + 1, 10**9) == []
        work.jobs.forget(ids)
        assert sorted(one.id for one in work.jobs.recent(workspace)) == ids[3:]
        last = work.jobs.claim(KINDS, "w1", LEASE, 1_000, only=ids[4])
        assert last is not None
        work.jobs.finish(ids[4], None, 2_000)
        assert work.jobs.ended_before(workspace, 10**9) == [], "the latest of its kind stays"
        assert [one.id for one in work.jobs.latest(workspace)] == [ids[4]]


def test_cancelling(database: Database, workspace: int) -> None:
    with database.writing() as work:
        waits, runs, died = (work.jobs.enqueue(workspace, "run", None, 7) for _ in range(3))
        work.jobs.request_cancel(waits)
        assert [claimed(work).id for _ in range(2)] == [runs, died]
        assert not work.jobs.cancelled(runs)
        work.jobs.request_cancel(runs)
        work.jobs.request_cancel(died)
        assert work.jobs.cancelled(runs)
        assert work.jobs.cancel(runs, 2_000)
        assert work.jobs.give_up(2_000) == [], "its worker may yet hear of it"
        assert [one.id for one in work.jobs.give_up(10**9)] == [died]
        assert work.jobs.claim(KINDS, "w1", LEASE, 10**9) is None
        states = [one.state for one in work.jobs.recent(workspace)]
        assert states == ["cancelled", "cancelled", "cancelled"]
        work.jobs.request_cancel(runs)
        assert not work.jobs.cancel(runs, 3_000)


def test_workers_at_the_same_time_never_get_the_same_job(
    database: Database, workspace: int
) -> None:
    with database.writing() as work:
        ids = [work.jobs.enqueue(workspace, "run", None, 7) for _ in range(24)]
    found: list[int] = []

    def take_all(name: str) -> None:
        while True:
            with database.writing() as work:
                job = work.jobs.claim(KINDS, name, LEASE, 1_000)
            if job is None:
                return
            found.append(job.id)

    workers = [threading.Thread(target=take_all, args=(f"w{n}",)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(found) == ids


def test_a_claim_does_not_wait_for_another_one(database: Database, workspace: int) -> None:
    if database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with database.writing() as work:
        ids = [work.jobs.enqueue(workspace, "run", None, 7) for _ in range(2)]
    other: list[Job | None] = []

    def take() -> None:
        with database.writing() as work:
            other.append(work.jobs.claim(KINDS, "w2", LEASE, 1_000))

    with database.writing() as work:
        mine = claimed(work)
        thread = threading.Thread(target=take)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
    assert other[0] is not None
    assert sorted([mine.id, other[0].id]) == ids
