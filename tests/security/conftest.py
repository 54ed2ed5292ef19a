"""One shop for each file of tests: what they forbid must leave no trace, and what they allow gets names of its own."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from tests.unit.services.shop import Shop, opened_shop


@pytest.fixture(scope="module")
def shop(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    copyfile(migrated_file, folder / "tierloom.sqlite3")
    with opened_shop(folder) as found:
        yield found


@pytest.fixture
def own_shop(migrated_file: Path, tmp_path: Path) -> Iterator[Shop]:
    """A shop for one test alone."""
    copyfile(migrated_file, tmp_path / "tierloom.sqlite3")
    with opened_shop(tmp_path) as found:
        yield found
