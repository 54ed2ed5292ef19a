import html
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.shop import Shop
from tierloom.domain.people import Role
from tierloom.services import workspaces
from tierloom.services.access import accounts
from tierloom.services.overview import overview
from tierloom.services.platform import open_platform
from tierloom.services.settings import Settings

TIERS = r'<td class="num"><a href="([^"]+)"[^>]*>([\d,]+)</a></td>'
SEGMENTS = r'<a class="grow plain-link" href="([^"]+)">[^<]*</a><b class="num">([\d,]+)</b>'


def test_every_figure_opens_a_list_of_as_many(owner: FlaskClient) -> None:
    page = owner.get("/").text
    tiers, segments = re.findall(TIERS, page), re.findall(SEGMENTS, page)
    assert (len(tiers), len(segments)) >= (10, 6)
    for href, number in tiers + segments:
        listed = owner.get(html.unescape(href)).text
        total = re.search(r'<p class="sub">([\d,]+) records?</p>', listed)
        assert total, href
        assert total[1] == number, href


def test_what_the_best_tiers_bring_is_the_sum_of_their_records(shop: Shop) -> None:
    with shop.bench() as bench:
        value = next(one for one in overview(bench).models if one.model.key == "value")
        assert value.figure is not None
        assert value.figure.key == "spend_12m"
        assert sum(value.shares.values()) == pytest.approx(1)
        assert value.best is not None
        count, records, brought = value.best
        keys = [tier.key for tier in value.model.tiers[:count]]
        assert records == pytest.approx(sum(value.sizes[key] for key in keys) / value.total)
        assert brought == pytest.approx(sum(value.shares[key] for key in keys))


def test_a_viewer_is_offered_nothing_that_would_be_refused(shop: Shop) -> None:
    page = shop.client(Role.VIEWER).get("/")
    assert page.status_code == 200
    assert 'href="/import"' not in page.text


def test_an_empty_workspace_says_where_to_begin(tmp_path: Path) -> None:
    with open_platform(Settings(tmp_path)) as platform:
        workspaces.ensure(platform, "empty", "Empty", "en")
        empty = Shop(platform, accounts.actor_named(platform, "empty", None))
        for path in ("/data/", "/tiers/", "/segments/", "/views/", "/tiers/new"):
            answer = empty.client().get(path)
            assert answer.status_code == 200, path
            assert 'class="empty"' in answer.text, path
        answer = empty.client().get("/")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/start")
        assert 'class="empty"' in empty.client(Role.VIEWER).get("/").text
