"""The handbook inside the product: every page has its chapter, and nothing but Markdown comes out of it."""

import re

import pytest
from flask.testing import FlaskClient

from tests.e2e.pages import GUESTS, routes
from tests.shop import HTMX, Shop
from tierloom.domain.people import Role
from tierloom.text import LOCALES
from tierloom.web.handbook.chapters import CHAPTERS, chapter_of
from tierloom.web.handbook.pages import page, render

KEYS = [one.key for one in CHAPTERS]


@pytest.mark.parametrize(
    ("path", "chapter"),
    [
        ("/", "overview"),
        ("/start", "first-steps"),
        ("/start/12", "import"),
        ("/start/templates", "tiers"),
        ("/start/templates/rfm", "tiers"),
        ("/import/7", "import"),
        ("/data/customers", "views"),
        ("/data/customers/12", "views"),
        ("/data/customers/fields", "fields"),
        ("/data/customers/forms/plain", "fields"),
        ("/data/new-table", "fields"),
        ("/tiers/value/publish", "tiers"),
        ("/segments/", "rules"),
        ("/scores/loyalty", "scores"),
        ("/labels/interests", "scores"),
        ("/views/tiers/share", "views"),
        ("/settings/people", "people"),
        ("/account", "people"),
        ("/settings", "settings"),
        ("/jobs/3", "settings"),
        ("/samples/fuel", "settings"),
        ("/help/tiers", "first-steps"),
    ],
)
def test_the_chapter_of_a_page(path: str, chapter: str) -> None:
    assert chapter_of(path) == chapter


@pytest.mark.parametrize("locale", LOCALES)
def test_every_page_has_a_chapter_in_both_languages(locale: str) -> None:
    for rule in routes():
        chapter = page(chapter_of(re.sub(r"<int:[^>]+>", "1", rule.rule)), locale)
        assert chapter.title
        assert "<p>" in chapter.body


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", LOCALES)
def test_chapters_open_for_everybody_and_their_links_lead_on(
    shop: Shop, key: str, language: str
) -> None:
    client = shop.client(Role.VIEWER, language)
    answer = client.get(f"/help/{key}")
    assert answer.status_code == 200
    article = re.search(r"<article.*?</article>", answer.text, re.DOTALL)
    assert article
    for href in re.findall(r'href="([^"]+)"', article[0]):
        assert href.removeprefix("/help/") in KEYS
    part = client.get(f"/help/{key}", headers=HTMX).text
    assert part.startswith('<article class="prose" id="chapter">')
    assert article[0] == part.strip()


def test_an_unknown_chapter_is_not_found(owner: FlaskClient) -> None:
    assert owner.get("/help/magic").status_code == 404
    assert owner.get("/help/..%2F..%2Fglossary").status_code == 404


def test_a_page_has_the_button_that_opens_its_chapter(owner: FlaskClient) -> None:
    page = owner.get("/views/").text
    assert re.search(r'<a [^>]*id="help-here" href="/help/views" data-dialog-open="help"', page)
    assert 'hx-get="/help/views"' in page


def test_strangers_are_offered_no_handbook(shop: Shop) -> None:
    client = shop.app.test_client()
    assert GUESTS
    assert "/help/" not in client.get("/patterns").text
    assert client.get("/help/tiers").status_code == 303


def test_markdown_brings_no_markup_of_its_own() -> None:
    assert "<script>" not in render("Hello <script>alert(1)</script>")
    assert "javascript:" not in re.findall(r'href="([^"]*)"', render("[x](javascript:alert(1))"))
    assert render('A "word" and [more](tiers.md).') == (
        '<p>A “word” and <a href="/help/tiers">more</a>.</p>\n'
    )
    assert render("# One") == "<h2>One</h2>\n"


@pytest.mark.parametrize(("language", "word"), [("en", "Tier model"), ("zh_Hans_CN", "分层方案")])
def test_a_tip_is_a_popover_without_a_script(shop: Shop, language: str, word: str) -> None:
    page = shop.client(Role.OWNER, language).get("/tiers/").text
    assert 'popovertarget="term-tier_model"' in page
    tip = re.search(r'<div class="menu term-tip" id="term-tier_model" popover>.*?</div>', page)
    assert tip
    assert f'<span class="word">{word}</span>' in tip[0]
    assert 'href="/help/tiers"' in tip[0]


def test_an_unknown_term_names_those_that_there_are(shop: Shop) -> None:
    template = shop.app.jinja_env.from_string('{{ ui.term("wizard") }}')
    with shop.app.test_request_context(), pytest.raises(LookupError, match="Known: workspace, "):
        template.render()
