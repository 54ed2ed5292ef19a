"""/settings/people, /invite and /account as a browser uses them."""

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.shop import text_of
from tests.unit.services.shop import Shop, opened_shop
from tierloom.domain.people import Actor, Role
from tierloom.services.access import accounts, people
from tierloom.web import WebSettings, create_app
from tierloom.web.people.browsers import browser_name
from tierloom.web.session import COOKIE

PASSWORD = "a long enough password"
LINK = re.compile(r'id="new-link" value="([^"]+)"')


@pytest.fixture
def small(migrated_file: Path, tmp_path: Path) -> Iterator[Shop]:
    copyfile(migrated_file, tmp_path / "tierloom.sqlite3")
    with opened_shop(tmp_path, customers=3, orders=3) as found:
        yield found


@pytest.fixture
def site(small: Shop) -> Flask:
    app = create_app(
        WebSettings("a key for tests alone", trusted_hosts=("localhost", "t.test")), small.platform
    )
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def browser(app: Flask, shop: Shop, actor: Actor) -> FlaskClient:
    secret = f"session of {actor.account} {actor.role}"
    with shop.platform.database.writing() as uow:
        now = shop.platform.now_ms()
        uow.accounts.open_session(
            accounts.hashed(secret), actor.account, actor.workspace, now, now + 10**9
        )
    client = app.test_client()
    client.set_cookie(COOKIE, secret)
    client.set_cookie("lang", "en")
    return client


@pytest.fixture
def owner(site: Flask, small: Shop) -> FlaskClient:
    return browser(site, small, small.owner)


def invite(owner: FlaskClient, role: str = "owner") -> str:
    page = owner.post("/settings/people/invite", data={"role": role, "name": "Wang"}).text
    found = LINK.search(page)
    assert found
    return found[1].removeprefix("http://localhost")


def join(site: Flask, address: str, login: str = "wang") -> FlaskClient:
    client = site.test_client()
    client.set_cookie("lang", "en")
    sent = {"login": login, "name": "Wang Fang", "password": PASSWORD}
    headers = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"}
    assert client.post(address, data=sent, headers=headers).headers["Location"] == "/"
    return client


def test_an_invitation_from_link_to_member(site: Flask, owner: FlaskClient) -> None:
    address = invite(owner, "analyst")
    page = site.test_client().get(address, headers={"Accept-Language": "en"})
    assert "You were invited as Analyst" in text_of(page.text)
    assert 'value="Wang"' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    member = join(site, address)
    assert member.get("/").status_code == 200
    assert "Wang Fang" in owner.get("/settings/people").text
    assert LINK.search(owner.get("/settings/people").text) is None, "shown once"
    over = site.test_client().get(address, headers={"Accept-Language": "en"})
    assert (over.status_code, "cannot be used" in over.text) == (410, True)


def test_what_is_typed_wrongly_is_said_beside_it(site: Flask, owner: FlaskClient) -> None:
    address = invite(owner)
    sent = {"login": "owner", "name": "<b>Eve</b>", "password": PASSWORD}
    page = site.test_client().post(address, data=sent)
    assert page.status_code == 422
    assert 'id="login-error"' in page.text
    assert PASSWORD not in page.text
    assert "<b>Eve" not in page.text


def test_disabling_ends_the_session_at_once(site: Flask, owner: FlaskClient) -> None:
    member = join(site, invite(owner, "viewer"))
    number = re.search(r"/settings/people/(\d+)/disable", owner.get("/settings/people").text)
    accounts_of_page = re.findall(
        r"/settings/people/(\d+)/disable", owner.get("/settings/people").text
    )
    assert number
    assert member.get("/").status_code == 200
    owner.post(f"/settings/people/{accounts_of_page[-1]}/disable")
    assert member.get("/").headers["Location"].startswith("/sign-in")
    assert "Disabled" in owner.get("/settings/people").text
    owner.post(f"/settings/people/{accounts_of_page[-1]}/enable")
    assert "Disabled" not in owner.get("/settings/people").text


def test_the_last_owner_stays_and_is_told_why(owner: FlaskClient, small: Shop) -> None:
    for change, sent in (("disable", {}), ("role", {"role": "viewer"})):
        answer = owner.post(f"/settings/people/{small.owner.account}/{change}", data=sent)
        assert answer.headers["Location"] == "/settings/people"
        assert "needs an owner who can sign in" in owner.get("/settings/people").text
    assert owner.get("/settings/people").status_code == 200


@pytest.mark.parametrize("role", ["", "root", "Owner", "OWNER ", "owner'--"])
def test_there_are_five_roles(owner: FlaskClient, role: str, small: Shop) -> None:
    viewer = small.people[Role.VIEWER].account
    assert owner.post(f"/settings/people/{viewer}/role", data={"role": role}).status_code == 422
    assert owner.post("/settings/people/invite", data={"role": role}).status_code == 422


def test_others_do_not_find_the_page(site: Flask, small: Shop) -> None:
    for role in list(Role)[1:]:
        client = browser(site, small, small.people[role])
        assert client.get("/settings/people").status_code == 403
        assert "/settings/people" not in client.get("/").text


def test_a_new_password_keeps_this_browser_alone(
    site: Flask, owner: FlaskClient, small: Shop
) -> None:
    here = join(site, invite(owner))
    there = site.test_client()
    there.set_cookie(COOKIE, accounts.sign_in(small.platform, "wang", PASSWORD).secret)
    page = here.get("/account").text
    assert "Firefox · Windows" in page
    assert "Sign out everywhere else" in page
    sent = {"old": PASSWORD, "new": "another long one", "again": "another long ones"}
    assert here.post("/account/password", data=sent).status_code == 422
    wrong = here.post("/account/password", data={**sent, "old": "x", "again": sent["new"]})
    assert (wrong.status_code, 'id="old-error"' in wrong.text) == (422, True)
    assert here.post("/account/password", data={**sent, "again": sent["new"]}).status_code == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303


def test_one_session_is_signed_out_from_another(
    site: Flask, owner: FlaskClient, small: Shop
) -> None:
    here = join(site, invite(owner))
    there = site.test_client()
    there.set_cookie(COOKIE, accounts.sign_in(small.platform, "wang", PASSWORD).secret)
    found = re.search(r"/account/sessions/(\w+)/end\"", here.get("/account").text)
    assert found
    assert owner.post(f"/account/sessions/{found[1]}/end").status_code == 404
    assert there.get("/account").status_code == 200
    assert here.post(f"/account/sessions/{found[1]}/end").status_code == 303
    assert there.get("/account").status_code == 303


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "evil.example:80", "[::1]evil"]
)  # fmt: skip
def test_a_forged_host_gets_no_link(owner: FlaskClient, host: str, small: Shop) -> None:
    sent = {"role": "owner"}
    answer = owner.post("/settings/people/invite", data=sent, headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert people.people(small.platform, small.owner).waiting == ()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit Chrome/130 Mobile Safari MicroMessenger/8", "WeChat · Android"),
        ("curl/8.5", ""),
        ("<script>Firefox/1</script>", "Firefox"),
    ],
)  # fmt: skip
def test_browsers_by_name(said: str, shown: str) -> None:
    assert browser_name(said) == shown
