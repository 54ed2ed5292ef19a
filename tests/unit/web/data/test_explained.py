"""A record's page says why it is in its tier and what would move it up; near misses have a page of their own."""

import re

from flask.testing import FlaskClient

from tests.shop import Shop, text_of
from tierloom.services.explaining import almost_there, why


def ids(client: FlaskClient, query: str) -> list[int]:
    page = client.get(f"/data/customers{query}").text
    return [int(one) for one in dict.fromkeys(re.findall(r'href="/data/customers/(\d+)"', page))]


def test_a_record_shows_each_condition_with_what_was_found(shop: Shop, owner: FlaskClient) -> None:
    record = ids(owner, "?tier=value.silver")[0]
    page = owner.get(f"/data/customers/{record}").text
    words = text_of(page)
    assert "Why this tier" in words
    assert re.search(
        r"spent at least ¥5,000 in the last 12 months Spend in 12 months: ¥[\d,.]+", words
    )
    assert 'aria-label="not met"' in page
    assert "What would move up" in words
    with shop.bench() as bench:
        found = why(bench, bench.published.tier_model("value"), record, "en")
    assert page.count('class="why-step"') >= len(found.steps)


def test_what_would_move_up_is_nothing_at_the_top(owner: FlaskClient) -> None:
    record = ids(owner, "?tier=value.diamond,lifecycle.active")[0]
    page = owner.get(f"/data/customers/{record}").text
    value = page.split('id="why-value"')[1].split("</details>")[0]
    assert "ways-up" not in value


def test_who_is_almost_there_is_listed_the_nearest_first(shop: Shop, owner: FlaskClient) -> None:
    page = owner.get("/tiers/value/almost?tier=gold").text
    with shop.bench() as bench:
        found = almost_there(bench, bench.published.tier_model("value"), "gold")
        listed = bench.columns("customers").ids[found.found.positions].tolist()
    assert [int(one) for one in re.findall(r'/data/customers/(\d+)#why"', page)] == listed[:100]
    assert f"{len(listed)} records" in text_of(page)


def test_an_unknown_tier_is_not_found(owner: FlaskClient) -> None:
    assert owner.get("/tiers/value/almost?tier=platinum").status_code == 404
    assert owner.get("/tiers/none/almost").status_code == 404
