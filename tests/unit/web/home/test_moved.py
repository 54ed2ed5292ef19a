"""The page of who moved: days that cannot be compared stay in its form, with what is wrong beside them."""

import html
import re
from dataclasses import replace
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.shop import Shop, text_of
from tierloom.domain.rules import RuleDocument
from tierloom.jobs.worker import Worker
from tierloom.services import configuration, drafts
from tierloom.services.imports import batches
from tierloom.services.imports.plan import ImportPlan


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("from=2026-01-31&to=2026-01-31", 422, "The first day must be before the second"),
        ("from=2026-02-28&to=2026-01-31", 422, "The first day must be before the second"),
        ("from=1999-12-31", 404, "The tiers of that day are not known."),
        ("kind=sideways", 404, "There is no kind of move “sideways”."),
        ("origin=brass", 404, "“Value tiers” has no tier “brass”"),
    ],
)
def test_what_cannot_be_shown_keeps_the_form(
    query: str, status: int, said: str, owner: FlaskClient
) -> None:
    answer = owner.get(f"/tiers/value/moved?{query}")
    assert answer.status_code == status
    assert said in text_of(answer.text)
    assert 'id="show-days"' in answer.text
    typed = dict(one.split("=") for one in query.split("&"))
    for name in {"from", "to"} & typed.keys():
        assert re.search(rf'id="{name}" name="{name}" value="{typed[name]}"', answer.text)
    assert 'id="export"' not in answer.text


def test_the_days_to_choose_from_are_those_that_are_known(shop: Shop, owner: FlaskClient) -> None:
    page = owner.get("/tiers/value/moved").text
    least = re.search(r'name="from" [^>]*min="([\d-]+)" max="([\d-]+)"', page)
    assert least
    with shop.bench() as bench:
        assert least[2] == str(bench.context.today)
    told = owner.get("/tiers/value/over-time").text
    assert least[1] == re.findall(r'id="sizes-([\d-]+)"', told)[0]
    assert owner.get(f"/tiers/value/moved?from={least[1]}").status_code == 200


def test_an_unknown_tier_model_has_no_such_page(owner: FlaskClient) -> None:
    answer = owner.get("/tiers/none/moved")
    assert answer.status_code == 404
    assert 'id="show-days"' not in answer.text


def test_with_today_alone_there_is_nothing_to_choose(shop: Shop, owner: FlaskClient) -> None:
    """No rule of it tells of time, and nobody had changed an order before today."""
    with shop.bench() as bench:
        value = bench.published.tier_model("value")
    large = replace(value.tiers[0], rule=RuleDocument.of({">=": [{"var": "amount"}, 1000]}))
    sizes = replace(value, key="sizes", record_type="orders", main=False, tiers=(large,))
    configuration.apply(shop.platform, shop.owner, [sizes])
    Worker(shop.platform).run_until_done()
    try:
        answer = owner.get("/tiers/sizes/moved")
        assert answer.status_code == 200
        assert "There is only today so far." in text_of(answer.text)
        assert 'id="show-days"' not in answer.text
        assert owner.get("/tiers/sizes/moved?from=2026-01-31").status_code == 404
    finally:
        drafts.delete(shop.platform, shop.owner, "tier_model", "sizes")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2026-09-02&to=2026-10-12", "Compared are {0} and {1}."),
        ("from=2026-09-02&to=2026-09-20", "For both days the tiers are those of {0}"),
    ],
)
def test_days_between_month_ends_say_which_days_stand_for_them(
    query: str, said: str, owner: FlaskClient
) -> None:
    words = text_of(owner.get(f"/tiers/value/moved?{query}").text)
    assert said.format("Aug 31, 2026", "Sep 30, 2026") in words
    assert "Compared are" not in text_of(owner.get("/tiers/value/moved?from=2026-09-30").text)


def test_a_restriction_to_tiers_can_be_left(owner: FlaskClient) -> None:
    page = owner.get("/tiers/value/moved?from=2026-09-30&kind=any&origin=silver&cause=time").text
    link = re.search(r'id="any-tiers" href="([^"]+)"', page)
    assert link
    assert parse_qs(urlsplit(html.unescape(link[1])).query) == {
        "from": ["2026-09-30"],
        "to": [re.search(r'name="to" value="([\d-]+)"', page)[1]],  # type: ignore[index]
        "kind": ["any"],
        "cause": ["time"],
    }
    assert 'id="any-tiers"' not in owner.get("/tiers/value/moved").text


def imported(shop: Shop, owner: FlaskClient) -> int:
    """Import a large order of today for somebody in the default tier; return the number of the import."""
    poor = owner.get("/data/customers?tier=value.others&cols=customer_no").text
    number = re.search(r"<td>(C\d{5})<", poor)
    assert number
    with shop.bench() as bench:
        today = bench.context.today
    columns = ("order_no", "customer", "ordered_on", "amount")
    text = f"{','.join(columns)}\nMOVED-1,{number[1]},{today},4000\n"
    batch = batches.receive(shop.platform, shop.owner, BytesIO(text.encode()), "late.csv").batch.id
    plan = ImportPlan("orders", {one: one for one in columns}, "order_no")
    batches.plan(shop.platform, shop.owner, batch, plan)
    Worker(shop.platform).run_until_done()
    take(shop, batch, "publish")
    return batch


def take(shop: Shop, batch: int, step: str) -> None:
    batches.request(shop.platform, shop.owner, batch, step)
    Worker(shop.platform).run_until_done()


def test_an_import_leads_to_those_whom_it_moved(shop: Shop, owner: FlaskClient) -> None:
    batch = imported(shop, owner)
    page = owner.get(f"/import/{batch}").text
    link = re.search(r'href="([^"]+)"[^>]*id="moves-value".*?</a>', page, re.S)
    assert link
    assert "Value tiers · 1" in text_of(link[0])
    page = owner.get(html.unescape(link[1])).text
    words = text_of(page)
    assert "Moved 1 record" in words
    tabs = text_of(page.split('aria-label="Kinds of moves"')[1].split("</nav>")[0])
    assert tabs.split("> ")[-1].split() == ["Moved", "1", "Moved", "up", "1"]
    up = re.search(r'href="([^"]*kind=up[^"]*)"', page)
    assert up
    assert f"cause=import%3A{batch}" in html.unescape(up[1])
    assert re.search(r"Everyone else Silver ¥4,\d{3}", words)
    take(shop, batch, "undo")
    assert 'id="moves-value"' not in owner.get(f"/import/{batch}").text
