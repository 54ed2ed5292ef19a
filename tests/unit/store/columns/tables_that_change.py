"""Generated tables whose records come, change and go, as columns of the store and as plain records."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import count
from random import Random

import numpy as np

from tests.unit.backends.generated import CATALOGUE, _value, tables
from tests.unit.backends.memory_columns import MemoryColumns, Tables, number
from tierloom.domain.fields import Field, FieldKind, Link, Value
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.engine.columns import Positions
from tierloom.store.cells import Cell
from tierloom.store.columns.assembly import assemble
from tierloom.store.columns.encoding import Shape, encoding_of, encodings_of
from tierloom.store.columns.generation import Base
from tierloom.store.columns.manifest import Point
from tierloom.store.columns.snapshot import Snapshot
from tierloom.store.columns.stored import ColumnBuilder
from tierloom.store.columns.table import Rows, TableData, Tail

Records = Mapping[int, Mapping[str, Value]]


def _numbered(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with ids of tables and fields, which stored columns go by."""
    ids = count(1)
    numbered = {
        one.key: replace(
            one, id=next(ids), fields=tuple(replace(field, id=next(ids)) for field in one.fields)
        )
        for one in catalogue
    }
    return Catalogue(numbered)


NUMBERED = _numbered(CATALOGUE)


class ChangingTables:
    """Records by table and id, and the last snapshot of them."""

    def __init__(self, random: Random, sizes: dict[str, int]) -> None:
        self.random = random
        self.sizes = sizes
        made = tables(random, sizes)
        self.records: dict[str, dict[int, Mapping[str, Value]]] = {
            key: {one.id: one.values for one in made.records[key]} for key in sizes
        }
        self.data = {one.id: self._from_nothing(one) for one in NUMBERED}
        self.snapshot = assemble(NUMBERED, self.data, None)

    def memory(self, table: str) -> MemoryColumns:
        """Return a table's present records as columns in memory, made from nothing."""
        made = Tables(CATALOGUE)
        for key, records in self.records.items():
            made.records[key] = []
            for one, values in records.items():
                made.add(key, one, values)
        return made.columns(table)

    def write(self) -> Snapshot:
        """Change some records of one or two tables, and make the next snapshot of the last one."""
        for key in self.random.sample(sorted(self.records), self.random.choice((1, 1, 2))):
            self._write(NUMBERED.table(key))
        self.snapshot = assemble(NUMBERED, self.data, self.snapshot)
        return self.snapshot

    def compact(self) -> Snapshot:
        """Make a base of all rows of a table, as it happens when its tail has grown long."""
        record_type = self.random.choice(tuple(NUMBERED))
        data = self.data[record_type.id]
        base = data.as_base(Point(0), ())
        tail = Tail(_rows(record_type, {}), np.empty(0, np.int64))
        self.data[record_type.id] = TableData(data.encodings, base, tail, data)
        self.snapshot = assemble(NUMBERED, self.data, self.snapshot)
        return self.snapshot

    def _write(self, record_type: RecordType) -> None:
        random, records = self.random, self.records[record_type.key]
        chosen = random.sample(sorted(records), min(len(records), random.randint(0, 4)))
        gone = {one for one in chosen if random.randrange(3) == 0}
        live = {
            one: {**records[one], **self._some(record_type)} for one in chosen if one not in gone
        }
        for _ in range(random.randint(0, 2)):
            new = random.randint(1, 4 * self.sizes[record_type.key] + 4)
            if new not in records:
                live[new] = self._values(record_type.fields)
        for one in gone:
            del records[one]
        records.update(live)
        tail = Tail(_rows(record_type, live), np.array(sorted(gone), np.int64))
        if tail.size:
            self.data[record_type.id] = self.data[record_type.id].followed_by(tail)

    def _some(self, record_type: RecordType) -> dict[str, Value]:
        fields = record_type.fields
        return self._values(self.random.sample(fields, self.random.randint(1, len(fields))))

    def _values(self, fields: Iterable[Field]) -> dict[str, Value]:
        return {one.key: _value(self.random, one.type, self.sizes) for one in fields}

    def _from_nothing(self, record_type: RecordType) -> TableData:
        rows = _rows(record_type, self.records[record_type.key])
        encodings = encodings_of(record_type)
        base = Base(rows.ids, rows.columns, encodings, Point(0), Point(0), ())
        return TableData(encodings, base, Tail(_rows(record_type, {}), np.empty(0, np.int64)))


def _rows(record_type: RecordType, records: Records) -> Rows:
    ids: Positions = np.array(sorted(records), np.int64)
    columns = {}
    for field in record_type.stored_fields:
        builder = ColumnBuilder(encoding_of(field))
        builder.add([_cell(field, records[one].get(field.key)) for one in ids.tolist()])
        columns[field.id] = builder.finish()
    return Rows(ids, columns)


def _cell(field: Field, value: Value) -> Cell:
    match value:
        case None:
            return None
        case Link(id=target):
            return target
        case tuple():
            return f"|{'|'.join(value)}|"
    encoding = encoding_of(field)
    if encoding.shape is Shape.TEXT:
        return str(value)
    if field.type.kind is FieldKind.BOOLEAN:
        return int(bool(value))
    scaled: float = number(value) * 10**encoding.scale
    return round(scaled)
