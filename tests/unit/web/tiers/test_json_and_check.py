"""The JSON Logic page reads and writes rules of other builders; the rule check is shown with its records."""

import html
import json
import re

from flask.testing import FlaskClient

from tests.shop import HTMX, Shop, text_of, version_in
from tierloom.domain.people import Role


def made(owner: FlaskClient, name: str) -> str:
    answer = owner.post(
        "/segments/new", data={"label_en": name, "table": "customers", "label_zh": name}
    )
    return answer.headers["Location"]


def test_a_rule_of_another_builder_is_taken_over(owner: FlaskClient) -> None:
    place = made(owner, "Pasted")
    page = owner.get(f"{place}/json").text
    pasted = {"and": [{"==": [{"var": "plus_member"}, True]}, {"!": {"var": "city"}}]}
    sent = {"version": version_in(page), "tier": "rule", "rule": json.dumps(pasted)}
    assert owner.post(f"{place}/json", data=sent).status_code == 303
    words = text_of(owner.get(place).text)
    assert "is a Plus member" in words
    written = re.search(r"<textarea[^>]*>(.*?)</textarea>", owner.get(f"{place}/json").text, re.S)
    assert written
    assert json.loads(html.unescape(written[1]))["and"]


def test_what_is_no_rule_stays_in_the_box_with_its_problems(owner: FlaskClient) -> None:
    place = made(owner, "Broken")
    page = owner.get(f"{place}/json").text
    broken = '{"==": [{"var": "no_such_field"}, 1]}'
    answer = owner.post(
        f"{place}/json", data={"version": version_in(page), "tier": "rule", "rule": broken}
    )
    assert answer.status_code == 422
    assert "cannot be taken over yet" in text_of(answer.text)
    assert "no_such_field" in html.unescape(answer.text)


def test_a_rule_is_written_for_other_builders(owner: FlaskClient) -> None:
    for dialect in ("raqb", "rqb", "jsonlogic"):
        page = owner.get(f"/tiers/value/json?tier=silver&as={dialect}").text
        assert ("To paste there" in page) or ("cannot say the rule" in page)
    assert owner.get("/tiers/value/json?tier=platinum").status_code == 404


def test_the_check_is_a_part_of_the_builder_and_a_page(shop: Shop, owner: FlaskClient) -> None:
    editor = owner.get("/tiers/value?tier=gold").text
    assert 'hx-get="/tiers/value/check?tier=gold"' in editor
    part = owner.get("/tiers/value/check?tier=gold", headers=HTMX).text
    assert "<html" not in part
    assert "Rule check" in part
    assert "Almost there" in part
    viewer = shop.client(Role.VIEWER)
    assert viewer.get("/tiers/value/check?tier=gold").status_code == 200


def test_a_draft_that_was_never_published_is_checked(owner: FlaskClient) -> None:
    place = owner.post("/tiers/new", data={"label_en": "Never yet", "table": "customers"}).location
    page = owner.get(f"{place}/json").text
    rule = {">=": [{"var": "spend_12m"}, 500]}
    tier = re.search(r'name="tier" value="(\w+)"', page)
    assert tier
    sent = {"version": version_in(page), "tier": tier.group(1), "rule": json.dumps(rule)}
    assert owner.post(f"{place}/json", data=sent).status_code == 303
    part = owner.get(f"{place}/check?tier={tier.group(1)}", headers=HTMX)
    assert part.status_code == 200
    assert "Almost there" in part.text


def test_a_contradiction_is_told_with_an_example(owner: FlaskClient) -> None:
    place = made(owner, "Nobody")
    page = owner.get(f"{place}/json").text
    rule = {"and": [{">=": [{"var": "spend_12m"}, 500]}, {"<": [{"var": "spend_12m"}, 100]}]}
    sent = {"version": version_in(page), "tier": "rule", "rule": json.dumps(rule)}
    owner.post(f"{place}/json", data=sent)
    words = text_of(owner.get(f"{place}/check").text)
    assert "contradict one another" in words
    assert re.search(r"For example: Spend in 12 months ¥[\d,.]+", words)
