"""The worker: does every kind of job, tells how far it is, stops when asked, and takes over from the dead."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from tests.unit.services.shop import KeptShop, Shop
from tierloom.domain.people import Actor, Role
from tierloom.domain.rules import Json
from tierloom.jobs import kinds
from tierloom.jobs import worker as working
from tierloom.jobs.worker import Worker, complete, hurry
from tierloom.services.access import people
from tierloom.services.exports import requests
from tierloom.services.grid import Query
from tierloom.services.imports import batches, publishing
from tierloom.services.imports.plan import ImportPlan
from tierloom.services.jobs import work
from tierloom.services.workbench import reading
from tierloom.store.jobs import MAX_TROUBLES, Job


@pytest.fixture
def shop(kept_shop: KeptShop, tmp_path: Path) -> Iterator[Shop]:
    with kept_shop.opened(tmp_path) as found:
        Worker(found.platform).run_until_done()
        yield found


@pytest.fixture
def any_shop(any_shop: Shop) -> Shop:
    Worker(any_shop.platform).run_until_done()
    return any_shop


def job(shop: Shop, number: int) -> Job:
    with shop.platform.database.reading() as uow:
        found = uow.jobs.get(number)
    assert found is not None
    return found


def enqueue(shop: Shop, kind: str, payload: Json | None = None) -> int:
    with shop.platform.database.writing() as uow:
        return uow.jobs.enqueue(shop.workspace, kind, payload or {}, shop.owner.account)


def count(shop: Shop, table: str = "customers") -> int:
    with reading(shop.platform, shop.owner) as bench:
        return bench.uow.records(bench.published.table(table)).count()


def uploaded(shop: Shop, rows: int, first: int = 10_000) -> int:
    """An import of new customers that is checked; returns its number."""
    text = "number,points\n" + "".join(f"{first + one},{one % 50}\n" for one in range(rows))
    found = batches.receive(shop.platform, shop.owner, BytesIO(text.encode()), "new.csv")
    plan = ImportPlan("customers", {"number": "number", "points": "points"}, "number")
    complete(shop.platform, batches.plan(shop.platform, shop.owner, found.batch.id, plan))
    return found.batch.id


def placed(shop: Shop) -> int:
    """How many customers have a tier by the stored results."""
    with reading(shop.platform, shop.owner) as bench:
        return int((bench.codes(bench.published.tier_model("value")) >= 0).sum())


def test_every_kind(any_shop: Shop) -> None:
    shop = any_shop
    batch = uploaded(shop, 30)
    export = requests.request(shop.platform, shop.owner, Query("customers"), "csv", "en")
    publish = batches.request(shop.platform, shop.owner, batch, "publish")
    Worker(shop.platform).run_until_done()
    assert [job(shop, one).state for one in (export, publish)] == ["done", "done"]
    assert count(shop) == len(shop.customers) + 30
    file = requests.file_of(shop.platform, shop.owner, job(shop, export))
    assert file is not None
    assert file.path.read_text("utf-8-sig").count("\n") == len(shop.customers) + 1
    with shop.platform.database.reading() as uow:
        last = uow.jobs.recent(shop.workspace)[0]
    assert (last.kind, last.state) == ("run", "done"), "tiers follow an import by themselves"
    undo = complete(shop.platform, batches.request(shop.platform, shop.owner, batch, "undo"))
    assert undo.result == {"removed": 30, "restored": 0, "kept": 0}
    assert count(shop) == len(shop.customers)


def test_progress_can_be_seen(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = threading.Event()

    def slow(task: kinds.Task) -> Json:
        task.progress(3, 10)
        assert seen.wait(20)
        return None

    monkeypatch.setitem(kinds.KINDS, "run", slow)  # type: ignore[misc]
    number = enqueue(shop, "run")
    thread = threading.Thread(target=Worker(shop.platform).run_one)
    thread.start()
    try:
        _wait(lambda: job(shop, number).done == 3)
        shop.clock.pass_by(seconds=30)
        view = work.get(shop.platform, shop.owner, number)
        assert (view.job.state, view.job.total, view.eta_seconds) == ("running", 10, 70)
    finally:
        seen.set()
        thread.join()
    assert job(shop, number).state == "done"


def test_a_running_job_stops_when_asked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    started = threading.Event()

    def endless(task: kinds.Task) -> Json:
        for one in range(2_000):
            task.progress(one, 2_000)
            started.set()
            threading.Event().wait(0.01)
        return None

    monkeypatch.setitem(kinds.KINDS, "run", endless)  # type: ignore[misc]
    number = enqueue(shop, "run")
    thread = threading.Thread(target=Worker(shop.platform).run_one)
    thread.start()
    assert started.wait(20)
    work.cancel(shop.platform, shop.owner, number)
    thread.join(20)
    assert job(shop, number).state == "cancelled"


def test_a_waiting_job_stops_at_once(shop: Shop) -> None:
    number = enqueue(shop, "run")
    work.cancel(shop.platform, shop.owner, number)
    assert job(shop, number).state == "cancelled"
    assert not Worker(shop.platform).run_one(number)


def test_poison_does_not_stop_the_worker(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that always fails is tried a few times, then given up; others are done."""
    tries = []

    def poison(task: kinds.Task) -> Json:
        tries.append(task.job.attempt)
        raise RuntimeError("kaboom 13800138000")

    monkeypatch.setitem(kinds.KINDS, "export", poison)  # type: ignore[misc]
    bad, good = enqueue(shop, "export"), enqueue(shop, "run")
    worker = Worker(shop.platform)
    for _ in range(10):
        worker.run_until_done()
        shop.clock.pass_by(minutes=10)
    assert job(shop, good).state == "done"
    assert job(shop, bad).state == "failed"
    assert job(shop, bad).error
    assert tries == [1, 2, 3]


