"""The shell alone, without services: what every page stands on; and the sample shop behind the whole app."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.shop import Shop, open_shop
from tierloom.web import WebSettings, create_app


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(WebSettings(secret_key="a key for tests alone"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The sample shop, loaded once: a test leaves behind only what others do not look at."""
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture
def owner(shop: Shop) -> FlaskClient:
    """A browser in which the shop's owner is signed in, in English."""
    return shop.client()
