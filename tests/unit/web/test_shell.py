import re

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from jinja2 import DictLoader

from tierloom.errors import Conflict, InUse, NotFound
from tierloom.text import T
from tierloom.web import WebSettings, create_app, hx
from tierloom.web.navigation import Entry, default_entries, phone_bar
from tierloom.web.security import HEADERS, body_limit, is_same_site_path
from tierloom.web.session import public

HTMX = {"HX-Request": "true"}
CHINESE, ENGLISH = {"Accept-Language": "zh-CN"}, {"Accept-Language": "en"}


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/patterns").text)
    assert found
    return found[1]


def other_app() -> Flask:
    """An app with views that misbehave in known ways."""
    app = create_app(WebSettings(secret_key="a key for tests alone"))

    def fail(kind: str) -> Response:
        raise {
            "missing": NotFound(T("No tier %(name)s.", name="<b>x</b>")),
            "conflict": Conflict(T("It has changed.")),
            "used": InUse(T("The field is in use."), [T("the tier Gold")]),
        }.get(kind) or RuntimeError("secret detail")

    app.add_url_rule("/fail/<kind>", view_func=public(fail))
    small = public(lambda: request.form.get("x", ""))
    app.add_url_rule("/small", "small", view_func=small, methods=["POST"])
    large = public(body_limit(3 * 1024 * 1024)(lambda: str(len(request.get_data()))))
    app.add_url_rule("/large", "large", view_func=large, methods=["POST"])
    app.config["WTF_CSRF_ENABLED"] = False
    return app


# -- headers


