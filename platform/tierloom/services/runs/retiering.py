"""Tiers follow an edit in its own transaction: the few records that it concerns are placed anew, and nobody else.

Before the write, time's moves up to now are taken in with the values as they were; after it, the records are placed as
of now with the edit as the cause. What concerns very many records is left to a run, and so is everything while a first
result or a new version of the rules still waits for its run.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import NOT_ENOUGH_DATA, TierModel
from tierloom.engine import timeline
from tierloom.engine.results import ABSENT
from tierloom.engine.stays import NEVER
from tierloom.services import placements
from tierloom.services.runs import recalculation, ways
from tierloom.services.runs.placers import RowPlacer, rules_of
from tierloom.services.runs.stored_rows import StoredRows, TooManyError
from tierloom.services.runs.touched import Reach
from tierloom.services.runs.ways import Taking, Way
from tierloom.services.workbench import Workbench
from tierloom.store.cells import Cell
from tierloom.store.frontiers import Frontier
from tierloom.store.results import Head

EDIT = "edit"
_Ids = frozenset[int]
_NONE: _Ids = frozenset()


@dataclass
class Following:
    """What a write in one unit of work means for tiers. `job` is the run that has to follow, None where none has to."""

    bench: Workbench
    cause: str = EDIT
    job: int | None = None
    _before: dict[str, _Ids] = field(default_factory=dict)
    _left: bool = False

    @cached_property
    def _models(self) -> list[TierModel]:
        return recalculation.in_order(self.bench)

    @cached_property
    def _frontiers(self) -> dict[int, Frontier]:
        return self.bench.uow.frontiers.of_workspace(self.bench.actor.workspace)

    def before(
        self, table: RecordType, ids: Iterable[int], cells: Mapping[str, Cell] | None = None
    ) -> None:
        """Take in what time has brought to the records that a write to these ones concerns.

        `cells` are what is going to be written: the records that it will point at are concerned, too.
        """
        self.bench.uow.results.one_at_a_time(self.bench.actor.workspace)
        written, references = frozenset(ids), dict[str, _Ids]()
        for key, cell in (cells or {}).items():
            if (target := table.field(key).type.target) is not None:
                new = frozenset([cell] if isinstance(cell, int) else [])
                references[target] = references.get(target, _NONE) | new
        if not self._is_due and not references:
            return  # Whom it concerns now, it will concern afterwards.
        self._within(lambda: self._look(table.key, written, references))

    def _look(self, table: str, written: _Ids, references: Mapping[str, _Ids]) -> None:
        concerned = self._concerned(table, written)
        if self._is_due:
            for target, numbers in references.items():
                concerned = _joined(concerned, self._concerned(target, numbers))
            few = _Few(self.bench, self._ready(self._with_what_is_read(concerned)))
            few.wait()
            few.store(timeline.TIME)
        self._before = _joined(self._before, concerned)

    def _with_what_is_read(self, concerned: Mapping[str, _Ids]) -> dict[str, _Ids]:
        """Add the tier models whose results others read: time may have moved the same records there."""
        found = dict(concerned)
        for model in reversed(self._models):
            for read in recalculation.reads_of(self.bench, model) if model.key in found else ():
                if self.bench.published.tier_model(read).record_type != model.record_type:
                    raise TooManyError(read)  # It is about related records.
                found[read] = found.get(read, _NONE) | found[model.key]
        return found

    def after(self, table: RecordType, ids: Iterable[int]) -> None:
        """Place the records that the write concerns, or concerned as things were before it."""
        written = frozenset(ids)
        self._within(lambda: self._take_in(self._concerned(table.key, written)))
        if self._left:
            self.job = recalculation.enqueue(self.bench, self.cause, over=False)

    def _take_in(self, concerned: dict[str, _Ids]) -> None:
        few = _Few(self.bench, self._ready(_joined(self._before, concerned)))
        few.take_in(self.cause)
        few.store(self.cause)

    def _within(self, work: Callable[[], None]) -> None:
        """Do the work, unless it was found to be too much."""
        if not self._left:
            try:
                work()
            except TooManyError:
                self._left = True

    @property
    def _is_due(self) -> bool:
        """Whether time may have moved somebody, or a change waits for its run."""
        due = (one.next_at for one in self._frontiers.values() if one.next_at is not None)
        waits = any(one.stale_at is not None for one in self._frontiers.values())
        return waits or min(due, default=NEVER) <= self.bench.uow.now

    def _concerned(self, table: str, written: _Ids) -> dict[str, _Ids]:
        """Return by tier model whom a write to these records concerns."""
        found: dict[str, _Ids] = {}
        reach = Reach(self.bench)
        for model in self._models if written else ():
            records = reach.of(model, table, written)
            if records is None:
                raise TooManyError(model.key)
            for read in recalculation.reads_of(self.bench, model):
                if self.bench.published.tier_model(read).record_type == model.record_type:
                    records |= found.get(read, _NONE)
            if records:
                found[model.key] = records
        return found

    def _ready(self, concerned: Mapping[str, _Ids]) -> list[tuple[TierModel, int, Collection[int]]]:
        """Return the tier models with document ids and records; all need results of their published rules."""
        found: list[tuple[TierModel, int, Collection[int]]] = []
        for model in self._models:
            if records := concerned.get(model.key):
                document = self.bench.published.documents["tier_model", model.key]
                frontier = self._frontiers.get(document.id)
                if (
                    frontier is None
                    or frontier.rule_version != document.published_version
                    or frontier.stale_cause == recalculation.RULES
                ):
                    raise TooManyError(model.key)
                found.append((model, document.id, records))
        return found


@contextmanager
def overriding(bench: Workbench, model: TierModel, records: Sequence[int]) -> Iterator[None]:
    """Let the tiers of records follow what the block does to those that they were given by hand in a model."""
    tiers, table = Following(bench, timeline.OVERRIDE), bench.published.table(model.record_type)
    tiers.before(table, records)
    yield
    tiers.after(table, records)


def _joined(some: Mapping[str, _Ids], others: Mapping[str, _Ids]) -> dict[str, _Ids]:
    return {key: some.get(key, _NONE) | others.get(key, _NONE) for key in {**some, **others}}


class _Few:
    """A few records of some tier models, as the database has them now."""

    def __init__(
        self,
        bench: Workbench,
        concerned: Sequence[tuple[TierModel, int, Collection[int]]],
    ) -> None:
        self.bench = bench
        self.rows = StoredRows(bench, self._tier)
        self.ways: list[Way] = []
        self.asked = {number: sorted(records) for _, number, records in concerned}
        # Nobody else stores results of these models from now on: what is read after this is not out of date.
        heads = {number: bench.uow.results.head(number) for _, number, _ in concerned}
        frontiers = bench.uow.frontiers.of_workspace(bench.actor.workspace)
        for model, number, _ in concerned:
            head = heads[number]
            assert head is not None, "whatever has a frontier has a result"
            self.ways.append(self._begin(model, frontiers[number], head, self.asked[number]))
        reached = [int(one.course.settled.max(initial=0)) for one in self.ways]
        self.now = max([bench.uow.now, *reached])

    def _begin(self, model: TierModel, frontier: Frontier, head: Head, records: list[int]) -> Way:
        bench = self.bench
        live = self.rows.live(bench.published.table(model.record_type), records)
        asked = np.array(records, np.int64)
        before = placements.of_records(bench.platform, bench.uow, frontier.object_id, head, asked)
        ids = np.array([one.record.id for one in live], np.int64)
        stored = ways.stored_of(bench, model, head, frontier, records)
        placer = RowPlacer(bench, model, rules_of(bench, model), live)
        reads = frozenset(recalculation.reads_of(bench, model))
        return ways.begin(bench, model, before, ids, stored, placer, bench.uow.now, reads)

    def _tier(self, key: str, record: int) -> str | None:
        """Return a record's tier in a model, as far as this way has come."""
        model = self.bench.published.tier_model(key)
        for way in self.ways:
            course = way.course
            place = int(np.searchsorted(course.ids, record))
            if way.model.key == key and place < course.ids.size and course.ids[place] == record:
                return _key_of(model, int(course.codes[place]))
        number = self.bench.published.documents["tier_model", key].id
        head = self.bench.uow.results.head(number)
        if head is None:
            return None
        asked = np.array([record], np.int64)
        found = placements.of_records(self.bench.platform, self.bench.uow, number, head, asked)
        return _key_of(model, int(found.codes[0]))

    def wait(self) -> None:
        """Go through the instants up to now at which time moved somebody, and take in a change that waits for a run."""
        ways.travel(self.ways, self.now, lambda one: one.taking)
        for one in self.ways:
            one.course.settled[:] = self.now

    def take_in(self, cause: str) -> None:
        """Place everybody as of now."""
        for one in self.ways:
            one.take_in(Taking(self.now, cause))

    def store(self, cause: str) -> None:
        """Store who moved, and up to when these records are settled."""
        uow, workspace = self.bench.uow, self.bench.actor.workspace
        run = 0
        for one in self.ways:
            if one.course.steps and not run:
                run = uow.results.start_run(workspace, cause, self.now, uow.now, done=True)
            ways.append(uow, workspace, run, one)
            if one.model.stay:
                ways.remember(uow, workspace, one)
            uow.frontiers.settle(workspace, one.object_id, self.asked[one.object_id], self.now)
            following = int(one.course.next_changes(self.now).min(initial=NEVER))
            known = one.frontier.next_at if one.frontier else None
            if following < (NEVER if known is None else known):
                uow.frontiers.hasten(one.object_id, following)


def _key_of(model: TierModel, code: int) -> str | None:
    known = code not in (ABSENT, NOT_ENOUGH_DATA)
    return model.all_tiers[code].key if known and code < len(model.all_tiers) else None
