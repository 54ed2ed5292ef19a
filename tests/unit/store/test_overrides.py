"""Tiers given by hand: when they hold, what ends them, and that all of them stay on record."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tierloom.errors import NotFound
from tierloom.store.database import Database
from tierloom.store.overrides import Override
from tierloom.store.uow import UnitOfWork

MODEL, OTHER = 5, 6
ANNA, BEN = 11, 12


class Clock:
    now = 1_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(migrated_url: str, tmp_path: Path, clock: Clock) -> Database:
    """A database of each kind in turn, with a clock that the test sets."""
    return Database(migrated_url, tmp_path, clock)


def shop(database: Database) -> int:
    with database.writing() as work:
        return work.workspaces.create("shop", "Shop", "en", "UTC", "CNY").id


def give(
    work: UnitOfWork,
    workspace: int,
    record: int = 1,
    tier: str = "gold",
    until: int | None = None,
    model: int = MODEL,
    actor: int = ANNA,
) -> int:
    return work.overrides.add(workspace, model, record, tier, "Key account 大客户", actor, until)


def test_it_comes_back_as_it_was_given(timed: Database, clock: Clock) -> None:
    workspace = shop(timed)
    with timed.writing() as work:
        number = give(work, workspace, until=9_000)
        assert work.overrides.get(number) == Override(
            number, workspace, MODEL, 1, "gold", "Key account 大客户", ANNA, 1_000, 9_000
        )
        assert work.overrides.get(number + 1) is None
    timed.close()


def test_the_next_one_ends_the_one_before_of_the_same_record_and_model(
    timed: Database, clock: Clock
) -> None:
    workspace = shop(timed)
    with timed.writing() as work:
        first = give(work, workspace)
        beside = [give(work, workspace, record=2), give(work, workspace, model=OTHER)]
    clock.now = 2_000
    with timed.writing() as work:
        second = give(work, workspace, tier="silver", actor=BEN)
    with timed.reading() as work:
        old, new = (work.overrides.get(one) for one in (first, second))
        assert old
        assert (old.end, old.ended_at, old.ended_by) == (2_000, 2_000, BEN)
        assert new
        assert (new.end, new.tier, new.actor) == (None, "silver", BEN)
        assert all(one and one.end is None for one in map(work.overrides.get, beside))
        held = {
            at: [one.id for one in work.overrides.of_object(MODEL, at)] for at in (2_000, 2_001)
        }
        assert held == {2_000: [first, beside[0], second], 2_001: [beside[0], second]}
        of_one = work.overrides.of_object(MODEL, 2_000, [1])
        assert [one.id for one in of_one] == [first, second]
        assert [one.id for one in work.overrides.of_record(workspace, 1)] == [
            first, beside[1], second,
        ]  # fmt: skip
        assert work.overrides.of_record(workspace + 1, 1) == []
    timed.close()


def test_what_is_over_is_not_ended_again(timed: Database, clock: Clock) -> None:
    workspace = shop(timed)
    with timed.writing() as work:
        number = give(work, workspace, until=1_500)
    clock.now = 1_500
    with timed.writing() as work, pytest.raises(NotFound):
        work.overrides.end(number, BEN)
    with timed.writing() as work:
        give(work, workspace, tier="silver")
        found = work.overrides.get(number)
    assert found
    assert (found.end, found.ended_at, found.ended_by) == (1_500, None, None), "its time was up"
    timed.close()


def test_it_is_ended_once(timed: Database, clock: Clock) -> None:
    workspace = shop(timed)
    with timed.writing() as work:
        number = give(work, workspace, until=9_000)
    clock.now = 3_000
    with timed.writing() as work:
        work.overrides.end(number, BEN)
    clock.now = 4_000
    with timed.writing() as work:
        with pytest.raises(NotFound):
            work.overrides.end(number, ANNA)
        with pytest.raises(NotFound):
            work.overrides.end(number + 1_000, ANNA)
        found = work.overrides.get(number)
    assert found
    assert (found.end, found.until_at, found.ended_by) == (3_000, 9_000, BEN)
    timed.close()


def test_two_who_give_at_once_leave_one(timed: Database) -> None:
    workspace = shop(timed)
    begun = threading.Barrier(2)

    def at_once(actor: int) -> None:
        begun.wait(10)
        with timed.writing() as work:
            give(work, workspace, actor=actor)
            time.sleep(0.05)

    with ThreadPoolExecutor(2) as people:
        for one in [people.submit(at_once, actor) for actor in (ANNA, BEN)]:
            one.result(30)
    with timed.reading() as found:
        ends = [one.end for one in found.overrides.of_record(workspace, 1)]
    assert len(ends) == 2
    assert ends.count(None) == 1
    timed.close()


STEP = st.tuples(
    st.sampled_from(["give", "end"]),
    st.integers(1, 3),
    st.sampled_from([None, 1, 5, 40]),
    st.integers(0, 9),
)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, max_size=12))
def test_at_every_instant_a_record_has_at_most_the_latest_one(
    database: Database, steps: list[tuple[str, int, int | None, int]]
) -> None:
    """Against a list of (record, from, end) that is kept by hand."""
    clock = Clock()
    database._clock = clock
    kept: list[list[int]] = []
    forever = 10**9
    with database.writing() as work:
        name = f"shop{work.overrides._db.next_id()}"
        workspace = work.workspaces.create(name, name, "en", "UTC", "CNY").id
        model = work.overrides._db.next_id()
    numbers: dict[int, int] = {}
    for what, record, days, passed in steps:
        clock.now += passed
        open_now = [one for one in kept if one[0] == record and one[1] <= clock.now < one[2]]
        with database.writing() as work:
            if what == "give":
                until = None if days is None else clock.now + days
                numbers[record] = give(work, workspace, record, until=until, model=model)
            elif open_now:
                work.overrides.end(numbers[record], BEN)
            for one in open_now:
                one[2] = clock.now
        if what == "give":
            kept.append([record, clock.now, forever if until is None else until])
    with database.reading() as work:
        found = [one for record in (1, 2, 3) for one in work.overrides.of_record(workspace, record)]
    assert sorted((one.record, one.from_at, one.end or forever) for one in found) == sorted(
        map(tuple, kept)
    )
    for at in range(1_000, clock.now + 50):
        holding = [one.record for one in found if one.holds(at)]
        assert len(holding) == len(set(holding))
        assert sorted(holding) == sorted(one[0] for one in kept if one[1] <= at < one[2])
        with_it = {one.id for one in found if one.holds(at)}
        if at % 10 == 0:
            with database.reading() as work:
                assert with_it <= {one.id for one in work.overrides.of_object(model, at)}
