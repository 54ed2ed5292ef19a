"""A run is asked for when time alone may have moved somebody: at once, once, and not in a loop when it fails."""

from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import delete

from tests.unit.services.shop import TODAY, VALUE, Shop
from tierloom.domain.rules import Json
from tierloom.jobs import kinds
from tierloom.jobs.worker import Worker
from tierloom.services.runs import waking
from tierloom.services.runs.waking import LEAST_SECONDS, REST_SECONDS
from tierloom.services.workbench import reading
from tierloom.store.frontiers import Frontier
from tierloom.store.jobs import Job
from tierloom.store.schema.results import frontiers


def due_at(shop: Shop, at: datetime | None) -> None:
    """Say when time may move somebody, whatever the last run has found."""
    with shop.platform.database.writing() as uow:
        document = uow.documents.find(shop.workspace, "tier_model", "value")
        assert document is not None
        now = shop.platform.now_ms()
        following = int(at.timestamp() * 1000) if at else None
        uow.frontiers.put(Frontier(document.id, shop.workspace, 1, now, following))


def runs(shop: Shop) -> list[Job]:
    with shop.platform.database.reading() as uow:
        return [one for one in uow.jobs.recent(shop.workspace, 500) if one.kind == "run"]


def ask(shop: Shop) -> int:
    return waking.ask_for_due_runs(shop.platform)


@pytest.fixture
def quiet(shop: Shop) -> Shop:
    """A shop in which nothing waits."""
    Worker(shop.platform).run_until_done()
    return shop


def test_when_the_instant_comes(any_shop: Shop) -> None:
    shop = any_shop
    Worker(shop.platform).run_until_done()
    before = len(runs(shop))
    due_at(shop, datetime(2026, 3, 10, 4, 30, tzinfo=UTC))
    assert ask(shop) == 0
    shop.clock.pass_by(minutes=30)
    assert [ask(shop) for _ in range(3)] == [1, 0, 0]
    [job, *_] = runs(shop)
    assert (len(runs(shop)) - before, job.payload) == (1, {"cause": "time"})
    assert (job.actor, job.key) == (0, f"time:{shop.workspace}")
    with shop.platform.database.writing() as uow:
        assert uow.jobs.claim(("run",), "somebody", 30, shop.platform.now_ms())
    assert ask(shop) == 0, "one is at work"


def test_days_that_go_by(shop: Shop) -> None:
    """Customers of a year or less are young. Whoever joined 365 days ago is not from the next local midnight on."""
    young: Json = {"<=": [{"var": "silence"}, 365]}
    tier = {**VALUE["tiers"][0], "key": "young", "rule": young}  # type: ignore[index, call-overload]
    shop.apply({**VALUE, "key": "age", "main": False, "tiers": [tier]})  # type: ignore[dict-item]
    worker = Worker(shop.platform)
    worker.run_until_done()
    joined = {cast(date, row["joined"]) for row in shop.customers.values()}
    leaving = sorted(
        day + timedelta(days=366) for day in joined if day + timedelta(days=366) > TODAY
    )
    for day in leaving[:3]:
        midnight = datetime.combine(day, time(), ZoneInfo("Asia/Shanghai"))
        with shop.platform.database.reading() as uow:
            assert uow.frontiers.next_at() == midnight.timestamp() * 1000
        shop.clock.now = (midnight - timedelta(seconds=1)).astimezone(UTC)
        assert ask(shop) == 0
        shop.clock.pass_by(seconds=1)
        assert ask(shop) == 1
        worker.run_until_done()
        with reading(shop.platform, shop.owner) as bench:
            sizes = np.bincount(bench.codes(bench.published.tier_model("age")), minlength=2)
        wanted = sum(one["joined"] > day - timedelta(days=366) for one in shop.customers.values())  # type: ignore[operator, misc]
        assert sizes.tolist() == [wanted, len(shop.customers) - wanted]


def test_never_means_never(quiet: Shop) -> None:
    due_at(quiet, None)
    quiet.clock.pass_by(days=400)
    assert ask(quiet) == 0


def test_failures_are_not_asked_for_in_a_loop(quiet: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(task: kinds.Task) -> Json:
        raise RuntimeError("broken")

    monkeypatch.setitem(kinds.KINDS, "run", broken)  # type: ignore[misc]
    due_at(quiet, quiet.clock.now)
    worker = Worker(quiet.platform)

    def fail() -> None:
        for _ in range(4):
            worker.run_until_done()
            quiet.clock.pass_by(seconds=30)
        assert runs(quiet)[0].state == "failed"

    before = len(runs(quiet))
    assert ask(quiet) == 1
    fail()
    for rest in (*REST_SECONDS, REST_SECONDS[-1]):
        ended = runs(quiet)[0].finished_at or 0
        quiet.clock.now = datetime.fromtimestamp(ended / 1000 + rest - 1, UTC)
        assert ask(quiet) == 0
        quiet.clock.pass_by(seconds=2)
        assert ask(quiet) == 1
        fail()
    assert len(runs(quiet)) - before == 2 + len(REST_SECONDS)


def test_a_run_that_leaves_something_due_is_not_asked_for_in_a_loop(
    quiet: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kinds.KINDS, "run", lambda task: None)  # type: ignore[misc]
    due_at(quiet, quiet.clock.now)
    assert ask(quiet) == 1
    Worker(quiet.platform).run_until_done()
    assert ask(quiet) == 0
    quiet.clock.pass_by(seconds=LEAST_SECONDS + 1)
    assert ask(quiet) == 1


def test_without_a_frontier_once_a_local_day(any_shop: Shop) -> None:
    """The shop is in Shanghai: its day begins at 16:00 UTC."""
    shop = any_shop
    Worker(shop.platform).run_until_done()

    def forget() -> None:
        with shop.platform.database.writing() as uow:
            uow.connection.execute(delete(frontiers))

    forget()
    shop.clock.now = datetime(2026, 3, 10, 15, 59, tzinfo=UTC)
    assert ask(shop) == 0
    shop.clock.now = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
    assert [ask(shop) for _ in range(3)] == [1, 0, 0]
    Worker(shop.platform).run_until_done()
    forget()
    for hours in range(24):
        assert ask(shop) == 0, hours
        shop.clock.pass_by(hours=0.99)
    with shop.platform.database.reading() as uow:
        run = uow.results.runs(shop.workspace)[0]
    assert run.cause == "time"
