"""Why a record is in its tier, what would move it up, and who is almost there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from tierloom.backends import columns as evaluator
from tierloom.domain.fields import Field
from tierloom.domain.people import Grant
from tierloom.domain.tiers import DefaultTier, OnMissing, Tier, TierModel
from tierloom.engine.near import NearMisses, near_misses
from tierloom.engine.rows import SnapshotRow
from tierloom.errors import NotFound
from tierloom.rules import ir
from tierloom.rules.explain.lift import Lift, smallest_change
from tierloom.rules.explain.proof import Proof, Prover
from tierloom.rules.explain.sources import Source, sources_of
from tierloom.rules.facts import FactFinder
from tierloom.rules.instants import compile_next_change
from tierloom.services import authorize
from tierloom.services.workbench import Workbench
from tierloom.text import T

MOST_LIFTS = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One tier that was asked about, with its proof. `answer` None is "not enough data"."""

    tier: Tier
    proof: Proof

    @property
    def answer(self) -> bool | None:
        """Whether the tier takes the record."""
        return self.proof.answer


@dataclass(frozen=True, slots=True)
class Why:
    """The tiers of a model in order, as far as they were asked about, and where that ends.

    `tier` is None for "not enough data"; `missing` are the fields that are unknown then.
    """

    model: TierModel
    steps: tuple[Step, ...]
    tier: Tier | DefaultTier | None
    missing: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class WayUp:
    """How a record gets into a higher tier. `lift` is None where no way of up to three changes was found."""

    tier: Tier
    lift: Lift | None


@dataclass(frozen=True, slots=True)
class Almost:
    """Who almost reaches a tier, and the sources that the conditions they miss are about."""

    tier: Tier
    found: NearMisses
    sources: tuple[Source | None, ...]


def why(bench: Workbench, model: TierModel, record_id: int, locale: str) -> Why:
    """Explain where a published or drafted model puts a record now.

    Raises:
        Forbidden: the actor may not see records.
        NotFound: there is no such record for the actor.
        Invalid: a rule has errors.
    """
    row = _row(bench, model, record_id)
    hold = model.on_missing is OnMissing.HOLD
    prover = Prover(model.record_type, bench.context, bench.published.objects, locale, hold)
    steps = []
    for tier in model.tiers:
        step = Step(tier, _seen(bench, model.record_type, prover.prove(tier.rule, row)))
        steps.append(step)
        if step.answer is not False:
            missing = () if step.answer else tuple(dict.fromkeys(_unknown(step.proof)))
            return Why(model, tuple(steps), tier if step.answer else None, missing)
    return Why(model, tuple(steps), model.default)


def ways_up(bench: Workbench, model: TierModel, record_id: int, place: int) -> list[WayUp]:
    """Return the smallest changes into the tiers above `place` (a placement code), the nearest tier first.

    A tier whose rule, or whose earlier tiers' rules, read what the actor may not read is left out: the change would
    tell it. Fields by which records are known, and those that nobody can change, are left alone.

    Raises:
        Forbidden: the actor may not see records.
        NotFound: there is no such record for the actor.
        Invalid: a rule has errors.
    """
    row = _row(bench, model, record_id)
    table = bench.published.table(model.record_type)
    fixed = frozenset(
        one.key for one in table.fields if one.fixed or one.unique or one.key == table.key_field
    )
    hold = model.on_missing is OnMissing.HOLD
    found = []
    for code in range(min(place, len(model.tiers)) - 1, -1, -1)[:MOST_LIFTS]:
        rules = _rules(bench, model, code)
        if _readable(bench, model, code):
            lift = smallest_change(rules, table.key, row, bench.context, hold=hold, fixed=fixed)
            found.append(WayUp(model.tiers[code], lift))
    return found


