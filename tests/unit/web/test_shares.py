"""Share links and files as browsers get them, and what a guest gets elsewhere: nothing."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from shutil import copyfile

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.shop import text_of
from tests.unit.services.shop import NAME, PHONE, Shop, opened_shop
from tierloom.domain.people import Role
from tierloom.services import overrides
from tierloom.services.access import accounts, people, sharing
from tierloom.services.access.sharing import Wish
from tierloom.services.workbench import reading
from tierloom.web import WebSettings, create_app
from tierloom.web.guests.views import COOKIE as UNLOCKED
from tierloom.web.guests.views import HEADERS
from tierloom.web.session import COOKIE

PASSWORD = "share secret"
COLUMNS = ("number", "name", "phone", "city", "spend", "tier:value")
XSS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title><svg onload=alert(1)>",
    "{{ 7 * 7 }}<!--",
    "javascript:alert(1)//' autofocus onfocus='alert(1)",
)


@pytest.fixture(scope="module")
def small(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shares")
    copyfile(migrated_file, folder / "tierloom.sqlite3")
    with opened_shop(folder, customers=60, orders=60) as found:
        yield found


@pytest.fixture(scope="module")
def site(small: Shop) -> Flask:
    settings = WebSettings("a key for tests alone", trusted_hosts=("localhost", "shop.test"))
    app = create_app(settings, small.platform)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def stranger(site: Flask) -> FlaskClient:
    client = site.test_client()
    client.set_cookie("lang", "en")
    return client


@pytest.fixture
def owner(site: Flask, small: Shop) -> FlaskClient:
    with small.platform.database.writing() as uow:
        now = small.platform.now_ms()
        if uow.accounts.session(accounts.hashed("owner")) is None:
            uow.accounts.open_session(
                accounts.hashed("owner"), small.owner.account, small.workspace, now, now + 10**9
            )
        uow.accounts.touch_session(accounts.hashed("owner"), now)
    client = site.test_client()
    client.set_cookie(COOKIE, "owner")
    client.set_cookie("lang", "en")
    return client


def share(small: Shop, *columns: str, view: str = "tiers", password: str = "") -> str:
    wish = Wish(columns or COLUMNS, password=password)
    return sharing.create(small.platform, small.owner, view, wish)


class Tags(HTMLParser):
    """Collects what a page would run, fetch or send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    handle_startendtag = handle_starttag


# ── the page of a link ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_link_opens_the_list_masked(small: Shop, stranger: FlaskClient) -> None:
    page = stranger.get(f"/s/{share(small)}")
    assert page.status_code == 200
    assert "60 records" in text_of(page.text)
    assert "138****8000" in page.text
    assert PHONE not in page.text
    assert NAME not in page.text
    assert "Masked: Name, Phone." in page.text


def test_pages_order_and_tiers_are_addresses(small: Shop, stranger: FlaskClient) -> None:
    address = f"/s/{share(small, 'number', 'tier:value')}"

    def numbers(query: str) -> list[str]:
        return re.findall(
            r'<th scope="row"[^>]*>(?:<[^>]+>)*([\d,]+)', stranger.get(address + query).text
        )

    first, second = numbers("?sort=-number"), numbers("?sort=-number&page=2")
    assert [int(one.replace(",", "")) for one in first + second] == sorted(
        small.numbers, reverse=True
    )
    gold = [one for one in small.customers if small.tier(one) == "gold"]
    assert len(numbers("?tier=value.gold")) == len(gold) > 0
    assert str(len(numbers("?page=2"))) == "10"


