"""Results of tier models beside stored columns: some records, and related ones, read them as all do."""

from random import Random

import numpy as np
import pytest

from tests.unit.backends.generated import CATALOGUE, tables
from tests.unit.engine.test_subset import CONTEXT, SIZES, same_rule, same_value
from tierloom.backends import columns as evaluator
from tierloom.domain.fields import Aggregate
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tiers import TIER, DefaultTier, Slot, Tier, TierModel
from tierloom.engine.columns import TextColumn
from tierloom.engine.subset import subset, taken
from tierloom.rules import ir
from tierloom.rules.types import INTEGER
from tierloom.services.tier_columns import Codes, Result, TierResults
from tierloom.text import Label


def model(key: str, table: str) -> TierModel:
    tiers = tuple(
        Tier(one, Label.of(one), "star", slot, RuleDocument.of(True))
        for one, slot in (("gold", Slot.GOLD), ("silver", Slot.SLATE))
    )
    return TierModel(key, Label.of(key), table, tiers, DefaultTier("plain", Label.of("plain")))


MODELS = {one.key: one for one in (model("value", "customers"), model("size", "orders"))}
CODES: dict[str, Codes] = {
    "value": np.arange(SIZES["customers"]).astype(np.int8) % 4 - 1,
    "size": np.arange(SIZES["orders"]).astype(np.int8) % 3,
}


def result(one: TierModel) -> Result:
    return f"run 1 of {one.key}", lambda: CODES[one.key]


def has(model: str, tier: str) -> ir.Predicate:
    kind = ir.ValueType(ir.Family.CHOICE, options=("gold", "silver", "plain"))
    value = ir.Var((f"{TIER}{model}",), kind)
    return ir.Compare(ir.Comparison.EQUAL, value, ir.Literal(tier, kind))


@pytest.mark.parametrize("places", [[], [0], [3, 4, 5, 9, 14], list(range(15))])
def test_a_subset_reads_tiers_as_the_whole(places: list[int]) -> None:
    stored = tables(Random(1), SIZES).columns("customers")
    whole = TierResults(MODELS.__getitem__, result).over(stored)
    some = np.array(places, np.int64)
    part = subset(whole, some)
    rows = ir.Related("orders", "orders", "customer", "day", has("size", "gold"))
    golden = ir.RollUpOf(Aggregate.COUNT, rows, None, INTEGER)
    for tier in ("gold", "silver", "plain"):
        same_rule(has("value", tier), whole, part, some)
    same_value(golden, whole, part, some)
    codes = CODES["value"]
    assert evaluator.mask(has("value", "gold"), part, CONTEXT).tolist() == [
        codes[place] == 0 for place in places
    ]


def test_a_few_tiers() -> None:
    stored = tables(Random(1), SIZES).columns("customers")
    whole = TierResults(MODELS.__getitem__, result).over(stored)
    found = taken(whole, f"{TIER}value", np.array([1, -1, 3, 0]))
    assert isinstance(found, TextColumn)
    texts = [None if code < 0 else found.dictionary.text(code) for code in found.codes]
    assert texts == ["gold", None, "plain", None]
    assert CATALOGUE.table("customers") is whole.record_type
