"""Snapshots: all tables of a workspace at one moment, for evaluators."""

from collections.abc import Iterator, Mapping

import numpy as np

from tierloom.domain.tables import RecordType, Relation
from tierloom.engine.columns import ChildRows, Column, Positions, ReferenceColumn
from tierloom.store.columns.splice import frozen
from tierloom.store.columns.stored import ReferenceIds, Stored
from tierloom.store.columns.table import Changes, TableData


class TableColumns:
    """The columns of one table in one snapshot (`engine.columns.Columns`)."""

    def __init__(
        self, record_type: RecordType, data: TableData, family: "Mapping[str, TableColumns]"
    ) -> None:
        """`family` holds the tables that references connect, directly or not, this one included."""
        self._record_type = record_type
        self._fields = {field.key: field for field in record_type.stored_fields}
        self._cache: dict[object, object] = {}
        self.data = data
        self.family = family

    @property
    def record_type(self) -> RecordType:
        """The table's definition in this snapshot."""
        return self._record_type

    @property
    def size(self) -> int:
        """The number of records."""
        return self.data.size

    @property
    def ids(self) -> Positions:
        """Record ids, ascending, by position."""
        return self.data.ids

    @property
    def cache(self) -> dict[object, object]:
        """Kept while nothing changes in this table or in any that references connect with it."""
        return self._cache

    def column(self, key: str) -> Column:
        """Return a stored field's column.

        Raises:
            KeyError: the table has no such stored field, or it is retired.
        """
        field = self._fields[key]
        if field.type.target is None:
            return _plain(self.data.column(field.id))
        target = self.family.get(field.type.target)
        if target is None:
            return ReferenceColumn(frozen(np.full(self.size, -1, np.int64)))
        return ReferenceColumn(self.data.positions(field.id, target.data))

    def taken(self, key: str, positions: Positions) -> Column:
        """Return a column's values at `positions`, unknown at -1; no column is merged for a few.

        Raises:
            KeyError: the table has no such stored field, or it is retired.
        """
        field = self._fields[key]
        if field.type.target is None:
            return _plain(self.data.taken(field.id, positions))
        target = self.family.get(field.type.target)
        if target is None:
            return ReferenceColumn(frozen(np.full(len(positions), -1, np.int64)))
        return ReferenceColumn(target.data.find(self.data.references(field.id, positions)))

    def child(self, relation: Relation) -> "TableColumns":
        """Return the table of the related records.

        Raises:
            KeyError: there is no such table.
        """
        return self.family[relation.child]

    def children(self, relation: Relation) -> ChildRows:
        """Return the related records, by their date field and id within each record of this table.

        Raises:
            KeyError: there is no such table or reference.
        """
        child = self.family[relation.child]
        rows, starts = child.data.grouped(*child._grouped_by(relation.reference), self.data)
        return ChildRows(child, rows, starts)

    def related(self, relation: Relation, positions: Positions) -> ChildRows:
        """Return the related records of the records at `positions`, without those of all others.

        Raises:
            KeyError: there is no such table or reference.
        """
        child = self.family[relation.child]
        distinct, places = np.unique(positions, return_inverse=True)
        ids = self.data.ids_at(distinct)
        rows, counts = child.data.pointing(*child._grouped_by(relation.reference), ids)
        found = ChildRows(child, rows, np.append(0, np.cumsum(counts)))
        return found if np.array_equal(distinct, positions) else found.of(places)

    def _grouped_by(self, reference: str) -> tuple[int, int]:
        """Return the ids of the reference and of the date field (0 is none) by which records are grouped."""
        date = self._fields.get(self.record_type.date_field or "")
        return self._fields[reference].id, date.id if date else 0

    def pointing(self, reference: str, ids: Positions) -> Positions:
        """Return the records that point at one of these ascending ids, which need not exist any more.

        Raises:
            KeyError: the table has no such reference, or it is retired.
        """
        return self.data.pointing(*self._grouped_by(reference), ids)[0] if len(ids) else ids

    def pointed_at(self, reference: str, positions: Positions) -> Positions:
        """Return the distinct ids of the records that those at `positions` point at.

        Raises:
            KeyError: the table has no such reference, or it is retired.
        """
        return self.data.pointed_at(self._fields[reference].id, positions)

    def greatest(self, key: str) -> float:
        """Return the greatest number, date or instant in a column, minus infinity where there is none.

        Raises:
            KeyError: the table has no such stored field, or it is retired.
        """
        return self.data.greatest(self._fields[key].id)

    def parent(self, reference: str) -> "TableColumns":
        """Return the columns of the table that a reference points to.

        Raises:
            KeyError: there is no such reference, or its table is not in the catalogue.
        """
        return self.family[self._fields[reference].type.target or ""]

    def pointed_at_before(self, reference: str, changes: Changes) -> Positions:
        """Return the ids of the records that changed ones pointed at."""
        return changes.before(self._fields[reference].id)

    def positions_of(self, ids: Positions) -> Positions:
        """Positions of record ids, -1 for those that are not here."""
        return self.data.find(ids)


class Snapshot:
    """All tables of a workspace as one transaction saw them. It never changes."""

    def __init__(self, tables: Mapping[str, TableColumns]) -> None:
        self._tables = tables

    def __iter__(self) -> Iterator[TableColumns]:
        return iter(self._tables.values())

    def table(self, key: str) -> TableColumns:
        """Return the columns of one table.

        Raises:
            KeyError: the catalogue has no such table.
        """
        return self._tables[key]


def _plain(stored: Stored) -> Column:
    assert not isinstance(stored, ReferenceIds), "Only references have a target."
    return stored
