"""Recalculating: taking in what changed and what time has brought, for all records of the published tier models.

A tier model's results are right up to its *frontier*. Whatever changes records or rules in a way that is not settled in
its own transaction (`services.retiering` does that for edits) asks for a run by `enqueue`, which marks the frontiers
stale as of that moment. A run goes from the frontier to now: first through the instants at which time alone moved
somebody, as of each of them; at the moment of the last change it places everybody anew, with that change as the cause;
then through the instants after it. So moves are dated when they came about, not when a worker found the time.

A first result is a baseline, and before it goes its past, as far as dated records tell it. What is stored is compared
with what everybody else has stored meanwhile: who was settled by an edit since the run began is left alone.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from tierloom.backends import columns as evaluator
from tierloom.domain.people import system_actor
from tierloom.domain.tiers import NOT_ENOUGH_DATA, OnMissing, TierModel
from tierloom.engine import results, timeline
from tierloom.engine.columns import Mask
from tierloom.engine.plan import Named, order, readers
from tierloom.engine.run import because_unknown, place
from tierloom.errors import Conflict
from tierloom.fail_points import fail_point
from tierloom.rules import ir
from tierloom.services.platform import Platform
from tierloom.services.runs import reconstruction, ways
from tierloom.services.runs.placers import ColumnPlacer, milliseconds, rules_of
from tierloom.services.runs.touched import paths_to
from tierloom.services.runs.ways import Taking, Way
from tierloom.services.workbench import Workbench, reading
from tierloom.text import T

KIND = "run"
RULES = ways.RULES
CHECK = "check"
_TURNS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """One tier model's result: `sizes` by tier key, and how many records moved."""

    model: TierModel
    sizes: dict[str, int]
    not_enough_data: int
    moves: int
    as_of: datetime


def enqueue(bench: Workbench, cause: str, *, over: bool = True) -> int:
    """Ask for a recalculation once this transaction is stored; requests that still wait are one.

    What the transaction changes counts from now on; with `over=False` from an earlier change on that still waits.
    """
    bench.uow.frontiers.mark_stale(bench.actor.workspace, bench.uow.now, cause, over=over)
    job = bench.uow.jobs.enqueue(
        bench.actor.workspace,
        KIND,
        {"cause": cause},
        bench.actor.account,
        key=key_of(bench.actor.workspace, cause),
    )
    bench.uow.after_commit(bench.platform.work.set)
    return job


def key_of(workspace: int, cause: str) -> str:
    """Return what requests have in common that are one while they wait.

    Who brings a change does not join one for the time alone: that asks those only whom time can have moved.
    """
    return f"{'time' if cause == timeline.TIME else 'run'}:{workspace}"


def enqueue_for(bench: Workbench, cause: str, tables: Set[str]) -> None:
    """Ask for a recalculation if a tier model places records of these tables, or reads them or a link to them."""
    if any(tables & paths_to(bench, one).keys() for one in bench.published.tier_models()):
        enqueue(bench, cause)


def waiting(platform: Platform, workspace: int) -> int | None:
    """Return the recalculation that waits for a worker, None where there is none."""
    with platform.database.reading() as uow:
        jobs = uow.jobs.recent(workspace, 20)
    return next((one.id for one in jobs if one.kind == KIND and one.state == "queued"), None)


def catch_up(platform: Platform, workspace: int) -> None:
    """Take in what time and earlier changes have brought, before many records or the rules change.

    Afterwards nobody could tell.
    """
    for turn in range(1, _TURNS + 1):
        with platform.database.writing() as uow:
            at_rest = uow.frontiers.advance(workspace, uow.now)
        if at_rest:
            return
        try:
            recalculate(platform, workspace, timeline.TIME)
        except Conflict:  # A worker was quicker: what is left?
            if turn == _TURNS:
                raise


