"""What publishing would do with a chunk, worked out without writing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tierloom.schemas.field_types import Cell
from tierloom.services.imports.cells import TakenRows
from tierloom.services.imports.counts import ImportCounts
from tierloom.services.imports.decisions import Decision, Decisions
from tierloom.services.imports.plan import UnknownParents
from tierloom.services.imports.problem_rows import ProblemRows, add_refusals
from tierloom.services.imports.repeats import refuse_taken_values
from tierloom.services.imports.resolving import (
    Parents,
    count_links,
    find_parents,
    find_records,
    lacking,
    link,
    merge,
    named_parents,
)
from tierloom.services.imports.work import ImportWork
from tierloom.store.uow import UnitOfWork


class Preview:
    """Goes through the chunks of an import in order."""

    def __init__(self, uow: UnitOfWork, work: ImportWork, problems: ProblemRows) -> None:
        self.uow = uow
        self.work = work
        self.problems = problems
        self._new_parents: dict[str, set[Cell]] = {}

    def chunk(self, taken: TakenRows, decisions: Decisions) -> ImportCounts:
        """Count what would become of a chunk; rows that publishing would refuse are refused now, in
        `decisions`.
        """
        where = np.flatnonzero(decisions == Decision.TAKE)
        ids = find_records(self.uow, self.work, taken)
        refused = refuse_taken_values(self.uow, self.work, taken, ids)
        refused = lacking(self.work, taken, ids) | refused
        add_refusals(self.problems, refused, taken.rows, taken.columns, self.work.column_of)
        decisions[where[list(refused)]] = Decision.REJECT
        kept = [number for place, number in enumerate(ids) if place not in refused]
        counts = self._count(taken.without(set(refused)), kept)
        found = Counter(decisions.tolist())
        return replace(
            counts,
            rows=len(decisions),
            skipped=found[Decision.SKIP],
            rejected=found[Decision.REJECT],
        )

    def _count(self, taken: TakenRows, ids: Sequence[int | None]) -> ImportCounts:
        parents = find_parents(self.uow, self.work.references, taken)
        linked = link(self.work, taken, parents)
        counts = count_links(self.work, linked)
        if self.work.plan.unknown_parents is UnknownParents.CREATE:
            fresh = self._count_new_parents(taken, parents)
            counts = replace(counts, unlinked=0, parents_created=fresh)
        created = sum(number is None for number in ids)
        changed = merge(self.uow, self.work, linked, ids).changed()
        unchanged = len(ids) - created - changed
        return replace(counts, created=created, updated=changed, unchanged=unchanged)

    def _count_new_parents(self, taken: TakenRows, parents: Parents) -> int:
        """How many parents this chunk would create that no earlier one does."""
        count = 0
        for target, known in parents.items():
            seen = self._new_parents.setdefault(target, set())
            fresh = named_parents(self.work.references, target, taken) - known.keys() - seen
            seen.update(fresh)
            count += len(fresh)
        return count
