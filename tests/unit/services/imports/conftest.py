"""A world for each test, on SQLite; what the store does differently on PostgreSQL, its own tests show."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.services.imports.world import World
from tierloom.store.database import Database


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    database = Database(tmp_path / "tierloom.db", tmp_path)
    database.migrate()
    yield World(database, tmp_path)
    database.close()
