"""A tier that a stay policy keeps, on the record's page and in lists: protected, then kept, then given up in time."""

from collections.abc import Iterator
from pathlib import Path
from secrets import token_urlsafe

import pytest
from flask.testing import FlaskClient

from tests.shop import text_of
from tests.unit.services.shop import KeptShop, Shop
from tests.unit.services.test_standing import STAY, spoil
from tests.unit.web.data.test_giving import card_of, history_of
from tierloom.domain.people import Role
from tierloom.services.access import accounts
from tierloom.web import WebSettings, create_app
from tierloom.web.session import COOKIE


@pytest.fixture(name="loyal")
def _loyal(kept_shop: KeptShop, tmp_path: Path) -> Iterator[Shop]:
    with kept_shop.opened(tmp_path) as found:
        found.apply(STAY)
        found.run("rules")
        yield found


def browser(shop: Shop, role: Role = Role.OWNER) -> FlaskClient:
    """Sign somebody in at the shop's present moment."""
    now, secret = shop.platform.now_ms(), token_urlsafe(16)
    with shop.platform.database.writing() as uow:
        account = shop.people[role].account
        hashed = accounts.hashed(secret)
        uow.accounts.open_session(hashed, account, shop.workspace, now, now + 10**9)
    client = create_app(WebSettings("a key for tests alone"), shop.platform).test_client()
    client.set_cookie(COOKIE, secret)
    client.set_cookie("lang", "en")
    return client


def test_it_says_until_when_and_what_the_rules_say(loyal: Shop) -> None:
    customer, _ = spoil(loyal)
    address = f"/data/customers/{customer}"
    page = browser(loyal).get(address).text
    assert "Gold since Mar 11, 2026 Protected until May 10, 2026 The rules say Rest" in text_of(
        card_of(page)
    )
    why = text_of(page.split('id="why-value"', maxsplit=1)[1])
    assert "Gold is protected until May 10, 2026, though the rules say Rest now:" in why
    assert "What would move up by the rules" in why
    assert "this can change on May 10, 2026 at the earliest" in why
    loyal.clock.pass_by(days=55)
    loyal.run("time")
    page = browser(loyal).get(address).text
    assert "Kept until Jun 9, 2026 The rules say Rest" in text_of(card_of(page))
    why = text_of(page.split('id="why-value"', maxsplit=1)[1])
    assert "It keeps Gold until Jun 9, 2026, though the rules say Rest now:" in why
    listed = browser(loyal).get("/data/customers?tier=value.~kept").text
    assert 'title="Kept until Jun 9, 2026"' in listed
    assert listed.count('id="row-') == 1
    loyal.clock.pass_by(days=40)
    loyal.run("time")
    page = browser(loyal).get(address).text
    card = text_of(card_of(page))
    assert "Rest since Jun 9, 2026" in card
    assert "until" not in card
    history = history_of(page)
    told = text_of(history)
    assert "Gold Rest Its time in the tier was over Value" in told
    assert "noticed on Jun 24, 2026" in told
    assert "Rest Gold Orders: Added · owner Value" in told
    assert 'title="Jun 9, 2026, 12:00"' in history


def test_a_viewer_reads_it_without_buttons(loyal: Shop) -> None:
    customer, _ = spoil(loyal)
    page = browser(loyal, Role.VIEWER).get(f"/data/customers/{customer}").text
    assert "Protected until May 10, 2026" in text_of(card_of(page))
    assert "Give another tier" not in page
