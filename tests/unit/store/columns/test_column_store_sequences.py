"""Random sequences of writes, changed tables and damaged files: snapshots equal a plain model."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.unit.store.columns.world import SPARE, World, expected, said
from tierloom.store.columns import ColumnStore, refresh
from tierloom.store.columns.manifest import FORMAT
from tierloom.store.database import Database

TABLES = st.sampled_from(("customer", "order", "line", "shop"))
SEEDS = st.integers(0, 2**32).map(random.Random)
KINDS = st.sampled_from(SPARE)


def some(ids: dict[int, object], chance: random.Random, count: int) -> list[int]:
    return sorted(chance.sample(sorted(ids), min(count, len(ids))))


def truncate(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def other_format(path: Path) -> None:
    former = path.read_text().replace(f'"format": {FORMAT}', f'"format": {FORMAT - 1}')
    path.write_text(former)


def garbage(path: Path) -> None:
    path.write_bytes(b"\xff{" + path.read_bytes())


DAMAGES: tuple[tuple[str, Callable[[Path], object]], ...] = (
    ("*.columns", truncate),
    ("*.columns", Path.unlink),
    ("manifest.json", truncate),
    ("manifest.json", other_format),
    ("manifest.json", garbage),
    ("manifest.json", Path.unlink),
)


class Sequences(RuleBasedStateMachine):
    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__()
        self.world = World(database)
        self.folder = folder / str(self.world.workspace)
        self.stores = [ColumnStore(database, folder) for _ in range(2)]
        self.database, self.root = database, folder
        self.turn = 0
        self.kept: list[tuple[object, object, object]] = []

    @rule(table=TABLES, chance=SEEDS, count=st.sampled_from((1, 2, 3, 12)))
    def insert(self, table: str, chance: random.Random, count: int) -> None:
        with self.database.writing() as uow:
            self.world.insert(uow, table, count, chance)

    @rule(table=TABLES, chance=SEEDS, count=st.sampled_from((1, 2, 8)))
    def update(self, table: str, chance: random.Random, count: int) -> None:
        ids = some(self.world.model.live[table], chance, count)
        if ids and self.world.types[table].stored_fields:
            with self.database.writing() as uow:
                self.world.update(uow, table, ids, chance)

    @rule(table=TABLES, chance=SEEDS, count=st.sampled_from((1, 3)))
    def delete(self, table: str, chance: random.Random, count: int) -> None:
        with self.database.writing() as uow:
            self.world.delete(uow, table, some(self.world.model.live[table], chance, count))

    @rule(table=TABLES, chance=SEEDS)
    def restore(self, table: str, chance: random.Random) -> None:
        with self.database.writing() as uow:
            self.world.restore(uow, table, some(self.world.model.bin[table], chance, 2))

    @rule(chance=SEEDS)
    def write_in_several_tables(self, chance: random.Random) -> None:
        with self.database.writing() as uow:
            for table in ("customer", "order", "line"):
                self.world.insert(uow, table, 3, chance)

    @rule(table=TABLES, chance=SEEDS, commit=st.booleans())
    def read_your_writes(self, table: str, chance: random.Random, commit: bool) -> None:
        world = self.world
        with self.database.writing() if commit else world.rolled_back() as uow:
            world.insert(uow, table, 4, chance)
            world.delete(uow, table, some(world.model.live[table], chance, 1))
            snapshot = self.stores[0].snapshot(uow, world.workspace, world.catalogue)
            assert said(snapshot, world.catalogue) == expected(world)

    @rule(table=TABLES, kind=KINDS)
    def add_field(self, table: str, kind: str) -> None:
        self.world.add_field(table, kind)

    @rule(table=TABLES, number=st.integers(0, 9), retired=st.booleans())
    def retire_field(self, table: str, number: int, retired: bool) -> None:
        self.world.retire(table, number, retired=retired)

    @rule()
    def restart(self) -> None:
        self.stores[0] = ColumnStore(self.database, self.root)

    @rule(damage=st.sampled_from(DAMAGES))
    @precondition(lambda self: self.folder.is_dir())
    def damage(self, damage: tuple[str, Callable[[Path], object]]) -> None:
        pattern, harm = damage
        for path in self.folder.rglob(pattern):
            # A file that is mapped must not shrink: damage a copy, in its place.
            copy = path.with_suffix(".damaged")
            shutil.copyfile(path, copy)
            copy.replace(path)
            harm(path)
        self.restart()

    @rule()
    def lose_all_files(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.restart()

    @rule()
    def keep_a_snapshot(self) -> None:
        self.kept.append(
            (self.world.snapshot(self.stores[1]), self.world.catalogue, expected(self.world))
        )
        self.stores[1].settle()

    @invariant()
    def snapshot_equals_model(self) -> None:
        self.turn += 1
        store = self.stores[self.turn % 2]
        snapshot = self.world.snapshot(store)
        assert said(snapshot, self.world.catalogue) == expected(self.world)
        assert self.world.snapshot(store) is snapshot
        store.settle()  # so that the same steps always find the same files

    def teardown(self) -> None:
        for snapshot, catalogue, before in self.kept:
            assert said(snapshot, catalogue) == before


def test_sequences(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "SMALL_TAIL", 5)
    examples = 12 if database.file else 6
    run_state_machine_as_test(
        lambda: Sequences(database, tmp_path / "columns"),
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
