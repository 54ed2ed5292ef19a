"""Schedules: whoever moves a due one on has it, and an edit from an older version is refused."""

import threading

import pytest

from tierloom.errors import Conflict, NotFound
from tierloom.store.database import Database
from tierloom.store.schedules import Schedule
from tierloom.store.uow import UnitOfWork

DAILY = "0 3 * * *"


def made(database: Database, workspace: int, next_at: int = 1_000, kind: str = "check") -> int:
    with database.writing() as work:
        return work.schedules.create(workspace, kind, DAILY, "Asia/Shanghai", 7, next_at)


def test_what_is_kept(database: Database, workspace: int) -> None:
    number = made(database, workspace)
    with database.reading() as work:
        found = work.schedules.get(number, workspace)
        assert (found.kind, found.expression, found.zone) == ("check", DAILY, "Asia/Shanghai")
        assert (found.version, found.created_by, found.next_at) == (1, 7, 1_000)
        assert (found.paused_at, found.deleted_at, found.last_at, found.last_job) == (None,) * 4
        assert work.schedules.of(workspace) == [found]
        assert work.schedules.of(workspace + 1) == []
        with pytest.raises(NotFound):
            work.schedules.get(number, workspace + 1)


def test_changing_pausing_deleting(database: Database, workspace: int) -> None:
    number = made(database, workspace)

    def known(work: UnitOfWork) -> Schedule:
        return work.schedules.get(number, workspace)

    with database.writing() as work:
        work.schedules.change(known(work), 1, "5 * * * *", "UTC", 2_000)
        with pytest.raises(Conflict, match="version"):
            work.schedules.pause(known(work), 1, 5)
        work.schedules.pause(known(work), 2, 5)
        assert (known(work).paused_at, known(work).next_at) == (5, None)
        assert work.schedules.next_at() is None
        work.schedules.resume(known(work), 3, 3_000)
        assert (known(work).paused_at, known(work).next_at) == (None, 3_000)
        work.schedules.delete(known(work), 4, 6)
        assert work.schedules.of(workspace) == []
        assert work.schedules.due(10**9) == []
        work.schedules.restore(known(work), 4_000)
        [found] = work.schedules.of(workspace)
    assert (found.expression, found.zone, found.next_at, found.version) == (
        "5 * * * *", "UTC", 4_000, 6,
    )  # fmt: skip


def test_what_is_due_comes_in_order_and_is_moved_on_once(
    database: Database, workspace: int
) -> None:
    late, soon = made(database, workspace, 2_000), made(database, workspace, 1_000)
    made(database, workspace, 9_000)
    with database.writing() as work:
        assert work.schedules.next_at() == 1_000
        due = work.schedules.due(2_000)
        assert [one.id for one in due] == [soon, late]
        assert work.schedules.advance(due[0], 2_100, 55, 8_000)
        assert not work.schedules.advance(due[0], 2_200, 56, 8_000)
        found = work.schedules.get(soon, workspace)
        assert (found.last_at, found.last_job, found.next_at) == (2_100, 55, 8_000)
        assert [one.id for one in work.schedules.due(2_000)] == [late]


def test_many_at_the_same_time_move_each_on_once(database: Database, workspace: int) -> None:
    numbers = [made(database, workspace, 1_000) for _ in range(12)]
    had: list[int] = []

    def take() -> None:
        for _ in range(12):
            with database.writing() as work:
                for one in work.schedules.due(1_000, limit=2):
                    if work.schedules.advance(one, 1_000, None, 5_000):
                        had.append(one.id)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(had) == numbers


def test_who_lacks_one(database: Database, workspace: int) -> None:
    """Only a workspace with something published; one in the bin counts, because somebody wanted it gone."""
    with database.writing() as work:
        other = work.workspaces.create("other", "Other", "en", "UTC", "EUR").id
        drafted = work.documents.create(other, "tier_model", "value", "{}", 7)
        assert work.schedules.lacking("check", "tier_model") == []
        work.documents.publish(drafted.id, drafted.version, 7)
        assert work.schedules.lacking("check", "tier_model") == [other]
        assert work.schedules.lacking("check", "segment") == []
        work.schedules.create(other, "cleanup", DAILY, "UTC", 7, 1_000)
        assert work.schedules.lacking("check", "tier_model") == [other]
        number = work.schedules.create(other, "check", DAILY, "UTC", 7, 1_000)
        work.schedules.delete(work.schedules.get(number, other), 1, 5)
        assert work.schedules.lacking("check", "tier_model") == []


def test_a_removed_workspace_takes_its_schedules_along(database: Database, workspace: int) -> None:
    made(database, workspace)
    with database.writing() as work:
        work.workspaces.remove(workspace)
        assert work.schedules.next_at() is None
