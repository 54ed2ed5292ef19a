"""The change log: no reader misses a change, whatever runs at the same time."""

import threading
from pathlib import Path
from random import Random

import pytest

from tests.unit.store.conftest import BY_HAND
from tierloom.domain.tables import RecordType
from tierloom.store.changes import Action, Cause, Change
from tierloom.store.database import Database
from tierloom.store.uow import UnitOfWork


def since(work: UnitOfWork, cursor: int, *tables: RecordType) -> list[Change]:
    return work.changes.since(cursor, [one.id for one in tables])[0]


def told(changes: list[Change]) -> list[tuple[str, list[int]]]:
    return [(one.action.value, one.ids.tolist()) for one in changes]


def test_a_write_is_told_once_it_is_committed(
    database: Database, customer_type: RecordType, order_type: RecordType
) -> None:
    with database.reading() as work:
        assert since(work, 0, customer_type, order_type) == []
        cursor = work.changes.head()
    with database.writing() as work:
        records = work.records(customer_type)
        ids = records.insert_many({"spend": [1, 2, 3, 4, 5]}, 10, Cause("import", 7, "33"))
        records.update(ids[1], {"spend": 9}, None, 11, BY_HAND)
        records.delete([ids[4], ids[0]], 12, BY_HAND)
        other = work.records(order_type).insert([{}], 13, BY_HAND)
    with database.reading() as work:
        both = [customer_type.id, order_type.id]
        changes, following = work.changes.since(cursor, both)
        assert told(changes) == [
            ("insert", ids),
            ("update", [ids[1]]),
            ("delete", [ids[0], ids[4]]),
            ("insert", other),
        ]
        assert [one.at for one in changes] == [10, 11, 12, 13]
        assert changes[0].cause == Cause("import", 7, "33")
        assert changes[0].record_type == customer_type.id
        assert told(since(work, cursor, order_type)) == [("insert", other)]
        assert since(work, cursor) == []
        assert work.changes.since(following, both)[0] == []


def test_a_unit_of_work_reads_its_own_writes(database: Database, customer_type: RecordType) -> None:
    with database.writing() as work:
        cursor = work.changes.head()
        ids = work.records(customer_type).insert([{}, {}], 1, BY_HAND)
        assert told(since(work, cursor, customer_type)) == [("insert", ids)]


def test_an_import_finds_its_own_changes_with_images(
    database: Database, customer_type: RecordType
) -> None:
    cause = Cause("import", 7, "33")
    with database.writing() as work:
        records = work.records(customer_type)
        ids = records.insert([{"name": "A"}], 1, cause)
        records.insert([{"name": "B"}], 1, Cause("import", 7, "34"))
        records.update(ids[0], {"name": "C"}, None, 1, cause)
        newest, oldest = work.changes.caused_by("import", "33")
        change = work.changes.get(newest)
        assert change is not None
        image = change.image[customer_type.field("name").id]
        assert (change.action, list(image.before), list(image.after)) == (
            Action.UPDATE, ["A"], ["C"],
        )  # fmt: skip
        assert oldest < newest
        assert work.changes.get(newest + 1000) is None
        assert work.changes.caused_by("edit", "") == []


def test_a_slow_transaction_is_not_missed(
    migrated_url: str, tmp_path: Path, database: Database, customer_type: RecordType
) -> None:
    """A transaction that began early and ends late has lower numbers than changes already read."""
    if database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    began, go_on = threading.Event(), threading.Event()
    slow_ids: list[int] = []

    def write_slowly() -> None:
        with database.writing() as work:
            slow_ids.extend(work.records(customer_type).insert([{"name": "slow"}], 1, BY_HAND))
            began.set()
            go_on.wait(20)

    slow = threading.Thread(target=write_slowly)
    slow.start()
    began.wait(20)
    seen: set[int] = set()
    cursor = 0
    for name in ("one", "two", "three"):
        with database.writing() as work:
            work.records(customer_type).insert([{"name": name}], 2, BY_HAND)
        cursor = follow(database, customer_type, cursor, seen)
    assert seen.isdisjoint(slow_ids)
    assert len(seen) == 3
    go_on.set()
    slow.join()
    cursor = follow(database, customer_type, cursor, seen)
    assert set(slow_ids) < seen
    with database.reading() as work:
        assert since(work, cursor, customer_type) == []


def follow(database: Database, table: RecordType, cursor: int, seen: set[int]) -> int:
    with database.reading() as work:
        changes, following = work.changes.since(cursor, [table.id])
    for change in changes:
        seen.update(change.ids.tolist())
    return following


def test_readers_follow_many_writers_and_miss_nothing(
    database: Database, customer_type: RecordType
) -> None:
    written: set[int] = set()
    stop = threading.Event()
    seen: tuple[set[int], set[int]] = (set(), set())

    def write() -> None:
        for turn in range(12):
            with database.writing() as work:
                records = work.records(customer_type)
                ids = records.insert([{"spend": turn}, {}], 1, BY_HAND)
                records.update(ids[0], {"spend": -1}, None, 2, BY_HAND)
                work.after_commit(lambda ids=ids: written.update(ids))

    def read(mine: set[int]) -> None:
        cursor = 0
        while True:
            last = stop.is_set()
            cursor = follow(database, customer_type, cursor, mine)
            if last:
                return

    writers = [threading.Thread(target=write) for _ in range(3)]
    readers = [threading.Thread(target=read, args=(mine,)) for mine in seen]
    for worker in [*readers, *writers]:
        worker.start()
    for worker in writers:
        worker.join()
    stop.set()
    for worker in readers:
        worker.join()
    assert len(written) == 72
    assert seen[0] == seen[1] == written


@pytest.mark.parametrize("seed", range(3))
def test_changes_between_two_instants_are_found_by_halving(
    database: Database, customer_type: RecordType, seed: int
) -> None:
    random = Random(seed)
    told: list[tuple[int, int, str]] = []
    at = 1_000
    with database.writing() as work:
        for _ in range(40):
            at += random.choice([0, 0, 1, 7, 500])
            cause = random.choice(["edit", "import", "undo"])
            kind = random.choice([customer_type.id, customer_type.id + 1])
            number = work.changes.append(kind, Action.INSERT, [1], at, Cause(cause, 7), {})
            if kind == customer_type.id:
                told.append((number, at, cause))
    with database.reading() as work:
        for _ in range(30):
            after, until = sorted(random.choices(range(900, at + 100), k=2))
            found = work.changes.between(after, until, [customer_type.id], ["edit", "undo"], 5)
            expected = [
                one for one, when, cause in told if after < when <= until and cause != "import"
            ]
            assert [one.seq for one in found] == expected[::-1][:5]
        assert work.changes.between(0, at, [customer_type.id + 2], ["edit"], 5) == []