def test_a_tier_given_by_hand_is_a_tier_and_why_is_not_told(
    small: Shop, stranger: FlaskClient
) -> None:
    customer = next(one for one in small.customers if small.tier(one) == "rest")
    number = overrides.give(
        small.platform, small.owner, "value", customer, "gold", "Friend of the owner", None
    )
    address = f"/s/{share(small, 'number', 'tier:value')}"
    try:
        gold = [one for one in small.customers if small.tier(one) == "gold"]
        page = stranger.get(f"{address}?tier=value.gold").text
        assert f"{len(gold) + 1} record" in text_of(page)
        for query in ("", "?tier=value.gold", "?tier=value.~hand"):
            page = stranger.get(address + query).text
            assert "Friend" not in page
            assert "by hand" not in page.lower()
        assert "60 records" in text_of(page), "a guest cannot ask for those alone"
    finally:
        overrides.end(small.platform, small.owner, number)


def test_every_answer_has_the_headers(small: Shop, stranger: FlaskClient) -> None:
    token, locked = share(small), share(small, password=PASSWORD)
    answers = [
        stranger.get(f"/s/{token}"), stranger.get("/s/guess"), stranger.get(f"/s/{locked}"),
        stranger.post(f"/s/{locked}", data={"password": "x"}),
        stranger.post(f"/s/{locked}", data={"password": PASSWORD}), stranger.put(f"/s/{token}"),
    ]  # fmt: skip
    assert [one.status_code for one in answers] == [200, 404, 200, 422, 303, 405]
    for answer in answers[:-1]:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_the_page_has_no_script_and_leads_nowhere_else(small: Shop, stranger: FlaskClient) -> None:
    token = share(small)
    found = Tags(stranger.get(f"/s/{token}").text)
    assert not {"script", "form", "iframe", "input", "button"} & set(found.tags)
    allowed = (f"/s/{token}", "/static/", "#")
    assert [one for one in found.attributes["href"] if not one.startswith(allowed)] == []
    assert "style" not in found.attributes


def test_somebody_signed_in_is_a_guest_there_too(small: Shop, owner: FlaskClient) -> None:
    page = owner.get(f"/s/{share(small)}").text
    assert PHONE not in page
    assert "/sign-out" not in page


