"""A small workspace of tables, and a plain model of what is in it: cells by record id."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace

import numpy as np

from tierloom.domain.fields import Field, FieldKind, FieldType, Option
from tierloom.domain.tables import Catalogue, RecordType, Relation
from tierloom.engine.columns import BooleanColumn, NumberColumn, ReferenceColumn, TextColumn
from tierloom.store.changes import Cause
from tierloom.store.columns import ColumnStore, Snapshot
from tierloom.store.database import Database
from tierloom.store.uow import UnitOfWork
from tierloom.text import Label

Cell = int | str | None
TEXTS = ("Zoë", "a", "aa", "b", "张三", "张", "𝄞", "e\u0301", "\uffff", "Ä")
EDIT = Cause("edit", 1)


def option(key: str) -> Option:
    return Option(key, Label.of(key))


MONEY = FieldType(FieldKind.MONEY, scale=2, currency="CNY")
TYPES = {
    "text": FieldType(FieldKind.TEXT),
    "integer": FieldType(FieldKind.INTEGER),
    "money": MONEY,
    "decimal": FieldType(FieldKind.DECIMAL, scale=6),
    "boolean": FieldType(FieldKind.BOOLEAN),
    "date": FieldType(FieldKind.DATE),
    "datetime": FieldType(FieldKind.DATETIME),
    "choice": FieldType(FieldKind.CHOICE, options=(option("gold"), option("iron"))),
    "choices": FieldType(FieldKind.CHOICES, options=(option("a"), option("b"))),
}
SPARE = ("text", "decimal", "boolean", "datetime", "choices")


@dataclass
class Model:
    """What is there: cells by field key, of live records and of those in the bin."""

    live: dict[str, dict[int, dict[str, Cell]]] = field(default_factory=dict)
    bin: dict[str, dict[int, dict[str, Cell]]] = field(default_factory=dict)


class World:
    """Tables customer ← order ← line (and order → order), and shop, which stands alone."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.writing() as uow:
            self.take = uow.documents.next_id
            name = f"w{self.take()}"
            self.workspace = uow.workspaces.create(name, name, "en", "UTC", "CNY").id
            self.types = {one.key: one for one in self._tables()}
            for one in self.types.values():
                uow.tables.ensure(one)
        self.model = Model({key: {} for key in self.types}, {key: {} for key in self.types})

    def _field(self, key: str, kind: FieldType) -> Field:
        return Field(key, Label.of(key), kind, id=self.take())

    def _tables(self) -> Iterator[RecordType]:
        plain = tuple(TYPES.items())
        tables: dict[str, tuple[tuple[str, FieldType], ...]] = {
            "customer": plain,
            "order": (
                ("customer", FieldType(FieldKind.REFERENCE, target="customer")),
                ("earlier", FieldType(FieldKind.REFERENCE, target="order")),
                ("date", TYPES["date"]),
                ("amount", MONEY),
            ),
            "line": (("order", FieldType(FieldKind.REFERENCE, target="order")), plain[0]),
            "shop": plain[:2],
        }
        for key, fields in tables.items():
            made = tuple(self._field(name, kind) for name, kind in fields)
            date = "date" if key == "order" else None
            yield RecordType(key, Label.of(key), made, id=self.take(), date_field=date)

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.types)

    def change_type(self, key: str, change: Callable[[RecordType], RecordType]) -> None:
        """Change a table's definition, in the model and in the database."""
        with self.database.writing() as uow:
            self.take = uow.documents.next_id
            self.types[key] = change(self.types[key])
            uow.tables.ensure(self.types[key])

    def add_field(self, key: str, kind: str) -> None:
        name = f"new_{len(self.types[key].fields)}"
        self.change_type(
            key, lambda one: replace(one, fields=(*one.fields, self._field(name, TYPES[kind])))
        )

    def retire(self, key: str, number: int, *, retired: bool) -> None:
        def change(one: RecordType) -> RecordType:
            fields = list(one.fields)
            fields[number % len(fields)] = replace(fields[number % len(fields)], retired=retired)
            return replace(one, fields=tuple(fields))

        self.change_type(key, change)

    def cell(self, one: Field, chance: random.Random) -> Cell:
        """Make up a cell for a field."""
        if chance.random() < 0.2:
            return None
        kind = one.type.kind
        if kind is FieldKind.REFERENCE:
            target = one.type.target or ""
            ids = [*self.model.live[target], *self.model.bin[target]]
            return chance.choice(ids) if ids and chance.random() < 0.9 else "no such key"
        match kind:
            case FieldKind.BOOLEAN:
                return chance.randint(0, 1)
            case FieldKind.CHOICE:
                return chance.choice(("gold", "iron"))
            case FieldKind.CHOICES:
                return chance.choice(("|a|", "|b|", "|a|b|"))
            case FieldKind.TEXT:
                return chance.choice(TEXTS) + chance.choice(("", "", str(chance.randint(0, 99))))
            case FieldKind.DATE:
                return chance.randint(-5, 5)
            case FieldKind.DATETIME:
                return chance.randint(-(10**12), 2 * 10**12)
            case _:
                return chance.choice((0, -1, chance.randint(-(10**14), 10**14)))

    def row(self, key: str, chance: random.Random) -> dict[str, Cell]:
        return {one.key: self.cell(one, chance) for one in self.types[key].stored_fields}

    # What follows changes the database and the model alike.

    def insert(self, uow: UnitOfWork, key: str, count: int, chance: random.Random) -> list[int]:
        rows = [self.row(key, chance) for _ in range(count)]
        ids = uow.records(self.types[key]).insert(rows, uow.now, EDIT)
        self.model.live[key] |= dict(zip(ids, rows, strict=True))
        return ids

    def update(self, uow: UnitOfWork, key: str, ids: list[int], chance: random.Random) -> None:
        changed = chance.sample(self.types[key].stored_fields, 1)
        for one in changed:
            cells = [self.cell(one, chance) for _ in ids]
            uow.records(self.types[key]).update_many(ids, {one.key: cells}, uow.now, EDIT)
            for number, cell in zip(ids, cells, strict=True):
                self.model.live[key][number] |= {one.key: cell}

    def delete(self, uow: UnitOfWork, key: str, ids: list[int]) -> None:
        uow.records(self.types[key]).delete(ids, uow.now, EDIT)
        for number in ids:
            self.model.bin[key][number] = self.model.live[key].pop(number)

    def restore(self, uow: UnitOfWork, key: str, ids: list[int]) -> None:
        uow.records(self.types[key]).restore(ids, uow.now, EDIT)
        for number in ids:
            self.model.live[key][number] = self.model.bin[key].pop(number)

    def snapshot(self, store: ColumnStore) -> Snapshot:
        return store.latest(self.workspace, self.catalogue)

    @contextmanager
    def rolled_back(self) -> Iterator[UnitOfWork]:
        """A unit of work that fails at its end."""
        kept = deepcopy(self.model)
        try:
            with self.database.writing() as uow:
                yield uow
                raise _Undone
        except _Undone:
            self.model = kept


