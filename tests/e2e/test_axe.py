"""Accessibility of every page in both languages, both themes and both widths: axe-core finds nothing."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import OpenContext
from tests.e2e.pages import GUESTS, Samples, all_pages

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""All that a theme can change: the dark one is asked for these alone."""
DARK = {("zh", 1440), ("en", 390)}
"""Each language and each width once."""
RUN = """async only => (await axe.run(document, {
  runOnly: only, resultTypes: ["violations"], elementRef: false,
})).violations.map(v => v.id + ": " + v.help + "  " + v.nodes.slice(0, 3).map(n => n.target.join(" ")).join(" | "))"""


@pytest.mark.timeout(400)
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_violations(
    lang: str, width: int, samples: Samples, owner: Any, open_context: OpenContext
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm install")
    found = []
    kept = open_context(lang, "light", width, bypass_csp=True, storage_state=owner)
    strange = open_context(lang, "light", width, bypass_csp=True)
    pages = {True: kept.new_page(), False: strange.new_page()}
    script = AXE.read_text("utf-8")
    for route, addresses in all_pages(samples).items():
        assert addresses, f"tests/e2e/pages.py knows no sample of the page {route}"
        page = pages[not route.startswith(GUESTS)]
        for address in addresses:
            page.goto(address, wait_until="load")
            page.add_style_tag(
                content="* { transition: none !important; animation: none !important }"
            )
            page.evaluate(script)
            only = {"type": "tag", "values": TAGS}
            found += [f"{address}  {one}" for one in page.evaluate(RUN, only)]
            if (lang, width) not in DARK:
                continue
            # The theme is an attribute: changing it is what the switch does, without the way to the server.
            page.evaluate("() => { document.documentElement.dataset.theme = 'dark' }")
            only = {"type": "rule", "values": COLOURS}
            found += [f"{address} dark  {one}" for one in page.evaluate(RUN, only)]
    assert not found, f"{lang} {width}:\n" + "\n".join(found)
