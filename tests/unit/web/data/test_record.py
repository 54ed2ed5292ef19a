import html
import json
import re

import pytest
from flask.testing import FlaskClient

from tests.shop import Shop, text_of, version_in
from tierloom.domain.people import Role


def first_id(client: FlaskClient, query: str = "") -> int:
    found = re.search(r'href="/data/customers/(\d+)"', client.get(f"/data/customers{query}").text)
    assert found
    return int(found[1])


def test_a_record_shows_tiers_since_when_figures_and_orders(owner: FlaskClient) -> None:
    record = first_id(owner, "?sort=-spend_12m")
    page = owner.get(f"/data/customers/{record}").text
    words = text_of(page)
    assert re.search(r"Value tiers \S+ since \w{3} \d+, \d{4}", words)
    assert "Spend in 12 months" in words
    orders = re.search(r'href="(/data/orders\?filter=[^"]+)"><span>All ([\d,]+)</span>', page)
    assert orders
    listed = owner.get(html.unescape(orders[1])).text
    assert f'<p class="sub">{orders[2]} records</p>' in listed


def test_one_order_is_not_called_orders(owner: FlaskClient) -> None:
    once = json.dumps({"==": [{"var": "order_count"}, 1]})
    page = owner.get("/data/customers", query_string={"filter": once}).text
    found = re.search(r'href="(/data/customers/\d+)"', page)
    assert found
    words = text_of(owner.get(found[1]).text)
    assert re.search(r"\bOrders 1 order\b(?!s)", words)
    more = owner.get(f"/data/customers/{first_id(owner, '?sort=-spend_12m')}").text
    assert re.search(r"Orders \d+ orders", text_of(more))


def test_a_change_is_saved_shown_and_told(owner: FlaskClient) -> None:
    record = first_id(owner, "?sort=customer_no&page=3")
    form = owner.get(f"/data/customers/{record}/edit").text
    sent = {"version": version_in(form), "shown": ["remark"], "remark": "Likes tea"}
    answer = owner.post(f"/data/customers/{record}/edit", data=sent)
    assert answer.status_code == 303
    words = text_of(owner.get(f"/data/customers/{record}").text)
    assert "Likes tea" in words
    assert "Remark: – → Likes tea" in words


def test_problems_are_listed_and_lead_to_their_fields(owner: FlaskClient) -> None:
    record = first_id(owner)
    version = version_in(owner.get(f"/data/customers/{record}/edit").text)
    sent = {"version": version, "shown": ["name", "birthday"], "name": "", "birthday": "2026-02-31"}
    answer = owner.post(f"/data/customers/{record}/edit", data=sent)
    assert answer.status_code == 422
    assert "Not saved yet: 2 to correct" in text_of(answer.text)
    assert 'href="#birthday"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_somebody_elses_change_is_shown_beside_what_was_typed(owner: FlaskClient) -> None:
    record = first_id(owner, "?sort=customer_no&page=4")
    address = f"/data/customers/{record}/edit"
    version = version_in(owner.get(address).text)
    mine = {"version": version, "shown": ["remark"], "remark": "mine"}
    assert owner.post(address, data={**mine, "remark": "theirs"}).status_code == 303
    answer = owner.post(address, data=mine)
    assert answer.status_code == 409
    words = text_of(answer.text)
    assert "Somebody changed this record" in words
    assert "Stored now: theirs" in words
    assert ">mine</textarea>" in answer.text
    assert owner.post(address, data={**mine, "version": version_in(answer.text)}).status_code == 303


def test_a_deleted_record_can_be_taken_back(owner: FlaskClient) -> None:
    record = first_id(owner, "?sort=customer_no&page=5")
    deleted = owner.post(f"/data/customers/{record}/delete", follow_redirects=True)
    assert f'action="/data/customers/{record}/restore"' in deleted.text
    assert owner.get(f"/data/customers/{record}").status_code == 404
    assert owner.post(f"/data/customers/{record}/restore").status_code == 303
    assert owner.get(f"/data/customers/{record}").status_code == 200


def test_a_new_record_needs_what_its_table_requires(owner: FlaskClient) -> None:
    assert owner.get("/data/customers/new").status_code == 200
    answer = owner.post("/data/customers/new", data={"shown": ["name"], "name": ""})
    assert answer.status_code == 422


def test_a_viewer_reads_and_changes_nothing(shop: Shop, owner: FlaskClient) -> None:
    viewer, record = shop.client(Role.VIEWER), first_id(owner)
    page = viewer.get(f"/data/customers/{record}")
    assert page.status_code == 200
    assert f"/data/customers/{record}/edit" not in page.text
    assert viewer.get(f"/data/customers/{record}/edit").status_code == 403
    assert viewer.post(f"/data/customers/{record}/delete").status_code == 403


@pytest.mark.parametrize("path", ["/data/customers/999999", "/data/nothing/1"])
def test_what_is_not_there_is_not_found(owner: FlaskClient, path: str) -> None:
    assert owner.get(path).status_code == 404