def test_a_job_that_kills_its_worker_is_given_up(shop: Shop) -> None:
    number = enqueue(shop, "run")
    for attempt in range(1, MAX_TROUBLES + 1):
        with shop.platform.database.writing() as uow:
            claimed = uow.jobs.claim(("run",), f"dead {attempt}", 30, shop.platform.now_ms())
        assert claimed is not None
        assert (claimed.id, claimed.attempt) == (number, attempt)
        shop.clock.pass_by(minutes=1)
    assert not Worker(shop.platform).run_one()
    assert job(shop, number).state == "failed"


def half_published(shop: Shop, monkeypatch: pytest.MonkeyPatch, actor: Actor) -> int:
    """An import whose worker was killed when its rows were in; returns its job."""

    class KilledError(BaseException):
        """Nothing of this process goes on."""

    def killed(name: str) -> None:
        if name == "import-after-chunk":
            raise KilledError

    number = batches.request(shop.platform, actor, uploaded(shop, 30), "publish")
    with monkeypatch.context() as patched:
        patched.setattr(publishing, "fail_point", killed)
        with pytest.raises(KilledError):
            Worker(shop.platform).run_one(number)
    shop.clock.pass_by(minutes=1)
    return number


def test_what_a_given_up_import_has_written_moves_tiers(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its workers died before they could ask for a run themselves."""
    before = placed(shop)
    publish = half_published(shop, monkeypatch, shop.owner)
    for attempt in range(2, MAX_TROUBLES + 1):
        with shop.platform.database.writing() as uow:
            assert uow.jobs.claim(("import",), f"dead {attempt}", 30, shop.platform.now_ms())
        shop.clock.pass_by(minutes=1)
    assert (count(shop), placed(shop)) == (before + 30, before)
    Worker(shop.platform).run_until_done()
    assert job(shop, publish).state == "failed"
    assert placed(shop) == before + 30


def test_it_does_when_nobody_may_go_on_with_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asked for it was locked out before another worker took it over."""
    before, admin = placed(shop), shop.people[Role.DATA_ADMIN]
    publish = half_published(shop, monkeypatch, admin)
    people.disable(shop.platform, shop.owner, admin.account)
    Worker(shop.platform).run_until_done()
    assert job(shop, publish).state == "failed"
    assert (count(shop), placed(shop)) == (before + 30, before + 30)


def test_a_given_up_check_has_moved_nobody(shop: Shop) -> None:
    """What waits for a run keeps its own cause."""
    number = uploaded(shop, 3)
    with reading(shop.platform, shop.owner) as bench:
        plan = batches.get(bench, number).plan
    assert plan is not None
    check = batches.plan(shop.platform, shop.owner, number, plan)
    for attempt in range(MAX_TROUBLES):
        with shop.platform.database.writing() as uow:
            assert uow.jobs.claim(("import",), f"dead {attempt}", 30, shop.platform.now_ms())
        shop.clock.pass_by(minutes=1)
    with shop.platform.database.writing() as uow:
        uow.frontiers.mark_stale(shop.workspace, shop.platform.now_ms(), "rules")
    assert not Worker(shop.platform).run_one()
    assert job(shop, check).state == "failed"
    with shop.platform.database.reading() as uow:
        found = uow.frontiers.of_workspace(shop.workspace).values()
    assert {one.stale_cause for one in found} == {"rules"}


def test_a_lease_begins_when_the_worker_has_had_its_turn_to_write(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = enqueue(shop, "run")
    monkeypatch.setattr(Worker, "_work", lambda *_: None)
    worker = threading.Thread(target=Worker(shop.platform).run_one)
    with shop.platform.database.writing():
        worker.start()
        worker.join(0.3)
        assert worker.is_alive(), "it waits for who writes"
        shop.clock.pass_by(seconds=working.LEASE_SECONDS + 1)
    worker.join()
    assert (job(shop, number).lease_until or 0) > shop.platform.now_ms()


def test_a_lease_keeps_others_away_until_it_is_over(any_shop: Shop) -> None:
    shop = any_shop
    number = enqueue(shop, "run")
    with shop.platform.database.writing() as uow:
        assert uow.jobs.claim(("run",), "dead", working.LEASE_SECONDS, shop.platform.now_ms())
    assert not Worker(shop.platform).run_one()
    shop.clock.pass_by(seconds=working.LEASE_SECONDS + 1)
    assert Worker(shop.platform).run_one()
    assert (job(shop, number).state, job(shop, number).attempt) == ("done", 2)


def test_who_lost_the_job_does_not_end_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that slept through its lease finishes late: the job belongs to another one by then."""

    def sleepy(task: kinds.Task) -> Json:
        shop.clock.pass_by(minutes=5)
        with shop.platform.database.writing() as uow:
            assert uow.jobs.claim(("run",), "other", 30, shop.platform.now_ms())
        return "late"

    monkeypatch.setitem(kinds.KINDS, "run", sleepy)  # type: ignore[misc]
    number = enqueue(shop, "run")
    Worker(shop.platform).run_one()
    found = job(shop, number)
    assert (found.state, found.worker, found.result) == ("running", "other", None)


def test_what_was_done_is_not_done_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker died between doing the work and saying so."""

    def twice(task: kinds.Task) -> Json:
        raise AssertionError("done already")

    monkeypatch.setitem(kinds.KINDS, "run", twice)  # type: ignore[misc]
    number = enqueue(shop, "run")
    with shop.platform.database.writing() as uow:
        assert uow.jobs.claim(("run",), "dead", 30, shop.platform.now_ms())
        uow.jobs.keep(number, {"moves": 4})
    shop.clock.pass_by(minutes=1)
    assert Worker(shop.platform).run_one()
    assert (job(shop, number).state, job(shop, number).result) == ("done", {"moves": 4})


def test_an_error_while_looking_at_the_clock_stops_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(platform: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(working.schedules, "ask_for_due_jobs", broken)
    said: list[str] = []
    worker = Worker(shop.platform, said.append)
    number = enqueue(shop, "run")
    thread = threading.Thread(target=worker.run_forever)
    thread.start()
    _wait(lambda: job(shop, number).state == "done")
    worker.stop()
    thread.join(10)
    assert "the disk is full" in said[0]


def test_a_worker_that_is_stopped_gives_its_job_back(
    any_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one goes on at once, and it does not count as a death."""
    shop, started = any_shop, threading.Event()

    def long(task: kinds.Task) -> Json:
        for one in range(2_000 if task.job.attempt == 1 else 1):
            task.progress(one, 2_000)
            started.set()
            threading.Event().wait(0.01)
        return {"attempt": task.job.attempt}

    monkeypatch.setitem(kinds.KINDS, "run", long)  # type: ignore[misc]
    number = enqueue(shop, "run")
    worker = Worker(shop.platform)
    thread = threading.Thread(target=worker.run_forever)
    thread.start()
    assert started.wait(20)
    worker.stop()
    thread.join(20)
    found = job(shop, number)
    assert (found.state, found.troubles, found.error) == ("queued", 0, None)
    assert Worker(shop.platform).run_one()
    assert job(shop, number).result == {"attempt": 2}


def test_rights_of_today(shop: Shop) -> None:
    """Whoever lost the right since they asked gets no file."""
    admin = shop.people[Role.DATA_ADMIN]
    number = requests.request(shop.platform, admin, Query("customers"), "csv", "en")
    with shop.platform.database.writing() as uow:
        uow.accounts.join(shop.workspace, admin.account, Role.VIEWER)
    Worker(shop.platform).run_until_done()
    assert job(shop, number).state == "failed"
    assert not (shop.platform.folder / "jobs" / str(number) / "export.csv").exists()
    gone = requests.request(shop.platform, shop.owner, Query("customers"), "csv", "en")
    with shop.platform.database.writing() as uow:
        uow.accounts.update(shop.owner.account, disabled=True)
    Worker(shop.platform).run_until_done()
    assert job(shop, gone).state == "failed"


def test_hurry_leaves_a_taken_job_alone(shop: Shop) -> None:
    number = enqueue(shop, "run")
    hurry(shop.platform, number)
    assert job(shop, number).state == "done"
    hurry(shop.platform, number)
    assert job(shop, number).attempt == 1


def test_stopping(shop: Shop) -> None:
    worker = Worker(shop.platform)
    thread = threading.Thread(target=worker.run_forever)
    thread.start()
    number = enqueue(shop, "run")
    shop.platform.work.set()
    _wait(lambda: job(shop, number).state == "done")
    worker.stop()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.faults
def test_killed_in_the_middle_of_an_import(shop: Shop) -> None:
    """kill -9 after a chunk was stored; another worker goes on: no row is lost, none is there twice."""
    rows = 45_000
    batch = uploaded(shop, rows)
    publish = batches.request(shop.platform, shop.owner, batch, "publish")
    place = {"TIERLOOM_DATA": str(shop.platform.folder), "TIERLOOM_FAIL_AT": "import-after-chunk"}
    process = subprocess.run(
        [sys.executable, "-m", "tierloom", "worker", "--once"],
        env={**os.environ, **place}, capture_output=True, timeout=100, check=False,
    )  # fmt: skip
    assert process.returncode == -signal.SIGKILL
    half = count(shop) - len(shop.customers)
    assert 0 < half < rows
    assert job(shop, publish).state == "running"
    shop.clock.now = datetime.now(UTC) + timedelta(minutes=5)
    Worker(shop.platform).run_until_done()
    assert job(shop, publish).state == "done"
    assert count(shop) == len(shop.customers) + rows
    with reading(shop.platform, shop.owner) as bench:
        found = batches.get(bench, batch)
        table = bench.uow.records(bench.published.table("customers"))
        numbers = [cell for chunk in table.scan(("number",)) for cell in chunk.cells("number")]
    assert len(set(numbers)) == len(numbers)
    assert found.counts is not None
    assert (found.counts.created, found.counts.rows) == (rows, rows)
    undo = complete(shop.platform, batches.request(shop.platform, shop.owner, batch, "undo"))
    assert undo.result == {"removed": rows, "restored": 0, "kept": 0}
    assert count(shop) == len(shop.customers)


def _wait(until: Callable[[], bool]) -> None:
    for _ in range(400):
        if until():
            return
        threading.Event().wait(0.05)
    raise AssertionError("It did not come to pass.")
