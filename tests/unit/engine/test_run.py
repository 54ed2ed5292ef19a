"""Placing records in tiers, worked out again by the row evaluator."""

from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.unit.backends.generated import CATALOGUE, Rules, tables
from tierloom.backends import columns as backend
from tierloom.domain.context import RunContext
from tierloom.domain.rules import NOBODY
from tierloom.domain.tiers import NOT_ENOUGH_DATA, DefaultTier, OnMissing, Slot, Tier, TierModel
from tierloom.engine.run import because_unknown, place, run, segment_masks
from tierloom.rules import ir
from tierloom.rules.row import compile_kleene, compile_predicate
from tierloom.text import Label

CONTEXT = RunContext(datetime(2024, 2, 29, 12, tzinfo=UTC), ZoneInfo("Asia/Shanghai"), CATALOGUE)
SIZES = {"companies": 2, "customers": 30, "orders": 30, "calls": 5, "lines": 5}


def model(tiers: int, on_missing: OnMissing) -> TierModel:
    return TierModel(
        "value",
        Label.of("Value"),
        "customers",
        tuple(Tier(f"t{n}", Label.of("T"), "gem", Slot.GOLD, NOBODY) for n in range(tiers)),
        DefaultTier("rest", Label.of("Rest")),
        on_missing,
    )


@pytest.mark.parametrize("seed", range(25))
def test_the_first_tier_that_matches_takes_the_record(seed: int) -> None:
    random = Random(seed)
    columns = tables(random, SIZES).columns("customers")
    rules = [Rules(random, "customers").predicate(2) for _ in range(3)]
    asked = [compile_predicate(rule, CONTEXT) for rule in rules]
    wanted = [next((n for n, ask in enumerate(asked) if ask(row)), 3) for row in columns.records]
    codes = place(model(3, OnMissing.SKIP), rules, columns, CONTEXT, backend)
    assert codes.dtype == np.int8
    assert codes.tolist() == wanted

    held = [compile_kleene(rule, CONTEXT) for rule in rules]
    outcomes = []
    for row in columns.records:
        answers = [ask(row) for ask in held]
        open_ = [n for n, answer in enumerate(answers) if answer is not False]
        sure = bool(open_) and answers[open_[0]] is True
        outcomes.append(3 if not open_ else open_[0] if sure else NOT_ENOUGH_DATA)
    assert place(model(3, OnMissing.HOLD), rules, columns, CONTEXT, backend).tolist() == outcomes

    # In the default tier only for want of data: hold would not have put it anywhere.
    doubted = because_unknown(model(3, OnMissing.SKIP), rules, columns, CONTEXT, backend)
    expected = [
        code == 3 and outcome == NOT_ENOUGH_DATA
        for code, outcome in zip(wanted, outcomes, strict=True)
    ]
    assert doubted.tolist() == expected

    # One run over both models and two segments says the same, from nothing.
    columns.cache.clear()
    models = [(model(3, one), rules) for one in (OnMissing.SKIP, OnMissing.HOLD)]
    found = run(models, {"a": rules[0], "b": rules[1]}, columns, CONTEXT, backend)
    assert [one.tolist() for one in found.codes] == [wanted, outcomes]
    for key, ask in zip("ab", asked, strict=False):
        bits = np.unpackbits(found.members[key], count=columns.size)
        assert bits.tolist() == [ask(row) for row in columns.records]

    masks = segment_masks({"a": rules[0], "b": rules[1]}, columns, CONTEXT, backend)
    assert [masks["b"][n] for n in range(columns.size)] == [asked[1](r) for r in columns.records]


def test_every_tier_needs_a_rule() -> None:
    columns = tables(Random(1), SIZES).columns("customers")
    with pytest.raises(ValueError, match="'value' has 2 tiers, but 1 rules came"):
        place(model(2, OnMissing.SKIP), [ir.Constant(True)], columns, CONTEXT, backend)
