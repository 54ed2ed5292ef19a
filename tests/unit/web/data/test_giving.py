"""A tier given by hand in the browser: the dialog and its page, the card, the list, the history, and its end."""

import html
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.shop import HTMX, Shop, text_of
from tests.unit.web.data.test_listing import total_of
from tests.unit.web.data.test_record import first_id
from tierloom.domain.people import Role

SENT = {"tier": "diamond", "reason": "Key <b>account</b> 大客户", "until": "2099-12-31"}


def card_of(page: str, model: str = "value") -> str:
    return page.split(f'id="standing-{model}"')[1].split("</li>", maxsplit=1)[0]


def history_of(page: str) -> str:
    return page.split('<div id="history">')[1].split("</section>", maxsplit=1)[0]


def undo_of(page: str) -> str:
    """Return where the toast's "undo" leads."""
    found = re.search(r'class="toast.*?action="([^"]+)"', page, re.S)
    assert found
    return html.unescape(found[1])


@pytest.fixture
def record(owner: FlaskClient) -> Iterator[str]:
    """The address of a silver customer; what a test gave it has ended afterwards."""
    address = f"/data/customers/{first_id(owner, '?tier=value.silver&sort=-customer_no')}"
    yield address
    for action in re.findall(r'action="([^"]+/given/\d+/end)"', owner.get(address).text):
        owner.post(action)


def given(owner: FlaskClient, record: str, **sent: str) -> str:
    day = {"until": ""} if "until" not in sent else {}
    answer = owner.post(f"{record}/tiers/value", data={**SENT, **day, **sent})
    assert answer.status_code == 303, text_of(answer.text)
    assert answer.headers["Location"] == record
    return owner.get(record).text


def test_the_dialog_asks_for_tier_reason_and_day(owner: FlaskClient, record: str) -> None:
    page = owner.get(record).text
    assert f'hx-get="{record}/tiers/value"' in card_of(page)
    assert 'id="give-tier-dialog"' in page
    panel = owner.get(f"{record}/tiers/value", headers=HTMX).text
    assert panel.startswith('<div id="give-tier"')
    assert re.findall(r'name="tier" value="(\w+)"', panel) == [
        "diamond", "gold", "silver", "bronze", "rest",
    ] or "not_enough" not in panel  # fmt: skip
    assert "The rules say Silver" in text_of(panel)
    whole = owner.get(f"{record}/tiers/value").text
    assert "<html" in whole
    assert "data-dialog-close" not in whole.split('id="given-cancel"')[0][-200:]


def test_it_is_shown_with_its_reason_and_what_the_rules_say(
    owner: FlaskClient, record: str
) -> None:
    page = given(owner, record, until="2030-01-31")
    card = text_of(card_of(page))
    assert "Diamond" in card
    assert "By hand until Jan 31, 2030" in card
    assert "Key &lt;b&gt;account&lt;/b&gt; 大客户 · owner-of-tests" in card
    assert "The rules say Silver" in card
    why = text_of(page.split('id="why-value"')[1].split("</details>")[0])
    assert "because somebody gave it that tier by hand. The rules say Silver :" in why
    assert "What would move up by the rules" in why
    assert "this can change on Feb 1, 2030 at the earliest" in why
    told = text_of(history_of(page))
    assert re.search(r"Silver Diamond By hand · until Jan 31, 2030 · owner-of-tests", told)
    assert "<b>account</b>" not in page


def test_the_list_marks_it_and_leads_to_those_alone(owner: FlaskClient, record: str) -> None:
    assert 'id="hold-hand"' not in owner.get("/data/customers").text
    given(owner, record)
    page = owner.get("/data/customers").text
    link = re.search(r'id="hold-hand" href="([^"]+)"', page)
    assert link
    listed = owner.get(link[1]).text
    assert total_of(listed) == 1
    assert f'href="{record}"' in listed
    assert 'title="By hand, without a last day"' in listed
    assert "Value tiers By hand" in text_of(listed)
    assert 'aria-current="true"' in listed.split('id="hold-hand"')[1].split(">")[0]
    assert owner.get("/data/customers?tier=value.~nothing").status_code == 404
    sent = {"table": "customers", "tier": "value.~hand", "format": "csv"}
    assert owner.post("/views/export", data=sent).status_code == 303


def test_it_is_ended_and_the_rules_decide_again(owner: FlaskClient, record: str) -> None:
    page = given(owner, record)
    action = re.search(r'action="([^"]+/given/\d+/end)"', card_of(page))
    assert action
    assert "Change tier" in card_of(page)
    answer = owner.post(action[1], follow_redirects=True)
    assert "Ended. The rules decide again." in text_of(answer.text)
    assert "By hand" not in text_of(card_of(answer.text))
    assert "Silver" in text_of(card_of(answer.text))
    told = text_of(history_of(answer.text))
    assert "Ended by owner-of-tests" in told
    assert owner.post(action[1]).status_code == 404
    # The toast after giving takes it back in the same way.
    again = owner.post(f"{record}/tiers/value", data={**SENT, "until": ""}, follow_redirects=True)
    assert undo_of(again.text).endswith("/end")


