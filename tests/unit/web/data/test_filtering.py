import html
import json
import re

from flask.testing import FlaskClient

from tests.shop import HTMX, text_of

ADDRESS = "/data/customers/filter"


def tree_in(page: str) -> str:
    found = re.search(r'name="tree" value="([^"]*)"', page)
    assert found
    return html.unescape(found[1])


def count_in(page: str) -> int:
    found = re.search(r'class="found">([\d,]+)<', page)
    assert found
    return int(found[1].replace(",", ""))


def test_an_empty_filter_offers_its_first_condition(owner: FlaskClient) -> None:
    page = owner.get(ADDRESS, headers=HTMX).text
    assert page.startswith('<div id="filter-panel">')
    assert 'id="n2-f"' in page
    assert count_in(page) == 2000
    assert 'class="condition unfinished"' in page


def test_a_filter_is_built_counted_and_applied(owner: FlaskClient) -> None:
    page = owner.get(ADDRESS, headers=HTMX).text
    sent = {"n2.f": "plus_member", "q": "wang", "cols": "city"}
    page = owner.post(ADDRESS, data={**sent, "tree": tree_in(page)}, headers=HTMX).text
    assert '<option value="yes" selected>' in page
    members = count_in(page)
    assert 0 < members < 2000
    more = {"n2.f": "plus_member", "n2.op": "yes", "op": "addc:n1", "tree": tree_in(page)}
    page = owner.post(ADDRESS, data=more, headers=HTMX).text
    assert 'id="n3-f"' in page
    assert count_in(page) == members
    done = owner.post(
        ADDRESS, data={**sent, "op": "apply", "tree": tree_in(page)}, headers=HTMX
    ).headers["HX-Redirect"]
    listed = owner.get(done.replace("q=wang&", "")).text
    assert "q=wang" in done
    assert "cols=city" in done
    assert f'<p class="sub">{members:,} records</p>' in listed


def test_the_filter_of_the_list_is_read_into_the_builder(owner: FlaskClient) -> None:
    rule = {"or": [{"==": [{"var": "city"}, "beijing"]}, {">": [{"var": "spend_12m"}, 100]}]}
    page = owner.get(ADDRESS, query_string={"filter": json.dumps(rule)}, headers=HTMX).text
    assert re.search(r'value="any" checked', page)
    assert 'value="100"' in page  # not 100.00


def test_a_view_keeps_its_own_filter_out_of_the_address(owner: FlaskClient) -> None:
    page = owner.get(ADDRESS, query_string={"view": "win_back"}, headers=HTMX).text
    unchanged = {"view": "win_back", "op": "apply", "tree": tree_in(page)}
    answer = owner.post(ADDRESS, data=unchanged, headers=HTMX)
    assert answer.headers["HX-Redirect"] == "/views/win_back"
    without = {"view": "win_back", "op": "apply", "tree": '{"id":"n1","all":true,"children":[]}'}
    answer = owner.post(ADDRESS, data=without, headers=HTMX)
    assert answer.headers["HX-Redirect"] == "/views/win_back?filter=true"


def test_a_tampered_tree_is_refused(owner: FlaskClient) -> None:
    for tree in ("", "{", "[]", '{"id":"n1"}', "[" * 100_000):
        answer = owner.post(ADDRESS, data={"tree": tree}, headers=HTMX)
        assert answer.status_code == 422, tree[:20]
        assert "Open it again" in text_of(answer.text)


def test_it_is_a_page_where_there_are_no_scripts(owner: FlaskClient) -> None:
    page = owner.get(ADDRESS).text
    assert "<html" in page
    applied = owner.post(ADDRESS, data={"op": "apply", "tree": tree_in(page)})
    assert applied.status_code == 303
    assert applied.headers["Location"] == "/data/customers"
