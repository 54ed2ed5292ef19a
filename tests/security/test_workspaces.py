"""Between workspaces: nobody goes where they do not belong, and nothing of one shows in the other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

import pytest
from flask.testing import FlaskClient

from tests.unit.services.shop import NAME, PHONE, KeptShop, Shop
from tierloom.domain.people import Role
from tierloom.services import workspaces
from tierloom.services.access import accounts
from tierloom.web import WebSettings, create_app
from tierloom.web.session import COOKIE


@dataclass
class Two:
    """The shop and another workspace; its owner is a stranger here, a viewer of ours belongs to both."""

    shop: Shop
    other: int
    stranger: int

    def client(self, account: int, workspace: int, *, tokens: bool = False) -> FlaskClient:
        app = create_app(WebSettings(secret_key="a key for tests alone"), self.shop.platform)
        app.config["WTF_CSRF_ENABLED"] = tokens
        secret, now = token_urlsafe(32), self.shop.platform.now_ms()
        with self.shop.platform.database.writing() as uow:
            uow.accounts.open_session(accounts.hashed(secret), account, workspace, now, now + 10**7)
        client = app.test_client()
        client.set_cookie(COOKIE, secret)
        client.set_cookie("lang", "en")
        return client

    @property
    def here(self) -> int:
        return self.shop.owner.workspace


@pytest.fixture
def two(kept_shop: KeptShop, tmp_path: Path) -> Iterator[Two]:
    with kept_shop.opened(tmp_path) as shop:
        other, _ = workspaces.ensure(shop.platform, "secret-plans", "Secret plans", "en")
        with shop.platform.database.writing() as uow:
            [stranger] = uow.accounts.members(other.id)
            uow.accounts.join(other.id, shop.people[Role.OWNER].account, Role.VIEWER)
        yield Two(shop, other.id, stranger.account)


@pytest.mark.parametrize(
    "payload", ["{here}", "0", "-1", "9" * 30, "", "{here} OR 1=1", "０", "1e3"]
)
def test_strangers_cannot_enter_whatever_they_send(two: Two, payload: str) -> None:
    client = two.client(two.stranger, two.other)
    answer = client.post("/workspace", data={"workspace": payload.format(here=two.here)})
    assert answer.status_code == 404
    page = client.get("/", follow_redirects=True).text
    assert "Secret plans" in page
    for ours in ("Our shop", NAME, PHONE, "/data/customers"):
        assert ours not in page
    assert client.get("/data/customers").status_code == 404


def test_refusals_do_not_tell_what_there_is(two: Two) -> None:
    client = two.client(two.stranger, two.other)
    there, nowhere = (
        client.post("/workspace", data={"workspace": str(number)}) for number in (two.here, 10**12)
    )
    assert there.status_code == nowhere.status_code == 404
    without_tokens = [re.sub(r'(value|content)="[^"]*"', "", one.text) for one in (there, nowhere)]
    assert without_tokens[0] == without_tokens[1]


def test_rights_are_those_of_the_workspace_that_one_is_in(two: Two) -> None:
    owner = two.shop.people[Role.OWNER].account
    client = two.client(owner, two.here)
    record = next(iter(two.shop.customers))
    link = f"/data/customers/{record}"
    assert client.get(link).status_code == 200
    assert client.get("/settings/people").status_code == 200
    assert client.post("/workspace", data={"workspace": str(two.other)}).status_code == 303
    assert client.get(link).status_code == 404, "a link into the former workspace opens nothing"
    assert client.get("/settings/people").status_code == 403, "an owner there, a viewer here"
    assert "Secret plans" in client.get("/", follow_redirects=True).text
    assert client.post("/workspace", data={"workspace": str(two.here)}).status_code == 303
    assert client.get(link).status_code == 200


def test_other_sessions_of_the_account_stay_where_they_are(two: Two) -> None:
    owner = two.shop.people[Role.OWNER].account
    first, second = two.client(owner, two.here), two.client(owner, two.here)
    first.post("/workspace", data={"workspace": str(two.other)})
    assert second.get("/data/customers").status_code == 200
    assert first.get("/data/customers").status_code == 404


def test_a_page_that_is_still_open_cannot_write_into_the_other_workspace(two: Two) -> None:
    client = two.client(two.shop.people[Role.OWNER].account, two.here, tokens=True)
    token = _token(client)
    form = {"csrf_token": token, "workspace": str(two.other)}
    assert client.post("/workspace", data={**form, "csrf_token": ""}).status_code == 400
    assert client.post("/workspace", data=form).status_code == 303
    assert client.post("/data/customers/new", data={"csrf_token": token}).status_code == 400
    assert client.post("/workspace", data=form).status_code == 400
    form = {"csrf_token": _token(client), "workspace": str(two.here)}
    assert client.post("/workspace", data=form).status_code == 303


def test_nor_can_one_of_a_sample_that_somebody_else_has_removed(two: Two) -> None:
    """Whoever is moved out of a sample finds their open pages stale: what was typed there belonged into the sample."""
    owner, viewer = (two.shop.people[one].account for one in (Role.OWNER, Role.VIEWER))
    with two.shop.platform.database.writing() as uow:
        uow.workspaces.mark(two.here, "sample")
        uow.accounts.join(two.other, viewer, Role.OWNER)
    member = two.client(viewer, two.here, tokens=True)
    form = {"name": "Typed in the sample", "locale": "en", "zone": "UTC", "currency": "CNY"}
    stale = {**form, "csrf_token": _token(member)}
    assert two.client(owner, two.here).post("/samples/remove").status_code == 303
    assert member.post("/settings", data=stale).status_code == 400
    with two.shop.platform.database.reading() as uow:
        assert uow.workspaces.get(two.other).name == "Secret plans"
    assert member.post("/settings", data={**form, "csrf_token": _token(member)}).status_code == 303


def _token(client: FlaskClient) -> str:
    found = re.search(
        r'name="csrf-token" content="([^"]+)"', client.get("/", follow_redirects=True).text
    )
    assert found
    return found[1]


def test_who_is_shut_out_leaves_at_once(two: Two) -> None:
    owner = two.shop.people[Role.OWNER].account
    client = two.client(owner, two.other)
    assert client.get("/").status_code == 200
    with two.shop.platform.database.writing() as uow:
        uow.accounts.shut_out(two.other, owner)
    assert client.get("/").status_code == 303
    again = two.client(owner, two.here)
    assert "Secret plans" not in again.get("/").text
    answer = again.post("/workspace", data={"workspace": str(two.other)})
    assert answer.status_code == 404


def test_only_a_sample_can_be_removed_and_only_by_its_owner(two: Two) -> None:
    client = two.client(two.shop.people[Role.OWNER].account, two.here)
    assert client.post("/samples/remove").status_code == 403
    with two.shop.platform.database.writing() as uow:
        uow.workspaces.mark(two.here, "sample")
    for role in set(Role) - {Role.OWNER}:
        answer = two.client(two.shop.people[role].account, two.here).post("/samples/remove")
        assert answer.status_code == 403, role
    assert client.post("/samples/remove").status_code == 303
    with two.shop.platform.database.reading() as uow:
        assert [one.key for one in uow.workspaces.all()] == ["secret-plans"]
    assert client.get("/data/customers").status_code == 404
    assert "Secret plans" in client.get("/", follow_redirects=True).text
