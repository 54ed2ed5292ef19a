"""One table's rows at one moment: a base, and over it a tail of the rows changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import RLock

import numpy as np

from tierloom.engine.columns import NumberColumn, Positions
from tierloom.store.columns.encoding import Encoding
from tierloom.store.columns.generation import Base
from tierloom.store.columns.links import group, resolve
from tierloom.store.columns.manifest import Mark, Point
from tierloom.store.columns.splice import frozen, splice
from tierloom.store.columns.stored import ReferenceIds, Stored, spliced, tidied


@dataclass(frozen=True, slots=True)
class Rows:
    """Records by ascending id, with columns by field id."""

    ids: Positions
    columns: Mapping[int, Stored]


@dataclass(frozen=True, slots=True)
class Tail:
    """What changed since a base: `live` rows as they are now, and the ids of `gone` ones."""

    live: Rows
    gone: Positions

    @property
    def size(self) -> int:
        """How many records changed."""
        return len(self.live.ids) + len(self.gone)

    def followed_by(self, later: "Tail") -> "Tail":
        """Return the tail after further changes."""
        plan = splice(self.live.ids, later.live.ids, later.gone)
        columns = {
            number: spliced(column, later.live.columns[number], plan)
            for number, column in self.live.columns.items()
        }
        gone = np.setdiff1d(np.union1d(self.gone, later.gone), later.live.ids, assume_unique=True)
        return Tail(Rows(plan.ids, columns), frozen(gone))


class TableData:
    """The merged rows of a table, shared by threads. Columns are merged on first use and kept."""

    def __init__(
        self,
        encodings: Mapping[int, Encoding],
        base: Base,
        tail: Tail,
        former: "TableData | None" = None,
    ) -> None:
        """`former` is the same table a moment ago: where the ids are the same, they are shared."""
        self.encodings = encodings
        self.base = base
        self.tail = tail
        self._plan = splice(base.ids, tail.live.ids, tail.gone)
        self.ids: Positions = self._plan.ids
        if former and np.array_equal(former.ids, self.ids):
            self.ids = former.ids
        self._lock = RLock()
        self._merged: dict[int, Stored] = {}
        self._positions: dict[int, tuple[Positions, Positions]] = {}
        self._groups: dict[tuple[int, int], tuple[Positions, Positions, Positions]] = {}

    def followed_by(self, later: Tail) -> "TableData":
        """Return the table after further changes."""
        return TableData(self.encodings, self.base, self.tail.followed_by(later), self)

    def column(self, number: int) -> Stored:
        """Return the column of a field, by its id."""
        with self._lock:
            if number not in self._merged:
                self._merged[number] = self._merge(number)
            return self._merged[number]

    def _merge(self, number: int) -> Stored:
        base, tail = self.base.columns[number], self.tail.live.columns[number]
        return base if self._plan.changes_nothing else spliced(base, tail, self._plan)

    def positions(self, number: int, targets: Positions) -> Positions:
        """Return where the records that a reference points at stand among the ids `targets`.

        The last answer is kept, and serves as long as the targets are the same array.
        """
        with self._lock:
            known = self._positions.get(number)
            if known and known[0] is targets:
                return known[1]
            column = self.column(number)
            if not isinstance(column, ReferenceIds):
                raise TypeError(f"Field {number} is no reference.")
            found = resolve(column.ids, targets)
            self._positions[number] = (targets, found)
            return found

    def grouped(
        self, number: int, date_number: int, targets: Positions
    ) -> tuple[Positions, Positions]:
        """Return this table's rows by the record that a reference points at, as `links.group` does.

        `date_number` is the id of the date field, 0 where there is none.
        """
        with self._lock:
            known = self._groups.get((number, date_number))
            if known and known[0] is targets:
                return known[1:]
            dates = self.column(date_number) if date_number else None
            values = dates.values if isinstance(dates, NumberColumn) else None
            rows, starts = group(self.positions(number, targets), values, len(targets))
            self._groups[number, date_number] = (targets, rows, starts)
            return rows, starts

    def as_base(self, seen: Point, mark: Mark) -> Base:
        """Return all rows as a base of the moment `seen`, without what nobody needs any more."""
        columns = {number: tidied(self._merge(number)) for number in self.encodings}
        return Base(self.ids, columns, self.encodings, seen, seen, mark)
