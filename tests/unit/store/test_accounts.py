"""Accounts, roles, sessions and one-time tokens."""

import pytest

from tierloom.domain.people import Role
from tierloom.errors import Conflict
from tierloom.store.accounts import Member, Membership, Session
from tierloom.store.database import Database


def test_an_account_comes_back_and_changes(database: Database) -> None:
    with database.writing() as work:
        number = work.accounts.create("li", "Li", "hash")
        account = work.accounts.get(number)
        assert account is not None
        assert account == work.accounts.by_login("li")
        assert (account.name, account.password_hash, account.disabled) == ("Li", "hash", False)
        assert account.locale == "zh_Hans_CN"
        work.accounts.update(number, login="lee", locale="en", disabled=True)
        changed = work.accounts.by_login("lee")
        assert changed is not None
        assert (changed.locale, changed.disabled) == ("en", True)
        assert work.accounts.by_login("li") is None
        assert work.accounts.get(number + 1) is None


def test_a_login_belongs_to_one(database: Database) -> None:
    with database.writing() as work:
        number = work.accounts.create("li", "Li", "")
        other = work.accounts.create("wang", "Wang", "")
        with pytest.raises(Conflict, match="name li already"):
            work.accounts.create("li", "Another", "")
        with pytest.raises(Conflict):
            work.accounts.update(other, login="li")
        work.accounts.update(number, login="li", name="Li Si")


def test_roles_are_per_workspace(database: Database, workspace: int) -> None:
    with database.writing() as work:
        second = work.workspaces.create("second", "Second", "en", "UTC", "EUR").id
        number = work.accounts.create("li", "Li", "")
        work.accounts.join(workspace, number, Role.ANALYST)
        work.accounts.join(workspace, number, Role.OWNER)
        work.accounts.join(second, number, Role.VIEWER)
        assert work.accounts.role(number, workspace) is Role.OWNER
        assert work.accounts.memberships(number) == [
            Membership(workspace, Role.OWNER),
            Membership(second, Role.VIEWER),
        ]
        assert work.accounts.members(second) == [Member(number, "li", "Li", Role.VIEWER, False)]
        work.accounts.leave(second, number)
        assert work.accounts.role(number, second) is None
        assert work.accounts.members(second) == []


def test_sessions_end_at_sign_out_new_password_and_disabling(
    database: Database, workspace: int
) -> None:
    with database.writing() as work:
        number = work.accounts.create("li", "Li", "old")
        for key in "abcd":
            work.accounts.open_session(key, number, workspace, 10, 1000)
        work.accounts.touch_session("a", 20)
        assert work.accounts.session("a") == Session(number, workspace, 10, 20, 1000, False)
        assert work.accounts.session("nobody's") is None

        def open_ones() -> str:
            found = {key: work.accounts.session(key) for key in "abcd"}
            return "".join(key for key, one in found.items() if one and not one.revoked)

        work.accounts.revoke_session("a")
        assert open_ones() == "bcd"
        work.accounts.update(number, name="Li Si")
        assert open_ones() == "bcd"
        work.accounts.update(number, password_hash="new")
        assert open_ones() == ""
        work.accounts.open_session("e", number, workspace, 10, 2000)
        work.accounts.update(number, disabled=True)
        assert work.accounts.session("e") == Session(number, workspace, 10, 10, 2000, True)
        assert work.accounts.prune_sessions(before=1500) == 4
        assert work.accounts.session("a") is None
        assert work.accounts.session("e") is not None


def test_a_session_can_go_on_in_another_workspace(database: Database, workspace: int) -> None:
    with database.writing() as work:
        second = work.workspaces.create("second", "Second", "en", "UTC", "EUR").id
        number = work.accounts.create("li", "Li", "")
        work.accounts.open_session("a", number, workspace, 10, 1000)
        work.accounts.move_session("a", second)
        found = work.accounts.session("a")
        assert found is not None
        assert found.workspace == second


def test_a_token_works_once_for_its_purpose_and_in_time(database: Database) -> None:
    with database.writing() as work:
        number = work.accounts.create("li", "Li", "")
        work.accounts.create_token("first", "first-owner", number, expires=100)
        work.accounts.create_token("hash", "first-owner", number, expires=100)
        work.accounts.create_token("free", "first-owner", None, expires=100)
        assert work.accounts.token("first", "first-owner", 50) is None, "a new one replaces it"
        assert work.accounts.token("hash", "reset", 50) is None
        assert work.accounts.token("hash", "first-owner", 100) is None
        found = work.accounts.token("hash", "first-owner", 50)
        assert found is not None
        assert found.account == number
        assert work.accounts.token("free", "first-owner", 50) is not None
        assert not work.accounts.use_token("hash", 100)
        assert work.accounts.use_token("hash", 50)
        assert not work.accounts.use_token("hash", 50)
        assert work.accounts.token("hash", "first-owner", 50) is None
