"""When time alone can move anybody next, over the yardstick: what a run asks after it has placed everybody."""

from collections.abc import Sequence
from statistics import median
from time import perf_counter

import numpy as np
import pytest

from tests.bench.figures import report
from tests.bench.yardstick import EVENTS, ROWS, World
from tierloom.backends import columns as evaluator
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.tiers import DefaultTier, OnMissing, Slot, Tier, TierModel
from tierloom.engine.due import next_changes
from tierloom.engine.run import place
from tierloom.engine.stays import NEVER
from tierloom.text import Label

ROUNDS = 5


def spent(least: float, days: int) -> Json:
    since: Json = {"<": [{"days_since": [{"var": "last_order_date"}]}, days]}
    return {"and": [{">=": [{"var": "total_amount"}, least]}, since]}


def bought(times: int, days: int) -> Json:
    recent: Json = {"<": [{"days_since": [{"var": "ts"}]}, days]}
    return {">=": [{"count": [{"filter": [{"var": "events"}, recent]}]}, times]}


def model(rules: Sequence[Json]) -> TierModel:
    tiers = (
        Tier(f"t{number}", Label.of("T"), "star", Slot.TEAL, RuleDocument.of(rule))
        for number, rule in enumerate(rules)
    )
    default = DefaultTier("rest", Label.of("Rest"))
    return TierModel("m", Label.of("M"), "customers", tuple(tiers), default, OnMissing.HOLD)


@pytest.mark.parametrize(
    ("what", "rules"),
    [
        (
            f"five tiers by spend and date over {ROWS:,} customers",
            [spent(5000, 30), spent(3000, 60), spent(1000, 90), spent(200, 180), spent(1, 365)],
        ),
        (
            f"three tiers by {EVENTS:,} related records of {ROWS:,} customers",
            [bought(10, 90), bought(5, 90), bought(1, 365)],
        ),
    ],
)
def test_next_changes(world: World, what: str, rules: list[Json]) -> None:
    asked, columns = model(rules), world.columns("customers")
    compiled = [world.compiled(rule) for rule in rules]
    seconds = []
    for _ in range(ROUNDS):
        world.forget()
        place(asked, compiled, columns, world.context, evaluator)
        start = perf_counter()
        found = next_changes(asked, compiled, columns, world.context, evaluator)
        seconds.append(perf_counter() - start)
    never = float(np.mean(found == NEVER))
    report(f"next changes: {what}", median(seconds), "s", 0.5, never=never)
