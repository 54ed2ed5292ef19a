"""A run: place every record of a table in its tier models, and find the members of segments."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np

from tierloom.domain.context import RunContext
from tierloom.domain.tiers import NOT_ENOUGH_DATA, OnMissing, TierModel
from tierloom.engine.columns import Bits, Columns, Mask
from tierloom.engine.evaluator import Evaluator, PackedKleene
from tierloom.engine.results import Codes
from tierloom.rules import ir

Answer = TypeVar("Answer", Bits, PackedKleene)
Read = Callable[[slice], Mask]
"""Reads a block of a mask."""

_BLOCK = 32_768
"""Records that are placed at a time: their codes stay in the processor's cache."""

Rules = Sequence[ir.Predicate]
"""Those of a tier model's tiers, in their order."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run over a table's records gives: placement codes by tier model, members by segment (as bits)."""

    codes: Sequence[Codes]
    members: Mapping[str, Bits]


def run(
    models: Sequence[tuple[TierModel, Rules]],
    segments: Mapping[str, ir.Predicate],
    columns: Columns,
    context: RunContext,
    evaluator: Evaluator,
) -> Outcome:
    """Place the records in several tier models and find the members of segments, all that is two-valued together.

    What is worked out is not kept with the columns: these are results to be stored.

    None of the models may read another one's results: `engine.plan` gives the order of those that do.
    """
    for model, rules in models:
        _require_rules(model, rules)
    plain = [rules for model, rules in models if model.on_missing is OnMissing.SKIP]
    held = [rules for model, rules in models if model.on_missing is OnMissing.HOLD]
    members, *bits = _together(
        [tuple(segments.values()), *plain],
        lambda asked: evaluator.packed(asked, columns, context),
    )
    kleenes = _together(held, lambda asked: evaluator.packed_kleenes(asked, columns, context))
    found, doubted = iter(bits), iter(kleenes)
    codes = [
        _placed([_unpacked(one) for one in next(found)], columns.size)
        if model.on_missing is OnMissing.SKIP
        else held_codes(next(doubted), columns.size)
        for model, _ in models
    ]
    return Outcome(codes, dict(zip(segments, members, strict=True)))


def place(
    model: TierModel,
    rules: Rules,
    columns: Columns,
    context: RunContext,
    evaluator: Evaluator,
) -> Codes:
    """Return the placement code of every record; `rules` are those of the tiers, in their order.

    The first tier whose rule holds takes a record, the default tier whom no rule takes. Under
    `hold`, a record is `NOT_ENOUGH_DATA` if the first tier that is not certainly false is
    uncertain.
    """
    _require_rules(model, rules)
    if model.on_missing is OnMissing.HOLD:
        answers = evaluator.kleenes(rules, columns, context)
        reads = [(one.true.__getitem__, one.certain.__getitem__) for one in answers]
        return _held(reads, columns.size)
    masks = evaluator.masks(rules, columns, context)
    return _placed([one.__getitem__ for one in masks], columns.size)


def held_codes(answers: Sequence[PackedKleene], size: int) -> Codes:
    """Return the placement codes under `hold`, given the answers to the tiers' rules."""
    return _held([(_unpacked(one.true), _unpacked(one.certain)) for one in answers], size)


def because_unknown(
    model: TierModel,
    rules: Rules,
    columns: Columns,
    context: RunContext,
    evaluator: Evaluator,
) -> Mask:
    """Return which records a `skip` model has in its default tier only because a field is unknown.

    Some tier's rule is uncertain about them: with the field filled in, it might take them.
    """
    _require_rules(model, rules)
    found, doubted = np.ones(columns.size, np.bool_), np.zeros(columns.size, np.bool_)
    for answer in evaluator.kleenes(rules, columns, context):
        doubted |= answer.uncertain
    for mask in evaluator.masks(rules, columns, context):
        found &= ~mask
    return found & doubted


def segment_masks(
    rules: Mapping[str, ir.Predicate],
    columns: Columns,
    context: RunContext,
    evaluator: Evaluator,
) -> dict[str, Mask]:
    """Return the members of each segment, by its key."""
    return dict(zip(rules, evaluator.masks(tuple(rules.values()), columns, context), strict=True))


def _together(
    groups: Sequence[Rules], ask: Callable[[Rules], Sequence[Answer]]
) -> list[list[Answer]]:
    """Ask all rules of several groups at once; return the answers by group."""
    answers = iter(ask([rule for group in groups for rule in group]))
    return [list(islice(answers, len(group))) for group in groups]


def _unpacked(bits: Bits) -> Read:
    """Return what reads blocks of a mask that is packed; they begin at whole bytes."""

    def read(span: slice) -> Mask:
        found = np.unpackbits(bits[span.start // 8 : -(-span.stop // 8)])
        return found[: span.stop - span.start].view(np.bool_)

    return read


def _placed(answers: Sequence[Read], size: int) -> Codes:
    codes = np.full(size, len(answers), np.int8)
    for span in _spans(size):
        # From the last tier to the first: the first one has the last word.
        for code, read in reversed(tuple(enumerate(answers))):
            _put(codes[span], code, read(span))
    return codes


def _held(answers: Sequence[tuple[Read, Read]], size: int) -> Codes:
    codes = np.full(size, len(answers), np.int8)
    for span in _spans(size):
        for code, (true, certain) in reversed(tuple(enumerate(answers))):
            _put(codes[span], code, true(span))
            _put(codes[span], NOT_ENOUGH_DATA, ~certain(span))
    return codes


def _spans(size: int) -> Iterator[slice]:
    return (slice(start, min(start + _BLOCK, size)) for start in range(0, size, _BLOCK))


def _put(codes: Codes, code: int, where: Mask) -> None:
    """Write a code where the mask says so: bit by bit, which is thirty times faster than a masked copy."""
    codes ^= (codes ^ np.int8(code)) & -where.view(np.int8)


def _require_rules(model: TierModel, rules: Rules) -> None:
    if len(rules) != len(model.tiers):
        raise ValueError(
            f"{model.key!r} has {len(model.tiers)} tiers, but {len(rules)} rules came."
        )