def test_its_end_is_taken_back(owner: FlaskClient, record: str) -> None:
    page = given(owner, record, until="2030-01-31")
    action = re.search(r'action="([^"]+/given/\d+/end)"', card_of(page))
    assert action
    undo = undo_of(owner.post(action[1], follow_redirects=True).text)
    answer = owner.post(undo, follow_redirects=True)
    assert "The tier given by hand holds again." in text_of(answer.text)
    card = text_of(card_of(answer.text))
    assert "Diamond" in card
    assert "By hand until Jan 31, 2030" in card
    assert "大客户" in card
    assert owner.post(undo).status_code == 409, "it has a tier by hand already"


def test_another_tier_in_its_place_is_taken_back(owner: FlaskClient, record: str) -> None:
    given(owner, record, reason="First reason")
    sent = {**SENT, "tier": "gold", "until": ""}
    page = owner.post(f"{record}/tiers/value", data=sent, follow_redirects=True).text
    assert "Gold" in text_of(card_of(page))
    card = text_of(card_of(owner.post(undo_of(page), follow_redirects=True).text))
    assert "Diamond" in card
    assert "First reason" in card


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"tier": ""}, "Choose one of the tiers."),
        ({"tier": "not_enough_data"}, "Choose one of the tiers."),
        ({"reason": " "}, "Say why"),
        ({"reason": "x" * 501}, "at most 500 characters"),
        ({"until": "2001-01-01"}, "over already"),
        ({"until": "2099-01-01"}, "within the next 10 years"),
        ({"until": "2030-02-31"}, "31"),
    ],
)
def test_what_will_not_do_is_said_beside_what_was_typed(
    owner: FlaskClient, record: str, sent: dict[str, str], said: str
) -> None:
    data = {**SENT, "until": "", **sent}
    answer = owner.post(f"{record}/tiers/value", data=data, headers=HTMX)
    assert answer.status_code == 422
    assert answer.text.startswith('<div id="give-tier"')
    assert said in text_of(answer.text)
    assert 'class="error-line bad"' in answer.text
    if data["tier"] == "diamond":
        assert re.search(r'value="diamond" required checked', answer.text)
    assert "By hand" not in text_of(card_of(owner.get(record).text))


def test_who_may_not_change_records_reads_it_only(
    shop: Shop, owner: FlaskClient, record: str
) -> None:
    page = given(owner, record)
    for role in (Role.DESIGNER, Role.ANALYST, Role.VIEWER):
        client = shop.client(role)
        seen = client.get(record).text
        assert "大客户" in seen
        assert "/tiers/value" not in card_of(seen)
        assert "/end" not in card_of(seen)
        assert 'id="give-tier-dialog"' not in seen
        assert client.get(f"{record}/tiers/value").status_code == 403
        assert client.post(f"{record}/tiers/value", data=SENT).status_code == 403
        action = re.search(r'action="([^"]+/given/\d+/end)"', card_of(page))
        assert action
        assert client.post(action[1]).status_code == 403


def test_wrong_addresses(owner: FlaskClient, record: str) -> None:
    for address in (
        f"{record}/tiers/nothing",
        "/data/orders/1/tiers/value",
        "/data/customers/999999999/tiers/value",
        "/data/customers/999999999/history",
        f"{record}/history?kind=sideways",
    ):
        assert owner.get(address).status_code == 404, address
    assert owner.post(f"{record}/tiers/nothing", data=SENT).status_code == 404
    assert owner.post(f"{record}/given/999999999/end").status_code == 404


def test_the_history_by_kind_and_in_pages(owner: FlaskClient, record: str) -> None:
    for tier in ("gold", "bronze"):
        given(owner, record, tier=tier)
    part = owner.get(f"{record}/history?kind=given", headers=HTMX).text
    assert part.startswith('<div id="history">')
    assert 'class="changes"' not in part
    assert text_of(part).count("大客户") >= 2
    changes = owner.get(f"{record}/history?kind=changes", headers=HTMX).text
    assert "大客户" not in changes
    whole = owner.get(f"{record}/history").text
    assert "<html" in whole
    short = owner.get(f"{record}/history?shown=1", headers=HTMX).text
    assert short.count("<li class=") == 1
    more = re.search(r'id="history-more"[^>]*hx-get="([^"]+)"', short)
    assert more
    longer = owner.get(more[1].replace("&amp;", "&"), headers=HTMX).text
    assert longer.count("<li class=") > 1
    for odd in ("0", "-1", "x", "9" * 12):
        assert owner.get(f"{record}/history?shown={odd}").status_code == 200
