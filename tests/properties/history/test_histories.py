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
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.databases import PostgresServer, quick_folder
from tests.properties.history import scripts
from tests.properties.history.driver import Clock, Driver
from tierloom.services.platform import Platform, open_platform
from tierloom.services.settings import Settings

SCRIPTS = int(os.environ.get("TIERLOOM_TEST_HISTORIES", "80"))
AT_ONCE = 20
"""Scripts that share an installation, each in a workspace of its own."""
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


@pytest.mark.slow
@pytest.mark.parametrize("part", range(SCRIPTS // AT_ONCE // 2))
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_histories(kind: str, part: int, request: pytest.FixtureRequest) -> None:
    """Whatever was written, published and given by hand, whenever the worker ran: the same moves, at their instants."""
    with installation(kind, request) as (platform, clock):

        def plays(script: scripts.Script) -> None:
            Driver(platform, clock, script).play()

        _play_all(scripts.scripts(*EVERYTHING), part, plays)


def _play_all(drawn: st.SearchStrategy[scripts.Script], part: int, plays: Callable[[scripts.Script], None]) -> None:
    patient = settings(
        max_examples=AT_ONCE,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    seed(part)(patient(given(drawn)(plays)))()
