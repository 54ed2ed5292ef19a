"""What benchmarks share: the yardstick's world in memory, and its customers in an installation."""

from collections.abc import Iterator

import pytest

from tests.bench.company import Company, open_company
from tests.bench.yardstick import World, open_world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The yardstick's world, opened anew for each benchmark."""
    found = open_world()
    yield found
    found.duck.close()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A workspace with the yardstick's customers."""
    with open_company(tmp_path_factory.mktemp("company")) as found:
        yield found
