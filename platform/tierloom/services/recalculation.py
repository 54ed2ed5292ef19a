"""Recalculating: every published tier model over all records, stored as one baseline and then as moves.

It is automatic: whatever changes records or rules enqueues one job in its own transaction. The job and the command line
call `recalculate`. Before a tier model's first result goes its past, as far as dated records tell it.
"""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from tierloom.backends import columns as evaluator
from tierloom.domain.people import system_actor
from tierloom.domain.tiers import NOT_ENOUGH_DATA, OnMissing, TierModel
from tierloom.engine.columns import Mask
from tierloom.engine.plan import Named, order, readers
from tierloom.engine.results import Placements, diff, settle
from tierloom.engine.run import because_unknown, place
from tierloom.errors import Conflict
from tierloom.rules import ir
from tierloom.services import reconstruction
from tierloom.services.platform import Platform
from tierloom.services.workbench import Workbench, reading
from tierloom.store.uow import UnitOfWork
from tierloom.text import T

KIND = "run"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One tier model's result: `sizes` by tier key, and how many records moved."""

    model: TierModel
    sizes: dict[str, int]
    not_enough_data: int
    moves: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class _Computed:
    model: TierModel
    object_id: int
    rule_version: int
    head: object
    before: Placements | None
    ids: NDArray[np.int64]
    codes: NDArray[np.int8]
    past: Sequence[reconstruction.Past] = ()


def enqueue(bench: Workbench, cause: str) -> int:
    """Ask for a recalculation once this transaction is stored; requests that still wait are one."""
    job = bench.uow.jobs.enqueue(
        bench.actor.workspace,
        KIND,
        {"cause": cause},
        bench.actor.account,
        key=f"run:{bench.actor.workspace}",
    )
    bench.uow.after_commit(bench.platform.work.set)
    return job


def enqueue_for(bench: Workbench, cause: str, tables: Set[str]) -> None:
    """Ask for a recalculation if a tier model places records of these tables, or reads them."""
    if any(_touched(bench, model, tables) for model in bench.published.tier_models()):
        enqueue(bench, cause)


def _touched(bench: Workbench, model: TierModel, tables: Set[str]) -> bool:
    if model.record_type in tables:
        return True
    rules = (bench.compile_as_system(tier.rule, model.record_type) for tier in model.tiers)
    return any(name in tables for rule in rules for name, _ in rule.reads)


def waiting(platform: Platform, workspace: int) -> int | None:
    """Return the recalculation that waits for a worker, None where there is none."""
    with platform.database.reading() as uow:
        jobs = uow.jobs.recent(workspace, 20)
    return next((one.id for one in jobs if one.kind == KIND and one.state == "queued"), None)


