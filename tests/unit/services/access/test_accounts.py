"""Accounts: signing in, sessions and how they end, one-time links."""

from dataclasses import dataclass

import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.people import Role
from tierloom.errors import Conflict, Forbidden, Invalid, NotFound
from tierloom.services import workspaces
from tierloom.services.access import accounts

PASSWORD = "correct horse battery"


@dataclass
class Door:
    """A shop with a viewer who has a password."""

    shop: Shop
    account: int

    def enter(self, login: str = "mei", password: str = PASSWORD) -> accounts.SignedIn:
        return accounts.sign_in(self.shop.platform, login, password)

    def inside(self, secret: str) -> bool:
        return accounts.actor_of(self.shop.platform, secret) is not None


@pytest.fixture
def door(any_shop: Shop) -> Door:
    made = accounts.add_member(
        any_shop.platform, any_shop.owner, " Mei ", "梅", PASSWORD, Role.VIEWER
    )
    return Door(any_shop, made)


def test_signing_in(door: Door) -> None:
    for login in ("mei", "MEI", " Mei\n"):
        found = door.enter(login)
        assert (found.actor.account, found.actor.role) == (door.account, Role.VIEWER)
        assert accounts.actor_of(door.shop.platform, found.secret) == found.actor
    assert len({door.enter().secret for _ in range(3)}) == 3


def test_secrets_are_not_stored(door: Door) -> None:
    secret = door.enter().secret
    with door.shop.platform.database.reading() as uow:
        assert uow.accounts.session(accounts.hashed(secret)) is not None
        assert uow.accounts.session(secret) is None
        account = uow.accounts.by_login("mei")
    assert account is not None
    assert account.password_hash.startswith("$argon2id$")
    assert PASSWORD not in account.password_hash


def test_wrong_name_and_wrong_password_read_the_same(door: Door) -> None:
    """So does an account that has no password yet (the owner's, before the link was used), and a disabled one."""
    said = set()
    for login, password in (
        ("mei", "wrong"),
        ("nobody", PASSWORD),
        ("mei", ""),
        ("owner", ""),
        ("viewer", "x"),
    ):
        with pytest.raises(Forbidden) as caught:
            door.enter(login, password)
        said.add(str(caught.value))
    with door.shop.platform.database.writing() as uow:
        uow.accounts.update(door.account, disabled=True)
    with pytest.raises(Forbidden) as caught:
        door.enter()
    assert said == {str(caught.value)}


def test_sessions_end(door: Door) -> None:
    clock = door.shop.clock
    out = door.enter().secret
    accounts.sign_out(door.shop.platform, out)
    assert not door.inside(out)
    idle = door.enter().secret
    clock.pass_by(hours=7.9)
    assert door.inside(idle)
    clock.pass_by(hours=7.9)
    assert door.inside(idle), "used in between"
    clock.pass_by(hours=8.1)
    assert not door.inside(idle)
    long = door.enter().secret
    for _ in range(7 * 4 - 1):
        clock.pass_by(hours=6)
        assert door.inside(long)
    clock.pass_by(hours=6.1)
    assert not door.inside(long), "seven days at most"


@pytest.mark.parametrize("how", ["disabled", "password", "left", "revoked"])
def test_revocation_is_effective_at_once(door: Door, how: str) -> None:
    secret = door.enter().secret
    assert door.inside(secret)
    with door.shop.platform.database.writing() as uow:
        match how:
            case "disabled":
                uow.accounts.update(door.account, disabled=True)
            case "password":
                uow.accounts.update(door.account, password_hash="$argon2id$other")
            case "left":
                uow.accounts.leave(door.shop.workspace, door.account)
            case _:
                uow.accounts.revoke_session(accounts.hashed(secret))
    assert not door.inside(secret)


def test_a_changed_role_is_the_role_at_once(door: Door) -> None:
    secret = door.enter().secret
    with door.shop.platform.database.writing() as uow:
        uow.accounts.join(door.shop.workspace, door.account, Role.ANALYST)
    actor = accounts.actor_of(door.shop.platform, secret)
    assert actor is not None
    assert actor.role is Role.ANALYST


def test_guessed_secrets(door: Door) -> None:
    for guess in ("", "x", "0" * 43, "' OR 1=1 --"):
        assert not door.inside(guess)


