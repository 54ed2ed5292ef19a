import html
import json
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.shop import HTMX, Shop, text_of, version_in
from tierloom.domain.people import Role


@pytest.fixture
def segment(owner: FlaskClient) -> Iterator[str]:
    """A new segment's address; it goes to the bin afterwards."""
    made = owner.post(
        "/segments/new", data={"label_en": "Test segment", "label_zh": "", "table": "customers"}
    )
    assert made.status_code == 303
    yield made.headers["Location"]
    owner.post(f"{made.headers['Location']}/delete")


def send(
    client: FlaskClient, address: str, version: str | None = None, **form: str
) -> TestResponse:
    """Send the builder's form as a browser with scripts does; names say "__" for a dot."""
    version = version or version_in(client.get(address).text)
    fields = {name.replace("__", "."): value for name, value in form.items()}
    return client.post(address, data={"version": version, "tier": "rule", **fields}, headers=HTMX)


def size_in(page: str) -> int:
    found = re.search(r'<p class="big">([\d,]+)</p>', page)
    assert found
    return int(found[1].replace(",", ""))


def nodes_in(page: str) -> list[str]:
    return re.findall(r'data-node="(n\d+)"', page)


def test_a_rule_is_built_step_by_step(owner: FlaskClient, segment: str) -> None:
    answer = send(owner, segment, op="addc:n1")
    assert nodes_in(answer.text) == ["n1", "n2"]
    assert 'class="condition unfinished"' in answer.text
    answer = send(owner, segment, n2__f="spend_12m")
    assert "Not finished" in answer.text
    assert '<option value="at_least" selected>' in answer.text
    answer = send(owner, segment, n2__f="spend_12m", n2__op="at_least", n2__v="5,000")
    rule = json.dumps({">=": [{"var": "spend_12m"}, 5000]})
    listed = owner.get("/data/customers", query_string={"filter": rule}).text
    assert f'<p class="sub">{size_in(answer.text):,} records</p>' in listed
    assert "spent at least ¥5,000 in the last 12 months" in text_of(answer.text)


def test_rules_with_errors_are_not_called_faultless(owner: FlaskClient, segment: str) -> None:
    send(owner, segment, op="addc:n1")
    send(owner, segment, n2__f="spend_12m")
    form = MultiDict([("n2.op", "between"), ("n2.v", "900"), ("n2.v", "100")])
    form |= {"version": version_in(owner.get(segment).text), "tier": "rule", "n2.f": "spend_12m"}
    answer = owner.post(segment, data=form, headers=HTMX)
    assert 'class="condition bad"' in answer.text
    words = text_of(owner.get(f"{segment}/check").text)
    assert "The rules have errors. They are checked once those are corrected." in words
    assert "No faults found" not in words
    send(owner, segment, op="del:n2")
    assert "The rules have errors." not in text_of(owner.get(f"{segment}/check").text)


def test_the_result_of_a_tier_model_is_asked_like_a_field(
    shop: Shop, owner: FlaskClient, segment: str
) -> None:
    answer = send(owner, segment, op="addc:n1")
    assert '<optgroup label="Tier models">' in answer.text
    answer = send(owner, segment, n2__f="tier:value")
    assert '<option value="gold">Gold</option>' in answer.text
    answer = send(owner, segment, n2__f="tier:value", n2__op="at_least", n2__v="gold")
    assert "the tier in “Value tiers” is at least Gold" in text_of(answer.text)
    with shop.bench() as bench:
        codes = bench.codes(bench.published.tier_model("value"))
    assert size_in(answer.text) == int(((codes >= 0) & (codes <= 1)).sum()) > 0


def test_the_answer_brings_every_part_that_changed(owner: FlaskClient, segment: str) -> None:
    answer = send(owner, segment, op="addc:n1")
    assert answer.text.startswith('<div id="builder">')
    targets = re.findall(r'<hx-partial hx-target="#([\w-]+)"', answer.text)
    assert targets == ["draft-state", "strip", "headline", "sentence", "preview", "said"]
    versions = set(re.findall(r'name="version" value="(\d+)"', answer.text))
    assert len(versions) == 1  # the dialogs' forms get the new one too


def test_undo_and_redo_survive_a_reload(owner: FlaskClient, segment: str) -> None:
    for op in ("addc:n1", "addg:n1", "dup:n2", "up:n3", "del:n2"):
        send(owner, segment, op=op)
    last = nodes_in(owner.get(segment).text)
    for _ in range(5):
        send(owner, segment, op="undo")
    assert nodes_in(owner.get(segment).text) == ["n1"]
    for _ in range(5):
        send(owner, segment, op="redo")
    assert nodes_in(owner.get(segment).text) == last


def test_a_form_that_says_nothing_new_gets_no_answer(owner: FlaskClient, segment: str) -> None:
    send(owner, segment, op="addc:n1")
    before = version_in(owner.get(segment).text)
    answer = send(owner, segment, n2__f="")
    assert answer.status_code == 204
    assert version_in(owner.get(segment).text) == before


