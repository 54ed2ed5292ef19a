"""Tiers are right now and were right then: random scripts beside a brute-force world, on both kinds of database.

`make histories` asks for more scripts than the tests do (TIERLOOM_TEST_HISTORIES).
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.databases import PostgresServer, quick_folder
from tests.properties.history import scripts
from tests.properties.history.driver import Driver
from tests.properties.history.killed import Clock
from tierloom.services.platform import Platform, open_platform
from tierloom.services.settings import Settings

SCRIPTS = int(os.environ.get("TIERLOOM_TEST_HISTORIES", "20"))
AT_ONCE = 10
"""Scripts that share an installation, each in a workspace of its own."""
FEW = 6
"""The same of scripts that take longer, or say less."""
EVERYTHING = (
    scripts.WRITES,
    scripts.WRITES,
    scripts.WORK,
    scripts.IMPORTS,
    scripts.PUBLISHES,
    scripts.GIVES,
    scripts.TAKES,
)


@contextmanager
def installation(kind: str, request: pytest.FixtureRequest) -> Iterator[tuple[Platform, Clock]]:
    """An installation on a migrated database, in memory where there is room."""
    folder, clock = Path(tempfile.mkdtemp(prefix="tl-history-", dir=quick_folder())), Clock(0)
    server: PostgresServer | None = None
    address = ""
    if kind == "sqlite":
        copyfile(request.getfixturevalue("migrated_file"), folder / "tierloom.sqlite3")
    else:
        server = request.getfixturevalue("postgres")
        address = server.new_database(like=request.getfixturevalue("migrated_server"))
    try:
        with open_platform(Settings(folder, address), clock, migrate=False) as platform:
            yield platform, clock
    finally:
        if server:
            server.drop(address)
        shutil.rmtree(folder)


on_both = pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(SCRIPTS // AT_ONCE // 2))
@on_both
def test_histories(kind: str, part: int, request: pytest.FixtureRequest) -> None:
    """Whatever was written, published and given by hand, whenever the worker ran: the same moves, at their instants."""
    with installation(kind, request) as (platform, clock):

        def plays(script: scripts.Script) -> None:
            Driver(platform, clock, script).play()

        _play_all(scripts.scripts(*EVERYTHING), _seed(kind, part), plays)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(max(1, SCRIPTS // FEW // 10)))
def test_histories_in_several_zones(part: int, request: pytest.FixtureRequest) -> None:
    """Days begin elsewhere from the moment on in which a workspace moves; promises of stays are another matter."""
    with installation("sqlite", request) as (platform, clock):

        def plays(script: scripts.Script) -> None:
            Driver(platform, clock, script).play()

        drawn = scripts.scripts(*EVERYTHING, scripts.RELOCATIONS, scripts.RELOCATIONS)
        _play_all(drawn.map(scripts.without_stays), _seed("sqlite", part), plays, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(max(1, SCRIPTS // FEW // 10)))
@on_both
def test_places_when_no_worker_looks(kind: str, part: int, request: pytest.FixtureRequest) -> None:
    """Imports and new rules may wait for their run while people go on: after it everybody is where they belong."""
    with installation(kind, request) as (platform, clock):

        def plays(script: scripts.Script) -> None:
            Driver(platform, clock, script, places_only=True).play()

        drawn = scripts.scripts(*EVERYTHING, scripts.LATE_IMPORTS, scripts.LATE_PUBLISHES)
        _play_all(drawn.map(scripts.without_stays), _seed(kind, part), plays, FEW)


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("part", range(max(1, SCRIPTS // FEW // 10)))
@on_both
def test_histories_with_kills(kind: str, part: int, request: pytest.FixtureRequest) -> None:
    """A worker that dies at any point leaves the history that one leaves which does not."""
    with installation(kind, request) as (platform, clock):

        def plays(script: scripts.Script) -> None:
            Driver(platform, clock, script).play()

        drawn = scripts.scripts(scripts.WRITES, scripts.KILLED)
        _play_all(drawn, _seed(kind, part), plays, FEW)


def _seed(kind: str, part: int) -> int:
    """Other scripts for each part and database."""
    return 2 * part + (kind == "sqlite")


def _play_all(
    drawn: st.SearchStrategy[scripts.Script],
    number: int,
    plays: Callable[[scripts.Script], None],
    count: int = AT_ONCE,
) -> None:
    """Play some scripts; of one that fails, tell the least of it that fails too."""

    def check(script: scripts.Script) -> None:
        try:
            plays(script)
        except Exception:
            least = scripts.least(script, plays)
            print(least)
            plays(least)
            raise

    patient = settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    seed(number)(patient(given(drawn)(check)))()
