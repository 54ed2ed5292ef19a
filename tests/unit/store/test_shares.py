"""Share links, invitations, and members who are shut out, on both databases."""

import pytest

from tierloom.domain.people import Role
from tierloom.store.database import Database
from tierloom.store.invitations import Invitation
from tierloom.store.shares import Reads, Share, SharedColumns, ShareEvent
from tierloom.store.uow import UnitOfWork

COLUMNS = SharedColumns((3, 5), (5,), (8,))


@pytest.fixture
def maker(database: Database) -> int:
    with database.writing() as work:
        return work.accounts.create("li", "Li", "hash")


def view(work: UnitOfWork, workspace: int, key: str = "tiers") -> int:
    return work.documents.create(workspace, "view", key, "{}", 0).id


def shared(work: UnitOfWork, workspace: int, number: int, maker: int, token: str = "hash") -> int:
    return work.shares.create(
        workspace, number, token, COLUMNS, note="Boss", password_hash="", by=maker, at=10, expires=99
    )  # fmt: skip


def test_a_link_comes_back_as_it_was_made(database: Database, workspace: int, maker: int) -> None:
    with database.writing() as work:
        of = view(work, workspace)
        number = shared(work, workspace, of, maker)
        made = Share(number, workspace, of, "Boss", COLUMNS, "", maker, 10, 99, None)
        assert work.shares.by_token("hash") == work.shares.find(workspace, number) == made
        assert work.shares.by_token("HASH") is None
        assert work.shares.find(workspace + 1, number) is None


def test_what_happens_is_counted_by_link_and_kind(
    database: Database, workspace: int, maker: int
) -> None:
    with database.writing() as work:
        of = view(work, workspace)
        first, second = (shared(work, workspace, of, maker, one) for one in "ab")
        for at in (20, 40, 30):
            work.shares.note(first, ShareEvent.READ, at)
        work.shares.note(first, ShareEvent.TRY, 50)
        found = {share.id: reads for share, reads in work.shares.of_view(workspace, of)}
        assert found == {second: Reads(0, None), first: Reads(3, 40)}
        assert list(found) == [second, first], "the newest first"
        assert work.shares.of_view(workspace, of + 1) == []
        assert work.shares.of_view(workspace + 1, of) == []
        assert work.shares.count(first, ShareEvent.READ, 20) == 2
        assert work.shares.count(first, ShareEvent.TRY, 49) == 1
        assert work.shares.count(second, ShareEvent.TRY, 0) == 0


def test_a_right_try_becomes_an_unlocking_until_the_link_is_revoked(
    database: Database, workspace: int, maker: int
) -> None:
    with database.writing() as work:
        of = view(work, workspace)
        first, second = (shared(work, workspace, of, maker, one) for one in "ab")
        work.shares.turn_into_unlock(work.shares.note(first, ShareEvent.TRY, 50), "secret")
        assert work.shares.count(first, ShareEvent.TRY, 0) == 0
        assert work.shares.is_unlocked(first, "secret", 49)
        assert not work.shares.is_unlocked(first, "secret", 50)
        assert not work.shares.is_unlocked(first, "guess", 0)
        assert not work.shares.is_unlocked(second, "secret", 0)
        work.shares.revoke(first, 60)
        work.shares.revoke(first, 70)
        assert not work.shares.is_unlocked(first, "secret", 0)
        found = work.shares.find(workspace, first)
        assert found is not None
        assert found.revoked_at == 60


def test_an_invitation_is_used_once(database: Database, workspace: int, maker: int) -> None:
    with database.writing() as work:
        made = [
            work.invitations.create(workspace, one, Role.ANALYST, "Wang", maker, 10, 100)
            for one in "abc"
        ]
        first = Invitation(made[0], workspace, Role.ANALYST, "Wang", maker, 10, 100)
        assert work.invitations.usable("a", 99) == first
        assert work.invitations.usable("a", 100) is None
        assert work.invitations.usable("x", 50) is None
        assert work.invitations.use(made[0], maker, 50)
        assert not work.invitations.use(made[0], maker, 50)
        assert not work.invitations.use(made[1], maker, 100)
        assert not work.invitations.cancel(workspace + 1, made[1], 50)
        assert work.invitations.cancel(workspace, made[1], 50)
        assert not work.invitations.cancel(workspace, made[1], 50)
        assert not work.invitations.cancel(workspace, made[0], 50)
        assert work.invitations.usable("b", 50) is None
        assert [one.id for one in work.invitations.waiting(workspace, 50)] == [made[2]]
        assert work.invitations.waiting(workspace, 100) == []


def test_who_is_shut_out_of_one_workspace_goes_on_in_another(
    database: Database, workspace: int, maker: int
) -> None:
    with database.writing() as work:
        other = work.workspaces.create("other", "Other", "en", "UTC", "EUR").id
        for one, role in ((workspace, Role.OWNER), (other, Role.VIEWER)):
            work.accounts.join(one, maker, role)
            work.accounts.open_session(f"in {one}", maker, one, 10, 1000)
        work.accounts.shut_out(workspace, maker)
        assert work.accounts.role(maker, workspace) is None
        assert work.accounts.role(maker, other) is Role.VIEWER
        assert [one.workspace for one in work.accounts.memberships(maker)] == [other]
        open_ones = work.accounts.open_sessions(maker, 20, 0)
        assert [one.handle for one in open_ones] == [f"in {other}"]
        [member] = work.accounts.members(workspace)
        assert (member.disabled, member.seen) == (True, 10)
        work.accounts.set_role(workspace, maker, Role.ANALYST)
        assert work.accounts.role(maker, workspace) is None, "a new role lets nobody in"
        work.accounts.let_in(workspace, maker)
        assert work.accounts.role(maker, workspace) is Role.ANALYST


def test_sessions_are_listed_and_ended_by_a_handle(
    database: Database, workspace: int, maker: int
) -> None:
    with database.writing() as work:
        stranger = work.accounts.create("wang", "Wang", "hash")
        for number, name in enumerate(("a" * 64, "b" * 64, "c" * 64)):
            work.accounts.open_session(name, maker, workspace, 10 + number, 1000)
        work.accounts.note_browser("b" * 64, "Firefox")
        found = work.accounts.open_sessions(maker, 100, 0)
        assert [(one.handle[0], one.browser) for one in found] == [
            ("c", ""),
            ("b", "Firefox"),
            ("a", ""),
        ]
        assert all("a" * 17 not in one.handle for one in found)
        assert [one.handle[0] for one in work.accounts.open_sessions(maker, 100, 11)] == ["c"]
        assert work.accounts.open_sessions(maker, 1000, 0) == []
        handle = found[0].handle
        assert not work.accounts.end_session(stranger, handle)
        assert work.accounts.end_session(maker, handle)
        assert not work.accounts.end_session(maker, handle)
        work.accounts.revoke_sessions(maker, but="a" * 64)
        assert [one.handle[0] for one in work.accounts.open_sessions(maker, 100, 0)] == ["a"]