def test_a_stale_edit_shows_the_latest_state_and_says_so(owner: FlaskClient, segment: str) -> None:
    old = version_in(owner.get(segment).text)
    send(owner, segment, op="addc:n1")
    answer = send(owner, segment, version=old, op="addc:n1")
    assert "Somebody else changed this meanwhile" in answer.text
    assert nodes_in(answer.text) == ["n1", "n2"]


def test_enter_presses_the_button_that_does_nothing(owner: FlaskClient, segment: str) -> None:
    page = owner.get(segment).text
    buttons = re.findall(r"<button[^>]*\bname=\"op\"[^>]*>", page)
    assert 'value="noop"' in buttons[0]
    assert 'form="rules"' in buttons[0]


def test_without_scripts_the_page_comes_back(owner: FlaskClient, segment: str) -> None:
    version = version_in(owner.get(segment).text)
    sent = {"version": version, "tier": "rule", "op": "addc:n1"}
    answer = owner.post(segment, data=sent)
    assert answer.status_code == 303
    assert nodes_in(owner.get(answer.headers["Location"]).text) == ["n1", "n2"]


def test_a_segment_begins_with_the_filter_of_a_list(owner: FlaskClient) -> None:
    rule = json.dumps({"==": [{"var": "plus_member"}, True]})
    sent = {"label_en": "Plus", "table": "customers", "filter": rule}
    made = owner.post("/segments/new", data=sent)
    assert made.status_code == 303
    page = owner.get(made.headers["Location"]).text
    assert "is a Plus member" in text_of(page)
    owner.post(f"{made.headers['Location']}/delete")
    wrong = owner.post("/segments/new", data={**sent, "filter": '{"nonsense":1}'})
    assert wrong.status_code == 422


def test_the_names_of_a_new_thing_are_needed(owner: FlaskClient) -> None:
    for place in ("tiers", "segments"):
        answer = owner.post(f"/{place}/new", data={"table": "customers"})
        assert answer.status_code == 422
        assert "It needs a name." in answer.text


def test_tiers_are_added_moved_and_taken_out(owner: FlaskClient) -> None:
    made = owner.post("/tiers/new", data={"label_en": "Trial tiers", "table": "customers"})
    address = made.headers["Location"]

    def strip() -> list[str]:
        page = owner.get(address).text
        return re.findall(r'href="/tiers/\w+\?tier=(\w+)"', page)

    first = strip()
    assert first[-1] == "everyone_else"
    added = send(owner, address, op="tier:add").headers["HX-Redirect"]
    assert len(strip()) == len(first) + 1
    key = added.rpartition("=")[2]
    send(owner, address, op=f"tier:up:{key}")
    assert strip()[-3] == key
    send(owner, address, op=f"tier:delete:{key}")
    assert strip() == first
    owner.post(f"{address}/delete")
    assert owner.get(address).status_code == 404
    owner.post(f"{address}/restore")
    assert owner.get(address).status_code == 200
    owner.post(f"{address}/delete")


def test_settings_are_saved_and_a_wrong_one_is_told(owner: FlaskClient, segment: str) -> None:
    version = version_in(owner.get(segment).text)
    named = {"version": version, "label_en": "Renamed", "label_zh": "改名"}
    assert owner.post(f"{segment}/settings", data=named).status_code == 303
    assert "<h1>Renamed</h1>" in owner.get(segment).text
    stale = owner.post(f"{segment}/settings", data=named, follow_redirects=True)
    assert "Somebody else changed this meanwhile" in stale.text
    empty = {"version": version_in(owner.get(segment).text), "label_en": ""}
    wrong = owner.post(f"{segment}/settings", data=empty, follow_redirects=True)
    assert "It needs a name." in html.unescape(wrong.text)


def test_roles_see_what_they_may_do(shop: Shop, owner: FlaskClient, segment: str) -> None:
    viewer, analyst = shop.client(Role.VIEWER), shop.client(Role.ANALYST)
    page = viewer.get("/tiers/value?tier=gold").text
    assert '<div id="builder" inert>' in page
    assert 'value="undo"' not in page
    assert "/tiers/value/publish" not in page
    assert send(viewer, "/tiers/value?tier=gold", op="addc:n1").status_code == 403
    page = analyst.get("/tiers/value?tier=gold").text
    assert 'value="undo"' in page
    assert "/tiers/value/publish" not in page
    assert analyst.get("/tiers/value/publish").status_code == 403
    assert send(analyst, segment, op="addc:n1").status_code == 200


def test_the_last_tier_has_no_rule(owner: FlaskClient) -> None:
    page = text_of(owner.get("/tiers/value?tier=others").text)
    assert "everyone whom no tier before takes" in page


@pytest.mark.parametrize("path", ["/tiers/none", "/segments/none", "/tiers/none/publish", "/nil/x"])
def test_what_is_not_there_is_not_found(owner: FlaskClient, path: str) -> None:
    assert owner.get(path).status_code == 404
