"""The past in a real browser: the slider by keyboard, the picker, the way back, columns that open their day."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe
from tests.e2e.conftest import PLACES, OpenContext

WORDS = {"zh": "截至", "en": "As of"}


def month_end(back: int) -> str:
    """The last day of a month before this one, in the shop's zone."""
    day = (datetime.now(UTC) + timedelta(hours=8)).date()
    for _ in range(back):
        day = day.replace(day=1) - timedelta(days=1)
    return day.isoformat()


def said(page: Page) -> str:
    return page.locator("#as-of-box strong").inner_text()


@pytest.mark.parametrize(("lang", "width", "theme"), PLACES)
def test_stepping_through_the_months(
    owner: Any, open_context: OpenContext, lang: str, width: int, theme: str
) -> None:
    page = open_context(lang, theme, width, storage_state=owner).new_page()
    errors: list[str] = []
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    page.goto("/views/value")
    assert not page.locator("#back-to-today").count()
    page.locator("#as-of-summary").press("Enter")
    slider = page.locator("#as-of-month")
    slider.focus()
    name = page.locator("#as-of-month-name").inner_text()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(f"as_of={month_end(1)}"))
    expect(slider).to_be_focused()
    expect(page.locator("#as-of-box strong")).to_contain_text(WORDS[lang])
    expect(page.locator("#as-of-month-name")).not_to_have_text(name)
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(f"as_of={month_end(2)}"))
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute(
        "aria-valuetext", page.locator("#as-of-month-name").inner_text()
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe.violations(page) == []
    page.go_back()
    page.wait_for_url(re.compile(f"as_of={month_end(1)}"))
    page.locator("#back-to-today").click()
    page.wait_for_url(re.compile(r"/views/value$"))
    expect(page.locator("#back-to-today")).to_have_count(0)
    assert not errors


def test_the_overview_steps_as_well_and_back_to_today(
    owner: Any, open_context: OpenContext
) -> None:
    page = open_context("en", storage_state=owner).new_page()
    errors: list[str] = []
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    page.goto("/")
    page.locator("#as-of-summary").click()
    slider = page.locator("#as-of-month")
    slider.press("ArrowLeft")
    page.wait_for_url(re.compile(f"as_of={month_end(1)}"))
    expect(slider).to_be_focused()
    expect(page.locator("#spread")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"/$"))
    expect(page.locator("#back-to-today")).to_have_count(0)
    expect(slider).to_be_focused()
    handle = page.locator("#spread [role=slider]").first
    before = handle.get_attribute("aria-valuenow")
    handle.press("ArrowRight")
    expect(handle).not_to_have_attribute("aria-valuenow", before or "")
    assert not errors


@pytest.mark.parametrize(("lang", "width"), [("zh", 390), ("en", 1440)])
def test_a_day_is_picked(owner: Any, open_context: OpenContext, lang: str, width: int) -> None:
    page = open_context(lang, width=width, storage_state=owner).new_page()
    page.goto("/")
    whole = page.locator(".tier-kpi.whole .value").inner_text()
    page.locator("#as-of-summary").click()
    page.locator("#as-of-day").fill(month_end(3))
    page.locator("#as-of-show").click()
    page.wait_for_url(re.compile(f"as_of={month_end(3)}"))
    expect(page.locator("#as-of-box strong")).to_contain_text(WORDS[lang])
    then = page.locator(".tier-kpi.whole .value").inner_text()
    assert int(then.replace(",", "")) < int(whole.replace(",", ""))
    page.locator(".tier-kpi:not(.whole)").first.click()
    page.wait_for_url(re.compile(f"/data/customers.*as_of={month_end(3)}"))
    assert WORDS[lang] in said(page)


def test_without_scripts(owner: Any, open_context: OpenContext) -> None:
    page = open_context("en", storage_state=owner, java_script_enabled=False).new_page()
    page.goto("/data/customers")
    page.locator("#as-of-summary").click()
    page.locator("#as-of-month").press("ArrowLeft")
    page.locator("form.as-of-month button").click()
    assert "As of" in said(page)
    page.locator("#as-of-earlier").click()
    page.wait_for_url(re.compile(f"as_of={month_end(2)}"))
    page.locator("#back-to-today").click()
    page.wait_for_url(re.compile(r"/data/customers$"))


def test_a_column_opens_its_day(owner: Any, open_context: OpenContext) -> None:
    page = open_context("en", storage_state=owner).new_page()
    page.goto("/tiers/value/over-time")
    column = page.locator(f"#sizes-{month_end(4)}")
    column.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/views/value.*as_of={month_end(4)}"))
    assert "As of" in said(page)
