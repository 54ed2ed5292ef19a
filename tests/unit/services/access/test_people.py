"""Members, invitations, one's own password and sessions."""

import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.people import Actor, Role
from tierloom.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from tierloom.services.access import accounts, passwords, people

PASSWORD = "a long enough password"


def invited(shop: Shop, login: str, role: Role = Role.OWNER) -> accounts.SignedIn:
    secret = people.invite(shop.platform, shop.owner, role, f"Mrs {login}")
    return people.accept(shop.platform, secret, login, login.title(), PASSWORD)


def names(shop: Shop, actor: Actor | None = None) -> list[str]:
    found = people.people(shop.platform, actor or shop.owner)
    return [one.member.login for one in found.members]


def opened(shop: Shop, secret: str) -> Actor | None:
    return accounts.actor_of(shop.platform, secret)


def test_owners_see_who_is_there(any_shop: Shop) -> None:
    shop = any_shop
    invited(shop, "wang", Role.ANALYST)
    found = people.people(shop.platform, shop.owner)
    assert [(one.member.login, one.member.role) for one in found.members] == [
        ("owner", Role.OWNER), ("designer", Role.DESIGNER), ("data_admin", Role.DATA_ADMIN),
        ("analyst", Role.ANALYST), ("viewer", Role.VIEWER), ("wang", Role.ANALYST),
    ]  # fmt: skip
    assert [one.is_you for one in found.members].index(True) == 0
    assert [one.fixed for one in found.members] == [True, False, False, False, False, False]
    assert found.members[0].seen is None
    assert found.members[-1].seen == shop.clock.now


def test_a_role_counts_from_the_next_click_on(any_shop: Shop) -> None:
    shop = any_shop
    signed_in = invited(shop, "wang", Role.VIEWER)
    people.change_role(shop.platform, shop.owner, signed_in.actor.account, Role.DESIGNER)
    now = opened(shop, signed_in.secret)
    assert now is not None
    assert now.role is Role.DESIGNER


def test_who_is_disabled_is_out_at_once(any_shop: Shop) -> None:
    shop = any_shop
    signed_in = invited(shop, "wang")
    account = signed_in.actor.account
    people.disable(shop.platform, shop.owner, account)
    assert opened(shop, signed_in.secret) is None
    with pytest.raises(Forbidden):
        accounts.sign_in(shop.platform, "wang", PASSWORD)
    with pytest.raises(Forbidden):
        people.disable(shop.platform, signed_in.actor, shop.owner.account)
    people.enable(shop.platform, shop.owner, account)
    assert opened(shop, signed_in.secret) is None, "the session stays over"
    assert accounts.sign_in(shop.platform, "wang", PASSWORD).actor.account == account


def test_the_last_owner_who_can_sign_in_stays(any_shop: Shop) -> None:
    shop, only = any_shop, any_shop.owner
    for change in (
        lambda: people.disable(shop.platform, only, only.account),
        lambda: people.change_role(shop.platform, only, only.account, Role.VIEWER),
    ):
        with pytest.raises(Conflict, match="needs an owner"):
            change()
    people.change_role(shop.platform, only, only.account, Role.OWNER)
    second = invited(shop, "wang").actor
    people.disable(shop.platform, only, second.account)
    with pytest.raises(Conflict):
        people.disable(shop.platform, only, only.account)
    people.enable(shop.platform, only, second.account)
    people.change_role(shop.platform, only, only.account, Role.VIEWER)
    with pytest.raises(Conflict):
        people.change_role(shop.platform, second, second.account, Role.DESIGNER)
    with pytest.raises(Forbidden, match="changed a moment ago"):
        people.disable(shop.platform, only, second.account)


def test_members_of_elsewhere_are_not_there(shop: Shop) -> None:
    with shop.platform.database.writing() as uow:
        other = uow.workspaces.create("other", "Other", "en", "UTC", "EUR").id
        stranger = uow.accounts.create("stranger", "Stranger", "")
        uow.accounts.join(other, stranger, Role.VIEWER)
    for change in (people.disable, people.enable):
        with pytest.raises(NotFound):
            change(shop.platform, shop.owner, stranger)
    with pytest.raises(NotFound):
        people.change_role(shop.platform, shop.owner, stranger, Role.OWNER)


@pytest.mark.parametrize("role", list(Role)[1:])
def test_only_owners_manage(shop: Shop, role: Role) -> None:
    platform, actor, target = shop.platform, shop.people[role], shop.owner.account
    for change in (
        lambda: people.people(platform, actor),
        lambda: people.change_role(platform, actor, actor.account, Role.OWNER),
        lambda: people.disable(platform, actor, target),
        lambda: people.enable(platform, actor, target),
        lambda: people.invite(platform, actor, Role.OWNER),
        lambda: people.cancel_invitation(platform, actor, 1),
    ):
        with pytest.raises(Forbidden, match="manage the workspace"):
            change()


# ── invitations ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_invitation_makes_a_member_once(any_shop: Shop) -> None:
    shop = any_shop
    secret = people.invite(shop.platform, shop.owner, Role.ANALYST, " Wang ")
    assert people.invitation(shop.platform, secret) == people.Offer("Shop", Role.ANALYST, "Wang")
    [waiting] = people.people(shop.platform, shop.owner).waiting
    assert (waiting.invitation.name, waiting.who) == ("Wang", "owner")
    assert (waiting.expires - shop.clock.now).days == 7
    signed_in = people.accept(shop.platform, secret, " Wang ", "", PASSWORD)
    assert (signed_in.actor.role, signed_in.actor.name) == (Role.ANALYST, "wang")
    assert opened(shop, signed_in.secret) == signed_in.actor
    assert people.invitation(shop.platform, secret) is None
    assert people.people(shop.platform, shop.owner).waiting == ()
    with pytest.raises(Forbidden, match="used already"):
        people.accept(shop.platform, secret, "eve", "Eve", PASSWORD)
    assert "eve" not in names(shop)


