"""Schedules ask for jobs at set times: once each, whichever process looks first, and once for all times missed."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.people import Role
from tierloom.errors import Conflict, Forbidden, Invalid
from tierloom.jobs.worker import Worker
from tierloom.services.jobs import schedules
from tierloom.services.jobs.schedules import DEFAULTS, MOST, ScheduleView
from tierloom.store.jobs import Job

SHANGHAI = "Asia/Shanghai"


def jobs(shop: Shop, kind: str) -> list[Job]:
    with shop.platform.database.reading() as uow:
        return [one for one in uow.jobs.recent(shop.workspace, 500) if one.kind == kind]


def listed(shop: Shop, kind: str) -> list[ScheduleView]:
    found = schedules.listing(shop.platform, shop.owner)
    return [one for one in found if one.schedule.kind == kind]


def add(shop: Shop, expression: str = "0 13 * * *", kind: str = "recalculation") -> int:
    return schedules.add(shop.platform, shop.owner, kind, expression, SHANGHAI)


def ask(shop: Shop) -> int:
    return schedules.ask_for_due_jobs(shop.platform)


def test_one_job_when_its_time_has_come(any_shop: Shop) -> None:
    """It is noon in Shanghai: the schedule is due at 13:00, and then the next day."""
    shop = any_shop
    Worker(shop.platform).run_until_done()
    add(shop)
    before = len(jobs(shop, "run"))
    assert [one.hour for one in listed(shop, "recalculation")[0].coming] == [13, 13, 13]
    shop.clock.pass_by(minutes=59)
    assert ask(shop) == 0
    shop.clock.pass_by(minutes=1)
    assert [ask(shop) for _ in range(3)] == [1, 0, 0]
    [job, *_] = jobs(shop, "run")
    assert (len(jobs(shop, "run")) - before, job.payload, job.actor) == (1, {"cause": "time"}, 0)
    [found] = listed(shop, "recalculation")
    assert found.schedule.last_job == job.id
    assert found.last == shop.clock.now
    assert found.coming[0].astimezone(UTC) == shop.clock.now + timedelta(days=1)
    Worker(shop.platform).run_until_done()
    assert jobs(shop, "run")[0].state == "done"


def test_missed_times_are_made_up_for_once(shop: Shop) -> None:
    add(shop, "*/5 * * * *", "cleanup")
    shop.clock.pass_by(days=12, minutes=3)
    assert ask(shop) >= 1
    assert len(jobs(shop, "cleanup")) == 1
    [found] = [one for one in listed(shop, "cleanup") if one.schedule.created_by]
    assert found.coming[0] - shop.clock.now < timedelta(minutes=5)


def test_defaults_come_by_themselves_and_stay_away_when_deleted(any_shop: Shop) -> None:
    shop = any_shop
    ask(shop)
    ask(shop)
    found = schedules.listing(shop.platform, shop.owner)
    assert {one.schedule.kind: one.schedule.expression for one in found} == DEFAULTS
    assert all((one.schedule.zone, one.coming[0].hour) == (SHANGHAI, 3) for one in found)
    for one in found:
        schedules.delete(shop.platform, shop.owner, one.schedule.id, 1)
    shop.clock.pass_by(days=3)
    assert ask(shop) == 0
    assert schedules.listing(shop.platform, shop.owner) == []
    schedules.restore(shop.platform, shop.owner, found[0].schedule.id)
    schedules.restore(shop.platform, shop.owner, found[0].schedule.id)
    [back] = schedules.listing(shop.platform, shop.owner)
    assert back.coming[0] > shop.clock.now


def test_a_paused_one_rests(shop: Shop) -> None:
    number = add(shop)
    schedules.pause(shop.platform, shop.owner, number, 1)
    [found] = listed(shop, "recalculation")
    assert found.is_paused
    assert found.coming == ()
    shop.clock.pass_by(days=2)
    before = len(jobs(shop, "run"))
    ask(shop)
    assert len(jobs(shop, "run")) == before
    schedules.change(shop.platform, shop.owner, number, 2, "0 15 * * *", SHANGHAI)
    assert listed(shop, "recalculation")[0].is_paused, "a change does not wake it"
    schedules.resume(shop.platform, shop.owner, number, 3)
    [found] = listed(shop, "recalculation")
    assert (found.is_paused, found.coming[0].hour) == (False, 15)
    assert found.coming[0] > shop.clock.now


def test_two_people_change_it(shop: Shop) -> None:
    number = add(shop)
    schedules.change(shop.platform, shop.owner, number, 1, "0 15 * * *", SHANGHAI)
    with pytest.raises(Conflict, match="meantime"):
        schedules.change(shop.platform, shop.owner, number, 1, "0 16 * * *", SHANGHAI)
    schedules.delete(shop.platform, shop.owner, number, 2)
    with pytest.raises(Conflict, match="deleted"):
        schedules.change(shop.platform, shop.owner, number, 3, "0 16 * * *", SHANGHAI)


def test_what_is_refused(shop: Shop) -> None:
    for kind, expression, zone in [
        ("everything", "0 3 * * *", SHANGHAI),
        ("check", "* * * * *", SHANGHAI),
        ("check", "0 3 * * *", "Atlantis"),
    ]:
        with pytest.raises(Invalid):
            schedules.add(shop.platform, shop.owner, kind, expression, zone)
    numbers = [add(shop) for _ in range(MOST)]
    with pytest.raises(Invalid, match="at most"):
        add(shop)
    schedules.delete(shop.platform, shop.owner, numbers[0], 1)
    add(shop)
    with pytest.raises(Invalid, match="at most"):
        schedules.restore(shop.platform, shop.owner, numbers[0])


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.OWNER])
def test_only_owners(shop: Shop, role: Role) -> None:
    platform, actor, number = shop.platform, shop.people[role], add(shop)
    for asked in (
        lambda: schedules.listing(platform, actor),
        lambda: schedules.get(platform, actor, number),
        lambda: schedules.add(platform, actor, "check", "0 3 * * *", SHANGHAI),
        lambda: schedules.change(platform, actor, number, 1, "0 3 * * *", SHANGHAI),
        lambda: schedules.pause(platform, actor, number, 1),
        lambda: schedules.resume(platform, actor, number, 1),
        lambda: schedules.delete(platform, actor, number, 1),
        lambda: schedules.restore(platform, actor, number),
    ):
        with pytest.raises(Forbidden):
            asked()


def test_one_that_is_never_due_again_does_not_stop_the_others(shop: Shop) -> None:
    ask(shop)
    with shop.platform.database.writing() as uow:
        due = shop.platform.now_ms()
        odd = [
            uow.schedules.create(shop.workspace, "check", "0 9 29 2 1#5", SHANGHAI, 0, due),
            uow.schedules.create(shop.workspace, "check", "0 9 * * *", "Atlantis", 0, due),
            uow.schedules.create(shop.workspace, "of another version", "0 9 * * *", "UTC", 0, due),
        ]
    number = add(shop, "0 13 * * *", "cleanup")
    shop.clock.pass_by(hours=1)
    assert ask(shop) == 4
    assert len(jobs(shop, "cleanup")) == 1
    with shop.platform.database.reading() as uow:
        after = [uow.schedules.get(one, shop.workspace).next_at for one in (*odd, number)]
    assert [one is None for one in after] == [True, True, False, False]
    assert ask(shop) == 0


def test_the_worker_looks_at_the_clock(shop: Shop) -> None:
    Worker(shop.platform).run_until_done()
    add(shop, kind="cleanup")
    shop.clock.now = datetime(2026, 3, 10, 5, 0, 1, tzinfo=UTC)
    worker = Worker(shop.platform)
    assert worker.look_at_the_clock()
    assert not worker.look_at_the_clock(), "not again within the second"
    assert [one.state for one in jobs(shop, "cleanup")] == ["queued"]
