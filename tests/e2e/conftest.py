"""A real server in a process of its own, real chromium, and people who signed in by their one-time link.

One server and one browser serve the whole session. The server holds the sample shop (`demo`) and one
empty workspace for each run of the main job, so that no test sees what another one did.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.pages import Samples, prepare
from tierloom.services import demo, workspaces
from tierloom.services.access import accounts
from tierloom.services.platform import open_platform
from tierloom.services.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "a long enough password"
EMPTY = ("zh-desk", "en-desk", "zh-phone", "en-phone", "real", "new")
"""Workspaces that begin empty."""
SIZES = {1440: 900, 390: 844}
PATIENCE_SECONDS = 60
PLACES = [("zh", 1440, "light"), ("en", 1440, "dark"), ("zh", 390, "dark"), ("en", 390, "light")]
"""Any two of language, width and theme meet in one of them."""
LOCALES = {"zh": ("zh-CN", "zh_Hans_CN"), "en": ("en", "en")}

expect.set_options(timeout=20_000)  # a busy machine may take its time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, and say why it is skipped where there is no browser."""
    here = Path(__file__).parent
    for item in items:
        if not item.path.is_relative_to(here):
            continue
        item.add_marker("e2e")
        if CHROMIUM is None:
            item.add_marker(pytest.mark.skip("no chromium on the path: apt-get install chromium"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the chromium of the system: playwright's own is not downloaded."""
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    return {"executable_path": CHROMIUM, "args": arguments}


@dataclass(frozen=True)
class Server:
    """A running `tierloom serve`; `links` has the one-time link of each workspace's owner."""

    base: str
    folder: Path
    links: dict[str, str]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Fill a folder with the sample shop and empty workspaces, and serve it."""
    folder = tmp_path_factory.mktemp("tierloom-e2e")
    base = f"http://127.0.0.1:{_free_port()}"
    links = _fill(folder, base)
    output = folder / "server.txt"
    with output.open("w") as sink:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tierloom",
                "--workspace",
                "demo",
                "serve",
                "--port",
                base.rsplit(":", 1)[1],
            ],
            env={**os.environ, "TIERLOOM_DATA": str(folder), "PYTHONUNBUFFERED": "1"},
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(base, process, output)
        yield Server(base, folder, {**links, "demo": _link(output.read_text())})
    finally:
        process.terminate()
        process.wait(60)


def _fill(folder: Path, base: str) -> dict[str, str]:
    """Load the sample shop, make the empty workspaces, and return their one-time links."""
    links = {}
    with open_platform(Settings(folder)) as platform:
        demo.load(platform, "demo", "zh")
        for key in EMPTY:
            locale = LOCALES["en" if key.startswith("en") else "zh"][1]
            made, _ = workspaces.ensure(platform, key, key, locale, "Asia/Shanghai")
            links[key] = f"{base}/welcome/{accounts.first_owner_link(platform, made.id)}"
    return links


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _link(text: str) -> str:
    found = re.search(r"http://\S+/welcome/\S+", text)
    assert found, f"No one-time link in: {text}"
    return found.group(0)


def _wait(base: str, process: subprocess.Popen[bytes], output: Path) -> None:
    for _ in range(1200):
        assert process.poll() is None, f"The server stopped: {output.read_text()}"
        try:
            with urllib.request.urlopen(f"{base}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"The server does not answer: {output.read_text()}")


def fill_welcome(page: Page, login: str) -> None:
    """Choose the owner's account on the page of the one-time link."""
    page.locator("#login").fill(login)
    page.locator("#name").fill("安娜 Anna")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/(start)?$"))  # an empty workspace begins at /start


@pytest.fixture(scope="session")
def owner(browser: Browser, server: Server) -> Any:
    """Return the cookies of the sample shop's owner."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.links["demo"])
    fill_welcome(page, "demo-owner")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="session")
def samples(
    browser: Browser, server: Server, owner: Any, tmp_path_factory: pytest.TempPathFactory
) -> Samples:
    """Give the sample shop an import and an export, so that their pages have something to show."""
    context = browser.new_context(storage_state=owner, base_url=server.base)
    found = prepare(context.new_page(), tmp_path_factory.mktemp("samples"))
    context.close()
    return found


OpenContext = Callable[..., BrowserContext]


@pytest.fixture
def open_context(browser: Browser, server: Server) -> Iterator[OpenContext]:
    """Open browser contexts in a language, theme and width; they are closed after the test."""
    opened = []

    def make(lang: str, theme: str = "light", width: int = 1440, **more: Any) -> BrowserContext:
        locale, chosen = LOCALES[lang]
        context = browser.new_context(
            locale=locale,
            viewport={"width": width, "height": SIZES[width]},
            has_touch=width < 500,
            base_url=server.base,
            accept_downloads=True,
            reduced_motion="reduce",
            **more,
        )
        set_cookies(context, server.base, chosen, theme)
        context.set_default_timeout(30_000)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


def set_cookies(context: BrowserContext, base: str, locale: str, theme: str) -> None:
    """Choose language and theme the way the switches do."""
    context.add_cookies(
        [
            {"name": "lang", "value": locale, "url": base},
            {"name": "theme", "value": theme, "url": base},
        ]
    )


def reload_until(page: Page, ready: Callable[[], bool]) -> None:
    """Look at a page again and again until a job has done its work, or for a minute: what is expected then says it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not ready() and time.monotonic() < end:
        page.wait_for_timeout(250)
        page.reload()
