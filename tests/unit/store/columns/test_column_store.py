"""What a column store promises beside right values: sharing, isolation, files, other processes."""

import random
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from tests.unit.store.columns.world import EDIT, World, expected, said
from tierloom.engine.columns import Columns, NumberColumn, TextColumn
from tierloom.store.columns import ColumnStore, refresh
from tierloom.store.columns.lock import locked
from tierloom.store.database import Database


@pytest.fixture
def world(database: Database) -> World:
    made, chance = World(database), random.Random(7)
    with database.writing() as uow:
        for table in ("customer", "order", "line", "shop"):
            made.insert(uow, table, 20, chance)
    return made


@pytest.fixture
def store(database: Database, tmp_path: Path) -> ColumnStore:
    return ColumnStore(database, tmp_path / "columns")


@pytest.fixture
def other(migrated_url: str, tmp_path: Path) -> Iterator[Database]:
    """The same database once more: this thread may have a unit of work open in each."""
    opened = Database(migrated_url, tmp_path)
    yield opened
    opened.close()


def insert(world: World, table: str, count: int = 1) -> list[int]:
    with world.database.writing() as uow:
        return world.insert(uow, table, count, random.Random(count))


def folder_of(world: World, tmp_path: Path, table: str) -> Path:
    return tmp_path / "columns" / str(world.workspace) / str(world.types[table].id)


def generations(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if one.is_dir())


@pytest.fixture
def small_tails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows behind the files are too many."""
    monkeypatch.setattr(refresh, "SMALL_TAIL", 2)


@pytest.fixture
def shops(world: World, store: ColumnStore, tmp_path: Path, small_tails: None) -> Path:
    """Where the shops' files are, which have been written once."""
    world.snapshot(store)
    return folder_of(world, tmp_path, "shop")


def test_columns_fulfil_the_engines_protocol(world: World, store: ColumnStore) -> None:
    columns: Columns = world.snapshot(store).table("customer")
    ids = columns.ids
    asked = np.array([ids[3], -1, ids[0], ids[-1] + 1])
    assert columns.positions_of(asked).tolist() == [3, -1, 0, -1]
    assert world.snapshot(store).table("order").parent("customer") is columns
    with pytest.raises(KeyError):
        columns.column("no_such_field")
    with pytest.raises(KeyError):
        world.snapshot(store).table("no_such_table")


def test_nothing_changed_is_the_same_snapshot(world: World, store: ColumnStore) -> None:
    assert world.snapshot(store) is world.snapshot(store)


def test_caches_last_while_nothing_connected_changes(world: World, store: ColumnStore) -> None:
    before = world.snapshot(store)
    before.table("line").cache["x"] = before.table("shop").cache["x"] = 1
    insert(world, "customer")
    after = world.snapshot(store)
    assert after.table("line").cache == {}
    assert after.table("line").data is before.table("line").data
    assert after.table("shop").cache == {"x": 1}
    insert(world, "shop")
    last = world.snapshot(store)
    assert last.table("shop").cache == {}
    assert last.table("line") is after.table("line")


def test_positions_are_kept_while_the_targets_rows_stay(world: World, store: ColumnStore) -> None:
    before = world.snapshot(store).table("order").column("customer")
    with world.database.writing() as uow:
        world.update(uow, "customer", sorted(world.model.live["customer"])[:1], random.Random(3))
    after = world.snapshot(store).table("order").column("customer")
    assert after.positions is before.positions


def test_an_older_transaction_sees_its_own_moment(
    world: World, store: ColumnStore, other: Database
) -> None:
    then = expected(world)
    with other.reading() as uow:
        uow.workspaces.all()
        insert(world, "order", 3)
        newest = world.snapshot(store)
        old = store.snapshot(uow, world.workspace, world.catalogue)
        assert said(old, world.catalogue) == then
    assert said(newest, world.catalogue) == expected(world)
    assert world.snapshot(store) is newest


def test_transactions_that_overlap_are_not_missed(
    world: World, store: ColumnStore, other: Database, tmp_path: Path
) -> None:
    if world.database.file:
        pytest.skip("SQLite's writers do not overlap.")
    second = ColumnStore(other, tmp_path / "columns")
    with other.writing() as uow:
        uow.workspaces.all()
        late = world.insert(uow, "customer", 2, random.Random(1))
        kept = {number: world.model.live["customer"].pop(number) for number in late}
        for _ in range(3):
            insert(world, "customer", 2)
            assert said(world.snapshot(store), world.catalogue) == expected(world)
    world.model.live["customer"] |= kept
    assert said(world.snapshot(store), world.catalogue) == expected(world)
    assert said(world.snapshot(second), world.catalogue) == expected(world)


