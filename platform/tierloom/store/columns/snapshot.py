"""Snapshots: all tables of a workspace at one moment, for evaluators."""

from collections.abc import Iterator, Mapping

import numpy as np

from tierloom.domain.tables import Catalogue, RecordType, Relation
from tierloom.engine.columns import ChildRows, Column, Positions, ReferenceColumn
from tierloom.store.columns.splice import find, frozen
from tierloom.store.columns.stored import ReferenceIds
from tierloom.store.columns.table import TableData


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
        return len(self.data.ids)

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
        stored = self.data.column(field.id)
        if not isinstance(stored, ReferenceIds):
            return stored
        target = self.family.get(field.type.target or "")
        if target is None:
            return ReferenceColumn(frozen(np.full(self.size, -1, np.int64)))
        return ReferenceColumn(self.data.positions(field.id, target.ids))

    def children(self, relation: Relation) -> ChildRows:
        """Return the related records, by their date field and id within each record of this table.

        Raises:
            KeyError: there is no such table or reference.
        """
        child = self.family[relation.child]
        reference = child._fields[relation.reference]
        date = child._fields.get(child.record_type.date_field or "")
        rows, starts = child.data.grouped(reference.id, date.id if date else 0, self.ids)
        return ChildRows(child, rows, starts)

    def parent(self, reference: str) -> "TableColumns":
        """Return the columns of the table that a reference points to.

        Raises:
            KeyError: there is no such reference, or its table is not in the catalogue.
        """
        return self.family[self._fields[reference].type.target or ""]

    def positions_of(self, ids: Positions) -> Positions:
        """Positions of record ids, -1 for those that are not here."""
        return find(self.ids, ids)


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


def assemble(
    catalogue: Catalogue, data: Mapping[int, TableData], former: Snapshot | None
) -> Snapshot:
    """Make a snapshot; families without changes come from the `former` one, with their caches."""
    known = {table.record_type.key: table for table in former or ()}
    tables: dict[str, TableColumns] = {}
    for keys in _families(catalogue):
        record_types = [catalogue.table(key) for key in keys]
        if all(_unchanged(one, data[one.id], known.get(one.key), keys) for one in record_types):
            tables |= {key: known[key] for key in keys}
            continue
        family: dict[str, TableColumns] = {}
        for one in record_types:
            family[one.key] = TableColumns(one, data[one.id], family)
        tables |= family
    return Snapshot(tables)


def _unchanged(
    record_type: RecordType, data: TableData, known: TableColumns | None, family: frozenset[str]
) -> bool:
    return (
        known is not None
        and known.data is data
        and known.record_type == record_type
        and known.family.keys() == family
    )


def _families(catalogue: Catalogue) -> list[frozenset[str]]:
    """Group tables so that no reference leads out of a group."""
    families = {record_type.key: frozenset({record_type.key}) for record_type in catalogue}
    for record_type in catalogue:
        for field in record_type.stored_fields:
            target = field.type.target
            if target in families and target not in families[record_type.key]:
                joined = families[record_type.key] | families[target]
                families |= dict.fromkeys(joined, joined)
    return list(dict.fromkeys(families.values()))
