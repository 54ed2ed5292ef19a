"""What changed from one snapshot of a family of tables to a later one, and whom it touches."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from tierloom.engine.ascending import distinct
from tierloom.engine.columns import Positions
from tierloom.engine.reads import Path, Reads
from tierloom.engine.steps import Step
from tierloom.engine.subset import Subset, subset
from tierloom.store.columns.snapshot import TableColumns
from tierloom.store.columns.splice import Splice
from tierloom.store.columns.table import Changes

MOST = 0.05
"""When more of a table than this is touched, it is quicker to work everything out again."""
FEW = 100
"""So many are few, however small the table is."""
_NOBODY = np.empty(0, np.int64)


class TableStep:
    """The way of one table from a former snapshot to `columns` (`engine.steps.Step`).

    `before` is where the former snapshot's records stood, `changes` is what changed in each table.
    """

    def __init__(
        self, columns: TableColumns, before: Splice, changes: Mapping[str, Changes]
    ) -> None:
        self._columns = columns
        self._before = before
        self._changes = changes
        self._touched: dict[Reads, Positions | None] = {}
        self._parts: dict[Reads, Subset] = {}

    def after(self, earlier: Step) -> "TableStep":
        """Return an earlier step and this one together."""
        assert isinstance(earlier, TableStep), "Steps of stored tables follow each other."
        changes = {
            key: earlier._changes[key].followed_by(later) for key, later in self._changes.items()
        }
        return TableStep(self._columns, earlier._before, changes)

    @cached_property
    def _places(self) -> tuple[Positions, Positions]:
        """Where the changed records stood, and where they stand."""
        ids = self._changed(self._columns)
        return self._before.find(ids), self._columns.positions_of(ids)

    @cached_property
    def gone(self) -> Positions:
        """Where the records stood that are not there any more."""
        before, now = self._places
        return before[(now < 0) & (before >= 0)]

    @cached_property
    def come(self) -> Positions:
        """Where the records stand that were not there."""
        before, now = self._places
        return now[(before < 0) & (now >= 0)]

    def touched(self, reads: Reads) -> Positions | None:
        """Return who is touched, None where these are too many."""
        if reads not in self._touched:
            self._touched[reads] = self._touched_in(self._columns, reads)
        return self._touched[reads]

    def part(self, reads: Reads) -> Subset:
        """Return those who are touched, as a table."""
        if reads not in self._parts:
            found = self.touched(reads)
            self._parts[reads] = subset(self._columns, _NOBODY if found is None else found)
        return self._parts[reads]

    def _changed(self, columns: TableColumns) -> Positions:
        return self._changes[columns.record_type.key].ids

    def _touched_in(self, columns: TableColumns, reads: Reads) -> Positions | None:
        """Return the positions of those in a table about whom a rule may say something else."""
        own = columns.positions_of(self._changed(columns))
        found = [own[own >= 0], *(self._led_to(columns, path) for path in reads.above)]
        for child, reference, inner in reads.below:
            above = self._above(columns, columns.family[child], reference, inner)
            if above is None:
                return None
            found.append(above)
        together = distinct(np.concatenate(found))
        return None if len(together) > max(FEW, MOST * columns.size) else together

    def _led_to(self, columns: TableColumns, path: Path) -> Positions:
        """Return who is led to a changed record by references."""
        reference, *further = path
        parents = columns.parent(reference)
        ids = self._changed(parents)
        if further:
            beyond = self._led_to(parents, tuple(further))
            ids = distinct(np.concatenate((ids, parents.data.ids_at(beyond))))
        return columns.pointing(reference, ids)

    def _above(
        self, columns: TableColumns, child: TableColumns, reference: str, inner: Reads
    ) -> Positions | None:
        """Return whom touched records of a child table point at, or pointed at before."""
        below = self._touched_in(child, inner)
        if below is None:
            return None
        before = child.pointed_at_before(reference, self._changes[child.record_type.key])
        found = columns.positions_of(
            distinct(np.concatenate((before, child.pointed_at(reference, below))))
        )
        return found[found >= 0]
