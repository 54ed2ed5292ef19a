"""Ratings, people and regions from the palette to a list: designed, typed, filtered, exported."""

import html
import re

import pytest
from flask.testing import FlaskClient

from tests.shop import Shop, text_of, version_in
from tierloom.domain.people import Role
from tierloom.services.access import accounts, people

HERE = "/data/orders/fields"


@pytest.fixture(scope="module")
def kinds() -> list[str]:
    return ["rating", "person", "region"]


def add(owner: FlaskClient, kind: str) -> str:
    version = version_in(owner.get(HERE).text)
    answer = owner.post(HERE, data={"op": f"add:{kind}", "version": version})
    assert answer.status_code == 303
    return answer.headers["Location"].partition("field=")[2]


def step(owner: FlaskClient, op: str, field: str = "", **texts: str) -> None:
    version = version_in(owner.get(HERE).text)
    answer = owner.post(HERE, data={"op": op, "field": field, "version": version, **texts})
    assert answer.status_code == 303, text_of(answer.text)


def test_the_three_kinds_are_designed_typed_and_asked(owner: FlaskClient, kinds: list[str]) -> None:
    rating, person, region = (add(owner, kind) for kind in kinds)
    assert (rating, person, region) == ("rating", "account_owner", "region")
    step(owner, "save", rating, label_en="Rating", stars="3")
    step(owner, "publish")
    found = re.search(r'href="/data/orders/(\d+)"', owner.get("/data/orders").text)
    assert found
    address = f"/data/orders/{found[1]}"
    form = owner.get(f"{address}/edit").text
    assert 'id="rating-3"' in form
    assert 'id="rating-4"' not in form
    account = re.search(r'id="account_owner".*?<option value="(\d+)">([^<]+)<', form, re.S)
    assert account
    sent = {
        "version": version_in(form), "shown": [rating, person, region],
        rating: "2", person: account[1], region: "深圳",
    }  # fmt: skip
    assert owner.post(f"{address}/edit", data={**sent, region: "吉林"}).status_code == 422
    assert owner.post(f"{address}/edit", data=sent).status_code == 303
    page = owner.get(address).text
    words = text_of(page)
    assert "★★☆" in words
    assert 'aria-label="2 of 3 stars"' in page
    assert "Shenzhen, Guangdong" in words
    assert html.unescape(account[2]) in words
    again = owner.get(f"{address}/edit").text
    assert 'value="Shenzhen, Guangdong"' in again
    rule = '{"and":[{"within":[{"var":"region"},"440000"]},{"==":[{"var":"account_owner"},%s]}]}'
    listed = owner.get("/data/orders", query_string={"filter": rule % account[1]}).text
    assert f"{address}" in listed
    assert "region is within Guangdong" in text_of(listed)
    assert "1 record" in text_of(listed)


def test_members_are_offered_as_they_are_now(owner: FlaskClient, shop: Shop) -> None:
    """Whoever is shut out is offered no more, and keeps the name; no publication is needed."""

    def offered() -> dict[str, bool]:
        with shop.bench() as bench:
            kind = bench.published.table("orders").field("account_owner").type
            return {one.aliases[0]: one.retired for one in kind.options}

    version = _version(shop)
    login = "of-this-test"
    made = accounts.add_member(
        shop.platform, shop.owner, login, "Ann", "a password for this test", Role.ANALYST
    )
    assert offered()[login] is False
    people.disable(shop.platform, shop.owner, made)
    assert offered()[login] is True
    assert _version(shop) == version


def _version(shop: Shop) -> int:
    with shop.bench() as bench:
        return bench.published.version


def test_suggestions_follow_what_is_typed(owner: FlaskClient) -> None:
    def names(**query: str) -> list[str]:
        return re.findall(r'value="([^"]+)"', owner.get("/regions", query_string=query).text)

    assert len(names()) == 34
    assert names(of="home", home="Shenzhen, Guangdong")[:2] == [
        "Shenzhen, Guangdong", "Luohu, Shenzhen, Guangdong",
    ]  # fmt: skip
    assert names(of="home", home="nowhere") == []


def test_a_form_in_the_middle_is_looked_at_and_not_kept(owner: FlaskClient) -> None:
    answer = owner.post(
        HERE, data={"op": "add:formula", "version": version_in(owner.get(HERE).text)}
    )
    key = answer.headers["Location"].partition("field=")[2]
    before = version_in(owner.get(HERE).text)
    sent = {"op": "look", "field": key, "label_en": "Half", "label_zh": "", "decimals": "2",
            "sign_0": "+", "term_0": "amount", "number_0": "", "sign_1": "*", "term_1": "",
            "number_1": "0.5", "version": before}  # fmt: skip
    looked = owner.post(HERE, data=sent)
    assert looked.status_code == 200
    assert 'value="Half"' in looked.text
    assert "How it is spread" in text_of(looked.text)
    assert version_in(owner.get(HERE).text) == before
    step(owner, f"delete:{key}")


def test_conditions_are_added_while_designing(owner: FlaskClient) -> None:
    here = "/data/customers/fields"
    page = owner.get(f"{here}?field=total_spend").text
    trees = dict(re.findall(r'name="(only|matching)\.tree" value="([^"]*)"', page))
    sent = {f"{name}.tree": html.unescape(text) for name, text in trees.items()}
    sent |= {"field": "total_spend", "label_en": "Total spend", "label_zh": "累计消费",
             "version": version_in(page)}  # fmt: skip
    root = re.search(r'"id": "(n\d+)"', sent["only.tree"])
    assert root
    added = owner.post(here, data={**sent, "op": f"addc:{root[1]}"}).text
    assert 'class="control field-choice"' in added
    assert owner.post(here, data={**sent, "op": "look", "aggregate": "share"}).text.count(
        'class="field conditions"'
    ) == 2  # fmt: skip


def test_figures_of_many_records_come_afterwards(
    owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tierloom.services.samples.MANY", 10)
    address = "/data/customers/fields"
    page = owner.get(f"{address}?field=total_spend").text
    assert "Working it out of" in text_of(page)
    assert "How it is spread" not in text_of(page)
    sent = {"op": "figures", "field": "total_spend", "version": "1"}
    late = owner.post(address, data=sent, headers={"HX-Request": "true"}).text
    assert late.strip().startswith('<div id="figures"')
    assert "How it is spread" in text_of(late)
    assert "In five records" in text_of(owner.post(address, data=sent).text)
