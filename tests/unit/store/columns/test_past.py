"""The past equals what was remembered of it: random writes with a moving clock, and some told by hand."""

import random
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.unit.store.columns.world import EDIT, Model, World, expected, said
from tests.unit.store.columns.writes import SEEDS, TABLES, Writes, in_turn
from tierloom.store.changes import Cause
from tierloom.store.columns import ColumnStore, Snapshot
from tierloom.store.columns.past import MOST_KEPT, cells_at
from tierloom.store.database import Database
from tierloom.store.reverting import revert
from tierloom.store.uow import UnitOfWork

START = 1_600_000_000_000
NOBODY = "no such key"


class Clock:
    """The clock of a database: it stands still until somebody moves it."""

    def __init__(self, database: Database, patch: pytest.MonkeyPatch) -> None:
        self.now = START
        patch.setattr(database, "_clock", lambda: self.now)


@pytest.fixture
def clock(database: Database, monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(database, monkeypatch)


def past(world: World, store: ColumnStore, at: int) -> Snapshot:
    with world.database.reading() as uow:
        return store.past(uow, world.workspace, world.catalogue, at)


def as_remembered(world: World, model: Model) -> dict[str, object]:
    """What a snapshot of remembered records has to say, with the tables as they are today."""
    then = SimpleNamespace(model=model, types=world.types, catalogue=world.catalogue)
    return expected(cast(World, then))


def reread(world: World, uow: UnitOfWork, key: str) -> None:
    """Bring the model up to date with what a write that it does not know did."""
    live, binned = world.model.live[key], world.model.bin[key]
    rows = live | binned
    live.clear()
    binned.clear()
    for number, one in uow.records(world.types[key]).fetch(list(rows)).items():
        cells = {name: one.cell(name) for name in one.cells}
        (live if one.deleted_at is None else binned)[number] = rows[number] | cells


class Pasts(Writes):
    """At each step everything is remembered; every past instant then has to say what was remembered."""

    def __init__(self, database: Database, clock: Clock, folder: Path) -> None:
        super().__init__(database)
        self.clock = clock
        self.store = ColumnStore(database, folder)
        self.remembered: dict[int, Model] = {clock.now - 1: deepcopy(self.world.model)}

    @rule(milliseconds=st.sampled_from((1, 1, 1000, 86_400_000)))
    def time_passes(self, milliseconds: int) -> None:
        self.clock.now += milliseconds

    @rule(chance=SEEDS)
    def link(self, chance: random.Random) -> None:
        """A customer comes whose key orders have been waiting for."""
        orders = self.world.types["order"]
        if not self.world.model.live["customer"] or orders.field("customer").retired:
            return
        found = chance.choice(sorted(self.world.model.live["customer"]))
        with self.database.writing() as uow:
            uow.records(orders).link("customer", {NOBODY: found}, uow.now, EDIT)
            reread(self.world, uow, "order")

    @rule(table=TABLES, chance=SEEDS, commit=st.booleans())
    def take_back(self, table: str, chance: random.Random, commit: bool) -> None:
        """Write as an import does, and undo it at once or never."""
        cause = Cause("import", 1, f"job-{chance.random()}")
        record_type = self.world.types[table]
        with self.database.writing() as uow:
            records = uow.records(record_type)
            rows = [self.world.row(table, chance) for _ in range(3)]
            made = records.insert(rows, uow.now, cause)
            self.world.model.live[table] |= dict(zip(made, rows, strict=True))
            reread(self.world, uow, table)
        self.remember()
        self.clock.now += chance.choice((0, 1, 5000))
        if commit:
            with self.database.writing() as uow:
                for seq in uow.changes.caused_by("import", cause.ref):
                    change = uow.changes.get(seq)
                    assert change
                    revert(uow.records(record_type), change, uow.now, cause)
                reread(self.world, uow, table)

    @invariant()
    def remember(self) -> None:
        self.remembered[self.clock.now] = deepcopy(self.world.model)

    @rule(chance=SEEDS)
    def look_back(self, chance: random.Random) -> None:
        self.matches(chance.choice(sorted(self.remembered)))

    @rule(chance=SEEDS)
    def look_back_while_writing(self, chance: random.Random) -> None:
        """A writer sees its own writes undone as well, and leaves nothing behind for others."""
        at = self.clock.now
        self.clock.now += 1
        with self.world.rolled_back() as uow:
            self.world.insert(uow, "order", 2, chance)
            snapshot = self.store.past(uow, self.world.workspace, self.world.catalogue, at)
            assert said(snapshot, self.world.catalogue) == as_remembered(
                self.world, self.remembered[at]
            )
        self.matches(at)

    def matches(self, at: int) -> None:
        snapshot = past(self.world, self.store, at)
        wanted = as_remembered(self.world, self.remembered[at])
        assert said(snapshot, self.world.catalogue) == wanted

    def teardown(self) -> None:
        for at in sorted(self.remembered):
            self.matches(at)


def test_every_past_instant_is_as_it_was(database: Database, clock: Clock, tmp_path: Path) -> None:
    run_state_machine_as_test(
        lambda: Pasts(database, clock, tmp_path / "columns"),
        settings=in_turn(database, 15),
    )


def test_cells_are_those_of_the_records(database: Database, clock: Clock, tmp_path: Path) -> None:
    world, store = World(database), ColumnStore(database, tmp_path / "columns")
    chance = random.Random(5)
    with database.writing() as uow:
        for key in ("customer", "order", "line"):
            world.insert(uow, key, 40, chance)
    before = deepcopy(world.model)
    clock.now += 10
    with database.writing() as uow:
        for key in ("customer", "order", "line"):
            ids = sorted(world.model.live[key])
            world.update(uow, key, ids[:20], chance)
            world.delete(uow, key, ids[15:25])
            world.insert(uow, key, 5, chance)
    snapshot = past(world, store, START)
    for key in ("customer", "order", "line"):
        columns = snapshot.table(key)
        everybody = np.arange(columns.size)
        for one in world.types[key].stored_fields:
            cells = [before.live[key][number][one.key] for number in columns.ids.tolist()]
            linked = [None if one.type.target and isinstance(c, str) else c for c in cells]
            assert cells_at(columns, one, everybody) == linked


def test_what_was_asked_for_last_is_kept_until_the_past_itself_changes(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    world, store = World(database), ColumnStore(database, tmp_path / "columns")
    chance = random.Random(1)
    for _ in range(MOST_KEPT + 1):
        with database.writing() as uow:
            world.insert(uow, "shop", 2, chance)
        clock.now += 100
    first = past(world, store, START)
    assert first.table("shop").size == 2
    with database.writing() as uow:
        world.insert(uow, "shop", 1, chance)
    assert past(world, store, START) is first, "what is written later is nothing to the past"
    for back in range(1, MOST_KEPT + 1):
        past(world, store, START + 100 * back)
    assert past(world, store, START) is not first, "only a few are kept"
    kept = past(world, store, START + 100)
    world.add_field("shop", "text")
    assert past(world, store, START + 100) is not kept
    late = past(world, store, clock.now)
    with database.writing() as uow:  # at the very same instant
        world.insert(uow, "shop", 1, chance)
    assert past(world, store, clock.now).table("shop").size == late.table("shop").size + 1


def test_untouched_tables_share_what_was_worked_out(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    world, store = World(database), ColumnStore(database, tmp_path / "columns")
    with database.writing() as uow:
        world.insert(uow, "shop", 3, random.Random(1))
        world.insert(uow, "customer", 3, random.Random(2))
    clock.now += 5
    with database.writing() as uow:
        world.insert(uow, "customer", 1, random.Random(3))
    present = world.snapshot(store)
    then = past(world, store, START)
    assert then.table("shop") is present.table("shop")
    assert then.table("customer").size == 3


def test_before_the_first_change_there_was_nothing(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    world, store = World(database), ColumnStore(database, tmp_path / "columns")
    with database.writing() as uow:
        assert uow.changes.begins(world.types["shop"].id) is None
        world.insert(uow, "shop", 3, random.Random(1))
    with database.reading() as uow:
        assert uow.changes.begins(world.types["shop"].id) == START
    assert past(world, store, START - 1).table("shop").size == 0
