"""The shell alone, without services: what every page stands on."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tierloom.web import WebSettings, create_app


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(WebSettings(secret_key="a key for tests alone"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
