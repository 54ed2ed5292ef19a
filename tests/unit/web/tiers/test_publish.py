import re

from flask.testing import FlaskClient

from tests.shop import HTMX, text_of, version_in


def edit(owner: FlaskClient, address: str, tier: str, **form: str) -> None:
    version = version_in(owner.get(f"{address}?tier={tier}").text)
    fields = {name.replace("__", "."): value for name, value in form.items()}
    answer = owner.post(address, data={"version": version, "tier": tier, **fields}, headers=HTMX)
    assert answer.status_code == 200


def new_model(owner: FlaskClient, name: str) -> str:
    made = owner.post("/tiers/new", data={"label_en": name, "table": "customers"})
    return made.headers["Location"]


def test_a_tier_model_from_nothing_to_its_second_version(owner: FlaskClient) -> None:
    address = new_model(owner, "Spenders")
    page = text_of(owner.get(f"{address}/publish").text)
    assert "It cannot be published yet" in page
    assert page.count("has no condition yet") == 3
    limits = {"gold": "5000", "silver": "1000", "bronze": "1"}
    for tier, limit in limits.items():
        edit(owner, address, tier, op="addc:n1")
        edit(owner, address, tier, n2__f="spend_12m")
        edit(owner, address, tier, n2__f="spend_12m", n2__op="at_least", n2__v=limit)
    page = owner.get(f"{address}/publish").text
    assert "First publication" in page
    assert "Nothing is sent to customers" in page
    sent = {"version": version_in(page), "note": "Begin"}
    view = owner.post(f"{address}/publish", data=sent).headers["Location"]
    assert 'aria-label="Spenders"' in owner.get(view).text

    edit(owner, address, "gold", n2__f="spend_12m", n2__op="at_least", n2__v="4000")
    page = owner.get(f"{address}/publish").text
    words = text_of(page[page.index("<tbody>") :])
    rows = re.findall(r"(Gold|Silver) ([\d,]+) ([\d,]+) ([+−][\d,]+)", words)
    gold, silver = rows[0], rows[1]
    assert gold[0] == "Gold"
    moved = int(gold[2].replace(",", "")) - int(gold[1].replace(",", ""))
    assert gold[3] == f"+{moved}"
    assert silver[3] == f"−{moved}"
    assert f"Silver Gold {moved}" in words  # who moves, from and to
    stale = owner.post(f"{address}/publish", data={"version": "1"}, follow_redirects=True)
    assert "What will change" in stale.text
    answer = owner.post(f"{address}/publish", data={"version": version_in(page)})
    assert answer.headers["Location"] == view
    assert "there is nothing to publish" in owner.get(f"{address}/publish").text
    owner.post(f"{address}/delete")
    assert owner.get(view).status_code == 404


def test_an_unfinished_condition_keeps_a_draft_from_being_published(owner: FlaskClient) -> None:
    made = owner.post("/segments/new", data={"label_en": "Half", "table": "customers"})
    address = made.headers["Location"]
    edit(owner, address, "rule", op="addc:n1")
    edit(owner, address, "rule", n2__f="spend_12m")
    page = owner.get(f"{address}/publish").text
    assert "A condition is not finished." in page
    sent = {"version": version_in(page)}
    answer = owner.post(f"{address}/publish", data=sent, follow_redirects=True)
    assert "A condition is not finished." in answer.text
    assert 'class="status">Draft' in owner.get(address).text
    owner.post(f"{address}/delete")


def test_lists_show_sizes_that_open_lists_of_as_many(owner: FlaskClient) -> None:
    page = owner.get("/segments/").text
    found = re.findall(r'<a class="size" href="([^"]+)"[^>]*><b>([\d,]+)</b>', page)
    assert len(found) >= 6
    for href, size in found:
        listed = owner.get(href.replace("&amp;", "&")).text
        assert f'<p class="sub">{size} records</p>' in listed
    page = owner.get("/tiers/").text
    assert 'href="/tiers/value">Value tiers</a>' in page
    assert "Main tier model" in page
