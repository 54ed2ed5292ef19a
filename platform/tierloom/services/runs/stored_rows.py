"""Records as the database has them now, one at a time, as the row evaluator reads them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tierloom.domain.fields import Value
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import TIER
from tierloom.schemas.field_types import from_cell
from tierloom.services.shown import link_keys, value_of
from tierloom.services.workbench import Workbench
from tierloom.store.cells import Cell
from tierloom.store.record_reading import StoredRecord

MOST = 2_000
"""More related records than these are quicker to read from the columns."""


class TooManyError(Exception):
    """A record has more related records than are read one by one."""


@dataclass(slots=True)
class StoredRows:
    """Reads records and what they are linked with, each once; `tier` gives a record's tier in a model, by its key."""

    bench: Workbench
    tier: Callable[[str, int], str | None]
    _known: dict[tuple[str, int], StoredRecord | None] = field(default_factory=dict)
    _related: "dict[tuple[str, str, int], list[StoredRow]]" = field(default_factory=dict)

    def live(self, table: RecordType, ids: Sequence[int]) -> "list[StoredRow]":
        """Return those of the records that are there."""
        self.fetch(table, ids)
        found = (self._known[table.key, one] for one in ids)
        return [StoredRow(self, table, one) for one in found if one and one.deleted_at is None]

    def fetch(self, table: RecordType, ids: Sequence[int]) -> None:
        """Read several records at once."""
        missing = [one for one in ids if (table.key, one) not in self._known]
        if missing:
            stored = self.bench.uow.records(table).fetch(missing)
            for one in missing:
                self._known[table.key, one] = stored.get(one)

    def children(self, child: RecordType, reference: str, parent: int) -> "list[StoredRow]":
        """Return the related records by date and then id, undated ones first.

        Raises:
            TooManyError: there are very many.
        """
        key = child.key, reference, parent
        if key not in self._related:
            by_parent = self.bench.uow.records(child).related_ids(reference, [parent])
            found = by_parent.get(parent, [])
            if len(found) > MOST:
                raise TooManyError(child.key)
            self._related[key] = sorted(self.live(child, found), key=lambda row: row.order)
        return self._related[key]


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One record (`rules.row.Row`)."""

    rows: StoredRows
    table: RecordType
    record: StoredRecord
    _values: dict[str, Value] = field(default_factory=dict)

    @property
    def order(self) -> tuple[bool, Cell, int]:
        """What related records are sorted by."""
        when = self.record.cells.get(self.table.date_field or "")
        return when is not None, when if when is not None else 0, self.record.id

    def value(self, key: str) -> Value:
        """Return a stored field's value, or the record's tier in a model; None is unknown."""
        if key.startswith(TIER):
            return self.rows.tier(key.removeprefix(TIER), self.record.id)
        if key not in self._values:
            self._values[key] = self._value(key)
        return self._values[key]

    def _value(self, key: str) -> Value:
        field = self.table.field(key)
        if field.type.target is None:
            return from_cell(field.type, self.record.cells.get(key))
        if not isinstance(self.record.cells.get(key), int):
            return None  # The record that it names is not there.
        found = value_of(field, self.record, link_keys(self.rows.bench, [self.record], [field]))
        return None if getattr(found, "id", None) is None else found

    def parent(self, reference: str) -> "StoredRow | None":
        """Return the record that a reference points to, None where there is none."""
        number = self.record.cells.get(reference)
        target = self.table.field(reference).type.target
        if not isinstance(number, int) or target is None:
            return None
        return next(iter(self.rows.live(self.rows.bench.published.table(target), [number])), None)

    def related(self, relation: str) -> "Sequence[StoredRow]":
        """Return the related records of this name."""
        known = self.rows.bench.catalogue.relation(self.table.key, relation)
        assert known is not None, "the compiler knows the relations"
        child = self.rows.bench.published.table(known.child)
        return self.rows.children(child, known.reference, self.record.id)
