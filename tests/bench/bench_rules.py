"""Rules over the yardstick, beside DuckDB, panzi-json-logic and Python written by hand, in the same process."""

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import json_logic
import pytest

from tests.bench import by_hand
from tests.bench.figures import report
from tests.bench.many_rules import many
from tests.bench.side_by_side import Pair, side_by_side
from tests.bench.yardstick import EVENTS, FULL, ROWS, ArrowColumns, World, open_world
from tierloom.backends import columns as evaluator
from tierloom.domain.rules import RuleDocument
from tierloom.domain.scores import RuleCriterion, Score, ScoreGroup
from tierloom.domain.tiers import OnMissing, Tier, TierModel
from tierloom.engine.columns import NumberColumn
from tierloom.engine.run import place
from tierloom.rules import ir
from tierloom.rules.given import GivenRow
from tierloom.rules.row import compile_predicate
from tierloom.rules.scores import compile_score
from tierloom.text import Label

ROUNDS = 5
SAMPLE = 20_000
"""Records that are asked about one by one."""

PANZI_ROWS = 2_000
SIZES = {"customers": ROWS, "events": EVENTS}


class Workload:
    """Twenty rules, a tier model and a score: compiled, and as one SELECT written by hand."""

    def __init__(self, world: World) -> None:
        self.world = world
        given = world.rules
        self.segments = given["segments"]
        self.rules = [world.compiled(one["rule"]) for one in self.segments]
        self.tiers = [one for one in given["tier_model"]["tiers"] if "rule" in one]
        self.tier_rules = [world.compiled(one["rule"]) for one in self.tiers]
        self.criteria = given["score"]["criteria"]

    def model(self, on_missing: OnMissing) -> TierModel:
        names = [*(one["name"] for one in self.tiers), "普通"]
        tiers = [
            Tier(f"t{number}", Label.of(name), "star", "gold", None)
            for number, name in enumerate(names)
        ]
        return _tier_model(tiers, on_missing)

    def score(self, on_missing: OnMissing) -> ir.Scored:
        criteria = tuple(
            RuleCriterion(Label.of("c"), RuleDocument.of(one["rule"]), one["points"])
            for one in self.criteria
        )
        group = ScoreGroup(Label.of("g"), criteria)
        score = Score("score", Label.of("s"), "customers", (group,), on_missing=on_missing)
        return compile_score(score, self.world.catalogue).value
