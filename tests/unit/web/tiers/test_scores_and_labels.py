"""The editors of scores and label sets: values and operations of the form, publishing, lists, the record page."""

import re

import pytest
from flask.testing import FlaskClient

from tests.shop import HTMX, text_of, version_in


def _number(words: str) -> int:
    return int(words.replace(",", ""))


def _send(owner: FlaskClient, place: str, op: str = "noop", **values: str) -> str:
    """Post the form with the newest version; return the answer."""
    page = owner.get(place).text
    sent = {"version": version_in(page), "tier": values.pop("tier", "0-0"), "op": op}
    sent |= {name.replace("__", ".").replace("_at_", "-"): value for name, value in values.items()}
    return owner.post(place, data=sent, headers=HTMX).text


def _made(owner: FlaskClient, place: str, name: str) -> str:
    sent = {"label_en": name, "label_zh": name, "table": "customers"}
    return owner.post(f"/{place}/new", data=sent).headers["Location"]


def _published(owner: FlaskClient, place: str) -> None:
    sent = {"version": version_in(owner.get(f"{place}/publish").text)}
    assert owner.post(f"{place}/publish", data=sent).status_code == 303


def test_a_score_from_nothing_to_the_record_page(owner: FlaskClient) -> None:
    place = _made(owner, "scores", "Worth it")
    _send(owner, place, "addc:n1")
    _send(owner, place, n2__f="order_count")
    _send(owner, place, n2__op="at_least")
    answer = _send(owner, place, n2__v="5", c0_at_0__points="30", c0_at_0__label="Regular")
    assert "Regular" in answer
    answer = _send(owner, place, "crit:bands:0:spend_12m", g0__cap="40")
    assert 'name="c0-1.cut"' in answer
    assert 'name="c0-0.points" value="30"' in answer
    answer = _send(owner, place, c0_at_0__points="thirty", g0__floor="50")
    assert 'name="c0-0.points" value="30"' in answer
    assert 'name="g0.floor" value=""' in answer
    before = _send(owner, place, "part:add")
    assert 'id="score-group-1"' in before
    assert 'id="score-group-1"' not in _send(owner, place, "undo")
    _published(owner, place)
    key = place.rsplit("/", 1)[1]
    listed = owner.get(f"/data/customers?sort=-score:{key}").text
    first = re.search(r'<th scope="row">.*?/data/customers/(\d+)"', listed, re.S)
    assert first
    words = text_of(owner.get(f"/data/customers/{first[1]}").text)
    assert re.search(r"Worth it 40 .*At most 40|Worth it 40 .*at most 40", words)
    assert "Regular +30" in words


def test_labels_count_what_their_lists_have(owner: FlaskClient) -> None:
    place = _made(owner, "labels", "Kinds")
    _send(owner, place, "addc:n1", tier="label_1")
    _send(owner, place, tier="label_1", n2__f="order_count")
    _send(owner, place, tier="label_1", n2__op="at_least")
    _send(owner, place, tier="label_1", n2__v="8")
    _published(owner, place)
    key = place.rsplit("/", 1)[1]
    page = owner.get("/labels/").text
    link = re.search(rf'href="(/data/customers\?label={key}\.label_1)"[^>]*><b>([\d,]+)</b>', page)
    assert link
    listed = text_of(owner.get(link[1]).text)
    found = re.search(r"([\d,]+) records", listed)
    assert found
    assert _number(found[1]) == _number(link[2]) > 0
    assert "Kinds Label 1" in listed


def test_the_last_label_cannot_be_deleted(owner: FlaskClient) -> None:
    place = _made(owner, "labels", "Only one")
    page = owner.get(place).text
    sent = {"version": version_in(page), "tier": "label_1", "op": "tier:delete:label_1"}
    assert owner.post(place, data=sent, headers=HTMX).headers["HX-Reswap"] == "none"
    assert "Label 1" in text_of(owner.get(place).text)


def test_a_score_is_a_condition_of_the_builder(owner: FlaskClient) -> None:
    scored = _made(owner, "scores", "Asked about")
    _send(owner, scored, "addc:n1")
    _send(owner, scored, n2__f="order_count")
    _send(owner, scored, n2__op="at_least")
    _send(owner, scored, n2__v="5")
    _published(owner, scored)
    key = scored.rsplit("/", 1)[1]
    place = _made(owner, "segments", "By score")
    _send(owner, place, "addc:n1", tier="rule")
    assert f'value="score:{key}"' in _send(owner, place, tier="rule", n2__f=f"score:{key}")
    _send(owner, place, tier="rule", n2__op="at_least")
    answer = _send(owner, place, tier="rule", n2__v="10")
    assert "asked about is at least 10" in text_of(answer)
    assert 'name="n2.v" value="10"' in answer


@pytest.mark.parametrize("place", ["scores", "labels", "tiers"])
def test_operations_on_what_is_not_there_change_nothing(owner: FlaskClient, place: str) -> None:
    made = _made(owner, place, "Odd")
    before = version_in(owner.get(made).text)
    for op in ("crit:rule:9", "crit:bands:9:points", "crit:copy:x", "cut:add:7-7", "part:up:9",
               "tier:copy:zz", "tier:copy", "tier:up:zz", "tier:delete:zz"):  # fmt: skip
        sent = {"version": before, "tier": "0-0", "op": op}
        for headers in ({}, HTMX):
            answer = owner.post(made, data=sent, headers=headers)
            assert answer.status_code in (200, 204, 303), op
    assert version_in(owner.get(made).text) == before


def test_what_is_too_long_or_too_many_keeps_nobody_out(owner: FlaskClient) -> None:
    made = _made(owner, "scores", "x" * 3_000)
    for _ in range(25):
        _send(owner, made, "part:add")
    assert owner.get(made).text.count('id="score-group-') == 20
    assert owner.get("/scores/").status_code == 200
