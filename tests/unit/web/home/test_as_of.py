"""Pages of a past day: everything on them is of that day, says so, leads on to that day, and writes nothing."""

import html
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from tests.shop import HTMX, Shop, text_of
from tests.unit.services.shop import TODAY, VALUE, KeptShop
from tierloom.domain.people import Role
from tierloom.domain.rules import Json
from tierloom.services import as_of, grid
from tierloom.services.exports import requests
from tierloom.services.grid import Query
from tierloom.services.trends import over_time
from tierloom.web.as_of import last_day, month_of

HALF: Json = {
    **cast(dict[str, Any], VALUE),
    "tiers": [
        {**cast(dict[str, Any], VALUE)["tiers"][0], "rule": {">=": [{"var": "spend"}, 500]}},
        cast(dict[str, Any], VALUE)["tiers"][1],
    ],
}
"""Gold for half the spend."""
TIERS = r'<td class="num"><a href="([^"]+)"[^>]*>([\d,]+)</a></td>'
SEGMENTS = r'<a class="grow plain-link" href="([^"]+)">[^<]*</a><b class="num">([\d,]+)</b>'
CARDS = r'<a class="tier-kpi[^"]*" href="([^"]+)">.*?<span class="value">([\d,]+)</span>'
CELLS = r'<td class="heat-\d"><a href="([^"]+)">([\d,]+)<'


@pytest.fixture
def today(shop: Shop) -> date:
    with shop.bench() as bench:
        return bench.context.today


@pytest.fixture
def day(today: date) -> date:
    """The last month-end but two."""
    return last_day(month_of(today) - 3)


def total(page: str) -> int:
    found = re.search(r'<p class="sub">(?:共 )?([\d,]+) ', page)
    assert found, page[:300]
    return int(found[1].replace(",", ""))


def test_a_list_of_a_past_day(shop: Shop, owner: FlaskClient, day: date) -> None:
    page = owner.get(f"/views/value?as_of={day}").text
    with shop.bench() as bench:
        then = grid.listing(as_of.as_of(bench, day, "customers"), Query("customers"))
        now = grid.listing(bench, Query("customers"))
    assert total(page) == then.total < now.total
    assert then.sizes != now.sizes
    assert "As of" in text_of(page)
    assert "reconstructed from dated records" in text_of(page)
    assert 'id="back-to-today" ' in page.replace('">', '" >')
    counts = re.findall(r'class="tier-card.*?</a>', page, re.S)
    assert all(f"as_of={day}" in one for one in counts), "a tier of the strip is of that day"


def test_everything_on_the_overview_opens_a_list_of_as_many(owner: FlaskClient, day: date) -> None:
    page = owner.get(f"/?as_of={day}").text
    found = [*re.findall(CARDS, page, re.S), *re.findall(SEGMENTS, page), *re.findall(CELLS, page)]
    found += [one for one in re.findall(TIERS, page) if "/moved" not in one[0]]
    assert len(found) > 40
    for href, number in found[:16] + found[-16:]:
        address = html.unescape(href)
        assert f"as_of={day}" in address
        assert total(owner.get(address).text) == int(number.replace(",", "")), address


def test_nothing_is_written_from_the_past(owner: FlaskClient, day: date) -> None:
    page = owner.get(f"/data/customers?as_of={day}").text
    for offered in ('href="/data/customers/new"', 'id="save-list"', "/import?table", "/fields"):
        assert offered not in page
        assert offered in owner.get("/data/customers").text
    overview = owner.get(f"/?as_of={day}").text
    for offered in ('id="spread"', 'href="/import"'):
        assert offered not in overview[overview.index("<main") : overview.index("</main>")]


def test_todays_rules_need_records_that_are_known(
    shop: Shop, owner: FlaskClient, day: date
) -> None:
    page = owner.get(f"/views/value?as_of={day}").text
    assert 'id="rules-today"' not in page
    refused = owner.get(f"/views/value?as_of={day}&rules=today")
    assert refused.status_code == 404
    assert "their history begins later" in text_of(refused.text)
    with shop.bench() as bench:
        assert as_of.reach(bench, "customers").data == bench.context.today


