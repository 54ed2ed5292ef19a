"""Random sequences of writes, changed tables and damaged files: snapshots equal a plain model."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.unit.store.columns.world import expected, said
from tests.unit.store.columns.writes import SEEDS, TABLES, Writes, in_turn, some
from tierloom.store.columns import ColumnStore, refresh
from tierloom.store.columns.manifest import FORMAT
from tierloom.store.database import Database


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


class Sequences(Writes):
    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database)
        self.folder = folder / str(self.world.workspace)
        self.stores = [ColumnStore(database, folder) for _ in range(2)]
        self.root = folder
        self.turn = 0
        self.kept: list[tuple[object, object, object]] = []

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
    run_state_machine_as_test(
        lambda: Sequences(database, tmp_path / "columns"),
        settings=in_turn(database, 12),
    )
