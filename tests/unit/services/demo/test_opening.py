"""Opening a sample makes a workspace of one's own; removing it takes everything along and leads elsewhere."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile

import pytest

from tierloom.domain.people import Actor, Role
from tierloom.errors import Conflict, Forbidden, NotFound
from tierloom.jobs.worker import Worker
from tierloom.services import switching, workspaces
from tierloom.services.access import accounts
from tierloom.services.demo import opening
from tierloom.services.platform import Platform, open_platform
from tierloom.services.settings import Settings
from tierloom.services.workbench import reading
from tierloom.store.workspaces import Workspace

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
SECRET = "of the owner"


@pytest.fixture
def platform(migrated_file: Path, tmp_path: Path) -> Iterator[Platform]:
    copyfile(migrated_file, tmp_path / "tierloom.sqlite3")
    with open_platform(Settings(tmp_path), lambda: NOON, migrate=False) as opened:
        yield opened


@pytest.fixture
def owner(platform: Platform) -> Actor:
    """The owner of an empty workspace, signed in."""
    workspaces.ensure(platform, "main", "Main")
    found = accounts.actor_named(platform, "main", None)
    sign_in(platform, found, SECRET)
    return found


def sign_in(platform: Platform, actor: Actor, secret: str) -> None:
    now = platform.now_ms()
    with platform.database.writing() as uow:
        uow.accounts.open_session(
            accounts.hashed(secret), actor.account, actor.workspace, now, now + 10**7
        )


def opened(platform: Platform, owner: Actor, name: str = "dealer") -> Actor:
    """Open a sample and let the worker load it; return the owner there."""
    opening.open_sample(platform, owner, SECRET, name, "zh")
    Worker(platform, pytest.fail).run_until_done()
    there = accounts.actor_of(platform, SECRET)
    assert there is not None
    return there


def all_workspaces(platform: Platform) -> list[Workspace]:
    with platform.database.reading() as uow:
        return uow.workspaces.all()


def test_a_sample_is_made_loaded_and_entered(platform: Platform, owner: Actor) -> None:
    found = opening.open_sample(platform, owner, SECRET, "dealer", "zh")
    assert found.job is not None
    again = opening.open_sample(platform, owner, SECRET, "dealer", "zh")
    assert again == found, "a second click finds the first one's work"
    there = opened(platform, owner)
    assert there.workspace == found.workspace != owner.workspace
    assert there.role is Role.OWNER
    with reading(platform, there) as bench:
        assert bench.workspace.marks == {"sample", "sample-dealer"}
        assert bench.uow.records(bench.published.table("customers")).count() == 8_000
        assert bench.placed(bench.published.tier_model("value")) is not None
    third = opening.open_sample(platform, owner, SECRET, "dealer", "en")
    assert (third.workspace, third.job) == (found.workspace, None)


def test_everybody_has_a_sample_of_their_own(platform: Platform, owner: Actor) -> None:
    workspaces.ensure(platform, "second", "Second")
    other = accounts.actor_named(platform, "second", None)
    sign_in(platform, other, "of the other")
    mine = opening.open_sample(platform, owner, SECRET, "shop", "zh")
    theirs = opening.open_sample(platform, other, "of the other", "shop", "zh")
    assert mine.workspace != theirs.workspace
    keys = {one.id: one.key for one in all_workspaces(platform)}
    assert (keys[mine.workspace], keys[theirs.workspace]) == ("demo", "demo-2")
    with pytest.raises(NotFound, match="belong to no such workspace"):
        switching.switch(platform, other, "of the other", mine.workspace)


def test_only_owners_open_and_remove(platform: Platform, owner: Actor) -> None:
    for role in set(Role) - {Role.OWNER}:
        viewer = Actor(owner.account, "V", owner.workspace, role)
        with pytest.raises(Forbidden):
            opening.open_sample(platform, viewer, SECRET, "shop", "zh")
        with pytest.raises(Forbidden):
            opening.remove_sample(platform, viewer)
    with pytest.raises(NotFound, match="no sample “shoes”"):
        opening.open_sample(platform, owner, SECRET, "shoes", "zh")
    with pytest.raises(Forbidden, match="Only a sample"):
        opening.remove_sample(platform, owner)


def test_removing_takes_everything_along(platform: Platform, owner: Actor) -> None:
    there = opened(platform, owner)
    with reading(platform, there) as bench:
        tables = [f"r_{one.id}" for one in bench.catalogue]
        assert bench.columns("customers").size == 8_000
        [job, *_] = bench.uow.jobs.recent(there.workspace)
    columns = platform.folder / "columns" / str(there.workspace)
    files = platform.folder / "jobs" / str(job.id)
    files.mkdir(parents=True)
    (files / "export.csv").write_text("somebody's data")
    assert columns.is_dir()
    following = opening.remove_sample(platform, there)
    assert following == owner
    assert accounts.actor_of(platform, SECRET) == owner, "the session goes on elsewhere"
    assert not columns.exists()
    assert not files.exists()
    assert [one.key for one in all_workspaces(platform)] == ["main"]
    with platform.database.reading() as uow:
        known = uow.connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars().all()
    assert not set(tables) & set(known)


def test_whoever_belongs_nowhere_else_gets_an_empty_workspace(
    platform: Platform, owner: Actor
) -> None:
    there = opened(platform, owner)
    with platform.database.writing() as uow:
        uow.accounts.leave(owner.workspace, owner.account)
    following = opening.remove_sample(platform, there)
    assert accounts.actor_of(platform, SECRET) == following
    with reading(platform, following) as bench:
        assert bench.workspace.key == "main-2"
        assert bench.workspace.name == "我的工作区"
        assert not bench.catalogue.tables
        assert not bench.workspace.marks
    assert following.role is Role.OWNER


def test_members_of_the_sample_alone_are_signed_out(platform: Platform, owner: Actor) -> None:
    there = opened(platform, owner)
    guest = accounts.add_member(
        platform, there, "guest", "Guest", "a long password for tests", Role.VIEWER
    )
    sign_in(platform, Actor(guest, "Guest", there.workspace, Role.VIEWER), "of the guest")
    opening.remove_sample(platform, there)
    assert accounts.actor_of(platform, "of the guest") is None


def test_a_sample_with_work_going_on_is_left(platform: Platform, owner: Actor) -> None:
    found = opening.open_sample(platform, owner, SECRET, "dealer", "zh")
    there = Actor(owner.account, owner.name, found.workspace, Role.OWNER)
    with platform.database.writing() as uow:
        uow.jobs.claim(("sample",), "somebody", 30, platform.now_ms())
    with pytest.raises(Conflict, match="still at work"):
        opening.remove_sample(platform, there)


def test_a_loading_that_was_broken_off_is_finished(platform: Platform, owner: Actor) -> None:
    found = opening.open_sample(platform, owner, SECRET, "dealer", "zh")
    with platform.database.writing() as uow:
        uow.jobs.claim(("sample",), "somebody", 30, platform.now_ms())
        uow.jobs.fail(found.job or 0, "{}", retry=False, at=platform.now_ms(), worker="somebody")
    there = opened(platform, owner)
    with reading(platform, there) as bench:
        assert bench.uow.records(bench.published.table("purchases")).count() == 12_317


# ── going from one to the other ──────────────────────────────────────────────────────────────────


def test_switching_goes_only_where_the_account_is_let_in(platform: Platform, owner: Actor) -> None:
    workspaces.ensure(platform, "second", "Second")
    theirs = accounts.actor_named(platform, "second", None)
    for number in (theirs.workspace, 0, 10**15):
        with pytest.raises(NotFound, match="belong to no such workspace"):
            switching.switch(platform, owner, SECRET, number)
    assert accounts.actor_of(platform, SECRET) == owner
    with platform.database.writing() as uow:
        uow.accounts.join(theirs.workspace, owner.account, Role.ANALYST)
    moved = switching.switch(platform, owner, SECRET, theirs.workspace)
    assert moved == accounts.actor_of(platform, SECRET)
    assert (moved.workspace, moved.role) == (theirs.workspace, Role.ANALYST)
    assert [one.is_here for one in switching.places(platform, moved)] == [False, True]
    with platform.database.writing() as uow:
        uow.accounts.shut_out(theirs.workspace, owner.account)
    assert [one.name for one in switching.places(platform, owner)] == ["Main"]
    with pytest.raises(NotFound):
        switching.switch(platform, owner, SECRET, theirs.workspace)
