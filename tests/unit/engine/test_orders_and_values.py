"""Sorted lists, pages and the values on them, against Python's own sorting."""

from datetime import UTC, datetime
from random import Random
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.unit.backends.generated import CATALOGUE, LEVELS, TAGS, tables
from tests.unit.backends.memory_columns import Record, Tables
from tierloom.backends import columns as backend
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate, Link
from tierloom.engine.collation import Collation
from tierloom.engine.orders import order_by, page, sort_order, value_order
from tierloom.engine.steps import Heir, Step
from tierloom.engine.values import display_values, stored_values
from tierloom.rules import ir
from tierloom.rules.row import compile_value
from tierloom.rules.types import DOUBLE, value_type

CONTEXT = RunContext(datetime(2024, 2, 29, 12, tzinfo=UTC), ZoneInfo("Asia/Shanghai"), CATALOGUE)
SIZES = {"companies": 5, "customers": 60, "orders": 80, "calls": 5, "lines": 5}
AMOUNT = ir.Var(("amount",), value_type(CATALOGUE.table("orders").field("amount").type))
SPENT = ir.RollUpOf(
    Aggregate.SUM, ir.Related("orders", "orders", "customer", "day"), AMOUNT, AMOUNT.type
)


@pytest.fixture(scope="module")
def made() -> Tables:
    return tables(Random(5), SIZES)


def in_order(rows: list[Record], key, *, descending: bool) -> list[int]:
    known = [row for row in rows if key(row) is not None]
    known.sort(key=key, reverse=descending)  # Python's reverse keeps the order of equals, too
    return [row.id for row in [*known, *(row for row in rows if key(row) is None)]]


def name_of_company(row: Record):
    above = row.parent("company")
    return above.value("name") if above else None


KEYS = {
    "city": lambda row: row.value("city"),
    "spend": lambda row: row.value("spend"),
    "member": lambda row: row.value("member"),
    "seen": lambda row: row.value("seen"),
    "level": lambda row: LEVELS.index(row.value("level")) if row.value("level") else None,
    "tags": lambda row: [TAGS.index(t) for t in row.value("tags")] if row.value("tags") else None,
    "company": name_of_company,
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("key", KEYS)
def test_a_field_orders_the_records(made: Tables, key: str, descending: bool) -> None:
    columns = made.columns("customers")
    order = sort_order(columns, key, descending=descending)
    assert columns.ids[order].tolist() == in_order(
        columns.records, KEYS[key], descending=descending
    )
    assert sort_order(columns, key, descending=descending) is order
    assert not order.flags.writeable


def test_the_next_snapshot_keeps_what_did_not_change() -> None:
    """An edit of one field leaves the orders of all others, and none of another's values gets in."""
    before, after = tables(Random(5), SIZES), tables(Random(5), SIZES)
    edited = after.records["customers"][3]
    edited.values = {**edited.values, "spend": 12_345.5}
    former, later = before.columns("customers"), after.columns("customers")
    orders = {key: sort_order(former, key, Collation.PINYIN) for key in KEYS}
    step = cast(Step, None)  # of what changed, the values tell
    later.cache.update({k: v.heir(step) for k, v in former.cache.items() if isinstance(v, Heir)})
    for key in ("seen", "member", "level"):
        assert sort_order(later, key, Collation.PINYIN) is orders[key]
    found = later.ids[sort_order(later, "spend", Collation.PINYIN)]
    assert found.tolist() == in_order(later.records, KEYS["spend"], descending=False)
    assert sort_order(former, "spend", Collation.PINYIN) is orders["spend"]


def test_an_expression_orders_the_records_and_follows_time(made: Tables) -> None:
    columns = made.columns("customers")
    for context in (CONTEXT, RunContext(datetime(2022, 5, 1, tzinfo=UTC), CONTEXT.zone, CATALOGUE)):
        order = value_order(SPENT, columns, context, backend, descending=True)
        key = compile_value(SPENT, context)
        assert columns.ids[order].tolist() == in_order(columns.records, key, descending=True)
    again = value_order(SPENT, columns, context, backend, descending=True)
    assert again is order


def test_two_orders_are_put_into_one_another() -> None:
    city, age = np.array([1, 0, 1, 0, -1]), np.array([3.0, 5.0, 4.0, np.nan, 1.0])
    by_age = order_by(age, descending=True)
    assert by_age.tolist() == [1, 2, 0, 4, 3]
    assert order_by(city, by_age).tolist() == [1, 3, 2, 0, 4]


@pytest.mark.parametrize("start", [0, 3, 17, 40, 1000])
def test_a_page_is_a_stretch_of_the_filtered_order(start: int) -> None:
    random = np.random.default_rng(3)
    order, mask = random.permutation(200_000), random.random(200_000) < 0.001
    wanted = [int(one) for one in order if mask[one]]
    found = page(order, mask, start, 10)
    assert found.positions.tolist() == wanted[start : start + 10]
    assert found.total == len(wanted)
    assert page(order, None, start, 10).positions.tolist() == order[start : start + 10].tolist()


def test_values_come_back_as_they_went_in(made: Tables) -> None:
    columns = made.columns("customers")
    positions = np.array([7, 0, 33])
    rows = [columns.records[position] for position in positions]
    for field in CATALOGUE.table("customers").fields:
        found = stored_values(field.key, columns, positions)
        if field.type.target is None:
            assert found == [row.value(field.key) for row in rows]
        else:
            above = [row.parent(field.key) for row in rows]
            wanted = [up and Link(up.id, up.value("name") or "") for up in above]
            assert found == wanted


def test_calculated_values_are_those_of_the_row_evaluator(made: Tables) -> None:
    columns = made.columns("customers")
    ratio = ir.Arithmetic(ir.Sign.DIVIDE, (SPENT, ir.Var(("visits",), DOUBLE)), DOUBLE)
    for node in (SPENT, ratio):
        positions = np.array([59, 3, 3, 20])
        wanted = [compile_value(node, CONTEXT)(columns.records[one]) for one in positions]
        assert display_values(node, columns, positions, CONTEXT, backend) == wanted
