"""A tier given by hand in a real browser: by pointer, by keys, without scripts; accessible while the dialog is open."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import PLACES, OpenContext


def open_record(page: Page, number: int) -> str:
    """Open the record of a bronze customer, another one for each test."""
    page.goto("/data/customers?tier=value.bronze")
    link = page.locator("tbody a[href^='/data/customers/']").nth(number)
    address = str(link.get_attribute("href"))
    page.goto(address)
    return address


def end(page: Page) -> None:
    page.locator("#end-value").click()
    expect(page.locator("#end-value")).to_have_count(0)


@pytest.mark.timeout(200)
@pytest.mark.parametrize(("lang", "width", "theme"), PLACES)
def test_the_dialog_is_accessible_and_gives_a_tier(
    lang: str, width: int, theme: str, owner: Any, open_context: OpenContext
) -> None:
    page = open_context(lang, theme, width, storage_state=owner).new_page()
    errors: list[str] = []
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    address = open_record(page, 0)
    page.locator("#give-value").click()
    expect(page.locator("#given-save")).to_be_visible()
    assert violations(page) == []
    page.locator("#given-tier-gold").check()
    page.locator("#given-reason").fill("大客户 Key account")
    page.locator("#given-until").fill("2030-12-31")
    page.locator("#given-save").click()
    expect(page.locator("#standing-value")).to_contain_text("2030")
    expect(page.locator("#standing-value .reason")).to_contain_text("大客户 Key account")
    expect(page.locator("#why-value .why-held")).to_be_visible()
    expect(page.locator("#history li.moves").first).to_contain_text("大客户 Key account")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto("/data/customers")
    page.locator("#hold-hand").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator(".tier-mark")).to_have_attribute("title", re.compile("2030"))
    assert violations(page) == []
    for part in ("/history", "/tiers/value"):
        page.goto(address + part)
        assert violations(page) == [], part
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(address)
    end(page)
    page.locator(".toast form button").click()
    expect(page.locator("#standing-value")).to_contain_text("2030")
    end(page)
    assert errors == []


def test_by_keys_alone_and_what_is_wrong_keeps_what_was_typed(
    owner: Any, open_context: OpenContext
) -> None:
    page = open_context("en", storage_state=owner).new_page()
    open_record(page, 1)
    page.locator("#give-value").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#given-save")).to_be_visible()
    page.locator("#given-tier-diamond").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#given-tier-gold")).to_be_checked()
    page.locator("#given-reason").focus()
    page.keyboard.type(" ")  # Not empty for the browser, but it says nothing.
    page.locator("#given-save").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#given-reason-error")).to_be_visible()
    expect(page.locator("#given-tier-gold")).to_be_checked()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.locator("#give-value").click()
    expect(page.locator("#given-reason-error")).to_have_count(0)
    page.locator("#given-tier-gold").check()
    page.locator("#given-reason").fill("By keys")
    page.locator("#given-save").press("Enter")
    expect(page.locator("#standing-value")).to_contain_text("By keys")
    toast = page.locator(".toast")
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator("#end-value")).to_have_count(0)


def test_without_scripts(owner: Any, open_context: OpenContext) -> None:
    page = open_context("en", storage_state=owner, java_script_enabled=False).new_page()
    open_record(page, 2)
    page.locator("#give-value").click()
    page.wait_for_url(re.compile("/tiers/value$"))
    page.locator("#given-tier-silver").check()
    page.locator("#given-reason").fill("Without scripts")
    page.locator("#given-save").click()
    page.wait_for_url(re.compile(r"/data/customers/\d+$"))
    expect(page.locator("#standing-value")).to_contain_text("Without scripts")
    page.locator("#history-given").click()
    page.wait_for_url(re.compile("/history"))
    expect(page.locator("#history")).to_contain_text("Without scripts")
    page.go_back()
    end(page)


def test_the_history_is_filtered_and_grows_in_place(owner: Any, open_context: OpenContext) -> None:
    page = open_context("en", storage_state=owner).new_page()
    address = open_record(page, 3)
    entries = page.locator("#history li")
    whole = entries.count()
    page.locator("#history-changes").click()
    expect(page.locator("#history-changes")).to_have_attribute("aria-current", "page")
    expect(page.locator("#history li.moves")).to_have_count(0)
    assert 0 < entries.count() < whole
    page.locator("#history-all").click()
    expect(entries).to_have_count(whole)
    assert page.url.endswith(address)
