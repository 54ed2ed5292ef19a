"""Where a record type's fields lie in its physical table: `r_<id>` with a column `f_<field id>`
each.

A reference has a second column, `f_<field id>_key`, with the key as given while no such record
exists. No name comes from a user: only from numbers of ours.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, ColumnElement, Integer, MetaData, Table, Text

from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.tables import RecordType
from tierloom.schemas.field_types import is_text_storage
from tierloom.store.cells import Cell
from tierloom.store.schema.metadata import Id, Millis

CodePointText = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that every database compares by code point."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one field lies."""

    field: Field
    text: bool

    @property
    def column(self) -> str:
        """The name of the column."""
        return f"f_{self.field.id}"

    @property
    def reference(self) -> bool:
        """Whether it points to another record."""
        return self.field.type.kind is FieldKind.REFERENCE

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all its columns."""
        return (self.column, f"{self.column}_key") if self.reference else (self.column,)

    def split(self, cells: Sequence[Cell]) -> list[Sequence[Cell]]:
        """Lay cells out over the columns."""
        if not self.reference:
            return [cells]
        return [
            [cell if isinstance(cell, int) else None for cell in cells],
            [cell if isinstance(cell, str) else None for cell in cells],
        ]


@dataclass(frozen=True)
class Layout:
    """The physical table of a record type, and its fields' places by field key."""

    record_type: RecordType
    table: Table
    places: Mapping[str, Place]

    def of(self, keys: Iterable[str]) -> tuple[Place, ...]:
        """Return the places of fields.

        Raises:
            KeyError: a key is not one of a stored field.
        """
        return tuple(self.places[key] for key in keys)

    @cached_property
    def live(self) -> ColumnElement[bool]:
        """The condition that a record is not in the bin."""
        return self.table.c.deleted_at.is_(None)

    @cached_property
    def cells(self) -> Callable[[Sequence[Any]], Sequence[Cell]]:
        """What takes the cells of the fields, in the order of `places`, out of a whole row of the table."""
        names = self.table.c.keys()
        return taking([names.index(place.column) for place in self.places.values()])

    @cached_property
    def reference_keys(self) -> tuple[tuple[str, int], ...]:
        """Where the key of each unlinked reference stands there."""
        names = self.table.c.keys()
        references = ((key, place) for key, place in self.places.items() if place.reference)
        return tuple((key, names.index(place.columns[1])) for key, place in references)

    def by_field(self) -> dict[int, str]:
        """Field keys by field id."""
        return {place.field.id: key for key, place in self.places.items()}


@lru_cache(maxsize=256)
def _table(number: int, columns: tuple[tuple[str, bool], ...]) -> Table:
    return Table(
        f"r_{number}",
        MetaData(),
        Column("id", Id, primary_key=True, autoincrement=False),
        Column("version", Integer, nullable=False),
        Column("created_at", Millis, nullable=False),
        Column("updated_at", Millis, nullable=False),
        Column("deleted_at", Millis),
        *(Column(name, CodePointText if text else Id) for name, text in columns),
    )


def taking(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Return what takes the things at these places out of a row."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: tuple(row[place] for place in places)


_MANY = 256
_known: dict[int, Layout] = {}
"""Layouts by the identity of their record types: to compare record types takes as long as to lay one out."""


def layout_of(record_type: RecordType) -> Layout:
    """Lay a record type out.

    Raises:
        ValueError: the record type or one of its fields has no id yet.
    """
    known = _known.get(id(record_type))
    if known is not None and known.record_type is record_type:
        return known
    if len(_known) >= _MANY:
        _known.clear()
    found = _known[id(record_type)] = _laid_out(record_type)
    return found


def _laid_out(record_type: RecordType) -> Layout:
    stored = [field for field in record_type.fields if field.is_stored]
    unnumbered = [field.key for field in stored if not field.id]
    if not record_type.id or unnumbered:
        raise ValueError(
            f"{record_type.key!r} is not numbered yet: {unnumbered or 'the table itself'}."
        )
    places = {field.key: Place(field, is_text_storage(field.type)) for field in stored}
    columns: list[tuple[str, bool]] = []
    for place in places.values():
        columns.append((place.column, place.text))
        columns.extend((name, True) for name in place.columns[1:])
    return Layout(record_type, _table(record_type.id, tuple(columns)), places)
