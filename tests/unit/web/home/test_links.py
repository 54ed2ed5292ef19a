"""Every figure of the overview opens a list of exactly as many: each link is followed, in three roles."""

import html
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.shop import Shop, text_of
from tests.unit.services.shop import limit
from tierloom.domain.people import Role
from tierloom.domain.rules import RuleDocument
from tierloom.services import records
from tierloom.services.runs import recalculation
from tierloom.services.workbench import writing

LINK = re.compile(r'<a\b([^>]*)href="([^"]+)"([^>]*)>(.*?)</a>', re.S)
LISTS = re.compile(r"^/(data/\w+(\?|$)|tiers/[\w-]+/moved|views/)")
NUMBER = re.compile(r"\d[\d,]*")


def figures(page: str) -> Iterator[tuple[str, str, int]]:
    """The links of a page that carry a count: what kind, where to, how many."""
    main = page[page.index('id="main"') :]
    for before, href, after, body in LINK.findall(main):
        said = re.search(r'aria-label="([^"]*)"', before + after)
        if not LISTS.match(href):
            continue
        if 'class="tier-kpi' in before:
            value = re.search(r'class="value">([\d,]+)<', body)
            assert value
            yield "card", href, count(value[1])
        elif "band" in before + after:
            assert said
            yield "band", href, count(NUMBER.findall(said[1])[-1])
        elif NUMBER.fullmatch(text := text_of(body).split(" ")[0]):
            yield "cell", href, count(text)
    for number, href in re.findall(r'id="alert">([\d,]+).*?href="([^"]+)"', main, re.S):
        yield "alert", href, count(number)
    for href, number in re.findall(
        r'plain-link" href="([^"]+)">[^<]*</a><b class="num">([\d,]+)<', main
    ):
        yield "segment", href, count(number)


def count(text: str) -> int:
    return int(text.replace(",", ""))


def listed(client: FlaskClient, href: str) -> int:
    page = client.get(html.unescape(href))
    assert page.status_code == 200, href
    total = re.search(r'<p class="sub">([\d,]+) records?</p>', page.text)
    assert total, href
    return count(total[1])


@pytest.mark.parametrize("flow", ["", "?flow=lifecycle"])
def test_every_figure_opens_a_list_of_as_many(owner: FlaskClient, flow: str) -> None:
    found = list(figures(owner.get(f"/{flow}").text))
    kinds = [kind for kind, _, _ in found]
    assert {kind: kinds.count(kind) >= least for kind, least in LEAST.items()} == dict.fromkeys(
        LEAST, True
    )
    check(owner, found)


def check(client: FlaskClient, found: list[tuple[str, str, int]]) -> None:
    """Open each list once; whatever figures lead to it are its length."""
    for href in dict.fromkeys(href for _, href, _ in found):
        assert {number for _, to, number in found if to == href} == {listed(client, href)}, href


LEAST = {"card": 6, "band": 10, "cell": 40, "alert": 1, "segment": 5}


def test_who_sees_some_records_only(shop: Shop) -> None:
    """The figures of a limited role are those of its records, and their lists are, too."""
    with writing(shop.platform, shop.owner) as bench:
        limit(
            bench, Role.VIEWER, "customers", RuleDocument.of({"==": [{"var": "city"}, "beijing"]})
        )
    client = shop.client(Role.VIEWER)
    found = list(figures(client.get("/").text))
    whole = dict(zip(*_cards(list(figures(shop.client().get("/").text))), strict=True))
    check(client, found)
    for href, number in zip(*_cards(found), strict=True):
        assert number < whole[href] or not whole[href]


def _cards(found: list[tuple[str, str, int]]) -> tuple[list[str], list[int]]:
    cards = [(href, number) for kind, href, number in found if kind == "card"]
    return [href for href, _ in cards], [number for _, number in cards]


def test_the_moves_of_another_model_come_alone(owner: FlaskClient) -> None:
    answer = owner.get("/?flow=lifecycle", headers={"HX-Request": "true"}).text
    assert answer.startswith('<div id="flows"')
    assert "/tiers/lifecycle/moved" in answer
    assert "/tiers/value/moved" not in answer


def test_who_is_in_the_bin_is_named_and_has_no_page(shop: Shop) -> None:
    client = shop.client()
    page = client.get("/data/customers").text
    link = re.search(r'class="row-link" href="(/data/customers/(\d+))"', page)
    assert link
    records.delete(shop.platform, shop.owner, "customers", [int(link[2])])
    recalculation.recalculate(shop.platform, shop.owner.workspace, "edit")
    assert client.get(link[1]).status_code == 404
    moved = client.get("/tiers/value/moved?kind=out").text
    assert 'class="person"' in moved
    assert link[1] not in moved
    records.restore(shop.platform, shop.owner, "customers", [int(link[2])])
    recalculation.recalculate(shop.platform, shop.owner.workspace, "edit")
