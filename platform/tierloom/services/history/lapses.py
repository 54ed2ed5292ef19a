"""What time alone changed about a record at an instant: the conditions whose answers turned then.

They are found by asking the rules about the record just before the instant and at it, over the data of today. Where
that does not give the move that was stored, the data have changed since, and nothing is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from tierloom.domain.tiers import OnMissing, TierModel
from tierloom.engine.rows import SnapshotRow
from tierloom.errors import Invalid
from tierloom.rules.explain.proof import Proof, Prover
from tierloom.rules.sentence import Sentence
from tierloom.services.workbench import Workbench

_MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Turned:
    """A condition that was `met` from an instant on, or was not any more."""

    words: Sentence
    met: bool


@dataclass(frozen=True, slots=True)
class Lapse:
    """What turned; or that a stay was `over`, and the rules had said the same before."""

    turned: tuple[Turned, ...] = ()
    over: bool = False


NO_LAPSE = Lapse()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The proofs of the tiers that were asked, and the key of the tier that took the record; None for none."""

    proofs: tuple[Proof, ...]
    key: str | None


def lapse_at(
    bench: Workbench,
    model: TierModel,
    record_id: int,
    at: datetime,
    way: tuple[str | None, str | None],
    locale: str,
) -> Lapse:
    """Return what moved a record at an instant, from one tier (key) to another (`way`), under the rules of `model`.

    Nothing is told of rules that read what the actor may not: which condition turned would tell it.
    """
    columns = bench.columns(model.record_type)
    position = int(columns.positions_of(np.array([record_id], np.int64))[0])
    if position < 0:
        return NO_LAPSE
    row = SnapshotRow(columns, position, bench.catalogue)
    try:
        before, after = (_ask(bench, model, row, one, locale) for one in (at - _MOMENT, at))
        code = min(len(before.proofs), len(after.proofs)) - 1
        reads = bench.compile_as_system(model.tiers[code].rule, model.record_type).reads
    except Invalid:  # The rules are about a field that is not there any more.
        return NO_LAPSE
    if before.key == after.key:
        return Lapse(over=model.stay is not None and _is_lower(model, after.key, way))
    if (before.key, after.key) != way or not bench.allows(reads, model.record_type):
        return NO_LAPSE
    return Lapse(tuple(_turned(before.proofs[code], after.proofs[code])))


def _is_lower(model: TierModel, rules: str | None, way: tuple[str | None, str | None]) -> bool:
    """Tell whether a record went down, and no further than the rules say."""
    keys = [*(one.key for one in model.all_tiers), None]
    places = [keys.index(one) if one in keys else -1 for one in (*way, rules)]
    return places[0] < places[1] <= places[2]


def _ask(bench: Workbench, model: TierModel, row: SnapshotRow, at: datetime, locale: str) -> _Asked:
    context = replace(bench.context, as_of=at)
    hold = model.on_missing is OnMissing.HOLD
    prover = Prover(model.record_type, context, bench.published.objects, locale, hold)
    proofs: list[Proof] = []
    for tier in model.tiers:
        proofs.append(prover.prove(tier.rule, row))
        if proofs[-1].answer is not False:
            return _Asked(tuple(proofs), tier.key if proofs[-1].answer else None)
    return _Asked(tuple(proofs), model.default.key)


def _turned(before: Proof, after: Proof) -> Iterator[Turned]:
    """Yield the conditions that had another answer before."""
    if before.parts and len(before.parts) == len(after.parts):
        for one, other in zip(before.parts, after.parts, strict=True):
            yield from _turned(one, other)
    elif before.answer is not after.answer and after.answer is not None:
        yield Turned(after.words, after.answer)