def test_a_long_writer_does_not_let_an_older_reader_see_the_future(
    world: World, store: ColumnStore, other: Database, migrated_url: str, tmp_path: Path
) -> None:
    """While the writer is open, the cursor stands still; the snapshots of the two readers differ."""
    if world.database.file:
        pytest.skip("SQLite's writers do not overlap.")
    then = expected(world)
    third = Database(migrated_url, tmp_path)
    with other.writing() as writer, third.reading() as reader:
        writer.records(world.types["shop"]).insert([{"text": "late"}], writer.now, EDIT)
        reader.workspaces.all()
        insert(world, "customer", 2)
        world.snapshot(store)
        old = store.snapshot(reader, world.workspace, world.catalogue)
        assert said(old, world.catalogue) == then
        assert said(world.snapshot(store), world.catalogue) == expected(world)
    third.close()


def test_a_new_field_leaves_the_other_columns_alone(
    world: World, store: ColumnStore, tmp_path: Path
) -> None:
    world.snapshot(store)
    folder = folder_of(world, tmp_path, "customer")
    first = (folder / "1" / "1.columns").stat().st_ino
    world.add_field("customer", "decimal")
    with world.database.writing() as uow:
        world.update(uow, "customer", sorted(world.model.live["customer"]), random.Random(2))
    assert said(world.snapshot(store), world.catalogue) == expected(world)
    assert generations(folder) == ["2"]
    assert (folder / "2" / "1.columns").stat().st_ino == first
    fresh = world.snapshot(ColumnStore(world.database, tmp_path / "columns"))
    assert said(fresh, world.catalogue) == expected(world)


def test_a_long_tail_is_compacted_by_one_process_only(
    world: World, store: ColumnStore, shops: Path
) -> None:
    with locked(shops, wait=True):
        insert(world, "shop", 4)
        assert said(world.snapshot(store), world.catalogue) == expected(world)
        store.settle()
        assert generations(shops) == ["1"]
    insert(world, "shop", 1)
    assert said(world.snapshot(store), world.catalogue) == expected(world)
    store.settle()
    assert generations(shops) == ["2"]


def test_the_next_snapshot_after_a_compaction_has_a_short_tail(
    world: World, store: ColumnStore, small_tails: None
) -> None:
    other = ColumnStore(world.database, store._folder)
    for one in (store, other):
        world.snapshot(one)
    insert(world, "shop", 4)
    before = world.snapshot(store)
    store.settle()
    assert world.snapshot(store) is before
    assert before.table("shop").data.tail.size == 4
    insert(world, "shop", 1)
    for one in (store, other):
        after = world.snapshot(one)
        assert after.table("shop").data.tail.size == 1
        assert said(after, world.catalogue) == expected(world)
    with store._database.reading() as uow:  # whoever holds the former one may go on with it
        uow.workspaces.all()
        assert before.table("shop").size == after.table("shop").size - 1


def test_nobody_waits_for_a_compaction(
    world: World, store: ColumnStore, shops: Path, tmp_path: Path
) -> None:
    """While somebody writes files, records and fields may come, also for who begins only then."""
    with locked(shops, wait=True):
        insert(world, "shop", 4)
        world.add_field("shop", "decimal")
        for one in (store, ColumnStore(world.database, tmp_path / "columns")):
            assert said(world.snapshot(one), world.catalogue) == expected(world)
            one.settle()
        assert generations(shops) == ["1"]
    late = ColumnStore(world.database, tmp_path / "columns")
    assert said(world.snapshot(late), world.catalogue) == expected(world)
    late.settle()
    assert generations(shops) != ["1"]


