import html
import json
import re
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.shop import HTMX, Shop, text_of
from tierloom.domain.people import Role

RICH = json.dumps({">=": [{"var": "spend_12m"}, 5000]})


def total_of(page: str) -> int:
    found = re.search(r'<p class="sub">([\d,]+) records?</p>', page)
    assert found
    return int(found[1].replace(",", ""))


def heads(page: str) -> list[str]:
    table = page[page.index("<thead>") : page.index("</thead>")]
    return [text_of(one) for one in re.findall(r"<th.*?</th>", table, re.S)]


def column(page: str, number: int) -> list[str]:
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    rows = re.findall(r"<tr.*?</tr>", body, re.S)
    return [text_of(re.findall(r"<t[hd].*?</t[hd]>", row, re.S)[number]) for row in rows]


def test_figures_come_before_what_one_only_reads(owner: FlaskClient) -> None:
    names = heads(owner.get("/data/customers").text)
    assert names[:4] == ["Name", "Value tiers", "Lifecycle", "Loyalty score"]
    assert names.index("Total spend") < names.index("City")
    assert names.index("Spend in 12 months") < names.index("City") < names.index("E-mail")
    assert "Remark" not in names


def test_the_filter_is_counted_and_said_in_words(owner: FlaskClient, shop: Shop) -> None:
    page = owner.get(f"/data/customers?filter={quote(RICH)}").text
    with shop.bench() as bench:
        columns = bench.columns("customers")
        assert columns.size == 2000
    spends = []
    for number in range(1, 5):
        part = owner.get(f"/data/customers?sort=-spend_12m&cols=spend_12m&page={number}").text
        spends += [float(one.strip("¥").replace(",", "")) for one in column(part, 1)]
    assert spends == sorted(spends, reverse=True)
    assert total_of(page) == sum(one >= 5000 for one in spends) < len(spends)
    assert "spent at least ¥5,000 in the last 12 months" in text_of(page)


def test_a_chip_leads_to_the_list_without_its_condition(owner: FlaskClient) -> None:
    rule = {"and": [json.loads(RICH), {"==": [{"var": "plus_member"}, True]}]}
    page = owner.get(f"/data/customers?filter={quote(json.dumps(rule))}").text
    links = re.findall(r'id="drop-\d" href="([^"]+)"', page)
    assert len(links) == 2
    without_second = owner.get(html.unescape(links[1])).text
    only = owner.get(f"/data/customers?filter={quote(RICH)}").text
    assert total_of(page) < total_of(without_second) == total_of(only)


def test_the_tiers_above_the_list_lead_to_as_many_records(owner: FlaskClient) -> None:
    page = owner.get("/data/customers").text
    cards = re.findall(
        r'class="tier-card[^"]*" href="([^"]+)".*?<span class="value">([\d,]+)</span>', page, re.S
    )
    assert len(cards) >= 5
    for href, number in cards:
        tier = owner.get(html.unescape(href)).text
        assert total_of(tier) == int(number.replace(",", ""))
        assert 'id="drop-tier-value"' in tier
        assert 'aria-current="true"' in tier


def test_columns_are_chosen_in_the_address(owner: FlaskClient) -> None:
    page = owner.get("/data/customers?cols=city,tier:value").text
    assert heads(page) == ["Name", "Value tiers", "City"]
    low = owner.get("/data/customers?dense=1").text
    assert 'class="table pinned compact"' in low


def test_htmx_gets_the_list_and_the_head_and_an_address_in_short(owner: FlaskClient) -> None:
    answer = owner.get("/data/customers?col=city&col=phone&q=", headers=HTMX)
    assert answer.text.startswith('<div id="grid"')
    assert 'hx-target="#grid-head"' in answer.text
    assert "<html" not in answer.text
    assert answer.headers["HX-Push-Url"] == "/data/customers?cols=city%2Cphone"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/data/nothing", 404),
        ("/data/customers?tier=value.nobody", 404),
        ("/data/customers?tier=none.gold", 404),
        ("/data/customers?sort=nonsense", 422),
        ("/data/customers?filter=%7B%22nonsense%22%3A1%7D", 422),
        ("/data/customers?filter=%7B", 422),
        ("/data/customers?page=9999", 200),
        ("/data/customers?q=zzzzzz", 200),
    ],
)
def test_a_wrong_address_is_answered_in_words(
    owner: FlaskClient, address: str, status: int
) -> None:
    answer = owner.get(address)
    assert answer.status_code == status
    if status == 200:
        assert 'class="empty"' in answer.text


def test_a_viewer_sees_no_button_that_changes_something(shop: Shop) -> None:
    page = shop.client(Role.VIEWER).get("/data/customers").text
    for address in (
        "/data/customers/new",
        "/import?table",
        "/data/customers/fields",
        "/views/save",
    ):
        assert address not in page


def test_what_a_role_may_not_read_cannot_be_sorted_or_filtered_by(shop: Shop) -> None:
    analyst = shop.client(Role.ANALYST)
    page = analyst.get("/data/customers").text
    assert 'id="sort-phone"' not in page
    assert analyst.get("/data/customers?sort=phone").status_code == 422
    rule = quote(json.dumps({"==": [{"var": "phone"}, "13800130001"]}))
    assert analyst.get(f"/data/customers?filter={rule}").status_code == 422


def test_chinese_dates_are_figures(shop: Shop) -> None:
    page = shop.client(language="zh_Hans_CN").get("/data/customers?cols=last_order").text
    dates = [one for one in column(page, 1) if one != "–"]
    assert dates
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", one) for one in dates)


def test_both_tiers_are_chips_that_can_be_taken_away(owner: FlaskClient) -> None:
    both = owner.get("/data/customers?tier=value.gold,lifecycle.active").text
    for key, rest in (("value", "lifecycle.active"), ("lifecycle", "value.gold")):
        link = re.search(rf'id="drop-tier-{key}" href="([^"]+)"', both)
        assert link
        alone = owner.get(html.unescape(link[1])).text
        assert total_of(alone) == total_of(owner.get(f"/data/customers?tier={rest}").text)
        assert f'id="drop-tier-{key}"' not in alone
    cards = re.findall(
        r'class="tier-card[^"]*" href="([^"]+)".*?<span class="value">([\d,]+)</span>', both, re.S
    )
    for href, number in cards:
        if "aria-current" not in href:
            chosen = owner.get(html.unescape(href)).text
            wanted = total_of(chosen)
            assert "lifecycle.active" in html.unescape(href)
            assert wanted == int(number.replace(",", "")) or "value." not in html.unescape(href)


def test_an_unknown_tier_is_not_found(owner: FlaskClient) -> None:
    for tier in ("value.platinum", "value.gold,nothing.active", "value.gold,lifecycle.nothing"):
        assert owner.get(f"/data/customers?tier={tier}").status_code == 404


def test_the_export_of_both_tiers(owner: FlaskClient, shop: Shop) -> None:
    page = owner.get("/data/customers?tier=value.gold,lifecycle.active").text
    form = page[page.index('action="/views/export"') : page.index('id="export-menu"')]
    assert 'name="tier" value="value.gold,lifecycle.active"' in form
    sent = {"table": "customers", "tier": "value.gold,lifecycle.active", "format": "csv"}
    made = owner.post("/views/export", data=sent).headers["Location"]
    with shop.platform.database.reading() as uow:
        payload = uow.jobs.get(int(made.rsplit("/", 1)[1])).payload
    assert isinstance(payload, dict)
    query = payload["query"]
    assert isinstance(query, dict)
    assert query["tiers"] == [["value", "gold"], ["lifecycle", "active"]]
