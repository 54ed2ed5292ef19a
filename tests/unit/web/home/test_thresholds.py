import html
import json
import re

from flask.testing import FlaskClient

from tests.shop import HTMX, Shop, text_of
from tierloom.domain.people import Role

CELL = r'<td class="heat-(\d)"><a href="([^"]+)">([\d,]+)<'
HERE = "/tiers/value/thresholds"


def sizes(page: str) -> dict[str, int]:
    found = re.findall(r'id="spread-live-(\w+)"><b class="num">([\d,]+)</b>', page)
    return {key: int(number.replace(",", "")) for key, number in found}


def test_every_heat_cell_opens_a_list_of_as_many(owner: FlaskClient) -> None:
    cells = re.findall(CELL, owner.get("/").text)
    assert len(cells) >= 25
    steps = {}
    for step, href, number in cells:
        listed = owner.get(html.unescape(href)).text
        total = re.search(r'<p class="sub">([\d,]+) records?</p>', listed)
        assert total, href
        assert total[1] == number, href
        steps[int(number.replace(",", ""))] = int(step)
    assert sum(int(number.replace(",", "")) for _, _, number in cells) == 2000
    darker = [steps[count] for count in sorted(steps)]
    assert darker == sorted(darker)
    assert (darker[0], darker[-1]) == (0, 5)


def test_the_fragment_of_the_heat_grids(owner: FlaskClient) -> None:
    part = owner.get("/?across=lifecycle", headers=HTMX).text
    assert part.startswith('<div id="crossings"')
    assert len(re.findall(CELL, part)) >= 25
    assert owner.get("/?across=nonsense").status_code == 200


def test_a_fragment_with_exact_counts_and_the_sentence(owner: FlaskClient) -> None:
    before = sizes(owner.get(HERE).text)
    answer = owner.get(f"{HERE}?at.gold=4200&moved=gold", headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.startswith('<section class="card" id="spread"')
    after = sizes(answer.text)
    assert sum(after.values()) == sum(before.values()) == 2000
    assert after["gold"] > before["gold"]
    assert after["gold"] - before["gold"] == before["silver"] - after["silver"]
    assert "Gold : spent at least ¥4,200 in the last 12 months" in text_of(answer.text)
    assert 'style="' not in answer.text


def test_sliders_say_where_they_are(owner: FlaskClient) -> None:
    page = owner.get("/").text
    sliders = re.findall(r'role="slider"[^>]*', page)
    assert len(sliders) == 4
    found = [
        [
            float(re.findall(rf'aria-value{name}="([^"]+)"', one)[0])
            for name in ("min", "now", "max")
        ]
        for one in sliders
    ]
    assert [one[1] for one in found] == [15000, 5000, 2000, 500]
    assert all(low < now < high for low, now, high in found)
    assert all('aria-valuetext="¥' in one and "aria-label=" in one for one in sliders)


def test_wrong_amounts_are_said(owner: FlaskClient) -> None:
    answer = owner.get(f"{HERE}?at.gold=1&at.silver=<b>")
    assert answer.status_code == 422
    assert "Silver: type an amount above 0." in text_of(answer.text)
    assert '<b>"' not in answer.text
    assert owner.get("/tiers/nothing/thresholds").status_code == 404


def test_counting_without_scripts(owner: FlaskClient) -> None:
    answer = owner.post(HERE, data={"op": "count", "at.gold": "4200", "at.silver": "1500"})
    assert answer.status_code == 303
    again = owner.get(answer.headers["Location"]).text
    assert 'value="4200"' in again
    assert "csrf" not in answer.headers["Location"]


def test_opened_as_a_draft(owner: FlaskClient, shop: Shop) -> None:
    sent = {"op": "draft", "at.diamond": "15000", "at.gold": "4200", "at.silver": "2000"}
    answer = owner.post(HERE, data=sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/tiers/value")
    try:
        with shop.bench() as bench:
            document = bench.uow.documents.find(shop.owner.workspace, "tier_model", "value")
            assert document is not None
            assert document.draft is not None
            tiers = {
                one["key"]: one["rule"] for one in json.loads(document.draft)["thing"]["tiers"]
            }
            was = {one["key"]: one["rule"] for one in json.loads(document.published or "")["tiers"]}
        assert tiers["gold"]["and"][0] == {">=": [{"var": "spend_12m"}, 4200]}
        assert tiers["gold"]["and"][1:] == was["gold"]["and"][1:]
        assert {**tiers, "gold": 0} == {**was, "gold": 0}
        assert sizes(owner.get("/").text)["gold"] != 0
        wrong = owner.post(HERE, data={"op": "draft", "at.gold": "99999"})
        assert wrong.headers["Location"].startswith(HERE)
    finally:
        owner.post("/tiers/value", data={"op": "undo", "tier": "gold"})


def test_a_viewer_may_try_and_not_keep(shop: Shop) -> None:
    viewer = shop.client(Role.VIEWER)
    page = viewer.get(f"{HERE}?at.gold=4200")
    assert page.status_code == 200
    assert "Open as draft" not in page.text
    assert 'id="spread-form" method="get"' in page.text
    assert viewer.post(HERE, data={"op": "draft", "at.gold": "4200"}).status_code == 403


def test_words_of_near_handles_run_apart(owner: FlaskClient) -> None:
    far = owner.get("/tiers/value/thresholds").text
    assert far.count('class="bubble" y="-14" text-anchor="middle"') == 4
    near = owner.get("/tiers/value/thresholds?at.diamond=5200").text
    assert near.count('class="bubble" y="-14" text-anchor="middle"') == 2
    assert re.search(r'text-anchor="start">¥5,200<', near)
    assert re.search(r'text-anchor="end">¥5,000<', near)