def recalculate(
    platform: Platform,
    workspace: int,
    cause: str,
    *,
    only: str | None = None,
    as_of: datetime | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> list[Outcome]:
    """Bring every published tier model up to now, and store who moved.

    With the cause "time", and nothing changed, only those are looked at whom time can have moved; with any other,
    everybody is placed anew. A tier model that reads another one's result comes after it, and reads the result of this
    run. With `only` one of them runs, and those that go on with it: they read it, or it reads them.

    With `as_of` nothing is stored: it answers what would be at that instant, of `only` alone.

    Raises:
        Conflict: another run stored its result meanwhile; the caller tries again.
    """
    if as_of is not None:
        return _supposed(platform, workspace, as_of, only)
    with reading(platform, system_actor(workspace)) as bench:
        models = in_order(bench, only)
        run = _Run(bench, milliseconds(bench.context.as_of), cause)
        for done, model in enumerate(models):
            progress(done, len(models) + 1)
            run.take_up(model, frozenset(reads_of(bench, model)))
        run.go()
        progress(len(models), len(models) + 1)
    fail_point("run-computed")
    moved = _store(platform, workspace, run, complete=only is None)
    fail_point("run-stored")
    progress(len(models) + 1, len(models) + 1)
    at = bench.context.as_of
    return [
        _outcome(one.model, one.course.codes, moves, at)
        for one, moves in zip(run.ways, moved, strict=True)
    ]


def _supposed(
    platform: Platform, workspace: int, as_of: datetime, only: str | None
) -> list[Outcome]:
    with reading(platform, system_actor(workspace), as_of) as bench:
        asked = bench.published.tier_model(only) if only else None
        found = []
        for model in in_order(bench):  # What is read is what would have been then, too.
            codes, before = codes_of(bench, model), bench.codes(model)
            bench.tier_results.take(model, codes)
            if asked in (None, model):
                moves = 0 if bench.placed(model) is None else int((codes != before).sum())
                found.append(_outcome(model, codes, moves, as_of))
        return found


@dataclass(slots=True)
class _Run:
    """All tier models of a run on their way to the instant `now`."""

    bench: Workbench
    now: int
    cause: str
    ways: list[Way] = field(default_factory=list)
    pasts: dict[int, Sequence[reconstruction.Past]] = field(default_factory=dict)

    def take_up(self, model: TierModel, reads: frozenset[str]) -> None:
        """Begin where a tier model stands; a first result begins with its past."""
        bench = self.bench
        placer = ColumnPlacer(bench, model, rules_of(bench, model))
        before, ids = bench.placed(model), bench.columns(model.record_type).ids
        stored = ways.stored_of_all(bench, model, before, self.now)
        way = ways.begin(bench, model, before, ids, stored, placer, self.now, reads)
        if stored.begins and self.cause != CHECK:
            self.pasts[way.object_id] = reconstruction.rebuild(bench, model)
        way.course.tell = lambda codes: bench.tier_results.take(model, codes)
        bench.tier_results.take(model, way.course.codes)
        self.ways.append(way)

    def go(self) -> None:
        """Go through all instants up to now."""
        reached = [one.frontier.as_of for one in self.ways if one.frontier is not None]
        changed = [one.stale_at for one in self.ways if one.stale_at is not None]
        settled = [at for one in self.ways for at in one.stored.settled.values()]
        self.now = max([self.now, *reached, *changed, *settled])
        ways.travel(self.ways, self.now, self._takes_in)

    def _takes_in(self, way: Way) -> Taking | None:
        """Return when and why everybody is placed anew, None where only time has gone by."""
        if (stale := way.taking) is not None:
            return stale
        anew = way.is_new or way.frontier is None or self.cause != timeline.TIME
        return Taking(self.now, self.cause) if anew else None


@dataclass(frozen=True, slots=True)
class Difference:
    """How many records of a tier model are not stored where a recalculation of everybody puts them."""

    model: TierModel
    records: int


def verify(platform: Platform, workspace: int) -> list[Difference]:
    """Do what `differences` does, in a unit of work of its own."""
    with reading(platform, system_actor(workspace)) as bench:
        return differences(bench)


def differences(bench: Workbench) -> list[Difference]:
    """Compare the stored results with a recalculation of everybody, time's moves taken in; nothing is stored.

    A tier model for which changes wait for a run is left out: there is nothing to compare yet.
    """
    run = _Run(bench, milliseconds(bench.context.as_of), CHECK)
    for model in in_order(bench):
        run.take_up(model, frozenset(reads_of(bench, model)))
    run.go()
    return [
        Difference(
            one.model, sum(len(step.moves) for step in one.course.steps if step.cause == CHECK)
        )
        for one in run.ways
        if one.frontier is not None and not one.is_new and one.stale_at is None
    ]


def _store(platform: Platform, workspace: int, run: _Run, *, complete: bool) -> list[int]:
    """Store who moved, in one short transaction; returns how many, by way."""
    with platform.database.writing() as uow:
        for one in run.ways:
            head = uow.results.head(one.object_id)
            if (head and head.baseline) != (one.stored.head and one.stored.head.baseline):
                raise Conflict(T("Another recalculation finished first."))
            now = uow.frontiers.get(one.object_id)
            if (now and now.as_of) != (one.frontier and one.frontier.as_of):
                raise Conflict(T("Another recalculation finished first."))
        pasts = {
            one.object_id: reconstruction.store(
                uow, workspace, one.object_id, one.rule_version, run.pasts[one.object_id]
            )
            for one in run.ways
            if run.pasts.get(one.object_id)
        }
        number = uow.results.start_run(workspace, run.cause, run.now, platform.now_ms())
        moved = []
        for one in run.ways:
            if one.object_id in pasts:
                ways.join_past(one, pasts[one.object_id])
            moved.append(ways.store(uow, workspace, number, run.now, one))
        fail_point("run-written")
        if complete:
            uow.frontiers.rest(workspace, [one.object_id for one in run.ways])
            # A run of one tier model alone stays open: the daily run is still due for the others.
            uow.results.finish_run(number, platform.now_ms())
    return moved


def in_order(bench: Workbench, only: str | None = None) -> list[TierModel]:
    """Return the published tier models, each after those whose results it reads; with `only` those that go on with it.

    Raises:
        NotFound: there is no such tier model.
    """
    if only:
        bench.published.tier_model(only)
    models = {one.key: one for one in bench.published.tier_models()}
    reads = {
        Named("tier_model", key): [Named("tier_model", read) for read in reads_of(bench, model)]
        for key, model in models.items()
    }
    wanted = _together(Named("tier_model", only), reads) if only else {*reads}
    return [models[one.key] for one in order(reads) if one in wanted]


def _together(one: Named, reads: Mapping[Named, Sequence[Named]]) -> set[Named]:
    """Return a tier model, those that read its result, those that it reads, and so on.

    None of them goes on alone: what time does to one at an instant the others have to see at that instant.
    """
    found, fresh = set[Named](), {one}
    while fresh:
        found |= fresh
        fresh = {other for known in fresh for other in (*reads[known], *readers(known, reads))}
        fresh -= found
    return found


def reads_of(bench: Workbench, model: TierModel) -> list[str]:
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
    counts = results.sizes(codes)
    return {tier.key: int(counts[code]) for code, tier in enumerate(model.all_tiers)}


def _outcome(model: TierModel, codes: NDArray[np.int8], moves: int, at: datetime) -> Outcome:
    held = int((codes == NOT_ENOUGH_DATA).sum())
    return Outcome(model, sizes_of(model, codes), held, moves, at)
