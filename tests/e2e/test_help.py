"""Help where it is needed, by keyboard; and a new workspace that knows where its browser is."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenContext, Server, fill_welcome


@pytest.mark.parametrize(("lang", "title"), [("zh", "分层方案"), ("en", "Tier models")])
def test_a_question_mark_opens_the_chapter_of_the_page(
    owner: Any, open_context: OpenContext, lang: str, title: str
) -> None:
    page = open_context(lang, storage_state=owner).new_page()
    page.goto("/tiers/")
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog")
    expect(help_.locator("#chapter h2")).to_have_text(title)
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    page.locator("#help-here").click()
    expect(help_.locator("#chapter")).to_be_visible()
    help_.locator("#chapter a").first.click()
    page.wait_for_url(re.compile("/help/"))
    expect(page.locator("#chapter")).to_be_visible()


def test_a_question_mark_that_is_typed_opens_nothing(owner: Any, open_context: OpenContext) -> None:
    page = open_context("en", storage_state=owner).new_page()
    page.goto("/data/customers")
    page.locator("main input[type=search]").first.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_tip_is_opened_and_closed_by_keys(owner: Any, open_context: OpenContext) -> None:
    page = open_context("en", storage_state=owner).new_page()
    page.goto("/tiers/")
    button = page.get_by_role("button", name="What is “Tier model”?")
    button.focus()
    page.keyboard.press("Enter")
    tip = page.locator("#term-tier_model")
    expect(tip).to_contain_text("first one whose rule holds")
    page.keyboard.press("Tab")
    expect(tip.get_by_role("link")).to_be_focused()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    expect(button).to_be_focused()


def test_a_new_workspace_is_confirmed_with_one_click(
    server: Server, open_context: OpenContext
) -> None:
    """The server guesses pounds from the language; the script knows that the browser is in Tokyo."""
    page = open_context("en", timezone_id="Asia/Tokyo").new_page()
    page.goto(server.links["new"])
    fill_welcome(page, "new-owner")
    expect(page.locator("#zone")).to_have_value("Asia/Tokyo")
    expect(page.locator("#currency")).to_have_value("JPY")
    page.locator("#settle-confirm").click()
    expect(page.locator("#settle")).to_have_count(0)
    page.goto("/settings")
    expect(page.locator("#zone")).to_have_value("Asia/Tokyo")
    expect(page.locator("#currency")).to_have_value("JPY")
    page.goto("/")
    page.wait_for_url(re.compile("/start$"))
