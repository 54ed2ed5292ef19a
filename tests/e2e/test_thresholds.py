"""The handles of the overview in a real browser: by pointer, by keys, by typing; what is counted is what a list has."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenContext

COUNTED = "tiers/value/thresholds"


def count(page: Page, tier: str) -> int:
    text = page.locator(f"#spread-live-{tier} b").inner_text()
    return int(text.replace(",", ""))


def amount(page: Page, tier: str) -> float:
    value = float(page.locator(f"#at-{tier}").input_value())
    slider = page.locator(f"#slider-{tier}")
    assert float(slider.get_attribute("aria-valuenow") or 0) == value
    assert f"{value:,g}" in (slider.get_attribute("aria-valuetext") or "")
    return value


@pytest.mark.parametrize("width", [1440, 390])
def test_a_handle_is_dragged(owner: Any, open_context: OpenContext, width: int) -> None:
    page = open_context("en", "light", width, storage_state=owner).new_page()
    errors: list[str] = []
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    page.goto("/")
    before = count(page, "gold")
    circle = page.locator("#slider-gold circle")
    circle.scroll_into_view_if_needed()
    box = circle.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - width / 40, y, steps=12)
    page.mouse.up()
    value = amount(page, "gold")
    assert 2000 < value < 5000
    assert value == float(f"{value:.2g}"), "two figures while dragging"
    words = page.locator("#spread-live-words")
    expect(words).to_contain_text(f"¥{value:,g}")
    gold = count(page, "gold")
    assert gold > before
    page.goto(f"/{COUNTED}?at.gold={value:g}")
    assert count(page, "gold") == gold
    assert not errors


def test_a_handle_is_moved_by_keys(owner: Any, open_context: OpenContext) -> None:
    page = open_context("en", storage_state=owner).new_page()
    page.goto("/")
    slider = page.get_by_role("slider", name=re.compile("^Gold"))
    slider.focus()
    for key, wanted in [
        ("ArrowRight", 5100),
        ("ArrowUp", 5200),
        ("ArrowLeft", 5100),
        ("PageUp", 5600),
        ("PageDown", 5100),
        ("End", 14000),
        ("ArrowRight", 14000),
        ("Home", 2100),
        ("ArrowDown", 2100),
    ]:
        slider.press(key)
        assert amount(page, "gold") == wanted, key
    expect(page.locator("#spread-live-words")).to_contain_text("¥2,100")
    expect(page.locator("#spread-said")).to_contain_text("Gold")
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#spread-live-words")).to_contain_text("¥15,000")
    assert amount(page, "gold") == 5000


def test_typed_without_scripts(owner: Any, open_context: OpenContext) -> None:
    page = open_context("en", storage_state=owner, java_script_enabled=False).new_page()
    page.goto("/")
    page.locator("#at-gold").fill("4200")
    page.locator("#at-gold").press("Enter")
    page.wait_for_url(re.compile(COUNTED))
    assert page.locator("#at-gold").input_value() == "4200"
    assert count(page, "gold") > 105


def test_a_cell_of_the_heat_grid_is_followed(owner: Any, open_context: OpenContext) -> None:
    page = open_context("en", storage_state=owner).new_page()
    page.goto("/")
    cell = page.locator(".heat.tiers td.heat-5 a").first
    number = cell.inner_text().split()[0]
    cell.click()
    page.wait_for_url(re.compile("tier="))
    expect(page.locator("#grid-head .sub")).to_contain_text(f"{number} record")
    expect(page.locator("[id^=drop-tier-]")).to_have_count(2)