def test_both_questions_of_a_day_whose_records_are_known(
    kept_shop: KeptShop, tmp_path: Path
) -> None:
    with kept_shop.opened(tmp_path) as small:
        was = small.sizes()
        small.clock.pass_by(days=2)
        small.apply(HALF)
        small.run("rules")
        browser = Shop(small.platform, small.owner).client()
        address = f"/views/tiers?as_of={TODAY}"
        then, now = browser.get(address).text, browser.get(f"{address}&rules=today").text
        spends = [small.spend(one) for one in small.customers]
    assert "Records and tiers as they were" in text_of(then)
    assert "Today's rules on the records of that day" in html.unescape(text_of(now))
    assert _current(then) == "rules-then"
    assert _current(now) == "rules-today"
    assert strip(then)[0] == was["gold"]
    assert strip(now)[0] == sum(one >= 500 for one in spends) > was["gold"]
    links = re.findall(r'class="tier-card" href="([^"]+)"', now)
    assert links
    assert all("rules=today" in one and f"as_of={TODAY}" in one for one in links)


def strip(page: str) -> list[int]:
    """The sizes of the tiers above a list."""
    found = page[page.index('<ul class="tier-strip"') :].partition("</ul>")[0]
    return [int(one.replace(",", "")) for one in re.findall(r'class="value">([\d,]+)<', found)]


def _current(page: str) -> str:
    found = re.search(r'id="(rules-\w+)" aria-current="page"', page)
    assert found
    return found[1]


def test_days_of_which_nothing_is_known(owner: FlaskClient, today: date) -> None:
    late = owner.get(f"/?as_of={today + timedelta(days=1)}")
    assert late.status_code == 404
    assert "still to come" in text_of(late.text)
    assert 'id="nearest-day"' not in late.text
    early = owner.get("/views/value?as_of=1999-05-05&sort=-spend_12m")
    assert early.status_code == 404
    nearest = re.search(r'href="([^"]+)"[^>]*id="nearest-day"', early.text)
    assert nearest
    address = html.unescape(nearest[1])
    assert "sort=-spend_12m" in address
    page = owner.get(address)
    assert page.status_code == 200
    assert total(page.text)
    back = re.search(r'href="([^"]+)"[^>]*id="back-to-today"', early.text)
    assert back
    assert html.unescape(back[1]) == "/views/value?sort=-spend_12m"
    for nonsense in ("x", "2026-13-01", "0001-01-01", "9999-12-31", "' OR 1=1"):
        answer = owner.get("/", query_string={"as_of": nonsense})
        assert answer.status_code == 404
    fragment = owner.get("/data/customers?as_of=1999-05-05", headers=HTMX)
    assert fragment.status_code == 404
    assert "Nothing is known" in fragment.text


def test_months_step_by_their_numbers(owner: FlaskClient, today: date, day: date) -> None:
    page = owner.get(f"/views/value?month={month_of(day)}").text
    assert total(page) == total(owner.get(f"/views/value?as_of={day}").text)
    assert f'value="{month_of(day)}"' in page
    assert f'value="{day}"' in page, "the picker says the day"
    earlier = re.search(r'id="as-of-earlier" href="([^"]+)"', page)
    later = re.search(r'id="as-of-later" href="([^"]+)"', page)
    assert earlier
    assert later
    assert html.unescape(earlier[1]) == f"/views/value?as_of={last_day(month_of(day) - 1)}"
    assert html.unescape(later[1]) == f"/views/value?as_of={last_day(month_of(day) + 1)}"
    now = owner.get(f"/views/value?month={month_of(today)}", headers=HTMX)
    assert now.headers["HX-Push-Url"] == "/views/value"
    assert "open" in now.text[now.text.index('id="as-of-box"') :][:30], "whoever steps goes on"
    last = owner.get(f"/views/value?as_of={last_day(month_of(today) - 1)}").text
    forward = re.search(r'id="as-of-later" href="([^"]+)"', last)
    assert forward
    assert forward[1] == "/views/value", "after the last month-end comes today"
    for nonsense in ("-5", "x", "0", "9" * 30):
        assert owner.get("/", query_string={"month": nonsense}).status_code in (200, 404)


