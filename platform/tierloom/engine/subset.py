"""Some records of a table, as a table: evaluators work on it as on the whole one, at the cost of the few.

Columns that can give a few records without all others are `Parted`; of all others, whole columns are taken.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tierloom.domain.tables import RecordType, Relation
from tierloom.engine.columns import (
    BooleanColumn,
    ChildRows,
    Column,
    Columns,
    Dictionary,
    Mask,
    NumberColumn,
    Positions,
    ReferenceColumn,
    TextColumn,
)

_ScalarT = TypeVar("_ScalarT", bound=np.generic)
_SMALL = 64
"""A dictionary of so many texts is asked as quickly as a part of it."""


@runtime_checkable
class Parted(Protocol):
    """Columns that give a few records without reading all."""

    def taken(self, key: str, positions: Positions) -> Column:
        """Return a column's values at `positions`; unknown at -1.

        Raises:
            KeyError: the table has no such stored field.
        """
        ...

    def related(self, relation: Relation, positions: Positions) -> ChildRows:
        """Return the related records of the records at `positions`, in this order.

        The answer's rows are positions in the whole child table, which is its `columns`.
        """
        ...

    def child(self, relation: Relation) -> Columns:
        """Return the table of the related records.

        Raises:
            KeyError: there is no such table.
        """
        ...

    def greatest(self, key: str) -> float:
        """Return the greatest number, date or instant in a column, minus infinity where there is none.

        Raises:
            KeyError: the table has no such stored field.
        """
        ...


def taken(columns: Columns, key: str, positions: Positions) -> Column:
    """Return a column's values at `positions`; unknown at -1.

    Raises:
        KeyError: the table has no such stored field.
    """
    if isinstance(columns, Parted):
        return columns.taken(key, positions)
    return chosen(columns.column(key), positions)


def related(columns: Columns, relation: Relation, positions: Positions) -> ChildRows:
    """Return the related records of the records at `positions`, by positions in the whole child table."""
    if isinstance(columns, Parted):
        return columns.related(relation, positions)
    return columns.children(relation).of(positions)


def child_table(columns: Columns, relation: Relation) -> Columns:
    """Return the columns of the related records' table, without looking for the records."""
    if isinstance(columns, Parted):
        return columns.child(relation)
    return columns.children(relation).columns


def greatest(columns: Columns, key: str) -> float:
    """Return the greatest number, date or instant in a column, minus infinity where there is none.

    Raises:
        KeyError: the table has no such stored field.
    """
    if isinstance(columns, Parted):
        return columns.greatest(key)
    column = columns.column(key)
    if not isinstance(column, NumberColumn):
        raise TypeError(f"{key!r} of {columns.record_type.key!r} holds no numbers.")
    return float(np.fmax.reduce(column.values, initial=-np.inf))


def chosen(column: Column, positions: Positions) -> Column:
    """Return the values of a whole column at `positions`; unknown at -1."""
    match column:
        case NumberColumn(values=values):
            return NumberColumn(_at(values, positions, np.nan))
        case BooleanColumn(values=flags):
            return BooleanColumn(_at(flags, positions, -1))
        case ReferenceColumn(positions=pointed_at):
            return ReferenceColumn(_at(pointed_at, positions, -1))
        case TextColumn(codes=codes, dictionary=dictionary):
            return TextColumn(_at(codes, positions, -1), dictionary)


def subset(columns: Columns, positions: Positions) -> "Subset":
    """Return the records at these ascending positions as a table with a cache of its own.

    Related records are those of these records; what references lead up to is the whole table.
    """
    return Subset(columns, positions)


