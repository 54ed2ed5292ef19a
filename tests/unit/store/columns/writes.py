"""Random writes of rows and fields as rules of a state machine, on the database and in the plain model beside it."""

import random
from collections.abc import Mapping

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.unit.store.columns.world import SPARE, World
from tierloom.store.database import Database

TABLES = st.sampled_from(("customer", "order", "line", "shop"))
SEEDS = st.integers(0, 2**32).map(random.Random)


def some(ids: Mapping[int, object], chance: random.Random, count: int) -> list[int]:
    """Pick some records."""
    return sorted(chance.sample(sorted(ids), min(count, len(ids))))


def in_turn(database: Database, sqlite: int) -> settings:
    """So many runs of twenty steps on SQLite, some fewer on PostgreSQL."""
    return settings(
        max_examples=sqlite if database.file else 6,
        stateful_step_count=20,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


class Writes(RuleBasedStateMachine):
    """What anybody may do to the tables of a world, in any order."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.world = World(database)

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

    @rule(table=TABLES, kind=st.sampled_from(SPARE))
    def add_field(self, table: str, kind: str) -> None:
        self.world.add_field(table, kind)

    @rule(table=TABLES, number=st.integers(0, 9), retired=st.booleans())
    def retire_field(self, table: str, number: int, retired: bool) -> None:
        self.world.retire(table, number, retired=retired)
