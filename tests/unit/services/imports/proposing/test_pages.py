"""From a dropped file to the list of customers, through the pages."""

import re
from collections.abc import Iterator
from pathlib import Path
from secrets import token_urlsafe

import pytest
from flask.testing import FlaskClient

from tests.unit.services.imports.proposing.conftest import Office
from tierloom.jobs.worker import Worker
from tierloom.services.access import accounts
from tierloom.web import WebSettings, create_app
from tierloom.web.session import COOKIE


@pytest.fixture
def client(office: Office) -> Iterator[FlaskClient]:
    app = create_app(WebSettings(secret_key="a key for tests alone"), office.platform)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    secret, now = token_urlsafe(32), office.platform.now_ms()
    with office.platform.database.writing() as uow:
        actor = office.owner
        uow.accounts.open_session(
            accounts.hashed(secret), actor.account, actor.workspace, now, now + 10**7
        )
    with app.test_client() as found:
        found.set_cookie(COOKIE, secret)
        found.set_cookie("lang", "en")
        yield found


def upload(client: FlaskClient, *paths: Path) -> str:
    streams = [path.open("rb") for path in paths]
    try:
        files = [(one, path.name) for one, path in zip(streams, paths, strict=True)]
        answer = client.post("/start", data={"file": files})
    finally:
        for one in streams:
            one.close()
    assert answer.status_code == 303, answer.text
    return answer.location


def typed(page: str) -> dict[str, str]:
    """What a browser would send of the page's form."""
    form = page[page.index('id="proposal-form"') :]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        box = 'type="checkbox"' in tag or 'type="radio"' in tag
        if name and value and (not box or " checked" in tag):
            found[name[1]] = value[1]
    for name, body in re.findall(
        r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    return found


def test_the_first_file(client: FlaskClient, office: Office, files: Path) -> None:
    assert "Start with your own file" in client.get("/start").text
    place = upload(client, files / "dealer.xlsx")
    page = client.get(place).text
    for words in ("1,840", "1,205", "We make 2 linked tables: Customers, Purchases", "面议"):
        assert words in page
    form = typed(page)
    assert form["layout"] == "split"
    assert form["c8.type"] == "money"
    answer = client.post(place, data=form)
    assert (answer.status_code, answer.location) == (303, place)
    assert "Importing" in client.get(place).text
    Worker(office.platform).run_until_done()
    done = client.get(place)
    assert done.location == "/data/customers"
    landed = client.get("/data/customers").text
    for words in (
        "Customers: 1,205, Purchases: 1,837",
        "Next: choose a template",
        "3 rows could not be read",
    ):
        assert words in landed


def test_three_months_go_in_together_as_proposed(
    client: FlaskClient, office: Office, files: Path
) -> None:
    place = upload(client, *sorted(files.glob("加油流水*.csv")))
    page = client.get(place).text
    assert "3 files with the same columns" in page
    assert client.post(place, data=typed(page)).status_code == 303
    Worker(office.platform).run_until_done()
    assert [office.count(one) for one in ("companies", "cards", "transactions")] == [20, 160, 2_700]


def test_what_was_typed_survives(client: FlaskClient, files: Path) -> None:
    place = upload(client, files / "dealer.xlsx")
    form = typed(client.get(place).text) | {"c11.en": "Trade-in & more", "c8.type": "text"}
    del form["c12.use"]
    looked = client.post(f"{place}/look", data=form, headers={"HX-Request": "true"}).text
    assert looked.startswith('<div id="proposal">')
    again = typed(looked)
    assert again["c11.en"] == "Trade-in &amp; more"
    assert again["c8.type"] == "text"
    assert "c12.use" not in again
    one = typed(client.post(f"{place}/look", data=form | {"layout": "one"}).text)
    assert one["c11.en"] == "Trade-in &amp; more"
    refused = client.post(place, data=form | {"t.customer.zh": "", "t.customer.en": ""})
    assert refused.status_code == 422
    assert "A table needs a name." in refused.text
    assert typed(refused.text)["c11.en"] == "Trade-in &amp; more"


def test_no_file_and_files_of_two_kinds(client: FlaskClient, files: Path) -> None:
    assert client.post("/start", data={}).status_code == 422
    with (files / "orders.csv").open("rb") as one, (files / "dealer.xlsx").open("rb") as other:
        answer = client.post("/start", data={"file": [(one, "a.csv"), (other, "b.xlsx")]})
    assert answer.status_code == 422
    assert "do not have the same columns" in answer.text


def test_taking_it_back(client: FlaskClient, office: Office, files: Path) -> None:
    place = upload(client, files / "orders.csv")
    client.post(place, data=typed(client.get(place).text))
    Worker(office.platform).run_until_done()
    assert office.count("orders") == 600
    assert client.post(f"{place}/undo").status_code == 303
    Worker(office.platform).run_until_done()
    assert (office.count("orders"), office.count("customers")) == (0, 0)
    assert "taken back" in client.get(place).text
    assert client.post(f"{place}/again").status_code == 422