def test_the_password_page(small: Shop, site: Flask, stranger: FlaskClient) -> None:
    token = share(small, password=PASSWORD)
    page = stranger.get(f"/s/{token}").text
    assert "Password needed" in page
    assert "Tiers" not in page
    wrong = stranger.post(f"/s/{token}", data={"password": "wrong one"})
    assert (wrong.status_code, "wrong one" in wrong.text) == (422, False)
    right = stranger.post(f"/s/{token}", data={"password": PASSWORD})
    assert right.headers["Location"] == f"/s/{token}"
    cookie = next(one for one in right.headers.getlist("Set-Cookie") if one.startswith(UNLOCKED))
    assert {"HttpOnly", f"Path=/s/{token}", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "60 records" in text_of(stranger.get(f"/s/{token}").text)
    assert "Password needed" in site.test_client().get(f"/s/{token}?lang=en").text


def test_ten_wrong_passwords_close_the_door(
    small: Shop, stranger: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = share(small, password=PASSWORD)
    monkeypatch.setattr("tierloom.services.access.passwords.fits", lambda *_: False)
    answers = [stranger.post(f"/s/{token}", data={"password": "x"}) for _ in range(11)]
    assert [one.status_code for one in answers] == [422] * 10 + [429]
    assert answers[-1].headers["Retry-After"] == "900"


@pytest.mark.parametrize("address", [
    "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/data/customers",
])  # fmt: skip
def test_a_password_leads_back_to_the_list_alone(
    small: Shop, stranger: FlaskClient, address: str
) -> None:
    token = share(small, password=PASSWORD)
    sent = {"password": PASSWORD, "next": address}
    answer = stranger.post(
        f"/s/{token}", query_string={"next": address, "sort": address}, data=sent
    )
    assert answer.headers["Location"].partition("?")[0] == f"/s/{token}"
    page = stranger.get(
        f"/s/{token}", query_string={"sort": address, "lang": address, "tier": address}
    )
    assert "evil.example" not in page.text
    assert "alert(1)" not in page.text


@pytest.mark.parametrize("token", ["guess", "A" * 43, "%00", "..%2f..%2fviews", "' OR '1'='1"])
def test_guessed_tokens(stranger: FlaskClient, token: str) -> None:
    for answer in (
        stranger.get(f"/s/{token}"),
        stranger.post(f"/s/{token}", data={"password": ""}),
    ):
        assert answer.status_code == 404
        assert "60" not in text_of(answer.text)


@pytest.mark.parametrize(
    "host", ["evil.example", "shop.test.evil.example", "shop.test@evil.example", "evil:80", "a b"]
)
def test_a_forged_host_gets_no_link(small: Shop, owner: FlaskClient, host: str) -> None:
    def count() -> int:
        with reading(small.platform, small.owner) as bench:
            return len(sharing.links(bench, "tiers"))

    before = count()
    sent = {"column": ["number"], "days": "7"}
    answer = owner.post("/views/tiers/share", data=sent, headers={"Host": host})
    assert (answer.status_code, count()) == (400, before)
    assert "evil" not in answer.text


# ── nothing else answers to it ──────────────────────────────────────────────────────────────────────────────────────


def test_no_other_route_answers_to_a_link(small: Shop, site: Flask) -> None:
    """With the token and the unlocking as session, as cookie, as bearer and in the address."""
    token = share(small, password=PASSWORD)
    answer = site.test_client().post(f"/s/{token}", data={"password": PASSWORD})
    secret = re.search(rf"{UNLOCKED}=([^;]+)", str(answer.headers))
    assert secret
    tried = 0
    for rule in site.url_map.iter_rules():
        view = site.view_functions[rule.endpoint]
        if rule.endpoint in {"static", "guests.shared", "guests.unlock"} or getattr(
            view, "tierloom_public", False
        ):
            continue
        for kind in (token, secret[1]):
            client = site.test_client()
            for name in (COOKIE, UNLOCKED):
                client.set_cookie(name, kind)
            address = re.sub(r"<(?:int:)[^<>]+>", "1", re.sub(r"<any[^<>]+>", "tiers", rule.rule))
            address = re.sub(r"<[^<>]*table[^<>]*>", "customers", address)
            address = re.sub(r"<[^<>]+>", "tiers", address)
            for method in sorted({"GET", "POST"} & set(rule.methods or ())):
                got = client.open(
                    address,
                    method=method,
                    query_string={"token": kind},
                    headers={"Authorization": f"Bearer {kind}"},
                )
                assert got.status_code == 303, f"{method} {address}"
                assert got.headers["Location"].startswith("/sign-in")
                tried += 1
    assert tried > 100


def test_public_routes_tell_a_guest_no_more_than_anybody(small: Shop, site: Flask) -> None:
    token = share(small)
    secrets = {str(row["name"]) for row in small.customers.values()}
    for rule in site.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in {"static", "guests.shared"}:
            continue
        client = site.test_client()
        client.set_cookie(COOKIE, token)
        client.set_cookie(UNLOCKED, token)
        page = client.get(
            re.sub(r"<(?:int:)[^<>]+>", "1", re.sub(r"<(?!int)[^<>]+>", token, rule.rule))
        )
        assert not [one for one in secrets if one in page.text], rule.rule


def test_a_link_in_a_browser_is_dead_at_once(
    small: Shop, site: Flask, owner: FlaskClient, stranger: FlaskClient
) -> None:
    token = share(small)
    assert stranger.get(f"/s/{token}").status_code == 200
    number = re.search(r"/shares/(\d+)/revoke", owner.get("/views/tiers/share").text)
    assert number
    answer = owner.post(f"/shares/{number[1]}/revoke")
    assert answer.headers["Location"] == "/views/tiers/share"
    gone = stranger.get(f"/s/{token}")
    assert (gone.status_code, "This link opens nothing" in gone.text) == (410, True)
    assert "Tiers" not in gone.text


# ── making links and files ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_link_is_shown_once_and_listed(owner: FlaskClient, stranger: FlaskClient) -> None:
    sent = {"column": list(COLUMNS), "days": "30", "note": "For the boss"}
    page = owner.post("/views/tiers/share", data=sent)
    found = re.search(r'id="new-link" value="http://localhost(/s/[^"]+)"', page.text)
    assert found
    assert page.headers["Cache-Control"] == "no-store"
    assert stranger.get(found[1]).status_code == 200
    listed = owner.get("/views/tiers/share").text
    assert "For the boss" in listed
    assert found[1] not in listed
    assert "works only on this computer" in listed
    assert (
        "works only on this computer"
        not in owner.get("/views/tiers/share", base_url="http://shop.test").text
    )


@pytest.mark.parametrize("sent", [
    {}, {"column": "number"}, {"column": "number", "days": "1000"}, {"column": "number", "days": "-1"},
    {"column": "number", "days": "7", "password": "short"},
])  # fmt: skip
def test_a_wrong_wish_is_said(owner: FlaskClient, sent: dict[str, str]) -> None:
    page = owner.post("/views/tiers/share", data=sent)
    assert page.status_code == 422
    assert 'role="alert"' in page.text


def test_the_file_stands_alone(owner: FlaskClient) -> None:
    answer = owner.post("/views/tiers/share/file", data={"column": list(COLUMNS), "days": "7"})
    assert answer.headers["Content-Disposition"].startswith(
        "attachment; filename=Tiers-2026-03-10.html"
    )
    assert PHONE not in answer.text
    assert "138****8000" in answer.text
    assert answer.text.count("<tr>") == 61
    assert "As of Mar 10, 2026, 12:00, saved by owner." in answer.text
    found = Tags(answer.text)
    assert not {"script", "link", "img", "iframe", "form", "a", "base", "object"} & set(found.tags)
    assert [one for one in found.attributes.get("href", []) if not one.startswith("#")] == []
    assert "url(" not in answer.text
    assert "default-src 'none'; style-src 'unsafe-inline'" in found.attributes["content"]


def test_a_role_lost_closes_the_pages_too(site: Flask, small: Shop, stranger: FlaskClient) -> None:
    secret = people.invite(small.platform, small.owner, Role.OWNER)
    maker = people.accept(small.platform, secret, "wang", "Wang", "a long enough password").actor
    token = sharing.create(small.platform, maker, "tiers", Wish(COLUMNS))
    assert stranger.get(f"/s/{token}").status_code == 200
    people.change_role(small.platform, small.owner, maker.account, Role.DATA_ADMIN)
    assert stranger.get(f"/s/{token}").status_code == 410


@pytest.mark.parametrize("payload", XSS)
def test_labels_and_values_are_words(
    small: Shop, owner: FlaskClient, stranger: FlaskClient, payload: str
) -> None:
    key = f"xss{XSS.index(payload)}"
    label = {"zh": payload, "en": payload}
    small.apply(
        {"format": 1, "kind": "record_type", "key": key, "label": label, "key_field": "word",
         "fields": [{"key": "word", "label": label, "type": "text"}]},
        {"format": 1, "kind": "view", "key": f"{key}_view", "label": label, "record_type": key},
    )  # fmt: skip
    from tests.unit.services.shop import insert
    from tierloom.services.workbench import writing

    with writing(small.platform, small.owner) as bench:
        insert(bench, key, [{"word": payload}])
    token = share(small, "word", view=f"{key}_view")
    shown = stranger.get(f"/s/{token}").text
    file = owner.post(f"/views/{key}_view/share/file", data={"column": "word"}).text
    form = owner.post(
        f"/views/{key}_view/share", data={"note": payload, "column": "word", "days": "7"}
    ).text
    for page in (shown, file, form):
        assert payload not in page
        found = Tags(page)
        assert not {"img", "iframe"} & set(found.tags)
        assert not [one for one in found.attributes if one.startswith("on")]
        assert not [one for one in found.attributes.get("href", []) if one.startswith("javascript")]
    assert "script" not in Tags(shown).tags + Tags(file).tags