@pytest.mark.parametrize("path", ["/healthz", "/patterns", "/nothing", "/static/css/tokens.css"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:  # a file that is sent wants to be closed
        headers = answer.headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_https_alone_gets_strict_transport(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/healthz").headers
    secure = client.get("/healthz", base_url="https://localhost").headers
    assert "max-age" in secure["Strict-Transport-Security"]


def test_no_page_has_inline_script_or_style(client: FlaskClient) -> None:
    for path in ("/patterns?toast=1", "/nothing"):
        text = client.get(path).text
        assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", text)
        assert not re.search(r"<script(?![^>]*\ssrc=)", text)


def test_health(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_versioned_files_are_kept_and_others_asked_for_again(client: FlaskClient) -> None:
    linked = re.search(r'href="(/static/css/tokens\.css\?v=\w{10})"', client.get("/patterns").text)
    assert linked
    with client.get(linked[1]) as versioned, client.get("/static/js/toasts.js") as other:
        assert "immutable" in versioned.headers["Cache-Control"]
        assert other.headers["Cache-Control"] == "no-cache"
    assert client.get("/patterns").headers["Cache-Control"] == "private, no-cache"


def test_an_unknown_host_is_refused_with_a_page() -> None:
    settings = WebSettings(secret_key="a key for tests alone", trusted_hosts=("crm.example.org",))
    client = create_app(settings).test_client()
    assert client.get("/healthz", base_url="http://crm.example.org").status_code == 200
    assert client.get("/patterns", base_url="http://evil.example.com").status_code == 400


def test_short_secret_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter than 16"):
        WebSettings(secret_key="changeme")


# -- writing requests


def test_a_post_without_token_is_refused_and_says_what_to_do(client: FlaskClient) -> None:
    answer = client.post("/preferences", data={"lang": "en"}, headers=ENGLISH)
    assert answer.status_code == 400
    assert "Reload the page and send it again." in answer.text
    assert "lang=" not in str(answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Origin": "http://localhost"}, 303),
        ({}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Origin": "http://evil.example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.evil.example.com"}, 403),
    ],
)
def test_a_post_from_another_site_is_refused_even_with_a_token(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    form = {"csrf_token": token(client), "theme": "dark"}
    assert client.post("/preferences", data=form, headers=headers).status_code == status


def test_the_token_is_accepted_in_a_header(client: FlaskClient) -> None:
    headers = {"X-CSRFToken": token(client)}
    assert client.post("/preferences", data={"theme": "dark"}, headers=headers).status_code == 303


def test_bodies_are_limited_except_where_a_view_takes_more() -> None:
    client = other_app().test_client()
    two_megabytes = b"x" * (2 * 1024 * 1024)
    assert client.post("/small", data={"x": two_megabytes}).status_code == 413
    assert client.post("/large", data=two_megabytes).text == str(len(two_megabytes))
    assert client.post("/large", data=two_megabytes * 2).status_code == 413


# -- language and theme


def test_switches_go_back_to_where_they_were(client: FlaskClient) -> None:
    form = {"csrf_token": token(client), "lang": "en", "next": "/patterns?page=2"}
    answer = client.post("/preferences", data=form)
    assert (answer.status_code, answer.location) == (303, "/patterns?page=2")
    assert '<html lang="en"' in client.get("/patterns", headers=CHINESE).text
    client.post("/preferences", data={**form, "theme": "dark"})
    assert 'data-theme="dark"' in client.get("/patterns").text


def test_unknown_languages_and_themes_are_ignored(client: FlaskClient) -> None:
    form = {"csrf_token": token(client), "lang": "xx", "theme": "<b>"}
    assert client.post("/preferences", data=form).headers.getlist("Set-Cookie") == []


@pytest.mark.parametrize(
    "address",
    ["//evil.example.com", "https://evil.example.com", "/\\evil.example.com", "/a\r\nb", "evil",
     "", "javascript:alert(1)", "/x\\..\\y", "\t//evil.example.com"],
)  # fmt: skip
def test_a_redirect_never_leaves_the_site(client: FlaskClient, address: str) -> None:
    assert not is_same_site_path(address)
    form = {"csrf_token": token(client), "theme": "dark", "next": address}
    assert client.post("/preferences", data=form).location == "/"


def test_paths_of_the_site_are_good_targets() -> None:
    assert is_same_site_path("/data/customers?q=张&next=https://example.org#top")


# -- errors


@pytest.mark.parametrize(
    ("path", "headers", "title"),
    [
        ("/nothing", ENGLISH, "There is nothing here"),
        ("/nothing", CHINESE, "这里什么也没有"),
        ("/preferences", ENGLISH, "This address does not work that way"),
    ],
)
def test_error_pages_speak_the_readers_language(
    client: FlaskClient, path: str, headers: dict[str, str], title: str
) -> None:
    assert title in client.get(path, headers=headers).text


def test_a_wrong_method_names_the_right_one(client: FlaskClient) -> None:
    answer = client.get("/preferences")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("missing", 404, "No tier &lt;b&gt;x&lt;/b&gt;."),
        ("conflict", 409, "It has changed."),
        ("used", 409, "the tier Gold"),
        ("bug", 500, "Your data are safe"),
    ],
)
def test_our_errors_become_pages(kind: str, status: int, words: str) -> None:
    answer = other_app().test_client().get(f"/fail/{kind}", headers=ENGLISH)
    assert answer.status_code == status
    assert words in answer.text
    assert "secret detail" not in answer.text


def test_htmx_gets_an_error_as_a_message_that_replaces_nothing() -> None:
    answer = other_app().test_client().get("/fail/conflict", headers={**HTMX, **ENGLISH})
    assert answer.status_code == 409
    assert answer.headers["HX-Reswap"] == "none"
    assert answer.text.startswith('<hx-partial hx-target="#toasts" hx-swap="beforeend">')
    assert "It has changed. Nothing was overwritten." in answer.text
    assert "<html" not in answer.text


# -- fragments and messages


def test_htmx_gets_one_block_and_a_browser_the_page(client: FlaskClient) -> None:
    whole = client.get("/patterns?demo=1&c1.v=7000")
    part = client.get("/patterns?demo=1&c1.v=7000", headers=HTMX)
    assert part.text.startswith('<div id="hit-demo"')
    assert part.text.endswith("</div>")
    assert "(7000)" in part.text
    assert "<html" not in part.text
    assert "<html" in whole.text
    assert part.text.split("\n")[0] in whole.text
    assert "HX-Request" in whole.vary
    assert "HX-Request" in part.vary


@pytest.mark.parametrize("name", ["HX-History-Restore-Request", "HX-Boosted"])
def test_history_and_boosted_links_get_the_page(client: FlaskClient, name: str) -> None:
    assert "<html" in client.get("/patterns?demo=1", headers={**HTMX, name: "true"}).text


def test_what_a_user_typed_is_escaped_in_a_fragment(client: FlaskClient) -> None:
    text = client.get("/patterns?demo=1&c1.v=<script>", headers=HTMX).text
    assert "&lt;script&gt;" in text
    assert "<script>" not in text


def test_partials_go_to_the_places_named_like_their_blocks() -> None:
    app = other_app()
    source = (
        "{% block main_part %}<p>{{ _('Gold') }}</p>{% endblock %}"
        "{% block undo_bar %}<i id='undo-bar'>{{ n }}</i>{% endblock %}"
    )
    app.jinja_loader = DictLoader({"x.html": source})
    with app.test_request_context(headers={**HTMX, **ENGLISH}):
        answer = hx.page("x.html", block="main_part", partials=["undo_bar"], n="<3")
    assert answer.get_data(as_text=True) == (
        '<p>Gold</p><hx-partial hx-target="#undo-bar" hx-swap="outerMorph">'
        "<i id='undo-bar'>&lt;3</i></hx-partial>"
    )


def test_an_unknown_block_names_the_known_ones(app: Flask) -> None:
    missing = pytest.raises(LookupError, match=r"No block 'nope' in errors/error.html")
    with app.test_request_context(headers=HTMX), missing:
        hx.page("errors/error.html", block="nope")


def test_a_toast_survives_a_redirect_and_shows_once(client: FlaskClient) -> None:
    answer = client.post("/patterns/undo", data={"csrf_token": token(client)})
    assert answer.location == "/patterns#messages"
    assert 'class="toast info"' in client.get("/patterns").text
    assert 'class="toast info"' not in client.get("/patterns").text


def test_a_toast_reaches_htmx_beside_the_fragment(client: FlaskClient) -> None:
    text = client.get("/patterns?demo=1&toast=1", headers=HTMX).text
    assert '<hx-partial hx-target="#toasts"' in text
    assert 'action="/patterns/undo"' in text


def test_redirects_are_headers_for_htmx(app: Flask) -> None:
    with app.test_request_context(headers=HTMX):
        answer = hx.redirect("/tiers")
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/tiers")
    with app.test_request_context():
        assert hx.redirect("/tiers").status_code == 303
        with pytest.raises(ValueError, match="must stay on this site"):
            hx.redirect("https://evil.example.com")


@pytest.mark.parametrize("name", ["HX-Redirect", "HX-Push-Url"])
def test_addresses_in_headers_are_ascii(name: str, app: Flask) -> None:
    """A server writes headers in latin-1; the key of a table may be Chinese."""
    with app.test_request_context("/data/会员?sort=姓名"):
        answer = app.process_response(Response(headers={name: "/data/会员?sort=%E5&q=王"}))
    assert answer.headers[name] == "/data/%E4%BC%9A%E5%91%98?sort=%E5&q=%E7%8E%8B"


# -- navigation


def test_the_place_where_one_is_is_marked(app: Flask) -> None:
    with app.test_request_context("/segments/7"):
        assert [entry.href for entry in default_entries() if entry.active] == ["/tiers"]
    with app.test_request_context("/tiersandmore"):
        assert not any(entry.active for entry in default_entries())


def test_the_phone_bar_has_four_places_in_their_order() -> None:
    customers = Entry("客户", "/data/c", "users", phone=True)
    bar = phone_bar(default_entries([customers, Entry("订单", "/data/o", "package")]))
    assert [entry.href for entry in bar] == ["/", "/data/c", "/alerts", "/tiers"]
