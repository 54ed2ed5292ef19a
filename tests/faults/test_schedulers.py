"""Many processes look at the same schedules: every time that comes is asked for by one of them, once."""

import os
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from tests.faults import world
from tests.faults.processes import CONTEXT, PATIENCE_SECONDS, Place, finish
from tests.unit.services.shop import Shop
from tierloom.services.jobs import schedules

pytestmark = pytest.mark.faults
EVERYTHING = os.environ.get("TIERLOOM_TEST_FAULTS") == "all"
PROCESSES = 4 if EVERYTHING else 2
TIMES = 60 if EVERYTHING else 12


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    with world.of_kind(request, tmp_path, request.param) as found:
        yield found


def _ask(place: Place, barrier: Barrier, told: Connection) -> None:
    """Ask at every five minutes, all processes at the same moment, and tell how often there was something."""
    asked = []
    for number in range(1, TIMES + 1):
        there = Place(place.folder, place.url, place.start, 300.0 * number)
        with there.opened() as platform:
            barrier.wait(PATIENCE_SECONDS)
            asked.append(schedules.ask_for_due_jobs(platform))
    told.send(asked)


def test_nothing_is_asked_for_twice_or_left_out(shop: Shop) -> None:
    for one in schedules.listing(shop.platform, shop.owner):
        schedules.delete(shop.platform, shop.owner, one.schedule.id, 1)
    number = schedules.add(shop.platform, shop.owner, "cleanup", "*/5 * * * *", "UTC")
    barrier = CONTEXT.Barrier(PROCESSES)
    place, mine = world.place_of(shop), []
    for _ in range(PROCESSES):
        here, there = CONTEXT.Pipe(duplex=False)
        process = CONTEXT.Process(target=_ask, args=(place, barrier, there))
        process.start()
        mine.append((process, here))
    asked = [here.recv() for _, here in mine if here.poll(PATIENCE_SECONDS)]
    assert [finish(process) for process, _ in mine] == [0] * PROCESSES
    assert [sum(one) for one in zip(*asked, strict=True)] == [1] * TIMES
    with shop.platform.database.reading() as uow:
        jobs = [one for one in uow.jobs.recent(shop.workspace, 500) if one.kind == "cleanup"]
        found = uow.schedules.get(number, shop.workspace)
    assert [one.id for one in jobs] == [found.last_job], "requests that wait are one"
