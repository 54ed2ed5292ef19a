"""Tables in memory: Python records that give columns, children and parents as a store does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import chain

import numpy as np

from tierloom.domain.fields import CHOOSERS, Field, FieldKind, Link, Value
from tierloom.domain.tables import Catalogue, RecordType, Relation
from tierloom.engine.columns import (
    BooleanColumn,
    ChildRows,
    Column,
    NumberColumn,
    ReferenceColumn,
    TextColumn,
)
from tierloom.store.columns.narrow import code_type, narrow_numbers

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Record:
    """One record, with ways to its parents and related records: what the row evaluator needs."""

    tables: "Tables"
    table: str
    id: int
    values: Mapping[str, Value]

    def value(self, key: str) -> Value:
        return self.values.get(key)

    def parent(self, reference: str) -> "Record | None":
        link = self.values.get(reference)
        if not isinstance(link, Link):
            return None
        target = self.tables.catalogue.table(self.table).field(reference).type.target
        return self.tables.find(target, link.id)

    def related(self, relation: str) -> "list[Record]":
        found = self.tables.catalogue.relation(self.table, relation)
        assert found is not None
        mine = self.tables.pointing(found.child, found.reference).get(self.id, [])
        return self.tables.by_date(found.child, mine)


class Words:
    """A sorted dictionary, by plain lists."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = sorted(set(texts))

    def __len__(self) -> int:
        return len(self.texts)

    def text(self, code: int) -> str:
        return self.texts[code]

    def code(self, text: str) -> int:
        return self.texts.index(text) if text in self.texts else -1

    def where(self, test):
        return np.array([test(text) for text in self.texts], bool)


@dataclass
class Tables:
    """All tables of a test."""

    catalogue: Catalogue
    records: dict[str, list[Record]] = field(default_factory=dict)
    narrow: bool = False
    """Whether arrays are as narrow as their values allow."""
    _columns: dict[str, "MemoryColumns"] = field(default_factory=dict)
    _pointing: dict[tuple[str, str], tuple[int, dict[int | None, list[Record]]]] = field(
        default_factory=dict
    )

    def add(self, table: str, number: int, values: Mapping[str, Value]) -> Record:
        record = Record(self, table, number, values)
        self.records.setdefault(table, []).append(record)
        return record

    def pointing(self, table: str, reference: str) -> "dict[int | None, list[Record]]":
        """Records by the record that they point at; looked up anew when some were added."""
        records = self.records[table]
        size, index = self._pointing.get((table, reference), (-1, {}))
        if size != len(records):
            index = {}
            for one in records:
                if isinstance(link := one.values.get(reference), Link):
                    index.setdefault(link.id, []).append(one)
            self._pointing[table, reference] = len(records), index
        return index

    def find(self, table: str, number: int | None) -> Record | None:
        return next((one for one in self.records.get(table, []) if one.id == number), None)

    def columns(self, table: str) -> "MemoryColumns":
        if table not in self._columns:
            self._columns[table] = MemoryColumns(self, self.catalogue.table(table))
        return self._columns[table]

    def by_date(self, table: str, records: list[Record]) -> list[Record]:
        key = self.catalogue.table(table).date_field

        def order(one: Record):
            when = one.values.get(key) if key else None
            return (when is not None, when or 0, one.id)

        return sorted(records, key=order)


class MemoryColumns:
    """The columns of one table."""

    def __init__(self, tables: Tables, record_type: RecordType) -> None:
        self.tables = tables
        self.record_type = record_type
        self.records = sorted(tables.records.get(record_type.key, []), key=lambda one: one.id)
        self.ids = np.array([one.id for one in self.records], np.int64)
        self.size = len(self.records)
        self.cache: dict[object, object] = {}

    def column(self, key: str) -> Column:
        one = self.record_type.field(key)
        if not one.is_stored:
            raise KeyError(key)
        return self._make(one)

    def _make(self, one: Field) -> Column:
        values = [record.value(one.key) for record in self.records]
        match one.type.kind:
            case FieldKind.BOOLEAN:
                return BooleanColumn(
                    np.array([-1 if v is None else int(v) for v in values], np.int8)
                )
            case FieldKind.REFERENCE:
                wanted = [v.id if isinstance(v, Link) and v.id is not None else -1 for v in values]
                above = self.parent(one.key)
                positions = above.positions_of(np.array(wanted, np.int64))
                return ReferenceColumn(
                    positions.astype(np.int32 if self.tables.narrow else np.int64)
                )
            case kind if kind.is_text or kind in CHOOSERS | {FieldKind.REGION}:
                texts = [f"|{'|'.join(v)}|" if isinstance(v, tuple) else v for v in values]
                words = Words([text for text in texts if text is not None])
                codes = [-1 if text is None else words.code(text) for text in texts]
                kind = code_type(len(words)) if self.tables.narrow else np.int32
                return TextColumn(np.array(codes, kind), words)
        numbers = [np.nan if v is None else number(v) for v in values]
        doubles = np.array(numbers, np.float64)
        return NumberColumn(narrow_numbers(doubles) if self.tables.narrow else doubles)

    def children(self, relation: Relation) -> ChildRows:
        child = self.tables.columns(relation.child)
        place = {one.id: position for position, one in enumerate(child.records)}
        lists = [
            [place[row.id] for row in record.related(relation.name)] for record in self.records
        ]
        starts = np.cumsum([0, *map(len, lists)], dtype=np.int64)
        return ChildRows(child, np.array([*chain(*lists)], np.int64), starts)

    def parent(self, reference: str) -> "MemoryColumns":
        return self.tables.columns(self.record_type.field(reference).type.target)

    def positions_of(self, ids):
        place = {one.id: position for position, one in enumerate(self.records)}
        return np.array([place.get(int(one), -1) for one in ids], np.int64)


def number(value: Value) -> float:
    match value:
        case datetime():
            return (value - EPOCH) // timedelta(milliseconds=1)
        case date():
            return (value - EPOCH.date()).days
    return float(value)