class Subset:
    """Some records of a table (`engine.columns.Columns`)."""

    def __init__(
        self,
        whole: Columns,
        positions: Positions,
        above: "Mapping[str, tuple[Columns, Positions]] | None" = None,
    ) -> None:
        """`above` are references that lead to other columns than in the whole table, with positions in those."""
        self.whole = whole
        self.positions = positions
        self._above = above or {}
        self._ids: Positions | None = None
        self._cache: dict[object, object] = {}
        self._columns: dict[str, Column] = {}
        self._children: dict[tuple[str, str], ChildRows] = {}

    @property
    def record_type(self) -> RecordType:
        """The table's definition."""
        return self.whole.record_type

    @property
    def size(self) -> int:
        """The number of records."""
        return len(self.positions)

    @property
    def ids(self) -> Positions:
        """Record ids, ascending, by position."""
        if self._ids is None:  # evaluation does not ask for them
            self._ids = _shared(self.whole.ids[self.positions])
        return self._ids

    @property
    def cache(self) -> dict[object, object]:
        """Kept while this subset is."""
        return self._cache

    def column(self, key: str) -> Column:
        """Return a stored field's column.

        Raises:
            KeyError: the table has no such stored field.
        """
        found = self._columns.get(key)
        if found is None:
            found = self._columns.setdefault(key, self._column(key))
        return found

    def _column(self, key: str) -> Column:
        if key in self._above:
            return ReferenceColumn(self._above[key][1])
        found = taken(self.whole, key, self.positions)
        return _few(found) if isinstance(found, TextColumn) else found

    def children(self, relation: Relation) -> ChildRows:
        """Return the related records: a subset of their table, whose reference leads back here."""
        name = relation.child, relation.reference
        found = self._children.get(name)
        if found is None:
            found = self._children.setdefault(name, self._related(relation))
        return found

    def _related(self, relation: Relation) -> ChildRows:
        found = related(self.whole, relation, self.positions)
        order = np.argsort(found.rows)
        places = found.rows[order]
        rows = np.empty(len(order), np.int64)
        rows[order] = np.arange(len(order))
        parents = np.repeat(np.arange(self.size), np.diff(found.starts))[order]
        above = {relation.reference: (self, _shared(parents))}
        return ChildRows(Subset(found.columns, places, above), _shared(rows), found.starts)

    def parent(self, reference: str) -> Columns:
        """Return the columns that a reference field's positions point into: the whole table, unless it led here."""
        if reference in self._above:
            return self._above[reference][0]
        return self.whole.parent(reference)

    def positions_of(self, ids: Positions) -> Positions:
        """Positions of record ids, -1 for those that are not here."""
        if not self.size:
            return np.full(len(ids), -1, np.int64)
        places = np.searchsorted(self.ids, ids)
        places[places == self.size] = 0
        return np.where(self.ids[places] == ids, places, -1)


class _SomeTexts:
    """The texts of a dictionary that a few records have, as a dictionary."""

    def __init__(self, whole: Dictionary, codes: NDArray[Any]) -> None:
        """`codes` are ascending codes of the whole dictionary."""
        self._whole = whole
        self._codes = codes

    def __len__(self) -> int:
        return len(self._codes)

    def text(self, code: int) -> str:
        """Return the text behind a code."""
        return self._whole.text(int(self._codes[code]))

    def code(self, text: str) -> int:
        """Return the code of a text, -1 where it does not occur."""
        sought = self._whole.code(text)
        found = int(np.searchsorted(self._codes, sought))
        return found if found < len(self) and self._codes[found] == sought else -1

    def where(self, test: Callable[[str], bool]) -> Mask:
        """Ask every one of these texts once."""
        texts = map(self.text, range(len(self)))
        return np.fromiter(map(test, texts), np.bool_, len(self))


def _few(column: TextColumn) -> TextColumn:
    """Return the column with a dictionary that is no longer than it."""
    if len(column.dictionary) <= max(_SMALL, len(column.codes)):
        return column
    used, codes = np.unique(column.codes, return_inverse=True)
    absent = int(used.size > 0 and used[0] < 0)
    narrow = (codes - absent).astype(column.codes.dtype)
    return TextColumn(_shared(narrow), _SomeTexts(column.dictionary, used[absent:]))


def _at(array: NDArray[_ScalarT], positions: Positions, unknown: float) -> NDArray[_ScalarT]:
    absent = positions < 0
    if not absent.any():
        return _shared(array[positions])
    found = np.full(len(positions), unknown, array.dtype)
    known = ~absent
    found[known] = array[positions[known]]
    return _shared(found)


def _shared(array: NDArray[_ScalarT]) -> NDArray[_ScalarT]:
    array.flags.writeable = False
    return array
