"""A template in a real browser: three clicks from the tiers to a draft, nothing typed."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenContext


@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("en", 390)])
def test_three_clicks_to_a_draft(
    owner: Any, open_context: OpenContext, language: str, width: int
) -> None:
    page = open_context(language, "light", width, storage_state=owner).new_page()
    errors: list[str] = []
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    page.goto("/tiers/")
    page.locator("#from-template").click()
    page.locator("#template-rfm_eight").click()
    page.locator("#create-draft").click()
    page.wait_for_url(re.compile(r"/tiers/rfm_eight"))
    assert not errors


def test_sizes_follow_what_is_typed(owner: Any, open_context: OpenContext) -> None:
    page = open_context("en", "light", 1440, storage_state=owner).new_page()
    page.goto("/start/templates/value_tiers")
    gold = page.locator("#number-gold")
    before = page.locator(".result .legend li").nth(1).inner_text()
    gold.press_sequentially("5")  # no key leaves the field: the sizes follow while somebody types
    expect(page.locator(".result .legend li").nth(1)).not_to_have_text(before)
    gold.fill("1500")
    gold.press("Tab")
    expect(page.locator(".result .legend li").nth(1)).not_to_have_text(before)
    expect(gold).to_have_value("1500")
    page.locator("#number-silver").fill("9000")
    page.locator("#number-silver").press("Tab")
    expect(page.locator("#number-gold")).to_have_attribute("aria-invalid", "true")
