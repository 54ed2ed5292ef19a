"""Saying when something is done: the form shows what the choice needs, with scripts and without."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenContext


def choose(page: Page, kind: str, every: str) -> None:
    page.goto("/jobs/schedules/new")
    page.locator(f"#kind-{kind}").check()
    page.locator(f"label:has(#every-{every})").click()


@pytest.mark.parametrize("scripts", [True, False])
def test_from_beginning_to_end(scripts: bool, owner: Any, open_context: OpenContext) -> None:
    page = open_context("en", storage_state=owner, java_script_enabled=scripts).new_page()
    choose(page, "check", "week")
    expect(page.locator("#minute")).to_be_hidden()
    expect(page.locator("#expression")).to_be_hidden()
    page.locator("#weekday").select_option("5")
    page.locator("#at").fill("18:45")
    page.locator("#save-schedule").click()
    mine = page.locator("#schedules li", has_text="every Friday at 18:45")
    expect(mine).to_contain_text("Next: ")
    act(page, mine, "Pause")
    expect(mine).to_contain_text("Paused")
    mine.locator("a.row-link").click()
    expect(page.locator("#every-week")).to_be_checked()
    page.locator("label:has(#every-expression)").click()
    page.locator("#expression").fill("* * * * *")
    page.locator("#save-schedule").click()
    expect(page.locator("#expression-error")).to_contain_text("more often than every 5 minutes")
    page.locator("#expression").fill("45 18 * * 5")
    page.locator("#save-schedule").click()
    expect(mine).to_contain_text("Paused")
    act(page, mine, "Delete")
    expect(page.locator("#toasts")).to_contain_text("The schedule was deleted.")
    expect(mine).to_have_count(0)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(mine).to_have_count(1)
    act(page, mine, "Delete")


def act(page: Page, one: Any, name: str) -> None:
    """Choose from a schedule's menu by keys."""
    page.wait_for_load_state("networkidle")
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    one.locator("button[popovertarget]").press("Enter")
    page.locator(".menu:popover-open").get_by_text(name, exact=True).click()
