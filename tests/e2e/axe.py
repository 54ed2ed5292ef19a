"""axe-core asked about an open page, under the page's own content policy."""

from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page

MISSING = "axe-core is not installed: npm install"
SCRIPT = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async tags => {
  for (const one of document.getAnimations()) one.finish();  // colours on their way are nobody's
  const found = await axe.run(document, {runOnly: tags, resultTypes: ["violations"], elementRef: false});
  return found.violations.map(one =>
    one.id + ": " + one.help + "  " + one.nodes.slice(0, 3).map(n => n.target.join(" ")).join(" | "));
}"""


def is_installed() -> bool:
    """Tell whether there is an axe to ask."""
    return SCRIPT.is_file()


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong in a page as it is now; skips the test where axe is not installed."""
    if not is_installed():
        pytest.skip(MISSING)
    page.evaluate(_script())
    found: list[str] = page.evaluate(RUN, TAGS)
    return found


@cache
def _script() -> str:
    return SCRIPT.read_text("utf-8")