class _Undone(Exception):
    pass


def expected(world: World) -> dict[str, object]:
    """What a snapshot has to say, worked out row by row from the model."""
    model = world.model.live
    said: dict[str, object] = {}
    for key, record_type in world.types.items():
        ids = sorted(model[key])
        said[key] = ids
        for one in record_type.stored_fields:
            cells = [model[key][number].get(one.key) for number in ids]
            said[f"{key}.{one.key}"] = [_value(world, one, cell) for cell in cells]
        for relation in world.catalogue.relations(key):
            said[f"{key} < {relation.name}"] = [_children(world, relation, one) for one in ids]
    return said


def _value(world: World, one: Field, cell: Cell) -> object:
    match one.type.kind:
        case FieldKind.REFERENCE:
            live = sorted(world.model.live[one.type.target or ""])
            return live.index(cell) if cell in live else -1
        case FieldKind.BOOLEAN:
            return -1 if cell is None else cell
        case FieldKind.TEXT | FieldKind.CHOICE | FieldKind.CHOICES:
            return cell
    assert not isinstance(cell, str)
    return None if cell is None else cell / 10**one.type.scale


def _children(world: World, relation: Relation, parent: int) -> list[int]:
    rows = world.model.live[relation.child].items()
    mine = [(number, row) for number, row in rows if row.get(relation.reference) == parent]
    dated = world.types[relation.child].date_field
    if dated and world.types[relation.child].field(dated).retired:
        dated = None

    def place(pair: tuple[int, dict[str, Cell]]) -> tuple[bool, Cell, int]:
        date = pair[1].get(dated) if dated else None
        return (date is not None, 0 if date is None else date, pair[0])

    return [number for number, _ in sorted(mine, key=place)]


def said(snapshot: Snapshot, catalogue: Catalogue) -> dict[str, object]:
    """Everything that a snapshot says, in the form of `expected`."""
    told: dict[str, object] = {}
    for record_type in catalogue:
        key, columns = record_type.key, snapshot.table(record_type.key)
        assert columns.record_type == record_type
        assert columns.size == len(columns.ids)
        told[key] = columns.ids.tolist()
        for one in record_type.stored_fields:
            told[f"{key}.{one.key}"] = _read(columns.column(one.key))
        for relation in catalogue.relations(key):
            related = columns.children(relation)
            assert related.columns is snapshot.table(relation.child)
            pairs = zip(related.starts[:-1], related.starts[1:], strict=True)
            told[f"{key} < {relation.name}"] = [
                related.columns.ids[related.rows[start:end]].tolist() for start, end in pairs
            ]
    return told


def _read(column: object) -> list[object]:
    match column:
        case NumberColumn(values):
            assert values.dtype in (np.float32, np.float64)
            assert not values.flags.writeable
            return [None if np.isnan(value) else float(value) for value in values]
        case BooleanColumn(values):
            assert values.dtype == np.int8
            assert not values.flags.writeable
            return values.tolist()
        case ReferenceColumn(positions):
            assert not positions.flags.writeable
            return positions.tolist()
        case TextColumn(codes, dictionary):
            assert codes.dtype in (np.int8, np.int16, np.int32)
            assert not codes.flags.writeable
            texts = [dictionary.text(code) for code in range(len(dictionary))]
            assert texts == sorted(set(texts))
            return [None if code < 0 else texts[code] for code in codes]
    raise TypeError(column)
