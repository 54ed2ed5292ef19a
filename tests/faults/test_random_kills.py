"""kill -9 of a worker at random moments, again and again: in the end everything is there once."""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import world
from tests.faults.processes import Place, finish, later, start
from tests.faults.test_kills import try_again
from tests.unit.services.shop import Shop
from tierloom.store.jobs import OPEN

pytestmark = pytest.mark.faults
EVERYTHING = os.environ.get("TIERLOOM_TEST_FAULTS") == "all"
KILLS = 30 if EVERYTHING else 3
LONGEST_SECONDS = 0.5


@pytest.fixture(params=["sqlite", "postgresql"] if EVERYTHING else ["sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    with world.of_kind(request, tmp_path, request.param) as found:
        yield found


def test_random_kills(shop: Shop) -> None:
    chosen = random.Random(20_261_122)
    with world.nothing_lost_nothing_twice(shop):
        world.publish(shop)
        place, killed, rounds = world.place_of(shop), 0, 0
        while killed < KILLS:
            if not waits(shop):
                shop.clock.now = place.start
                rounds += 1
                chosen.choice([world.export, world.check])(shop)
            killed += kill_soon(place, chosen.uniform(0, LONGEST_SECONDS))
            place = later(place)
            try_again(shop)
        for _ in range(4):
            assert finish(start(place)) == 0
            place = later(place, 3)
            try_again(shop)
        assert finish(start(place)) == 0


def waits(shop: Shop) -> bool:
    with shop.platform.database.reading() as uow:
        return any(one.state in OPEN for one in uow.jobs.recent(shop.workspace, 500))


def kill_soon(place: Place, seconds: float) -> bool:
    """Start a worker and kill it after a while; False where it was done before."""
    process = start(place, rounds=1)
    process.join(seconds)
    if process.exitcode is not None:
        return False
    process.kill()
    process.join()
    time.sleep(0.01)
    return True
