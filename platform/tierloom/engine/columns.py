"""What the engine needs of a table's columns. `store.columns` provides them, `backends.columns` evaluates over them.

Arrays that come out of here are shared: nobody writes into them. Row *positions* run from 0 to `size - 1` and belong to
one snapshot; record ids are for ever.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tierloom.domain.tables import RecordType, Relation

Mask = NDArray[np.bool_]
Bits = NDArray[np.uint8]
"""A mask as `numpy.packbits` packs it: eight records a byte, the first one in the highest bit."""
Doubles = NDArray[np.float64]
Positions = NDArray[np.int64]


class Dictionary(Protocol):
    """The distinct texts of a column, sorted by code point; a code is a position in it."""

    def __len__(self) -> int: ...

    def text(self, code: int) -> str:
        """Return the text behind a code."""
        ...

    def code(self, text: str) -> int:
        """Return the code of a text, -1 where it does not occur."""
        ...

    def where(self, test: Callable[[str], bool]) -> Mask:
        """Ask every distinct text once; the result is indexed by code."""
        ...


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """Numbers (n / 10**scale), dates (days since 1970-01-01) or datetimes (milliseconds, UTC); NaN is unknown.

    They are float32 where every value is exactly that, else float64: calculate in float64, and do not let a constant
    that is no float32 be rounded to one.
    """

    values: Doubles


@dataclass(frozen=True, slots=True)
class BooleanColumn:
    """1, 0, or -1 for unknown."""

    values: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Text and choices, as dictionary codes (int8, int16 or int32); -1 is unknown. `choices` are stored as `|a|c|`."""

    codes: NDArray[np.int32]
    dictionary: Dictionary


@dataclass(frozen=True, slots=True)
class ReferenceColumn:
    """Positions of the records pointed at in the target's columns of the same snapshot; -1 is unknown."""

    positions: NDArray[np.int64]


Column = NumberColumn | BooleanColumn | TextColumn | ReferenceColumn


def array_of(column: Column) -> NDArray[Any]:
    """Return the array that holds a column: numbers, flags, codes or positions."""
    match column:
        case NumberColumn(values=values):
            return values
        case BooleanColumn(values=flags):
            return flags
        case TextColumn(codes=codes):
            return codes
        case ReferenceColumn(positions=positions):
            return positions


@dataclass(frozen=True, slots=True)
class ChildRows:
    """Related records by parent: those of the parent at position p are `rows[starts[p]:starts[p + 1]]`, sorted by the
    child's date field and then by record id (rows without a date first). `columns` are the child's.
    """

    columns: "Columns"
    rows: Positions
    starts: Positions

    def of(self, parents: Positions) -> "ChildRows":
        """Return the rows of these parents only, in this order."""
        counts = np.diff(self.starts)[parents]
        rows = self.rows[stretches(self.starts[parents], counts)]
        return ChildRows(self.columns, rows, np.append(0, np.cumsum(counts)))


class Columns(Protocol):
    """The columns of one table in one snapshot. Deleted records are not in it."""

    @property
    def record_type(self) -> RecordType: ...

    @property
    def size(self) -> int: ...

    @property
    def ids(self) -> Positions:
        """Record ids, ascending, by position."""
        ...

    @property
    def cache(self) -> dict[object, object]:
        """A place where evaluators keep what they have worked out over this snapshot."""
        ...

    def column(self, key: str) -> Column:
        """Return a stored field's column.

        Raises:
            KeyError: the table has no such stored field.
        """
        ...

    def children(self, relation: Relation) -> ChildRows:
        """Return the related records."""
        ...

    def parent(self, reference: str) -> "Columns":
        """Return the columns that a reference field's positions point into."""
        ...

    def positions_of(self, ids: Positions) -> Positions:
        """Positions of record ids, -1 for those that are not here."""
        ...


def stretches(starts: Positions, counts: Positions) -> Positions:
    """Return the numbers from each start on, so many each, one stretch after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + np.repeat(starts - (ends - counts), counts))
