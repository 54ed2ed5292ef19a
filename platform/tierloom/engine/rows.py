"""Records of a snapshot, one at a time, as the row evaluator reads them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tierloom.domain.fields import Value
from tierloom.domain.tables import Catalogue
from tierloom.engine.columns import Columns, ReferenceColumn
from tierloom.engine.values import stored_values


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """The record at `position` of a table's columns."""

    columns: Columns
    position: int
    catalogue: Catalogue

    def value(self, key: str) -> Value:
        """Return a stored field's value; None is unknown."""
        return stored_values(key, self.columns, np.array([self.position]))[0]

    def parent(self, reference: str) -> "SnapshotRow | None":
        """Return the record that a reference points to, None where there is none."""
        column = self.columns.column(reference)
        assert isinstance(column, ReferenceColumn), "only a reference has a parent"
        found = int(column.positions[self.position])
        above = self.columns.parent(reference)
        return SnapshotRow(above, found, self.catalogue) if found >= 0 else None

    def related(self, relation: str) -> "Sequence[SnapshotRow]":
        """Return the related records of this name, by date and then id, undated ones first."""
        known = self.catalogue.relation(self.columns.record_type.key, relation)
        assert known is not None, "the compiler knows the relations"
        children = self.columns.children(known)
        first, last = children.starts[self.position : self.position + 2]
        return [
            SnapshotRow(children.columns, int(one), self.catalogue)
            for one in children.rows[first:last]
        ]
