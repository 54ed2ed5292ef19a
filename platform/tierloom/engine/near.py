"""Almost there: records that miss a tier by exactly one numeric or date condition, and by little."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tierloom.domain.context import RunContext
from tierloom.engine.columns import Columns, Doubles, Mask, NumberColumn, Positions
from tierloom.engine.evaluator import Evaluator
from tierloom.rules import ir
from tierloom.rules.ir import Family

REACH = 0.1
"""The largest gap, as a part of the distance between the 5th and the 95th percentile of what is compared."""
_MEASURED = (Family.NUMBER, Family.DATE, Family.DATETIME)

Rebuild = Callable[[bool], ir.Predicate]


@dataclass(frozen=True, slots=True)
class NearMisses:
    """Who almost reaches a tier, the nearest first.

    `conditions[i]` is the place in `compared` of the one condition that the record at `positions[i]` misses, `gaps[i]`
    how far its left side is from the right one (in the unit of the column: days, milliseconds).
    """

    positions: Positions
    conditions: Positions
    gaps: Doubles
    compared: tuple[ir.Compare, ...]


def near_misses(
    rules: Sequence[ir.Predicate],
    among: Mask,
    columns: Columns,
    context: RunContext,
    evaluator: Evaluator,
    *,
    hold: bool = False,
) -> NearMisses:
    """Find the records of `among` that the last of `rules` would take if one condition were otherwise.

    `rules` are those of the tiers from the first to the wanted one: whom an earlier one takes is not asked about. Under
    `hold` nothing may be uncertain but for the condition itself.
    """
    asked = _asker(columns, context, evaluator, hold=hold)
    *earlier, wanted = rules
    out = among & ~asked(wanted)[0]
    for rule in earlier:
        true, certain = asked(rule)
        out &= ~true & certain
    compared = tuple(dict.fromkeys(atom for atom, _ in _turned(wanted)))
    best, condition = np.full(columns.size, np.inf), np.full(columns.size, -1, np.int64)
    for atom, rebuild in _turned(wanted):
        gaps = _gaps(atom, columns, context, evaluator)
        limit = _limit(atom, among, columns, context, evaluator)
        if limit is None:
            continue
        holds = asked(atom)[0]
        for now in (False, True):
            near = out & (holds == now) & (gaps <= limit)
            if near.any():
                near &= asked(rebuild(not now))[0]
            nearer = near & (gaps / limit < best)
            best[nearer], condition[nearer] = gaps[nearer] / limit, compared.index(atom)
    return _collected(best, condition, compared, columns, context, evaluator)


def _collected(
    best: Doubles,
    condition: Positions,
    compared: tuple[ir.Compare, ...],
    columns: Columns,
    context: RunContext,
    evaluator: Evaluator,
) -> NearMisses:
    found = np.flatnonzero(condition >= 0)
    found = found[np.argsort(best[found], kind="stable")]
    gaps = np.zeros(found.size)
    for number, atom in enumerate(compared):
        mine = condition[found] == number
        if mine.any():
            gaps[mine] = _gaps(atom, columns, context, evaluator)[found[mine]]
    return NearMisses(found, condition[found], gaps, compared)


def _asker(
    columns: Columns, context: RunContext, evaluator: Evaluator, *, hold: bool
) -> Callable[[ir.Predicate], tuple[Mask, Mask]]:
    """Return the function that gives where a rule holds, and where it is certain."""
    everywhere = np.ones(columns.size, np.bool_)

    def ask(rule: ir.Predicate) -> tuple[Mask, Mask]:
        if not hold:
            return evaluator.mask(rule, columns, context), everywhere
        answer = evaluator.kleene(rule, columns, context)
        return answer.true, answer.certain

    return ask


def _turned(node: ir.Predicate) -> Iterator[tuple[ir.Compare, Rebuild]]:
    """Yield each comparison of numbers or dates, and what gives the rule with that one answered otherwise."""
    match node:
        case ir.Compare(left=left) if left.type.family in _MEASURED:
            yield node, ir.Constant
        case ir.Not(part):
            for atom, rebuild in _turned(part):
                yield atom, _wrapped(rebuild, ir.Not)
        case ir.InSegment(rule=rule):
            yield from _turned(rule)
        case ir.And(parts) | ir.Or(parts):
            for place, part in enumerate(parts):
                for atom, rebuild in _turned(part):
                    yield atom, _placed(rebuild, node, place)


def _wrapped(rebuild: Rebuild, wrap: Callable[[ir.Predicate], ir.Predicate]) -> Rebuild:
    return lambda answer: wrap(rebuild(answer))


def _placed(rebuild: Rebuild, node: ir.And | ir.Or, place: int) -> Rebuild:
    before, after = node.parts[:place], node.parts[place + 1 :]
    return lambda answer: replace(node, parts=(*before, rebuild(answer), *after))


def _side(
    node: ir.ValueNode, columns: Columns, context: RunContext, evaluator: Evaluator
) -> Doubles:
    found = evaluator.value(node, columns, context).column
    assert isinstance(found, NumberColumn), "numbers and dates are held as numbers"
    return found.values


def _gaps(atom: ir.Compare, columns: Columns, context: RunContext, evaluator: Evaluator) -> Doubles:
    """Return how far the two sides are apart; infinity where one is unknown."""
    left = _side(atom.left, columns, context, evaluator)
    right = _side(atom.right, columns, context, evaluator)
    return np.nan_to_num(np.abs(left - right), nan=np.inf)


def _limit(
    atom: ir.Compare, among: Mask, columns: Columns, context: RunContext, evaluator: Evaluator
) -> float | None:
    """Return the largest gap that counts, None where nothing is known of what is compared."""
    known = _side(atom.left, columns, context, evaluator)[among]
    known = known[~np.isnan(known)]
    if not known.size:
        return None
    low, high = np.quantile(known, (0.05, 0.95))
    return max(float(high - low) * REACH, np.finfo(np.float64).tiny)
