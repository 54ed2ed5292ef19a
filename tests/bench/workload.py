"""Twenty rules, a tier model and a score of the yardstick: compiled, and as one SELECT written by hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tests.bench.yardstick import World
from tierloom.backends import columns as evaluator
from tierloom.domain.rules import RuleDocument
from tierloom.domain.scores import RuleCriterion, Score, ScoreGroup
from tierloom.domain.tiers import DefaultTier, OnMissing, Slot, Tier, TierModel
from tierloom.engine.columns import Bits, Columns, Doubles, NumberColumn
from tierloom.engine.results import Codes
from tierloom.engine.run import held_codes, run
from tierloom.rules import ir
from tierloom.rules.scores import compile_score
from tierloom.text import Label


@dataclass(frozen=True)
class Results:
    """What a run over all customers gives."""

    members: list[Bits]
    placements: Codes
    points: Doubles


@dataclass
class Workload:
    """Evaluates everything from nothing, on columns whose shelf is emptied first."""

    world: World
    on_missing: OnMissing = OnMissing.SKIP

    def run(self, columns: Columns) -> Results:
        columns.cache.clear()
        context = self.world.context
        if self.on_missing is OnMissing.HOLD:
            asked = [*self.rules, *self.tier_rules]
            answers = evaluator.packed_kleenes(asked, columns, context)
            members = [one.true for one in answers[: len(self.rules)]]
            codes = held_codes(answers[len(self.rules) :], columns.size)
        else:
            found = run([(self.model, self.tier_rules)], self.segments, columns, context, evaluator)
            members, codes = list(found.members.values()), found.codes[0]
        points = evaluator.value(self.score, columns, context).column
        assert isinstance(points, NumberColumn)
        return Results(members, codes, points.values)

    @cached_property
    def segments(self) -> dict[str, ir.Predicate]:
        return {f"s{number}": rule for number, rule in enumerate(self.rules)}

    @cached_property
    def rules(self) -> list[ir.Predicate]:
        return [self.world.compiled(one["rule"]) for one in self.world.rules["segments"]]

    @cached_property
    def tier_rules(self) -> list[ir.Predicate]:
        return [self.world.compiled(one["rule"]) for one in self._tiers]

    @property
    def _tiers(self) -> list[Any]:
        return [one for one in self.world.rules["tier_model"]["tiers"] if "rule" in one]

    @cached_property
    def model(self) -> TierModel:
        tiers = tuple(
            Tier(f"t{number}", Label.of(one["name"]), "star", Slot.GOLD, _document(one))
            for number, one in enumerate(self._tiers)
        )
        default = DefaultTier("others", Label.of("普通"))
        return TierModel("value", Label.of("v"), "customers", tiers, default, self.on_missing)

    @cached_property
    def score(self) -> ir.Scored:
        criteria = tuple(
            RuleCriterion(Label.of(f"c{number}"), _document(one), one["points"])
            for number, one in enumerate(self.world.rules["score"]["criteria"])
        )
        groups = (ScoreGroup(Label.of("g"), criteria),)
        made = Score("points", Label.of("p"), "customers", groups, on_missing=self.on_missing)
        return compile_score(made, self.world.catalogue, zone=self.world.context.zone).value

    @cached_property
    def sql(self) -> str:
        """The same for DuckDB; what touches an unknown value does not hold."""
        given = self.world.rules
        members = (one["duckdb"] for one in given["segments"])
        tiers = " ".join(
            f"WHEN {one['duckdb']} THEN {code}" for code, one in enumerate(self._tiers)
        )
        points = " + ".join(
            f"CASE WHEN {one['duckdb']} THEN {one['points']} ELSE 0 END"
            for one in given["score"]["criteria"]
        )
        return (
            f"CREATE OR REPLACE TABLE results AS SELECT {selected(members)}, "
            f"(CASE {tiers} ELSE {len(self._tiers)} END)::TINYINT AS tier, {points} AS points FROM customers"
        )

    def run_sql(self) -> None:
        self.world.duck.execute(self.sql)


def selected(conditions: Iterable[str]) -> str:
    """Return the columns of a SELECT, one a condition."""
    return ", ".join(
        f"coalesce({one}, false) AS s{number}" for number, one in enumerate(conditions)
    )


def _document(one: dict[str, Any]) -> RuleDocument:
    return RuleDocument.of(one["rule"])


def sizes(codes: Codes, classes: int) -> list[int]:
    """Count the placements in each tier, the default one last."""
    return [int(one) for one in np.bincount(codes, minlength=classes)]
