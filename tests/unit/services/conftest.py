"""A shop for each test, on SQLite; `any_shop` is one on each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.services.shop import KeptShop, Shop


@pytest.fixture
def shop(kept_shop: KeptShop, tmp_path: Path) -> Iterator[Shop]:
    with kept_shop.opened(tmp_path) as found:
        yield found
