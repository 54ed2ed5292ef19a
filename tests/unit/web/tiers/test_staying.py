"""The card about staying in a tier: off at first, set by a plain form, shown wherever the model is."""

import html
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.shop import HTMX, Shop, text_of, version_in
from tierloom.domain.people import Role
from tierloom.domain.tiers import StayPolicy
from tierloom.errors import Invalid
from tierloom.web.data.listing import Strip
from tierloom.web.tiers.staying import policy_of

FORM = {"kind": "period", "days": "365", "grace_days": "30", "way": "one"}


@pytest.fixture
def model(owner: FlaskClient) -> Iterator[str]:
    """A new tier model's address; it goes to the bin afterwards."""
    made = owner.post("/tiers/new", data={"label_en": "Club", "label_zh": "", "table": "customers"})
    yield made.headers["Location"]
    owner.post(f"{made.headers['Location']}/delete")


def said(page: str) -> str:
    """Return the card's sentence."""
    start = page.index('id="stay-words"')
    return text_of(page[start + 16 : page.index("</p>", start)])


def test_it_is_off_and_saved_without_scripts(owner: FlaskClient, model: str) -> None:
    page = owner.get(model).text
    assert said(page).startswith("Nobody is kept")
    answer = owner.post(f"{model}/stay", data={**FORM, "version": version_in(page)})
    assert answer.status_code == 303
    page = owner.get(answer.headers["Location"]).text
    assert said(page).startswith("Whoever enters a tier keeps it for 365 days; whoever still")
    assert 'value="period" checked' in page
    assert 'id="stay-days" name="days" value="365"' in page


def test_a_wrong_number_names_its_field_and_keeps_what_was_typed(
    owner: FlaskClient, model: str
) -> None:
    version = version_in(owner.get(model).text)
    answer = owner.post(f"{model}/stay", data={**FORM, "days": "zwölf", "version": version})
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert "“Days in the tier” is a whole number from 1 to 3660." in text_of(page)
    assert 'name="days" value="zwölf"' in page
    assert '<details id="stay-change" open>' in page
    assert said(page).startswith("Nobody is kept")


def test_a_stale_form_changes_nothing(owner: FlaskClient, model: str) -> None:
    answer = owner.post(f"{model}/stay", data={**FORM, "version": "99"}, follow_redirects=True)
    assert "Somebody else changed this meanwhile" in answer.text
    assert said(answer.text).startswith("Nobody is kept")


def test_to_undo_brings_the_card_too(owner: FlaskClient, model: str) -> None:
    version = version_in(owner.get(model).text)
    owner.post(f"{model}/stay", data={**FORM, "version": version})
    answer = owner.post(model, data={"op": "undo", "version": version}, headers=HTMX)
    assert '<hx-partial hx-target="#stay"' in answer.text
    assert said(answer.text).startswith("Nobody is kept")


def test_the_page_before_publishing_says_what_was_and_what_will_be(
    owner: FlaskClient, model: str
) -> None:
    version = version_in(owner.get(model).text)
    owner.post(f"{model}/stay", data={**FORM, "version": version})
    page = text_of(owner.get(f"{model}/publish").text)
    assert "then goes down one tier." in page
    value = owner.get("/tiers/value/publish").text
    assert 'id="stays"' not in value


def test_who_may_only_look_reads_it_and_has_no_form(shop: Shop, model: str) -> None:
    page = shop.client(Role.VIEWER).get(model).text
    assert said(page).startswith("Nobody is kept")
    assert "stay-form" not in page[page.index('id="stay-words"') :]


@pytest.mark.parametrize(
    ("form", "policy"),
    [
        ({"kind": "off"}, None),
        ({"kind": "grace", "days": "x", "grace_days": " 7 "}, StayPolicy(grace_days=7)),
        ({**FORM, "kind": "minimum", "grace_days": "0"}, StayPolicy(days=365, one_level=True)),
        (FORM, StayPolicy(365, True, 30, True)),
        ({**FORM, "way": "straight"}, StayPolicy(365, True, 30)),
    ],
)
def test_what_a_form_means(form: dict[str, str], policy: StayPolicy | None) -> None:
    assert policy_of(MultiDict(form)) == policy


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({}, "/kind"),
        ({"kind": "always"}, "/kind"),
        ({**FORM, "days": "0"}, "/days"),
        ({**FORM, "days": "3661"}, "/days"),
        ({**FORM, "days": "٣"}, "/days"),
        ({**FORM, "grace_days": "-1"}, "/grace_days"),
        ({**FORM, "kind": "grace", "grace_days": "0"}, "/grace_days"),
    ],
)
def test_what_cannot_be_read_is_refused(form: dict[str, str], wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        policy_of(MultiDict(form))
    assert [one.pointer for one in refused.value.problems] == [wrong]


def test_the_tier_view_says_what_the_policy_is(shop: Shop) -> None:
    with shop.bench() as bench:
        model = bench.published.tier_model("value")
    assert Strip(model, ()).stay is None
    kept = Strip(replace(model, stay=StayPolicy(days=30)), ()).stay
    assert str(kept).startswith("Whoever enters a tier keeps it for at least 30 days.")
