"""Nobody's placement changes before its next change, and no rule is asked that cannot matter."""

from datetime import UTC, datetime, timedelta
from random import Random
from unittest import mock

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.backends.columns.test_agreement import MOMENTS, SIZES, ZONES
from tests.unit.backends.columns.test_instants import EPOCH, made_rule
from tests.unit.backends.generated import CATALOGUE, TODAY, tables
from tests.unit.backends.memory_columns import Tables
from tierloom.backends import columns as evaluator
from tierloom.domain.context import RunContext
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tiers import DefaultTier, OnMissing, Slot, Tier, TierModel
from tierloom.engine.due import next_changes
from tierloom.engine.run import place
from tierloom.engine.stays import NEVER
from tierloom.rules import ir
from tierloom.rules.types import DATE, INTEGER
from tierloom.text import Label

MS = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)


def model(tiers: int, on_missing: OnMissing) -> TierModel:
    """A tier model; its rules are given beside it."""
    rule = RuleDocument("false")
    made = (Tier(f"t{n}", Label.of("T"), "star", Slot.TEAL, rule) for n in range(tiers))
    default = DefaultTier("rest", Label.of("Rest"))
    return TierModel("m", Label.of("M"), "customers", tuple(made), default, on_missing)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**48), st.sampled_from(OnMissing))
def test_nobody_moves_before_the_next_change(seed: int, on_missing: OnMissing) -> None:
    random = Random(seed)
    columns = tables(random, SIZES).columns("customers")
    as_of, zone = random.choice(MOMENTS).replace(microsecond=0), random.choice(ZONES)
    rules = [made_rule(random) for _ in range(3)]
    if "Now(" in repr(rules):
        return  # what asks for the instant is looked at each minute only
    tiers = model(3, on_missing)

    def placed(moment: datetime) -> list[int]:
        context = RunContext(moment, zone, CATALOGUE)
        return [int(one) for one in place(tiers, rules, columns, context, evaluator)]

    now = placed(as_of)
    found = next_changes(tiers, rules, columns, RunContext(as_of, zone, CATALOGUE), evaluator)
    ends = sorted({one for one in found.tolist() if one != NEVER})[:4]
    looks = [EPOCH + one * MS - MS for one in ends]
    looks += [as_of + n * HOUR for n in (1, 7, 25, 24 * 9, 24 * 40)]
    for moment in looks:
        later = placed(moment)
        for before, after, end in zip(now, later, found.tolist(), strict=True):
            assert before == after or EPOCH + end * MS <= moment


def test_what_comes_after_the_tier_that_takes_a_record_does_not_matter() -> None:
    made = Tables(CATALOGUE)
    made.records["customers"] = []
    made.add("customers", 1, {"visits": 5, "born": TODAY})
    made.add("customers", 2, {"visits": 0, "born": TODAY})
    columns = made.columns("customers")
    context = RunContext(datetime(2024, 2, 29, 12, tzinfo=UTC), ZONES[-1], CATALOGUE)
    often = ir.Compare(
        ir.Comparison.GREATER_EQUAL, ir.Var(("visits",), INTEGER), ir.Literal(3, INTEGER)
    )
    born = ir.Compare(ir.Comparison.LESS, ir.Var(("born",), DATE), ir.Today(DATE))
    found = next_changes(model(2, OnMissing.SKIP), [often, born], columns, context, evaluator)
    tomorrow = datetime(2024, 3, 1, tzinfo=UTC)
    assert found.tolist() == [NEVER, (tomorrow - EPOCH) // MS]
    assert np.array_equal(
        next_changes(model(1, OnMissing.SKIP), [often], columns, context, evaluator),
        [NEVER, NEVER],
    )


def test_rules_that_never_ask_for_the_time_are_not_asked() -> None:
    columns = tables(Random(1), SIZES).columns("customers")
    context = RunContext(MOMENTS[0], ZONES[0], CATALOGUE)
    with mock.patch.object(evaluator, "next_change") as asked:
        found = next_changes(
            model(1, OnMissing.HOLD), [ir.Constant(True)], columns, context, evaluator
        )
    assert not asked.called
    assert (found == NEVER).all()
