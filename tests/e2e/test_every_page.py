"""Every page as it is served answers, is silent on the console, fits its width and is translated; axe finds nothing."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e import axe
from tests.e2e.conftest import PLACES, OpenContext
from tests.e2e.pages import GUESTS, Samples, all_pages

OVER = "/no-such-link"
"""Links that are over are answered with a page that says so."""
UNTRANSLATED = {"/patterns"}
"""Pages for developers, with invented words of both languages."""
NAMES = re.compile(
    r"""\b(
    Tierloom|Anna|Chrome|Linux|demo|owner|Ctrl|Alt|Shift|Esc|Excel|xlsx|csv|tsv|gz|json|schema|JSON|CSV|TSV|Plus|English|ID|URL|UTF|GB18030|RFM
    |utf|of|example|com|mail|VIP|App|APP|K|init|tierloom|Gold|value|sample|city|text|name|customer|members|http|https
    |JSON\s+Logic|Logic|react|awesome|query|querybuilder|builder
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
WORDS = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const parent = node.parentElement;
    if (parent.closest("script, style, template, code, textarea, kbd, [data-name], [lang]:not(html)")) continue;
    if (!parent.checkVisibility()) continue;
    found.push(node.data.trim());
  }
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder]"))
    for (const name of ["aria-label", "title", "placeholder"]) found.push(one.getAttribute(name));
  return found.filter(Boolean);
}"""


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("lang", "width", "theme"), PLACES)
def test_every_page(
    lang: str, width: int, theme: str, samples: Samples, owner: Any, open_context: OpenContext
) -> None:
    problems: list[str] = []
    pages = {
        True: open_context(lang, theme, width, storage_state=owner).new_page(),
        False: open_context(lang, theme, width).new_page(),
    }
    for page in pages.values():
        listen(page, problems)
    for route, addresses in all_pages(samples).items():
        assert addresses, f"tests/e2e/pages.py knows no sample of the page {route}"
        page = pages[not route.startswith(GUESTS)]
        for address in addresses:
            problems += visit(page, address, lang, width)
            if axe.is_installed():
                problems += [f"{address}: {one}" for one in axe.violations(page)]
    assert not problems, "\n".join(dict.fromkeys(problems))
    if not axe.is_installed():
        pytest.skip(axe.MISSING)


def listen(page: Page, problems: list[str]) -> None:
    """Collect what goes wrong in a page on its own."""
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda line: (
            problems.append(f"{page.url}: console {line.type}: {line.text}")
            if line.type in {"error", "warning"} and not page.url.endswith(OVER)
            else None
        ),
    )


def visit(page: Page, address: str, lang: str, width: int) -> list[str]:
    """Open a page and say what is wrong with it."""
    answer = page.goto(address, wait_until="load")
    assert answer is not None
    problems = []
    if answer.status not in ({404, 410} if address.endswith(OVER) else {200}):
        problems.append(f"{address}: status {answer.status}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        problems.append(f"{address}: {wide} px wide on a screen of {width}")
    if lang == "zh" and address.partition("?")[0] not in UNTRANSLATED:
        words = [one for one in page.evaluate(WORDS) if is_english(one)]
        problems += [f"{address}: not translated: {one}" for one in dict.fromkeys(words)]
    return problems


def is_english(text: str) -> bool:
    """Tell whether a text is an English one: two words, or one of four letters, and nothing Chinese."""
    if re.search(r"[\u4e00-\u9fff]{2}", text):
        return False
    plain = re.sub(r"\S*[@/_*]\S*|\S+\.(?:csv|tsv|gz|xlsx)\b", " ", text)
    words = re.findall(r"[A-Za-z]{2,}", NAMES.sub(" ", plain))
    return len(words) > 1 or any(len(one) > 3 for one in words)