def test_a_step_answers_with_the_list_and_its_head(owner: FlaskClient, day: date) -> None:
    answer = owner.get(f"/views/value?month={month_of(day)}&sort=-spend_12m", headers=HTMX)
    assert answer.text.startswith('<div id="grid"')
    assert 'hx-target="#grid-head"' in answer.text
    assert f"as_of={day}" in answer.headers["HX-Push-Url"]
    assert "sort=-spend_12m" in answer.headers["HX-Push-Url"]
    overview = owner.get(f"/?month={month_of(day)}", headers=HTMX)
    assert overview.text.startswith('<div id="overview">')
    assert overview.headers["HX-Push-Url"] == f"/?as_of={day}"
    flows = owner.get(f"/?as_of={day}&flow=lifecycle", headers=HTMX)
    assert flows.text.startswith('<div id="flows"')
    crossed = owner.get(f"/?as_of={day}&across=lifecycle", headers=HTMX)
    assert crossed.text.startswith('<div id="crossings"')


def test_of_tiers_of_month_ends_no_week_is_told(owner: FlaskClient, day: date) -> None:
    """Tiers worked out for month-ends alone moved some time in that month."""
    assert 'id="alert"' in owner.get("/").text
    past = owner.get(f"/?as_of={day}").text
    assert 'id="headline"' in past
    assert 'id="alert"' not in past


def test_the_filter_counts_on_that_day(shop: Shop, owner: FlaskClient, day: date) -> None:
    page = owner.get(f"/data/customers/filter?as_of={day}").text
    with shop.bench() as bench:
        there = int(as_of.as_of(bench, day, "customers").visible("customers").sum())
    assert f"of {there:,}" in text_of(page)
    assert f'name="as_of" value="{day}"' in page


def test_sizes_over_time(shop: Shop, owner: FlaskClient, today: date) -> None:
    page = owner.get("/tiers/value/over-time").text
    with shop.bench() as bench:
        points = over_time(bench, bench.published.tier_model("value"), "month")
    columns = re.findall(r'<a class="column[^"]*" href="([^"]+)" id="sizes-([^"]+)"', page)
    assert [one for _, one in columns] == [str(one.day) for one in points]
    assert len(points) == 13
    years = [one.day.year for one in points]
    begins = [str(b) for a, b in zip([0, *years], years, strict=False) if a != b]
    assert re.findall(r'class="tick period[^"]*"[^>]*>([^<]+)<', page) == begins
    sums = re.findall(r'class="sum[^"]*"[^>]*>([^<]+)<', page)
    assert sums == [f"{one.total:,}" for one in points]
    assert columns[-1][0] == "/views/value"
    for (href, _), point in list(zip(columns, points, strict=True))[3:6]:
        assert total(owner.get(html.unescape(href)).text) == point.total
    moved = re.findall(r'<a href="(/tiers/value/moved[^"]+)">([\d,]+)<', page)
    assert len(moved) == len(points) - 1
    for href, number in moved[:3]:
        assert total(owner.get(html.unescape(href)).text) == int(number.replace(",", ""))
    days = owner.get("/tiers/value/over-time?by=day").text
    told = re.findall(r'id="sizes-([^"]+)"', days)
    assert told[-1] == str(today)
    assert str(today - timedelta(days=1)) in told
    assert owner.get("/tiers/value/over-time?by=hour").status_code == 404
    assert owner.get("/tiers/none/over-time").status_code == 404


def test_an_export_of_a_past_day(shop: Shop, owner: FlaskClient, day: date) -> None:
    sent = {"table": "customers", "format": "csv", "as_of": str(day), "view": "value"}
    answer = owner.post("/views/export", data=sent)
    assert answer.status_code == 303
    job = int(answer.headers["Location"].rsplit("/", 1)[1])
    with shop.bench() as bench:
        found = bench.uow.jobs.get(job)
    assert found
    result = requests.work(shop.platform, shop.owner, found, lambda *_: None)
    assert isinstance(result, dict)
    assert str(day) in str(result["name"])
    assert result["rows"] == total(owner.get(f"/views/value?as_of={day}").text)
    sent["as_of"] = "1999-01-01"
    assert owner.post("/views/export", data=sent).status_code == 404


def test_a_viewer_looks_back_as_well(shop: Shop, day: date) -> None:
    viewer = shop.client(Role.VIEWER)
    for address in (f"/?as_of={day}", f"/views/value?as_of={day}", "/tiers/value/over-time"):
        assert viewer.get(address).status_code == 200


def test_in_chinese(shop: Shop, day: date) -> None:
    page = text_of(shop.client(language="zh_Hans_CN").get(f"/views/value?as_of={day}").text)
    assert "截至" in page
    assert "返回今天" in page
    assert "层级和汇总由带日期的记录还原" in page
