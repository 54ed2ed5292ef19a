"""Recency, frequency and money of every customer, rolled up from the yardstick's events as the store holds them.

Ratios are in CPU seconds of the process, all threads. The whole roll-up works out three values from nothing: only the
grouping that the store keeps with a base is there. The roll-up of changes begins where the changed rows have been read
from the database: it makes the next snapshot of both tables from the former one, and the three values from its. Beside
it stands what has to be done where nothing is handed on: columns merged, events grouped by customer, values rolled up.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from tests.bench.figures import report
from tests.bench.side_by_side import side_by_side
from tests.bench.yardstick import EVENTS, World
from tierloom.backends import columns as evaluator
from tierloom.domain.fields import Aggregate
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.engine.columns import NumberColumn, Positions
from tierloom.rules import ir
from tierloom.rules.types import INTEGER, value_type
from tierloom.store.columns.assembly import assemble
from tierloom.store.columns.encoding import encodings_of
from tierloom.store.columns.generation import Base
from tierloom.store.columns.manifest import Point
from tierloom.store.columns.snapshot import Snapshot
from tierloom.store.columns.stored import ReferenceIds, Stored, parts_of, taken, tidied
from tierloom.store.columns.table import Rows, TableData, Tail

CHANGED = EVENTS // 1_000
"""Events that come, change or go: 10,000 of ten million."""

GROUPED = "SELECT customer_id, max(ts) AS last, count(*) AS times, sum(amount) AS spent FROM events GROUP BY 1"
FIELDS = {"customers": ("customer_id",), "events": ("customer_id", "ts", "amount")}


@dataclass(frozen=True)
class Tables:
    """Customers and events with the fields at hand, as the store has them after it was opened."""

    catalogue: Catalogue
    customers: TableData
    events: TableData
    values: tuple[ir.RollUpOf, ...]

    def forgotten(self) -> "Tables":
        """Return the same without what was worked out once for these rows: how they are grouped."""
        customers, events = (
            TableData(one.encodings, one.base, one.tail) for one in (self.customers, self.events)
        )
        return Tables(self.catalogue, customers, events, self.values)

    def snapshot(self, tail: Tail | None = None, former: Snapshot | None = None) -> Snapshot:
        """Make a snapshot, with the changed events of a tail."""
        events = self.events if tail is None else self.events.followed_by(tail)
        customers, after = (self.catalogue.table(key).id for key in FIELDS)
        return assemble(self.catalogue, {customers: self.customers, after: events}, former)


@pytest.fixture(scope="module")
def tables(world: World) -> Tables:
    numbered = {}
    for number, (key, fields) in enumerate(FIELDS.items(), 1):
        record_type = world.catalogue.table(key)
        kept = tuple(
            replace(record_type.field(one), id=10 * number + place)
            for place, one in enumerate(fields)
        )
        numbered[key] = replace(record_type, id=number, fields=kept, key_field=None)
    events = numbered["events"]
    amount, at = (value_type(events.field(one).type) for one in ("amount", "ts"))
    rows = ir.Related("events", "events", "customer_id", "ts")
    values = (
        ir.RollUpOf(Aggregate.MAXIMUM, rows, ir.Var(("ts",), at), at),
        ir.RollUpOf(Aggregate.COUNT, rows, None, INTEGER),
        ir.RollUpOf(Aggregate.SUM, rows, ir.Var(("amount",), amount), amount),
    )
    customers, below = (_data(world, one) for one in numbered.values())
    return Tables(Catalogue(numbered), customers, below, values)


def _data(world: World, record_type: RecordType) -> TableData:
    columns: dict[int, Stored] = {}
    for field in record_type.fields:
        if field.type.target:
            ids = world.arrow(record_type.key)[field.key].to_numpy()
            columns[field.id] = tidied(ReferenceIds(ids))
        else:
            found = world.columns(record_type.key).column(field.key)
            assert isinstance(found, NumberColumn)
            columns[field.id] = tidied(found)
    ids = np.arange(1, world.columns(record_type.key).size + 1)
    encodings = encodings_of(record_type)
    nothing = {number: taken(column, ids[:0]) for number, column in columns.items()}
    base = Base(ids, columns, encodings, Point(0), Point(0), ())
    return TableData(encodings, base, Tail(Rows(ids[:0], nothing), ids[:0]))


def rolled_up(world: World, tables: Tables, snapshot: Snapshot) -> list[np.ndarray]:
    customers = snapshot.table("customers")
    found = [evaluator.value(one, customers, world.context).column for one in tables.values]
    return [one.values for one in found if isinstance(one, NumberColumn)]


def same(found: list[np.ndarray], world: World, events: str = "events") -> bool:
    """Compare with what DuckDB says about the same events."""
    wanted = world.duck.execute(
        f"SELECT epoch_ms(max(e.ts)), count(e.ts), coalesce(sum(e.amount), 0) FROM customers AS c "
        f"LEFT JOIN {events} AS e ON e.customer_id = c.customer_id GROUP BY c.customer_id ORDER BY c.customer_id"
    ).fetchnumpy()
    return all(
        np.allclose(one, np.ma.filled(np.ma.asarray(other, np.float64), np.nan), equal_nan=True)
        for one, other in zip(found, wanted.values(), strict=True)
    )


def test_all_events(world: World, tables: Tables) -> None:
    snapshot = tables.snapshot()
    assert same(rolled_up(world, tables, snapshot), world)

    def ours() -> None:
        for one in snapshot:
            one.cache.clear()
        rolled_up(world, tables, snapshot)

    made = f"CREATE OR REPLACE TABLE rfm AS {GROUPED}"
    pair = side_by_side(ours, lambda: world.duck.execute(made))
    name = f"recency, frequency and money of {EVENTS:,} events"
    report(name, pair.ratio, "× CPU of DuckDB's GROUP BY", 0.3, **pair.seconds)


def test_some_events(world: World, tables: Tables) -> None:
    former, tail = tables.snapshot(), some_changes(tables)
    rolled_up(world, tables, former)
    load(world, tables, tail)

    def ours() -> list[np.ndarray]:
        return rolled_up(world, tables, tables.snapshot(tail, former))

    def anew() -> list[np.ndarray]:
        return rolled_up(world, tables, tables.forgotten().snapshot(tail))

    def whole() -> None:
        for one in former:
            one.cache.clear()
        rolled_up(world, tables, former)

    assert same(ours(), world, "changed_events")
    assert same(anew(), world, "changed_events")
    pair, grouped = side_by_side(ours, anew, 9), side_by_side(ours, whole, 9)
    name = (
        f"next snapshot and roll-ups after {CHANGED:,} of {EVENTS:,} events came, changed or went"
    )
    report(
        name, 100 * pair.ratio, "% of the CPU of merging, grouping and rolling up all", 4,
        of_rolling_up_alone=100 * grouped.ratio, **pair.seconds,
    )  # fmt: skip


def some_changes(tables: Tables) -> Tail:
    """Return a tail: a third of it new events, a third changed ones (some of other customers), a third gone."""
    chance = np.random.default_rng(7)
    size = tables.events.size
    touched = chance.choice(size, 2 * (CHANGED // 3), replace=False)
    gone, changed = np.sort(touched[: CHANGED // 3]), np.sort(touched[CHANGED // 3 :])
    copied = np.sort(chance.choice(size, CHANGED // 3, replace=False))
    from_rows = np.concatenate((changed, copied))
    columns: dict[int, Stored] = {}
    later = {"ts": -86_400_000, "amount": 10}
    for field in tables.catalogue.table("events").fields:
        match taken(tables.events.base.columns[field.id], from_rows):
            case ReferenceIds(ids):
                moved = ids.copy()
                moved[::10] = moved[chance.permutation(len(moved))][::10]
                columns[field.id] = ReferenceIds(moved)
            case NumberColumn(values):
                columns[field.id] = NumberColumn(values.astype(np.float64) + later[field.key])
    live: Positions = np.concatenate((changed + 1, size + 1 + np.arange(len(copied))))
    return Tail(Rows(live, columns), gone + 1)


def load(world: World, tables: Tables, tail: Tail) -> None:
    """Make the table `changed_events`: the events with the changes applied, ids being places in the file."""
    fields = tables.catalogue.table("events").fields
    rows: dict[str, Any] = {}
    for field in fields:
        column = tail.live.columns[field.id]
        rows[field.key] = next(iter(parts_of(column).values()))
    replaced = np.concatenate((tail.gone, tail.live.ids)) - 1
    duck = world.duck
    duck.register("replaced", {"place": replaced})
    duck.register("live", rows)
    duck.execute(
        "CREATE OR REPLACE TABLE changed_events AS "
        "SELECT customer_id, ts, amount FROM events WHERE rowid NOT IN (SELECT place FROM replaced) "
        "UNION ALL SELECT customer_id, make_timestamp(CAST(ts * 1000 AS BIGINT)), amount FROM live"
    )
