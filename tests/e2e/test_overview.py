"""The moves on the overview in a real browser: bands by keyboard and pointer, another model, the file of a list."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenContext


def listed(page: Page) -> int:
    found = re.search(r"[\d,]+", page.locator(".page-head .sub").inner_text())
    assert found
    return int(found[0].replace(",", ""))


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_a_band_opens_its_list(
    owner: Any, open_context: OpenContext, width: int, theme: str
) -> None:
    page = open_context("en", theme, width, storage_state=owner).new_page()
    errors: list[str] = []
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    page.goto("/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    bands = page.locator(".band:not(.stayed)")
    band = bands.nth(bands.count() - 1)
    name = band.get_attribute("aria-label") or ""
    count = int(name.rsplit(" ", 1)[1].replace(",", ""))
    band.focus()
    expect(band).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/moved"))
    assert listed(page) == count
    assert page.locator("tbody tr").count() == min(count, 50)
    assert not errors


def test_the_table_says_the_same_as_the_bands(owner: Any, open_context: OpenContext) -> None:
    page = open_context("en", storage_state=owner).new_page()
    page.goto("/")
    drawn = {
        str(band.get_attribute("href")): (band.get_attribute("aria-label") or "").rsplit(" ", 1)[1]
        for band in page.locator(".band").all()
    }
    page.locator(".flow-table summary").click()
    expect(page.locator(".flow-table table")).to_be_visible()
    told = {
        str(cell.get_attribute("href")): cell.inner_text()
        for cell in page.locator(".flow-table td a").all()
    }
    assert drawn.items() <= told.items()


def test_another_model_and_whoever_is_newly_at_risk(owner: Any, open_context: OpenContext) -> None:
    page = open_context("en", storage_state=owner).new_page()
    page.goto("/")
    page.locator("#flow").select_option("lifecycle")
    expect(page.locator("#flows .flow-sum a")).to_have_attribute(
        "href", re.compile("/tiers/lifecycle/moved")
    )
    number = int(page.locator("#alert").inner_text().split(" ")[0].replace(",", ""))
    assert number > 0
    page.locator("#see-alert").click()
    page.wait_for_url(re.compile("kind=risk"))
    assert listed(page) == number
    page.locator("#export").click()
    page.locator("button[name=format][value=xlsx]").click()
    page.wait_for_url(re.compile("/jobs/"))
    expect(page.get_by_role("link", name=re.compile("Download"))).to_be_visible()
