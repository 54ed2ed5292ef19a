"""Samples in the browser: opened, followed while they load, practised with, removed; and the switcher."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.shop import HTMX, PASSWORD, text_of
from tierloom.jobs.worker import Worker
from tierloom.services import workspaces
from tierloom.services.access import accounts
from tierloom.services.platform import Platform, open_platform
from tierloom.services.settings import Settings
from tierloom.web import WebSettings, create_app
from tierloom.web.session import COOKIE


@pytest.fixture
def platform(migrated_file: Path, tmp_path: Path) -> Iterator[Platform]:
    copyfile(migrated_file, tmp_path / "tierloom.sqlite3")
    with open_platform(Settings(tmp_path), migrate=False) as opened:
        yield opened


@pytest.fixture
def client(platform: Platform) -> FlaskClient:
    """The owner of an empty workspace, signed in."""
    made, _ = workspaces.ensure(platform, "main", "Our company", "en", "Europe/Berlin", "EUR")
    secret = accounts.first_owner_link(platform, made.id)
    assert secret
    signed_in = accounts.claim(platform, secret, "anna", "Anna", PASSWORD)
    app: Flask = create_app(WebSettings(secret_key="a key for tests alone"), platform)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.set_cookie(COOKIE, signed_in.secret)
    client.set_cookie("lang", "en")
    return client


def names(page: str) -> list[str]:
    """What the switcher offers to go to, and to open."""
    menu = page.partition('id="switcher-menu"')[2].partition('<ul class="places">')[0]
    return [
        text_of(one) for one in re.findall(r"<button class=\"item.*?</button>", menu, re.DOTALL)
    ]


def test_from_opening_to_removing(client: FlaskClient, platform: Platform) -> None:
    assert names(client.get("/start").text) == [
        "Our company",
        "Online shop",
        "Fuel chain",
        "Car dealer",
    ]
    opened = client.post("/samples/shop")
    assert opened.headers["Location"] == "/samples/shop"
    waiting = client.get("/samples/shop")
    assert "The sample is being loaded" in waiting.text
    assert "2,000 customers and 12,683 purchases" in waiting.text
    part = client.get("/samples/shop", headers=HTMX)
    assert part.text.startswith('<div id="progress"')
    assert 'hx-get="/samples/shop"' in part.text
    Worker(platform, pytest.fail).run_until_done()
    assert client.get("/samples/shop", headers=HTMX).headers["HX-Redirect"] == "/"
    home = client.get("/", follow_redirects=True).text
    assert "The sample is ready" in home
    assert re.search(r"<h1>\s*Daybreak Shop <span class=\"sample-mark\">Sample</span>", home)
    assert names(home) == [
        "Our company",
        "Daybreak Shop Sample",
        "Fuel chain",
        "Car dealer",
        "Remove this sample …",
    ]
    assert "Remove the sample “Daybreak Shop”?" in home
    assert client.post("/samples/shop").headers["Location"] == "/", "it is there already"
    assert client.post("/samples/remove").headers["Location"] == "/"
    after = client.get("/", follow_redirects=True).text
    assert "The sample is removed." in after
    assert names(after) == ["Our company", "Online shop", "Fuel chain", "Car dealer"]


def test_the_switcher_marks_where_one_is(client: FlaskClient, platform: Platform) -> None:
    client.post("/samples/dealer")
    with platform.database.reading() as uow:
        main, sample = uow.workspaces.all()
    page = client.get("/jobs/").text
    assert re.search(rf'id="go-{sample.id}" aria-current="true"', page)
    answer = client.post("/workspace", data={"workspace": str(main.id)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    page = client.get("/jobs/").text
    assert re.search(rf'id="go-{main.id}" aria-current="true"', page)
    assert client.get("/samples/dealer").headers["Location"] == "/", "its progress is shown there"


def test_a_loading_that_failed_says_so(client: FlaskClient, platform: Platform) -> None:
    client.post("/samples/fuel")
    with platform.database.writing() as uow:
        job = uow.jobs.claim(("sample",), "w", 30, platform.now_ms())
        assert job
        uow.jobs.cancel(job.id, platform.now_ms(), "w")
    page = client.get("/samples/fuel").text
    assert "The sample could not be loaded" in page
    assert "The loading was stopped." in page
    assert "hx-trigger" not in page.partition('id="progress"')[2].partition(">")[0]
    assert client.post("/samples/fuel").headers["Location"] == "/samples/fuel"
    assert "is being loaded" in client.get("/samples/fuel").text


@pytest.mark.parametrize(
    ("name", "language", "file"),
    [
        ("dealer", "zh_Hans_CN", "汽车销售明细.xlsx"),
        ("dealer", "en", "car-sales.xlsx"),
        ("fuel", "en", "加油流水.zip"),
        ("shop", "zh_Hans_CN", "order-lines.csv"),
    ],
)
def test_files_to_practise_with(client: FlaskClient, name: str, language: str, file: str) -> None:
    client.set_cookie("lang", language)
    answer = client.get(f"/samples/{name}/practice")
    assert answer.status_code == 200
    assert file in unquote(answer.headers["Content-Disposition"])
    if name != "shop":
        assert zipfile.ZipFile(io.BytesIO(answer.data)).testzip() is None


def test_unknown_samples_are_not_found(client: FlaskClient) -> None:
    for answer in (
        client.post("/samples/shoes"),
        client.get("/samples/shoes"),
        client.get("/samples/shoes/practice"),
    ):
        assert answer.status_code == 404
        assert "no sample “shoes”" in answer.text


def test_one_workspace_and_nothing_to_open_is_a_name(
    client: FlaskClient, platform: Platform
) -> None:
    with platform.database.writing() as uow:
        [place] = uow.workspaces.all()
        [anna] = uow.accounts.members(place.id)
        uow.accounts.set_role(place.id, anna.account, type(anna.role).VIEWER)
    page = client.get("/", follow_redirects=True).text
    assert '<p class="switcher alone" id="switcher">' in page
    assert "switcher-menu" not in page