# ── one-time links ──────────────────────────────────────────────────────────────────────────────────────────────────


def link(shop: Shop) -> str:
    found = accounts.first_owner_link(shop.platform, shop.workspace)
    assert found is not None
    return found


def test_the_first_owner_claims_once(any_shop: Shop) -> None:
    shop, platform = any_shop, any_shop.platform
    secret = link(shop)
    assert accounts.link_is_good(platform, secret)
    with pytest.raises(Invalid):
        accounts.claim(platform, secret, "boss", "Boss", "short")
    with pytest.raises(Invalid):
        accounts.claim(platform, secret, "b oss", "Boss", PASSWORD)
    found = accounts.claim(platform, secret, " Boss ", "", PASSWORD)
    assert (found.actor.role, found.actor.name) == (Role.OWNER, "boss")
    assert accounts.actor_of(platform, found.secret) == found.actor
    assert not accounts.link_is_good(platform, secret)
    with pytest.raises(Forbidden):
        accounts.claim(platform, secret, "eve", "Eve", PASSWORD)
    assert accounts.first_owner_link(platform, shop.workspace) is None
    assert accounts.sign_in(platform, "boss", PASSWORD).actor == found.actor


def test_links_expire_and_replace_each_other(shop: Shop) -> None:
    first = link(shop)
    second = link(shop)
    assert not accounts.link_is_good(shop.platform, first)
    shop.clock.pass_by(hours=23.9)
    assert accounts.link_is_good(shop.platform, second)
    shop.clock.pass_by(hours=0.2)
    assert not accounts.link_is_good(shop.platform, second)
    with pytest.raises(Forbidden):
        accounts.claim(shop.platform, second, "eve", "Eve", PASSWORD)
    with pytest.raises(Forbidden):
        accounts.claim(shop.platform, "guess", "eve", "Eve", PASSWORD)


def test_taken_names(door: Door) -> None:
    shop = door.shop
    for again in ("mei", " MEI "):
        with pytest.raises((Conflict, Invalid)):
            accounts.add_member(shop.platform, shop.owner, again, "", PASSWORD, Role.VIEWER)
    secret = link(shop)
    with pytest.raises((Conflict, Invalid)):
        accounts.claim(shop.platform, secret, "mei", "", PASSWORD)
    assert accounts.link_is_good(shop.platform, secret), "it was not used up"


def test_actors_of_the_command_line(shop: Shop) -> None:
    assert accounts.actor_named(shop.platform, "shop", None).role is Role.OWNER
    assert accounts.actor_named(shop.platform, "shop", "Analyst").role is Role.ANALYST
    for workspace, login in (("shop", "nobody"), ("nowhere", None)):
        with pytest.raises(NotFound):
            accounts.actor_named(shop.platform, workspace, login)


def test_language(door: Door) -> None:
    actor = door.enter().actor
    accounts.set_locale(door.shop.platform, actor, "en")
    with door.shop.platform.database.reading() as uow:
        account = uow.accounts.get(door.account)
    assert account is not None
    assert account.locale == "en"


# ── workspaces ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_workspace_is_made_once(shop: Shop) -> None:
    again, created = workspaces.ensure(shop.platform, "shop", "Another name")
    assert (again.id, again.name, created) == (shop.workspace, "Shop", False)
    other, created = workspaces.ensure(shop.platform, "second", "Second", "en", "UTC", "EUR")
    assert created
    assert (other.locale, other.zone, other.currency) == ("en", "UTC", "EUR")
    with shop.platform.database.reading() as uow:
        [owner] = uow.accounts.members(other.id)
    assert owner.login == "owner-second"


@pytest.mark.parametrize(
    ("key", "locale", "zone", "currency"),
    [
        ("a b", "en", "UTC", "EUR"),
        ("", "en", "UTC", "EUR"),
        ("../x", "en", "UTC", "EUR"),
        ("ok", "en", "Mars/Olympus", "EUR"),
        ("ok", "en", "../etc/passwd", "EUR"),
        ("ok", "en", "UTC", "money"),
    ],
)
def test_bad_workspaces(shop: Shop, key: str, locale: str, zone: str, currency: str) -> None:
    """A zone that no page could read would lock everybody out."""
    with pytest.raises(Invalid):
        workspaces.ensure(shop.platform, key, "Name", locale, zone, currency)
