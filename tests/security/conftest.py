"""One shop for each file of tests: what they forbid must leave no trace, and what they allow gets names of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.services.shop import KeptShop, Shop


@pytest.fixture(scope="module")
def shop(kept_shop: KeptShop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with kept_shop.opened(tmp_path_factory.mktemp("shop")) as found:
        yield found


@pytest.fixture
def own_shop(kept_shop: KeptShop, tmp_path: Path) -> Iterator[Shop]:
    """A shop for one test alone."""
    with kept_shop.opened(tmp_path) as found:
        yield found