def next_look(bench: Workbench, model: TierModel, record_id: int) -> datetime | None:
    """Return the next instant at which the rules may say something else of a record though nobody writes anything.

    None where time alone changes nothing, and where the rules read what the actor may not read: the instant would tell
    it.

    Raises:
        Forbidden: the actor may not see records.
        NotFound: there is no such record for the actor.
        Invalid: a rule has errors.
    """
    row = _row(bench, model, record_id)
    last = len(model.tiers) - 1
    if not _readable(bench, model, last):
        return None
    hold = model.on_missing is OnMissing.HOLD
    rules = _rules(bench, model, last)
    found = (compile_next_change(one, bench.context, hold=hold)(row) for one in rules)
    return min((one for one in found if one), default=None)


def almost_there(bench: Workbench, model: TierModel, tier_key: str) -> Almost:
    """Return who misses a tier by one numeric or date condition, the nearest first.

    Raises:
        NotFound: the model has no such tier.
        Invalid: a rule has errors, or reads what the actor may not read: who is near would tell it.
    """
    authorize.require(bench.actor, Grant.READ)
    code = next((n for n, one in enumerate(model.tiers) if one.key == tier_key), None)
    if code is None:
        raise NotFound(T("There is no tier “%(key)s”.", key=tier_key))
    rules = [
        bench.compile(one.rule, model.record_type).predicate for one in model.tiers[: code + 1]
    ]
    columns = bench.columns(model.record_type)
    visible = bench.visible(model.record_type)
    hold = model.on_missing is OnMissing.HOLD
    found = near_misses(rules, visible, columns, bench.context, evaluator, hold=hold)
    return Almost(
        model.tiers[code], found, tuple(_subject(bench, model, one) for one in found.compared)
    )


def _subject(bench: Workbench, model: TierModel, atom: ir.Compare) -> Source | None:
    found = sources_of([atom], model.record_type, bench.catalogue)
    return found[0] if found else None


def _row(bench: Workbench, model: TierModel, record_id: int) -> SnapshotRow:
    authorize.require(bench.actor, Grant.READ)
    columns = bench.columns(model.record_type)
    position = int(columns.positions_of(np.array([record_id], np.int64))[0])
    if position < 0 or not bench.visible(model.record_type)[position]:
        raise NotFound(T("There is no such record."))
    return SnapshotRow(columns, position, bench.catalogue)


def _rules(bench: Workbench, model: TierModel, code: int) -> list[ir.Predicate]:
    return [
        bench.compile_as_system(one.rule, model.record_type).predicate
        for one in model.tiers[: code + 1]
    ]


def _readable(bench: Workbench, model: TierModel, code: int) -> bool:
    reads = {
        read
        for one in model.tiers[: code + 1]
        for read in bench.compile_as_system(one.rule, model.record_type).reads
    }
    return bench.allows(reads, model.record_type)


def _seen(bench: Workbench, table: str, proof: Proof) -> Proof:
    """Leave out the values that the actor may not read."""
    return replace(
        proof,
        actuals=tuple(
            one if _may_see(bench, table, one.source) else replace(one, value=None, hidden=True)
            for one in proof.actuals
        ),
        parts=tuple(_seen(bench, table, one) for one in proof.parts),
    )


def _may_see(bench: Workbench, table: str, source: Source) -> bool:
    """Tell whether the actor may see a value that a rule about `table` reads; its own fields are on its page too."""
    if source.field is not None and source.is_own and source.table == table:
        return authorize.may_read(bench.actor, source.field)
    return bench.allows(FactFinder(bench.catalogue).facts(source.node, table).reads, table)


def _unknown(proof: Proof) -> Iterator[Field]:
    """Yield the fields that leave a rule uncertain; of one that is hidden it is not told."""
    for actual in proof.actuals:
        unknown = proof.answer is None and actual.value is None and not actual.hidden
        if unknown and actual.source.field:
            yield actual.source.field
    for part in proof.parts:
        if part.answer is None:
            yield from _unknown(part)
