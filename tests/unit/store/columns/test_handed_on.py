"""Results that a store hands on from snapshot to snapshot, against a store that has just been opened."""

import random
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.unit.store.columns.world import World
from tierloom.backends import columns as evaluator
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate
from tierloom.engine.columns import Columns
from tierloom.engine.values import display_values
from tierloom.rules import ir
from tierloom.rules.types import DATE, INTEGER, TEXT
from tierloom.store.columns import ColumnStore, Snapshot, refresh
from tierloom.store.columns.steps import TableStep
from tierloom.store.database import Database

MONEY = ir.ValueType(ir.Family.NUMBER, scale=2)
AMOUNT = ir.Var(("amount",), MONEY)
LINES = ir.RollUpOf(Aggregate.COUNT, ir.Related("lines", "line", "order"), None, INTEGER)
KNOWN = ir.IsKnown(ir.Var(("customer", "text"), TEXT))
ORDERS = ir.Related("orders", "order", "customer", "date")
WITH_LINES = ir.Related(
    "orders", "order", "customer", "date",
    only=ir.And((ir.Compare(ir.Comparison.GREATER, LINES, ir.Literal(0, INTEGER)), KNOWN)),
)  # fmt: skip
OF_CUSTOMERS: tuple[ir.ValueNode, ...] = (
    ir.RollUpOf(Aggregate.COUNT, ORDERS, None, INTEGER),
    ir.RollUpOf(Aggregate.SUM, ORDERS, AMOUNT, MONEY),
    ir.RollUpOf(Aggregate.MAXIMUM, ORDERS, ir.Var(("date",), DATE), DATE),
    ir.RollUpOf(Aggregate.LAST, WITH_LINES, AMOUNT, MONEY),
    ir.Call(ir.Function.UPPER, (ir.Var(("text",), TEXT),), TEXT),
)
OF_LINES: tuple[ir.ValueNode, ...] = (
    ir.Var(("order", "customer", "text"), TEXT),
    ir.Var(("order", "earlier", "amount"), MONEY),
)


def said(snapshot: Snapshot, context: RunContext) -> list[object]:
    """What all values are, over all records."""
    return [
        _shown(node, snapshot.table(table), context)
        for table, nodes in (("customer", OF_CUSTOMERS), ("line", OF_LINES))
        for node in nodes
    ]


def _shown(node: ir.ValueNode, columns: Columns, context: RunContext) -> list[object]:
    everywhere = np.arange(columns.size)
    held = evaluator.kleene(ir.IsKnown(node), columns, context)
    values = display_values(node, columns, everywhere, context, evaluator)
    return [*values, held.true.tolist(), held.certain.tolist()]


def change(world: World, chance: random.Random) -> None:
    with world.database.writing() as uow:
        for table in chance.sample(("customer", "order", "line"), chance.choice((1, 1, 2))):
            live, binned = world.model.live[table], world.model.bin[table]
            match chance.randrange(4):
                case 0:
                    world.insert(uow, table, chance.choice((1, 4)), chance)
                case 1:
                    world.delete(uow, table, sorted(chance.sample(sorted(live), 2)))
                case 2 if binned:
                    world.restore(uow, table, sorted(chance.sample(sorted(binned), 1)))
                case _:
                    world.update(uow, table, sorted(chance.sample(sorted(live), 3)), chance)


@pytest.mark.parametrize("seed", range(3))
def test_a_store_that_hands_results_on_says_what_a_new_one_says(
    seed: int, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "SMALL_TAIL", 20)  # so that tails become new files now and then
    chance, world = random.Random(seed), World(database)
    context = RunContext(datetime(2030, 1, 1, tzinfo=UTC), ZoneInfo("UTC"), world.catalogue)
    with database.writing() as uow:
        for table in ("customer", "order", "line"):
            world.insert(uow, table, 30, chance)
    store = ColumnStore(database, tmp_path / "kept")
    with mock.patch.object(TableStep, "part", autospec=True, side_effect=TableStep.part) as parts:
        for turn in range(10):
            here = said(world.snapshot(store), context)
            store.settle()
            anew = ColumnStore(database, tmp_path / f"new {turn}")
            assert here == said(world.snapshot(anew), context)
            anew.settle()
            change(world, chance)
    assert parts.call_count > 20
