"""/settings and what a new workspace is asked on /start, as a browser uses them."""

import html
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.shop import Shop, open_shop, text_of
from tierloom.services import workspaces
from tierloom.services.access import accounts
from tierloom.services.platform import open_platform
from tierloom.services.settings import Settings
from tierloom.store.workspaces import Workspace

ANSWERS = {"name": "Laden", "locale": "en", "zone": "Europe/Berlin", "currency": "EUR"}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Shop]:
    with open_platform(Settings(tmp_path)) as platform:
        workspaces.ensure(platform, "empty", "Empty")
        yield Shop(platform, accounts.actor_named(platform, "empty", None))


@pytest.fixture
def visitor(empty: Shop) -> FlaskClient:
    """A browser that has chosen no language here."""
    client = empty.client()
    client.delete_cookie("lang")
    return client


def place(shop: Shop) -> Workspace:
    return workspaces.of(shop.platform, shop.owner)


def chosen(page: str, name: str) -> str:
    select = re.search(rf'<select[^>]* name="{name}".*?</select>', page, re.DOTALL)
    assert select
    found = re.findall(r'<option value="([^"]*)"[^>]* selected', select[0])
    assert len(found) == 1
    return html.unescape(str(found[0]))


@pytest.mark.parametrize(
    ("accepted", "locale", "currency", "zone"),
    [
        ("zh-CN,zh;q=0.9", "zh_Hans_CN", "CNY", "Asia/Shanghai"),
        ("en-GB,en;q=0.9", "en", "GBP", "Europe/London"),
        ("en-US", "en", "USD", "Asia/Shanghai"),
        ("fr-FR,en;q=0.5", "en", "EUR", "Europe/Paris"),
        ("fr", "en", "CNY", "Asia/Shanghai"),
    ],
)
def test_a_new_workspace_is_asked_with_what_the_browser_says(
    visitor: FlaskClient, accepted: str, locale: str, currency: str, zone: str
) -> None:
    """A country with several zones leaves the zone as it was; the page's script knows better."""
    page = visitor.get("/start", headers={"Accept-Language": accepted}).text
    assert 'id="settle"' in page
    assert "js/whereabouts.js" in page
    assert [chosen(page, one) for one in ("locale", "currency", "zone")] == [locale, currency, zone]


def test_a_zone_carries_the_currency_of_its_country(visitor: FlaskClient) -> None:
    page = visitor.get("/start").text
    for zone, currency in (("Asia/Tokyo", "JPY"), ("America/New_York", "USD")):
        assert f'<option value="{zone}" data-currency="{currency}"' in page


def test_one_click_confirms_and_it_is_asked_no_more(empty: Shop, visitor: FlaskClient) -> None:
    answer = visitor.post("/settings/confirm", data=ANSWERS)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/start")
    kept = place(empty)
    assert {one: getattr(kept, one) for one in ANSWERS} == ANSWERS
    assert 'id="settle"' not in visitor.get("/start").text
    assert 'lang="en"' in visitor.get("/start", headers={"Accept-Language": "zh-CN"}).text


def test_the_first_file_brings_the_answers_along(empty: Shop, visitor: FlaskClient) -> None:
    sent = {**ANSWERS, "file": (io.BytesIO(b"name,spend\nAnna,12\nBela,13\n"), "people.csv")}
    answer = visitor.post("/start", data=sent)
    assert answer.status_code == 303
    assert re.fullmatch(r"/start/\d+", answer.headers["Location"])
    kept = place(empty)
    assert {one: getattr(kept, one) for one in ANSWERS} == ANSWERS


def test_answers_that_will_not_do_keep_the_file_out(empty: Shop, visitor: FlaskClient) -> None:
    sent = {**ANSWERS, "zone": "Moon/Sea", "file": (io.BytesIO(b"name\nAnna\n"), "people.csv")}
    answer = visitor.post("/start", data=sent)
    assert answer.status_code == 422
    assert 'id="zone-error"' in answer.text
    assert 'value="Laden"' in answer.text
    assert place(empty).name != "Laden"


def test_skipping_asks_no_more_either(empty: Shop, visitor: FlaskClient) -> None:
    before = place(empty)
    assert visitor.post("/settings/skip").headers["Location"] == "/start"
    assert 'id="settle"' not in visitor.get("/start").text
    assert (place(empty).name, place(empty).currency) == (before.name, before.currency)


def test_settings_show_and_change_the_answers(empty: Shop, visitor: FlaskClient) -> None:
    assert visitor.post("/settings", data=ANSWERS).status_code == 303
    page = visitor.get("/settings").text
    assert 'value="Laden"' in page
    assert [chosen(page, one) for one in ("locale", "currency", "zone")] == [
        "en",
        "EUR",
        "Europe/Berlin",
    ]


def test_what_will_not_do_is_said_at_its_control_and_what_was_typed_stays(
    empty: Shop, visitor: FlaskClient
) -> None:
    answer = visitor.post("/settings", data={**ANSWERS, "name": "", "zone": "Europe/Berlin"})
    assert answer.status_code == 422
    assert 'aria-describedby="name-error"' in answer.text
    assert chosen(answer.text, "currency") == "EUR"
    assert place(empty).name == "Empty"


def test_a_currency_that_money_fields_do_not_share_is_pointed_out(shop: Shop) -> None:
    """The sample's money fields stay in yuan or whatever they are in; the test puts everything back."""
    was = place(shop)
    same = {"name": was.name, "locale": was.locale, "zone": was.zone}
    client = shop.client()
    client.post("/settings", data={**same, "currency": "CHF"})
    try:
        assert "amounts are not converted" in text_of(client.get("/settings").text)
    finally:
        client.post("/settings", data={**same, "currency": was.currency})


def test_the_checklist_leads_to_what_is_next_and_can_be_closed(tmp_path: Path) -> None:
    with open_shop(
        tmp_path
    ) as shop:  # of its own: in the other one, somebody may have shared a view
        client = shop.client()
        with shop.platform.database.writing() as uow:
            uow.workspaces.mark(shop.owner.workspace, workspaces.SAMPLE, on=False)
        page = client.get("/").text
        steps = dict(re.findall(r'class="step-link( [a-z]+)?" id="step-\w+" href="([^"]+)"', page))
        assert [one.strip() for one in steps] == ["done", "next"]
        assert steps[" next"] == "/views/"
        for href in re.findall(r'class="step-link[^>]* href="([^"]+)"', page):
            assert client.get(href).status_code == 200, href
        view = next(iter(re.findall(r'href="(/views/\w+)"', client.get("/views/").text)))
        assert f'href="{view}/share" id="next-step-go"' in client.get(view).text
        assert 'id="next-step"' not in client.get("/data/customers").text, "nothing to share there"
        client.post("/checklist/close")
        assert 'id="checklist"' not in client.get("/").text
        assert 'id="next-step"' not in client.get(view).text
        client.post("/checklist/open")
        assert 'id="checklist"' in client.get("/").text