def test_what_cannot_be_written_leaves_what_there_is(
    world: World,
    store: ColumnStore,
    shops: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (shops / "lock").unlink()
    (shops / "lock").mkdir()  # so that nobody can lock
    for _ in range(2):
        insert(world, "shop", 4)
        assert said(world.snapshot(store), world.catalogue) == expected(world)
        store.settle()
    assert "No new column files" in caplog.text
    assert generations(shops) == ["1", "lock"]


def test_a_broken_generation_does_not_stop_compaction(
    world: World, store: ColumnStore, shops: Path
) -> None:
    (shops / "2").mkdir()
    insert(world, "shop", 4)
    assert said(world.snapshot(store), world.catalogue) == expected(world)
    store.settle()
    assert generations(shops) == ["3"]


def test_files_hold_rows_grouped_by_what_they_point_at(
    world: World, store: ColumnStore, tmp_path: Path, small_tails: None
) -> None:
    """By the date of that time; with another date field they are grouped anew."""
    order = world.types["order"]
    customer, earlier, date = (order.field(key).id for key in ("customer", "earlier", "date"))
    for _ in range(2):
        fresh = world.snapshot(ColumnStore(world.database, tmp_path / "columns"))
        base = fresh.table("order").data.base
        assert base.groups.keys() == {(customer, date), (earlier, date)}
        assert len(base.groups[customer, date].rows) <= fresh.table("order").size
        insert(world, "order", 4)
        world.snapshot(store)
        store.settle()
    assert base.generation == 2
    world.change_type("order", lambda one: replace(one, date_field=None))
    assert said(world.snapshot(store), world.catalogue) == expected(world)


def test_compaction_forgets_texts_that_no_row_has(
    world: World, store: ColumnStore, tmp_path: Path, small_tails: None
) -> None:
    world.snapshot(store)
    with world.database.writing() as uow:
        world.delete(uow, "shop", sorted(world.model.live["shop"])[:10])
    world.snapshot(store)
    store.settle()
    fresh = ColumnStore(world.database, tmp_path / "columns")
    column = world.snapshot(fresh).table("shop").column("text")
    assert isinstance(column, TextColumn)
    texts = {row["text"] for row in world.model.live["shop"].values()} - {None}
    assert {column.dictionary.text(code) for code in range(len(column.dictionary))} == texts


def test_files_of_another_database_are_not_believed(tmp_path: Path) -> None:
    """Somebody deletes the database, begins anew with the same ids, and leaves the columns."""
    for rows in (3, 4):
        for path in tmp_path.glob("tierloom.db*"):
            path.unlink()
        database = Database(tmp_path / "tierloom.db", tmp_path)
        database.migrate()
        world = World(database)
        insert(world, "shop", rows)
        insert(world, "shop", rows)
        store = ColumnStore(database, tmp_path / "columns")
        assert said(world.snapshot(store), world.catalogue) == expected(world)
        database.close()


def test_a_table_of_the_catalogue_that_is_not_made_yet_is_empty(
    world: World, store: ColumnStore
) -> None:
    with world.database.writing() as uow:
        world.take = uow.documents.next_id
        world.types |= {one.key: one for one in world._tables() if one.key == "shop"}
    world.model.live["shop"] = {}
    assert said(world.snapshot(store), world.catalogue) == expected(world)


def test_what_a_killed_process_left_is_swept(world: World, store: ColumnStore, shops: Path) -> None:
    shutil.copytree(shops / "1", shops / ".new-killed")
    (shops / ".new-killed" / "manifest.json").unlink()
    world.add_field("shop", "text")
    assert said(world.snapshot(store), world.catalogue) == expected(world)
    assert generations(shops) == ["2"]


def test_threads_see_whole_transactions(
    world: World, store: ColumnStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write adds as many shops as customers, and moves money from one customer to another."""
    monkeypatch.setattr(refresh, "SMALL_TAIL", 5)
    with world.database.writing() as uow:
        world.delete(uow, "shop", sorted(world.model.live["shop"]))
        records = uow.records(world.types["customer"])
        ids = sorted(world.model.live["customer"])
        records.update_many(ids, {"money": [1_000] * len(ids)}, uow.now, EDIT)
    done, catalogue = Event(), world.catalogue

    def read(_: int) -> int:
        looks = 0
        while not done.is_set() or not looks:
            snapshot = store.latest(world.workspace, catalogue)
            column = snapshot.table("customer").column("money")
            assert isinstance(column, NumberColumn)
            assert round(np.nansum(column.values) * 100) == 20_000
            assert snapshot.table("customer").size == snapshot.table("shop").size + 20
            looks += 1
        return looks

    def write(turn: int) -> None:
        with world.database.writing() as uow:
            records = uow.records(world.types["customer"])
            chosen, amount = ids[turn % 19 : turn % 19 + 2], 10 * turn
            cells = records.scan_ids(chosen, ["money"]).columns["money"]
            moved = [int(cells[0] or 0) - amount, int(cells[1] or 0) + amount]
            records.update_many(chosen, {"money": moved}, uow.now, EDIT)
            records.insert([{"text": "x"}], uow.now, EDIT)
            uow.records(world.types["shop"]).insert([{"text": "x"}], uow.now, EDIT)

    with ThreadPoolExecutor(3) as pool:
        looking = [pool.submit(read, number) for number in range(3)]
        try:
            for turn in range(20):
                write(turn)
        finally:
            done.set()
        assert min(one.result() for one in looking) >= 1
