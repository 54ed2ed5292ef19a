import json
import re

import pytest
from flask.testing import FlaskClient

from tests.shop import Shop, text_of
from tierloom.domain.people import Role

PLUS = json.dumps({"==": [{"var": "plus_member"}, True]})


def sub(page: str) -> str:
    found = re.search(r'<p class="sub">(.*?)</p>', page)
    assert found
    return found[1]


def saved(owner: FlaskClient, name: str) -> str:
    sent = {"table": "customers", "name": name, "filter": PLUS, "cols": "city,spend_12m"}
    answer = owner.post("/views/save", data={**sent, "sort": "-spend_12m"})
    assert answer.status_code == 303
    return answer.headers["Location"]


def heads(page: str) -> list[str]:
    table = page[page.index("<thead>") : page.index("</thead>")]
    return [text_of(one) for one in re.findall(r"<th.*?</th>", table, re.S)]


def test_the_list_of_views_has_their_sizes(owner: FlaskClient) -> None:
    page = owner.get("/views/").text
    found = re.findall(r'class="size" href="(/views/\w+)"[^>]*><b>([\d,]+)</b>', page)
    assert len(found) >= 5
    for href, size in found:
        assert sub(owner.get(href).text).startswith(f"{size} record")
    assert "is in segment" in text_of(page)


def test_a_list_is_saved_with_filter_columns_and_order(owner: FlaskClient) -> None:
    address = saved(owner, "Plus by spend")
    page = owner.get(address).text
    assert heads(page) == ["Name", "City", "Spend in 12 months"]
    assert 'aria-sort="descending"' in page
    assert sub(page) == sub(owner.get("/data/customers", query_string={"filter": PLUS}).text)
    owner.post(f"{address}/delete")


def test_changes_stay_my_own_until_they_are_saved_for_everyone(owner: FlaskClient) -> None:
    address = saved(owner, "For everyone")
    whole = owner.get(address, query_string={"filter": "true"}).text
    assert sub(whole).startswith("2,000")
    assert 'form="save-changes"' in whole
    assert not sub(owner.get(address).text).startswith("2,000")
    sent = {"table": "customers", "filter": "true", "cols": "city"}
    assert owner.post(f"{address}/update", data=sent).status_code == 303
    page = owner.get(address).text
    assert sub(page).startswith("2,000")
    assert heads(page) == ["Name", "City"]
    owner.post(f"{address}/delete")


def test_a_view_is_renamed_deleted_and_taken_back(owner: FlaskClient) -> None:
    address = saved(owner, "Short-lived")
    owner.post(f"{address}/rename", data={"label_en": "Longer-lived", "label_zh": "更久"})
    assert "<h1>Longer-lived</h1>" in owner.get(address).text
    nameless = owner.post(f"{address}/rename", data={}, follow_redirects=True)
    assert "A view needs a name." in nameless.text
    deleted = owner.post(f"{address}/delete", follow_redirects=True)
    assert f'action="{address}/restore"' in deleted.text
    assert owner.get(address).status_code == 404
    owner.post(f"{address}/restore")
    assert owner.get(address).status_code == 200
    owner.post(f"{address}/delete")


def test_a_tier_view_is_grouped_by_its_model(owner: FlaskClient) -> None:
    page = owner.get("/views/lifecycle").text
    assert 'aria-label="Lifecycle"' in page
    assert 'aria-label="Value tiers"' not in page
    assert heads(page)[:3] == ["Name", "Value tiers", "Lifecycle"]
    assert "/views/lifecycle/delete" not in page


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "", "filter": PLUS}, "A view needs a name."),
        ({"name": "x", "filter": '{"nonsense":1}'}, "nonsense"),
        ({"name": "x", "cols": "nonsense"}, "There is no column “nonsense”."),
    ],
)
def test_what_cannot_be_saved_is_told(owner: FlaskClient, form: dict[str, str], words: str) -> None:
    answer = owner.post("/views/save", data={"table": "customers", **form})
    assert answer.status_code == 422
    assert words in answer.text


def test_a_viewer_saves_nothing(shop: Shop) -> None:
    viewer = shop.client(Role.VIEWER)
    assert viewer.get("/views/value").status_code == 200
    sent = {"table": "customers", "name": "x"}
    assert viewer.post("/views/save", data=sent).status_code == 403
    assert viewer.post("/views/contacts/delete").status_code == 403
    assert "delete" not in viewer.get("/views/").text


def test_what_is_not_there_is_not_found(owner: FlaskClient) -> None:
    assert owner.get("/views/none").status_code == 404
    assert owner.post("/views/none/rename", data={"label_en": "x"}).status_code == 404
