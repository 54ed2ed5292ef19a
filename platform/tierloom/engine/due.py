"""When a tier model's rules can say something else about a record though nobody writes anything."""

from collections.abc import Sequence

import numpy as np

from tierloom.domain.context import RunContext
from tierloom.domain.tiers import OnMissing, TierModel
from tierloom.engine.columns import Columns
from tierloom.engine.evaluator import Evaluator
from tierloom.engine.results import Instants
from tierloom.engine.run import place
from tierloom.engine.stays import NEVER
from tierloom.rules import ir
from tierloom.rules.facts import FactFinder


def next_changes(
    model: TierModel,
    rules: Sequence[ir.Predicate],
    columns: Columns,
    context: RunContext,
    evaluator: Evaluator,
) -> Instants:
    """Return for every record the next instant after `as_of` at which its placement can be another one.

    `rules` are those of the tiers, in their order. Which tier comes after the one that takes a record does not matter
    before the rules up to that one change; only rules that ask for the time are asked at all.
    """
    found = np.full(columns.size, NEVER, np.int64)
    finder = FactFinder(context.catalogue)
    timed = [
        code
        for code, rule in enumerate(rules)
        if finder.facts(rule, model.record_type).time_dependent
    ]
    if not timed:
        return found
    codes = place(model, rules, columns, context, evaluator)
    hold = model.on_missing is OnMissing.HOLD
    for code in timed:
        asked = (codes >= code) | (codes < 0)
        if asked.any():
            when = evaluator.next_change(rules[code], columns, context, hold=hold)
            np.minimum(found, when, out=found, where=asked)
    return found