def recalculate(
    platform: Platform,
    workspace: int,
    cause: str,
    *,
    only: str | None = None,
    as_of: datetime | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> list[Outcome]:
    """Place every record of every published tier model and store what moved.

    A tier model that reads another one's result comes after it, and reads the result of this run. With `only` one
    of them runs, and those that read it.

    With `as_of` nothing is stored: it answers what would be at that instant.

    Raises:
        Conflict: another run stored its result meanwhile; the caller tries again.
    """
    with reading(platform, system_actor(workspace), as_of) as bench:
        models = in_order(bench, only)
        asked = {one.key for one in models}
        if as_of is not None and any(_reads_of(bench, one) for one in models):
            models = in_order(bench)  # What is read is what would have been then, too.
        computed = []
        for done, model in enumerate(models):
            progress(done, len(models))
            computed.append(_compute(bench, model))
            bench.tier_results.take(model, computed[-1].codes)
        at = bench.context.as_of
    if as_of is None:
        _store(platform, workspace, cause, at, computed, complete=only is None)
    progress(len(models), len(models))
    return [_outcome(one, at) for one in computed if one.model.key in asked]


def in_order(bench: Workbench, only: str | None = None) -> list[TierModel]:
    """Return the published tier models, each after those whose results it reads; with `only` that one and its readers.

    Raises:
        NotFound: there is no such tier model.
    """
    if only:
        bench.published.tier_model(only)
    models = {one.key: one for one in bench.published.tier_models()}
    reads = {
        Named("tier_model", key): [Named("tier_model", read) for read in _reads_of(bench, model)]
        for key, model in models.items()
    }
    wanted = (
        {Named("tier_model", only), *readers(Named("tier_model", only), reads)}
        if only
        else {*reads}
    )
    return [models[one.key] for one in order(reads) if one in wanted]


def _reads_of(bench: Workbench, model: TierModel) -> list[str]:
    """Return the tier models whose results a model reads, through segments, scores and calculated fields too."""
    rules = (bench.compile_as_system(one.rule, model.record_type) for one in model.tiers)
    return sorted({key for rule in rules for key in rule.tiers})


def codes_of(bench: Workbench, model: TierModel) -> NDArray[np.int8]:
    """Place every record of a tier model's table under the rules of `model`, published or not."""
    rules = [bench.compile(tier.rule, model.record_type).predicate for tier in model.tiers]
    return place(model, rules, bench.columns(model.record_type), bench.context, evaluator)


def only_unknown(bench: Workbench, model: TierModel) -> Mask:
    """Records that are in the default tier only because a field is unknown."""
    columns = bench.columns(model.record_type)
    if model.on_missing is OnMissing.HOLD:
        return np.zeros(columns.size, np.bool_)
    rules: list[ir.Predicate] = [
        bench.compile(tier.rule, model.record_type).predicate for tier in model.tiers
    ]
    return because_unknown(model, rules, columns, bench.context, evaluator)


def sizes_of(model: TierModel, codes: NDArray[np.int8]) -> dict[str, int]:
    """Count records by tier key, in the model's order."""
    counts = np.bincount(codes[codes >= 0], minlength=len(model.all_tiers))
    return {tier.key: int(counts[code]) for code, tier in enumerate(model.all_tiers)}


def _compute(bench: Workbench, model: TierModel) -> _Computed:
    document = bench.published.documents["tier_model", model.key]
    before = bench.placed(model)
    # A tier model that was published before there was anybody has an empty first result.
    begins = before is None or not (before.ids.size or bench.uow.results.has_moves(document.id))
    return _Computed(
        model,
        document.id,
        document.published_version,
        bench.uow.results.head(document.id),
        before,
        bench.columns(model.record_type).ids,
        codes_of(bench, model),
        reconstruction.rebuild(bench, model) if begins else (),
    )


def _store(
    platform: Platform,
    workspace: int,
    cause: str,
    at: datetime,
    computed: list[_Computed],
    *,
    complete: bool,
) -> None:
    at_ms = int(at.timestamp() * 1000)
    with platform.database.writing() as uow:
        for one in computed:
            if uow.results.head(one.object_id) != one.head:
                raise Conflict(T("Another recalculation finished first."))
        begun = [_with_past(uow, workspace, one) for one in computed]
        run = uow.results.start_run(workspace, cause, at_ms, platform.now_ms())
        for one in begun:
            _store_one(uow, workspace, run, cause, at_ms, one)
        if complete:
            # A run of one tier model alone stays open: the daily run is still due for the others.
            uow.results.finish_run(run, platform.now_ms())


def _with_past(uow: UnitOfWork, workspace: int, one: _Computed) -> _Computed:
    if not one.past:
        return one
    placed = reconstruction.store(uow, workspace, one.object_id, one.rule_version, one.past)
    return replace(one, before=placed)


def _store_one(
    uow: UnitOfWork, workspace: int, run: int, cause: str, at_ms: int, one: _Computed
) -> None:
    after = settle(one.before, one.ids, one.codes, at_ms)
    if one.before is not None and len(moves := diff(one.before, after)):
        why = reconstruction.CAUSE if one.past else cause
        uow.results.append_moves(workspace, one.object_id, one.rule_version, run, why, at_ms, moves)
    # Codes are positions of tiers: another version of the rules begins another baseline. The first result is one, too:
    # reading it does not go through its past.
    if one.past or uow.results.rule_version(one.object_id) != one.rule_version:
        uow.results.save_baseline(workspace, one.object_id, one.rule_version, run, at_ms, after)


def _outcome(one: _Computed, at: datetime) -> Outcome:
    moved = 0
    if one.before is not None and not one.past:
        moved = len(
            diff(one.before, Placements(one.ids, one.codes, np.zeros(len(one.ids), np.int64))).ids
        )
    held = int((one.codes == NOT_ENOUGH_DATA).sum())
    return Outcome(one.model, sizes_of(one.model, one.codes), held, moved, at)
