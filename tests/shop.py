"""The sample shop behind the web app, with one account for each role."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from tierloom.domain.people import Actor, Role
from tierloom.services.access import accounts
from tierloom.services.demo import loading
from tierloom.services.demo.abroad import Place
from tierloom.services.platform import Platform, open_platform
from tierloom.services.settings import Settings
from tierloom.services.workbench import Workbench, reading
from tierloom.web import WebSettings, create_app
from tierloom.web.session import COOKIE

HTMX = {"HX-Request": "true"}
PASSWORD = "a long password for tests"


class Shop:
    """An installation with the sample data. `client` signs somebody of a role in."""

    def __init__(self, platform: Platform, owner: Actor) -> None:
        self.platform = platform
        self.owner = owner
        self.app: Flask = create_app(WebSettings(secret_key="a key for tests alone"), platform)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self._secrets: dict[Role, str] = {}

    def client(self, role: Role = Role.OWNER, language: str = "en") -> FlaskClient:
        """Return a browser in which somebody of this role is signed in."""
        if role not in self._secrets:
            login = f"{role.value}-of-tests"
            accounts.add_member(self.platform, self.owner, login, "", PASSWORD, role)
            self._secrets[role] = accounts.sign_in(self.platform, login, PASSWORD).secret
        client = self.app.test_client()
        client.set_cookie(COOKIE, self._secrets[role])
        client.set_cookie("lang", language)
        return client

    @contextmanager
    def bench(self) -> Iterator[Workbench]:
        """Open a workbench of the owner."""
        with reading(self.platform, self.owner) as bench:
            yield bench


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    """Load the sample shop into a new installation."""
    with open_platform(Settings(folder)) as platform:
        # English names and words over the amounts of the Chinese sample.
        place = Place("en", "Asia/Shanghai", "CNY")
        owner = loading.load(platform, "demo", "en", place=place)
        yield Shop(platform, owner)


def version_in(page: str) -> str:
    """Return the version that a page's form carries."""
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found, "no version in the page"
    return found[1]


def text_of(markup: str) -> str:
    """Return markup as a reader sees it: without tags, with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())
