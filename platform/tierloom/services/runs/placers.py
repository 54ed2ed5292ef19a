"""What a tier model's rules say at an instant: over a snapshot's columns, or about a few records in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from tierloom.backends import columns as evaluator
from tierloom.domain.context import RunContext
from tierloom.domain.tiers import NOT_ENOUGH_DATA, OnMissing, TierModel
from tierloom.engine.columns import Positions
from tierloom.engine.due import next_changes
from tierloom.engine.results import Codes, Instants
from tierloom.engine.run import place
from tierloom.engine.stays import NEVER
from tierloom.engine.subset import subset
from tierloom.rules import ir
from tierloom.rules.dates import start_of_day
from tierloom.rules.grains import Grain, grain_of
from tierloom.rules.instants import compile_next_change
from tierloom.rules.row import Row, compile_together
from tierloom.services.workbench import Workbench

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
FEW = 8
"""Fewer records than one in so many are evaluated by themselves."""


def milliseconds(moment: datetime) -> int:
    """Return an instant in milliseconds since 1970."""
    return (moment - EPOCH) // _MS


def rules_of(bench: Workbench, model: TierModel) -> tuple[ir.Predicate, ...]:
    """Return a tier model's rules, in the order of its tiers."""
    return tuple(
        bench.compile_as_system(tier.rule, model.record_type).predicate for tier in model.tiers
    )


def context_at(bench: Workbench, at: int) -> RunContext:
    """Return the context of an instant in milliseconds."""
    return RunContext(EPOCH + at * _MS, bench.zone, bench.catalogue)


@dataclass(frozen=True, slots=True)
class ColumnPlacer:
    """Asks the rules about the records of a snapshot (`engine.timeline.Placer`)."""

    bench: Workbench
    model: TierModel
    rules: tuple[ir.Predicate, ...]

    def place(self, at: int, positions: Positions | None) -> Codes:
        """Return placement codes at an instant."""
        columns, context = self.bench.columns(self.model.record_type), context_at(self.bench, at)
        if positions is not None and positions.size * FEW < columns.size:
            columns, positions = subset(columns, positions), None
        codes = place(self.model, self.rules, columns, context, evaluator)
        return codes if positions is None else codes[positions]

    def next_change(self, at: int, positions: Positions | None) -> Instants:
        """Return when the rules can say something else."""
        columns, context = self.bench.columns(self.model.record_type), context_at(self.bench, at)
        if positions is not None:
            columns = subset(columns, positions)
        return next_changes(self.model, self.rules, columns, context, evaluator)


@dataclass(frozen=True, slots=True)
class RowPlacer:
    """Asks the rules about a few records, one after the other (`engine.timeline.Placer`)."""

    bench: Workbench
    model: TierModel
    rules: tuple[ir.Predicate, ...]
    rows: Sequence[Row]

    def place(self, at: int, positions: Positions | None) -> Codes:
        """Return placement codes at an instant."""
        context = context_at(self.bench, at)
        hold = self.model.on_missing is OnMissing.HOLD
        tests = compile_together(self.rules, context, hold=hold)

        def code_of(row: Row) -> int:
            for code, test in enumerate(tests):
                answer = test(row)
                if answer is None:
                    return NOT_ENOUGH_DATA
                if answer:
                    return code
            return len(tests)

        return np.array([code_of(row) for row in self._chosen(positions)], np.int8)

    def next_change(self, at: int, positions: Positions | None) -> Instants:
        """Return when the rules can say something else: at the next midnight, if they can within days only."""
        context, rows = context_at(self.bench, at), self._chosen(positions)
        grain = max(grain_of(rule, self.bench.catalogue) for rule in self.rules)
        if grain is not Grain.INSTANT:
            midnight = start_of_day(context.today + timedelta(days=1), context.zone)
            turn = NEVER if grain is Grain.NEVER else milliseconds(midnight)
            return np.full(len(rows), turn, np.int64)
        hold = self.model.on_missing is OnMissing.HOLD
        asked = [compile_next_change(rule, context, hold=hold) for rule in self.rules]

        def next_of(row: Row) -> int:
            found = (when for ask in asked if (when := ask(row)) is not None)
            return min(map(milliseconds, found), default=NEVER)

        return np.array([next_of(row) for row in rows], np.int64)

    def _chosen(self, positions: Positions | None) -> Sequence[Row]:
        return self.rows if positions is None else [self.rows[one] for one in positions]
