"""Templates over the tables of the trades: which fields they take there, and what comes out."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from shutil import copyfile

import pytest

from tests.unit.services.shop import TODAY, Clock, Row, cells
from tests.unit.services.templates.world import percentile, whole_up
from tierloom.domain.fields import Link
from tierloom.domain.people import Actor
from tierloom.domain.tables import RecordType
from tierloom.schemas import packs
from tierloom.services import configuration, workspaces
from tierloom.services.access import accounts
from tierloom.services.platform import Platform, open_platform
from tierloom.services.settings import Settings
from tierloom.services.templates import plans
from tierloom.services.templates.plans import Choices, Plan
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.store.changes import Cause

WANTED = {
    "shop": {
        "value_tiers": {"spend_12m": "spend_12m"},
        "lifecycle_churn": {
            "purchase_count": "order_count", "last_purchase": "last_order", "purchase_gap": "+",
        },
        "rfm_eight": {
            "last_purchase": "last_order", "purchase_count": "order_count", "total_spend": "total_spend",
        },
        "purchase_frequency": {"purchase_count_12m": "orders_12m"},
        "product_interest": {"category": "category", "purchase_date": "ordered_on"},
    },
    "dealer": {
        "value_tiers": {"spend_12m": "spend_12m"},
        "rfm_eight": {
            "last_purchase": "last_purchase", "purchase_count": "purchase_count",
            "total_spend": "total_spend",
        },
        "car_dealer": {"purchase_count": "purchase_count", "last_contact": "last_visit"},
    },
    "fuel": {
        "value_tiers": {"spend_12m": "spend_12m"},
        "purchase_frequency": {"purchase_count_12m": "fills_12m"},
        # The last 12 months are not all purchases: who came before them is no prospect.
        "lifecycle_churn": {
            "purchase_count": "+", "last_purchase": "last_fill", "purchase_gap": "+",
        },
        "rfm_eight": {"last_purchase": "last_fill", "purchase_count": "+", "total_spend": "+"},
        "fuel_drivers": {
            "main_fuel": "usual_fuel", "litres_per_fill": "+", "purchase_count_12m": "fills_12m",
        },
    },
}  # fmt: skip
"""The field of the trade's customers for each figure of a template; "+" is one that is still to be made."""


@pytest.fixture
def platform(migrated_file: Path, tmp_path: Path) -> Iterator[Platform]:
    copyfile(migrated_file, tmp_path / "tierloom.sqlite3")
    with open_platform(Settings(tmp_path), Clock()) as found:
        yield found


def opened(platform: Platform, trade: str) -> Actor:
    workspaces.ensure(platform, trade, trade.title(), "zh_Hans_CN", "Asia/Shanghai")
    owner = accounts.actor_named(platform, trade, None)
    tables = [one for one in packs.read_pack(trade) if isinstance(one, RecordType)]
    configuration.apply(platform, owner, tables)
    return owner


def laid(platform: Platform, owner: Actor, name: str) -> Plan:
    with reading(platform, owner) as bench:
        return plans.plan(bench, name, Choices({"table": "customers"}))


@pytest.mark.parametrize("trade", sorted(WANTED))
def test_figures_of_the_trades(platform: Platform, trade: str) -> None:
    owner = opened(platform, trade)
    for name, wanted in WANTED[trade].items():
        plan = laid(platform, owner, name)
        found = {
            one.figure.key: "+" if one.adds else one.field.key for one in plan.held if one.field
        }
        assert found == wanted, name
        assert not plan.missing
        assert not plan.problems


def test_called_off_orders_do_not_count(platform: Platform) -> None:
    """A figure that is made counts what the table's other figures count."""
    owner = opened(platform, "shop")
    (gap,) = laid(platform, owner, "lifecycle_churn").added
    with reading(platform, owner) as bench:
        other = bench.published.table("customers").field("order_count")
    assert gap.calculation.only == other.calculation.only  # type: ignore[union-attr]
    assert gap.calculation.only is not None  # type: ignore[union-attr]


def insert(bench: Workbench, key: str, rows: list[Row]) -> list[int]:
    table = bench.published.table(key)
    types = {one.key: one.type for one in table.fields}
    stored = [cells(types, row) for row in rows]
    return bench.uow.records(table).insert(stored, bench.uow.now, Cause("edit", 0))


def fillers(platform: Platform, owner: Actor) -> tuple[list[Row], list[int]]:
    """Fill up some customers' cars; returns the transactions and the customers' ids."""
    random = Random(11)
    with writing(platform, owner) as bench:
        people: list[Row] = [{"customer_no": f"F{n:03}", "name": f"车主{n}"} for n in range(60)]
        ids = insert(bench, "customers", people)
        fuels = [
            one.key for one in bench.published.table("transactions").field("fuel").type.options
        ]
        rows: list[Row] = []
        for owner_id in ids[:-5]:
            usual, size = random.choice(fuels), random.choice([30, 45, 60, 200])
            for _ in range(random.randrange(1, 40)):
                rows.append({
                    "transaction_no": f"T{len(rows):05}",
                    "customer": Link(owner_id, ""),
                    "filled_on": TODAY - timedelta(random.randrange(500)),
                    "fuel": usual if random.random() < 0.8 else random.choice(fuels),
                    "litres": round(size * random.uniform(0.8, 1.2), 2),
                    "amount": 100.0,
                })  # fmt: skip
        insert(bench, "transactions", rows)
    return rows, ids


def test_driver_types(platform: Platform) -> None:
    owner = opened(platform, "fuel")
    rows, ids = fillers(platform, owner)
    own = {one: [row for row in rows if row["customer"] == Link(one, "")] for one in ids}
    recent = {
        one: sum((TODAY - row["filled_on"]).days < 365 for row in found)  # type: ignore[operator]
        for one, found in own.items()
    }
    often = whole_up(percentile([float(n) for n in recent.values() if n], 50))
    plan = laid(platform, owner, "fuel_drivers")
    assert [one.value for one in plan.thresholds] == [120, often]
    with reading(platform, owner) as bench:
        options = bench.published.table("transactions").field("fuel").type.options
    diesel = {
        one.key
        for one in options
        if "diesel" in f"{one.key}{one.label}".casefold() or "柴油" in str(one.label.words)
    }
    charged = {
        one.key
        for one in options
        if "充电" in str(one.label.words) or "电" in one.label.words["zh"]
    }
    assert diesel
    assert charged

    def kind(one: int) -> str:
        found = own[one]
        if not found:
            return "private"
        mean = sum(float(row["litres"]) for row in found) / len(found)  # type: ignore[arg-type]
        fuel = usual_of(found)
        if mean >= 120 or (fuel in diesel and recent[one] >= often):
            return "heavy"
        if fuel in charged:
            return "eco"
        return "business" if recent[one] >= often else "private"

    counts = Counter(map(kind, ids))
    assert {key: n for key, n in plan.sizes.items() if n} == dict(counts)


def usual_of(rows: list[Row]) -> str:
    """The most frequent fuel; of several, the one that was filled last."""
    found = Counter(str(row["fuel"]) for row in rows)
    most = max(found.values())
    tied = {one for one, n in found.items() if n == most}
    dated = sorted(enumerate(rows), key=lambda pair: (pair[1]["filled_on"], pair[0]))
    return next(str(row["fuel"]) for _, row in reversed(dated) if str(row["fuel"]) in tied)
