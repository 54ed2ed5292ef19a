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


def test_a_rule_is_laid_out_to_be_read(shop: Shop, owner: FlaskClient) -> None:
    page = owner.get("/tiers/value/json?tier=gold").text
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)
    assert found
    written = html.unescape(found[1]).strip()
    with shop.bench() as bench:
        gold = next(one for one in bench.published.tier_model("value").tiers if one.key == "gold")
    assert json.loads(written) == json.loads(gold.rule.json)
    lines = written.splitlines()
    assert max(map(len, lines)) <= 76
    assert '{">=": [{"var": "spend_12m"}, 5000]},' in [one.strip() for one in lines]


def test_a_condition_without_controls_is_told_in_words(owner: FlaskClient) -> None:
    place = made(owner, "Wordy")
    page = owner.get(f"{place}/json").text
    days = {"days_since": [{"var": "last_order"}]}
    rule = {"and": [{"<=": [0, days, 30]}, {"==": [{"var": "plus_member"}, True]}]}
    sent = {"version": version_in(page), "tier": "rule", "rule": json.dumps(rule)}
    assert owner.post(f"{place}/json", data=sent).status_code == 303
    built = owner.get(place).text
    words = re.search(r'<span class="advanced-words"[^>]*>(.*?)</span>', built, re.S)
    assert words
    assert text_of(words[1]) == "the days since last order is between 0 and 30"


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


def test_a_score_is_checked_beside_its_criteria(shop: Shop, owner: FlaskClient) -> None:
    sent = {"label_en": "Never worth it", "label_zh": "从不", "table": "customers"}
    place = owner.post("/scores/new", data=sent).headers["Location"]
    page = owner.get(place).text
    assert f'hx-get="{place}/check"' in page
    edit = {"version": version_in(page), "tier": "0-0", "op": "crit:bands:0:spend_12m"}
    assert owner.post(place, data=edit, headers=HTMX).status_code == 200
    edit |= {"version": version_in(owner.get(place).text), "op": "noop", "g0.cap": "5000"}
    assert owner.post(place, data=edit, headers=HTMX).status_code == 200
    part = owner.get(f"{place}/check", headers=HTMX).text
    assert "never matters" in text_of(part)
    assert shop.client(Role.VIEWER).get(f"{place}/check").status_code == 200


def test_examples_have_scores_and_totals_too(owner: FlaskClient) -> None:
    place = made(owner, "Above all")
    total = {"sum": [{"var": "orders"}, {"var": "amount"}]}
    rule = {"and": [{">": [{"score": ["loyalty"]}, 900]}, {">=": [total, 500]}]}
    sent = {"version": version_in(owner.get(f"{place}/json").text), "tier": "rule"}
    owner.post(f"{place}/json", data=sent | {"rule": json.dumps(rule)})
    words = text_of(owner.get(f"{place}/check").text)
    assert re.search(r"“Loyalty[^”]*” is never less than \S+ or more than 100\.", words)
    assert "more than 900" in words
    assert re.search(r"For example: .*Score 100", words)
    assert re.search(r"Related records ¥?500", words)


def test_a_contradiction_is_told_with_an_example(owner: FlaskClient) -> None:
    place = made(owner, "Nobody")
    page = owner.get(f"{place}/json").text
    rule = {"and": [{">=": [{"var": "spend_12m"}, 500]}, {"<": [{"var": "spend_12m"}, 100]}]}
    sent = {"version": version_in(page), "tier": "rule", "rule": json.dumps(rule)}
    owner.post(f"{place}/json", data=sent)
    words = text_of(owner.get(f"{place}/check").text)
    assert "contradict one another" in words
    assert re.search(r"For example: Spend in 12 months ¥[\d,.]+", words)
