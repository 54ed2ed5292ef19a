"""The page of who moved: days that cannot be compared stay in its form, with what is wrong beside them."""

import html
import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from tests.shop import Shop, text_of
from tierloom.jobs.worker import Worker
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


def test_an_import_leads_to_those_whom_it_moved(shop: Shop, owner: FlaskClient) -> None:
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
    batches.request(shop.platform, shop.owner, batch, "publish")
    Worker(shop.platform).run_until_done()
    link = re.search(r'href="([^"]+)"[^>]*id="moves-value"', owner.get(f"/import/{batch}").text)
    assert link
    words = text_of(owner.get(html.unescape(link[1])).text)
    assert "Moved 1 record" in words
    assert re.search(r"Everyone else Silver ¥4,\d{3}", words)
    batches.request(shop.platform, shop.owner, batch, "undo")
    Worker(shop.platform).run_until_done()
    assert 'id="moves-value"' not in owner.get(f"/import/{batch}").text
