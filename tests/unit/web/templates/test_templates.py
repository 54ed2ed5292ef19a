"""The pages of templates: chosen, looked over, made a draft in three clicks."""

import re

import pytest
from flask.testing import FlaskClient

from tests.shop import HTMX, Shop, text_of
from tierloom.domain.people import Role
from tierloom.rules.templates.reading import template_names

TEMPLATES = "/start/templates"


def chosen(page: str, name: str) -> str:
    """Return the option that a select of the page has chosen."""
    found = re.search(rf'<select[^>]*name="{re.escape(name)}".*?</select>', page, re.DOTALL)
    assert found, name
    option = re.search(r'<option value="([^"]*)" selected', found[0])
    return option[1] if option else ""


def test_the_tiers_page_leads_to_the_templates(owner: FlaskClient) -> None:
    assert f'href="{TEMPLATES}"' in owner.get("/tiers/").text
    page = owner.get(TEMPLATES).text
    for name in template_names():
        assert f'href="{TEMPLATES}/{name}"' in page
    assert "Fits your data" in page


@pytest.mark.parametrize("name", template_names())
@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_every_template_can_be_looked_at(shop: Shop, name: str, language: str) -> None:
    page = shop.client(language=language).get(f"{TEMPLATES}/{name}")
    assert page.status_code == 200
    assert 'id="create-draft"' in page.text


def test_figures_thresholds_and_sizes_stand_on_the_page(owner: FlaskClient) -> None:
    page = owner.get(f"{TEMPLATES}/rfm_eight?table=customers").text
    assert chosen(page, "field.last_purchase") == "last_order"
    assert chosen(page, "field.total_spend") == "total_spend"
    words = text_of(page)
    assert "At the median" in words
    assert "At the mean" in words
    assert "Nothing is published before you say so" in words


def test_a_missing_figure_is_said(owner: FlaskClient) -> None:
    page = owner.get(f"{TEMPLATES}/loyalty_points?table=customers").text
    assert "Could not match: Points" in text_of(page)
    button = re.search(r'<button[^>]*id="create-draft"[^>]*>', page)
    assert button
    assert "disabled" in button[0]


def test_a_change_is_answered_with_the_plan_alone(owner: FlaskClient) -> None:
    form = {"table": "customers", "laid": "customers", "number.gold": "4000", "proposed.gold": "1"}
    page = owner.post(f"{TEMPLATES}/value_tiers/look", data=form, headers=HTMX)
    assert page.status_code == 200
    assert "<html" not in page.text
    assert 'value="4000"' in page.text


def test_a_wrong_number_stays_on_the_page(owner: FlaskClient) -> None:
    form = {"table": "customers", "number.gold": "many", "proposed.gold": "1"}
    page = owner.post(f"{TEMPLATES}/value_tiers", data=form)
    assert page.status_code == 422
    assert "Enter a number above 0." in page.text
    assert 'value="many"' in page.text


def test_a_draft_is_made_and_not_published(owner: FlaskClient, shop: Shop) -> None:
    answer = owner.post(f"{TEMPLATES}/value_tiers", data={"table": "customers"})
    assert answer.status_code == 303
    place = answer.headers["Location"]
    assert place.startswith("/tiers/value_tiers")
    assert "Draft created" in owner.get(place).text
    with shop.bench() as bench:
        assert place.rsplit("/", 1)[1] not in {one.key for one in bench.published.tier_models()}
    owner.post(f"{place}/delete")


def test_labels_open_in_their_own_place(owner: FlaskClient) -> None:
    answer = owner.post(f"{TEMPLATES}/product_interest", data={"table": "customers"})
    place = answer.headers["Location"]
    assert place.startswith("/labels/")
    assert owner.get(place).status_code == 200
    owner.post(f"{place}/delete")


def test_a_table_that_is_there_is_not_made_again(shop: Shop) -> None:
    designer = shop.client(Role.DESIGNER)
    assert 'id="create-tables"' in designer.get(f"{TEMPLATES}/car_dealer").text
    assert 'id="create-tables"' not in shop.client(Role.ANALYST).get(f"{TEMPLATES}/car_dealer").text
    assert designer.post(f"{TEMPLATES}/rfm_eight/tables").status_code == 404


def test_viewers_have_no_templates(shop: Shop) -> None:
    assert shop.client(Role.VIEWER).get(TEMPLATES).status_code == 403
    assert 'id="from-template"' not in shop.client(Role.VIEWER).get("/tiers/").text
