"""A shop for each test, on SQLite; `any_shop` is one on each kind of database."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from tests.unit.services.shop import Shop, opened_shop


@pytest.fixture
def shop(migrated_file: Path, tmp_path: Path) -> Iterator[Shop]:
    copyfile(migrated_file, tmp_path / "tierloom.sqlite3")
    with opened_shop(tmp_path) as found:
        yield found


@pytest.fixture
def any_shop(migrated_url: str, tmp_path: Path) -> Iterator[Shop]:
    with opened_shop(tmp_path, migrated_url) as found:
        yield found