def test_what_is_typed_wrongly_does_not_use_the_invitation_up(shop: Shop) -> None:
    secret = people.invite(shop.platform, shop.owner, Role.VIEWER)
    for login, password, pointer in (
        ("w", PASSWORD, "/login"), ("wang", "short", "/password"), ("OWNER", PASSWORD, "/login"),
        ("wang", "x" * 1001, "/password"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            people.accept(shop.platform, secret, login, "", password)
        assert [one.pointer for one in refused.value.problems] == [pointer]
    assert people.invitation(shop.platform, secret) is not None


@pytest.mark.parametrize("end", ["cancelled", "over", "disabled", "demoted", "guessed"])
def test_an_invitation_that_cannot_be_used(shop: Shop, end: str) -> None:
    """An old invitation is no way back for an owner who was put out."""
    maker = invited(shop, "wang").actor
    secret = people.invite(shop.platform, maker, Role.OWNER)
    match end:
        case "cancelled":
            [waiting] = people.people(shop.platform, shop.owner).waiting
            people.cancel_invitation(shop.platform, shop.owner, waiting.invitation.id)
            with pytest.raises(NotFound):
                people.cancel_invitation(shop.platform, shop.owner, waiting.invitation.id)
        case "over":
            shop.clock.pass_by(days=7)
        case "disabled":
            people.disable(shop.platform, shop.owner, maker.account)
        case "demoted":
            people.change_role(shop.platform, shop.owner, maker.account, Role.DESIGNER)
        case "guessed":
            secret = secret[:-1]
    assert people.invitation(shop.platform, secret) is None
    with pytest.raises(Forbidden):
        people.accept(shop.platform, secret, "eve", "Eve", PASSWORD)


def test_secrets_are_stored_nowhere(shop: Shop) -> None:
    secret = people.invite(shop.platform, shop.owner, Role.VIEWER)
    session = people.accept(shop.platform, secret, "wang", "", PASSWORD).secret
    stored = b"".join(one.read_bytes() for one in shop.platform.folder.glob("*.sqlite3*"))
    assert secret.encode() not in stored
    assert session.encode() not in stored
    assert PASSWORD.encode() not in stored


# ── one's own account ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_password_ends_all_other_sessions(any_shop: Shop) -> None:
    shop = any_shop
    first = invited(shop, "wang")
    second = accounts.sign_in(shop.platform, "wang", PASSWORD)
    fresh = people.change_password(shop.platform, first.actor, PASSWORD, "another long one")
    assert opened(shop, first.secret) is opened(shop, second.secret) is None
    assert opened(shop, fresh.secret) == first.actor
    with pytest.raises(Forbidden):
        accounts.sign_in(shop.platform, "wang", PASSWORD)
    assert accounts.sign_in(shop.platform, "wang", "another long one")


def test_the_old_password_is_asked_and_cannot_be_guessed(shop: Shop) -> None:
    signed_in = invited(shop, "wang")
    with pytest.raises(Invalid) as refused:
        people.change_password(shop.platform, signed_in.actor, "wrong", "short")
    assert [one.pointer for one in refused.value.problems] == ["/old", "/new"]
    with pytest.raises(Invalid):
        people.change_password(shop.platform, signed_in.actor, "", "another long one")
    for _ in range(8):
        with pytest.raises(Invalid):
            people.change_password(shop.platform, signed_in.actor, "wrong", "another long one")
    with pytest.raises(TooMany):
        people.change_password(shop.platform, signed_in.actor, PASSWORD, "another long one")
    assert opened(shop, signed_in.secret) is not None


def test_one_sees_and_ends_ones_own_sessions_only(any_shop: Shop) -> None:
    shop = any_shop
    first = invited(shop, "wang")
    shop.clock.pass_by(minutes=1)
    second = accounts.sign_in(shop.platform, "wang", PASSWORD)
    stranger = invited(shop, "zhao", Role.VIEWER)
    people.note_browser(shop.platform, first.secret, "Firefox/1")
    found = people.sessions(shop.platform, first.actor, first.secret)
    assert [(one.browser, one.is_this) for one in found] == [("", False), ("Firefox/1", True)]
    with pytest.raises(NotFound):
        people.end_session(shop.platform, stranger.actor, found[0].handle)
    assert opened(shop, second.secret) is not None
    people.end_session(shop.platform, first.actor, found[0].handle)
    assert opened(shop, second.secret) is None
    third = accounts.sign_in(shop.platform, "wang", PASSWORD)
    people.end_other_sessions(shop.platform, first.actor, first.secret)
    assert opened(shop, third.secret) is None
    assert opened(shop, first.secret) is not None
    assert opened(shop, stranger.secret) is not None


@pytest.mark.parametrize("stored", ["", None])
def test_nothing_stored_fits_no_password(stored: str | None) -> None:
    assert not passwords.fits("", stored)


def test_a_longer_password_is_another_one() -> None:
    stored = passwords.hash_of("x" * passwords.MAX_LENGTH)
    assert passwords.fits("x" * passwords.MAX_LENGTH, stored)
    assert not passwords.fits("x" * passwords.MAX_LENGTH + "y", stored)
