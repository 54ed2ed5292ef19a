"""One table's rows at one moment: a base, and over it a tail of the rows changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierloom.engine.ascending import distinct
from tierloom.engine.columns import Doubles, NumberColumn, Positions
from tierloom.store.columns.base_index import BLOCK, BaseIndex
from tierloom.store.columns.encoding import Encoding, Shape
from tierloom.store.columns.generation import Base
from tierloom.store.columns.grouping import Grouping, Reference
from tierloom.store.columns.links import resolve
from tierloom.store.columns.manifest import Mark, Point
from tierloom.store.columns.points import points
from tierloom.store.columns.splice import Splice, frozen
from tierloom.store.columns.stored import ReferenceIds, Stored, spliced, taken, tidied

_NOBODY = frozen(np.empty(0, np.int64))
_WHOLE = 4
"""A column is merged when a share of 1 / so much of it has been asked for."""


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

    @property
    def ids(self) -> Positions:
        """The records that changed, ascending."""
        return distinct(np.concatenate((self.live.ids, self.gone)))

    def followed_by(self, later: "Tail") -> "Tail":
        """Return the tail after further changes."""
        plan = Splice(self.live.ids, later.live.ids, later.gone)
        columns = {
            number: spliced(column, later.live.columns[number], plan)
            for number, column in self.live.columns.items()
        }
        gone = np.setdiff1d(
            distinct(np.concatenate((self.gone, later.gone))), later.live.ids, assume_unique=True
        )
        return Tail(Rows(plan.ids, columns), frozen(gone))


@dataclass(frozen=True, slots=True)
class Changes:
    """Records that changed, came or went, and which records they pointed at before, by field id."""

    ids: Positions
    pointed_at: Mapping[int, Positions]

    def followed_by(self, later: "Changes") -> "Changes":
        """Return these and later changes together."""
        pointed_at = {
            one: distinct(np.concatenate((self.before(one), later.before(one))))
            for one in self.pointed_at.keys() | later.pointed_at.keys()
        }
        return Changes(distinct(np.concatenate((self.ids, later.ids))), pointed_at)

    def before(self, number: int) -> Positions:
        """Return the ids of the records that these pointed at by a field."""
        return self.pointed_at.get(number, _NOBODY)


NO_CHANGES = Changes(_NOBODY, {})


class TableData:
    """The merged rows of a table, shared by threads. Columns are merged on first use and kept.

    `version` stands for the rows and their values, `order` for which records there are: both are the
    same object as long as these are the same. `step` says what changed since which version.
    """

    def __init__(
        self,
        encodings: Mapping[int, Encoding],
        base: Base,
        tail: Tail,
        former: "TableData | None" = None,
        changes: Changes | None = None,
    ) -> None:
        """`former` is the same table before these changes."""
        self.encodings = encodings
        self.base = base
        self.tail = tail
        self.plan = Splice(base.ids, tail.live.ids, tail.gone)
        same_base = former is not None and former.base is base
        self.index: BaseIndex = former.index if former and same_base else BaseIndex(base)
        self.version: object = former.version if former and changes is None else object()
        same_order = former is not None and self._has_order_of(former)
        self.order: object = former.order if former and same_order else object()
        self._ids: Positions | None = former._ids if former and same_order else None
        self.step: tuple[object, Changes] | None = None
        if former:
            self.step = (former.version, changes) if changes else former.step
        self._lock = RLock()
        self._merged: dict[int, Stored] = {}
        self._asked: dict[int, int] = {}
        self._positions: dict[int, tuple[object, Positions]] = {}
        self._grouped: dict[tuple[int, int], tuple[object, Positions, Positions]] = {}

    def _has_order_of(self, former: "TableData") -> bool:
        if former.base is not self.base:
            return former.version is self.version
        mine, theirs = self.plan, former.plan
        return np.array_equal(mine.dead, theirs.dead) and np.array_equal(mine.new, theirs.new)

    def followed_by(self, later: Tail) -> "TableData":
        """Return the table after further changes."""
        tail = self.tail.followed_by(later)
        return TableData(self.encodings, self.base, tail, self, self._changes(later.ids))

    def changes_since(self, former: "TableData") -> Changes | None:
        """Return what changed since the former version, None where that is not known."""
        if former.version is self.version:
            return NO_CHANGES
        if self.step is None or self.step[0] is not former.version:
            return None
        return self.step[1]

    def _changes(self, ids: Positions) -> Changes:
        places = self.find(ids)
        before = places[places >= 0]
        pointed_at = {
            number: self.pointed_at(number, before)
            for number, encoding in self.encodings.items()
            if encoding.shape is Shape.REFERENCE
        }
        return Changes(ids, pointed_at)

    def pointed_at(self, number: int, positions: Positions) -> Positions:
        """Return the distinct ids of the records that those at `positions` point at."""
        found = distinct(self.references(number, positions))
        return np.asarray(found[found >= 0], np.int64)

    @property
    def ids(self) -> Positions:
        """All record ids, ascending."""
        if self._ids is None:
            self._ids = self.plan.ids
        return self._ids

    @property
    def size(self) -> int:
        """How many records there are."""
        return self.plan.size

    def find(self, ids: Positions) -> Positions:
        """Return the positions of record ids, -1 for those that are not here."""
        return self.plan.find(ids)

    def ids_at(self, positions: Positions) -> Positions:
        """Return the ids of the records at `positions`."""
        rows, tail = self.plan.sources(positions)
        found = self.base.ids[rows] if len(self.base.ids) else np.full(len(rows), -1, np.int64)
        found[tail >= 0] = self.tail.live.ids[tail[tail >= 0]]
        return found

    # ── columns ─────────────────────────────────────────────────────────────────────────────────

    def column(self, number: int) -> Stored:
        """Return the column of a field, by its id."""
        with self._lock:
            if number not in self._merged:
                self._merged[number] = self._merge(number)
            return self._merged[number]

    def _merge(self, number: int) -> Stored:
        base, tail = self.base.columns[number], self.tail.live.columns[number]
        return base if self.plan.changes_nothing else spliced(base, tail, self.plan)

    def taken(self, number: int, positions: Positions) -> Stored:
        """Return the values at `positions`, unknown at -1. Asking for a few merges no column."""
        with self._lock:
            self._asked[number] = self._asked.get(number, 0) + len(positions)
            if self._asked[number] * _WHOLE > self.size or self.plan.changes_nothing:
                return taken(self.column(number), positions)
            if number in self._merged:
                return taken(self._merged[number], positions)
        base, tail = self.base.columns[number], self.tail.live.columns[number]
        return points(base, tail, *self.plan.sources(positions))

    def references(self, number: int, positions: Positions) -> NDArray[Any]:
        """Return the ids of the records that those at `positions` point at, -1 where at none.

        Raises:
            TypeError: the field is no reference.
        """
        return _ids(number, self.taken(number, positions))

    def positions(self, number: int, target: "TableData") -> Positions:
        """Return where the records that a reference points at stand in the table `target`.

        The last answer is kept, and serves as long as the target has the same records.
        """
        with self._lock:
            known = self._positions.get(number)
            if known and known[0] is target.order:
                return known[1]
            found = resolve(_ids(number, self.column(number)), target.ids)
            self._positions[number] = (target.order, found)
            return found

    def greatest(self, number: int) -> float:
        """Return the greatest number of a field, minus infinity where there is none."""
        base, tail = self.base.columns[number], self.tail.live.columns[number]
        if not isinstance(base, NumberColumn) or not isinstance(tail, NumberColumn):
            raise TypeError(f"Field {number} is no number.")
        # Not in one go: the tail's numbers may be narrower than the one found.
        found = self._greatest_left(base.values, self.index.greatest(number))
        return max(found, float(np.fmax.reduce(tail.values, initial=-np.inf)))

    def _greatest_left(self, values: NDArray[Any], blocks: Doubles) -> float:
        """Return the greatest number of the base's rows that are not replaced; `blocks` have the greatest of all."""
        found = float(blocks.max(initial=-np.inf))
        replaced = self.plan.replaced
        if not np.any(values[replaced] == found):
            return found
        touched = distinct(replaced // BLOCK)
        found = float(np.delete(blocks, touched).max(initial=-np.inf))
        for block in touched[np.argsort(-blocks[touched])].tolist():
            if blocks[block] <= found:
                break
            left = values[block * BLOCK : (block + 1) * BLOCK].copy()
            left[replaced[replaced // BLOCK == block] - block * BLOCK] = np.nan
            found = max(found, float(np.fmax.reduce(left, initial=-np.inf)))
        return found

    # ── related rows ────────────────────────────────────────────────────────────────────────────

    def pointing(
        self, number: int, date_number: int, targets: Positions
    ) -> tuple[Positions, Positions]:
        """Return the rows that point at records with these ascending ids, and how many at each.

        They come by target, date and id; `date_number` is the id of the date field, 0 where there is none.
        """
        return self._grouping(number, date_number).of(targets)

    def grouped(
        self, number: int, date_number: int, target: "TableData"
    ) -> tuple[Positions, Positions]:
        """Return all rows that point at records of `target`, and where those of each begin."""
        with self._lock:
            known = self._grouped.get((number, date_number))
            if known and known[0] is target.order:
                return known[1:]
            rows, starts = self._grouping(number, date_number).all_by(target.ids)
            self._grouped[number, date_number] = (target.order, rows, starts)
            return rows, starts

    def _grouping(self, number: int, date_number: int) -> Grouping:
        groups = self.index.groups(number, date_number)
        base, tail = (
            Reference(_ids(number, columns[number]), _dates(columns, date_number))
            for columns in (self.base.columns, self.tail.live.columns)
        )
        return Grouping(groups, self.plan, base, tail)

    def as_base(self, seen: Point, mark: Mark) -> Base:
        """Return all rows as a base of the moment `seen`, without what nobody needs any more."""
        columns = {number: tidied(self._merge(number)) for number in self.encodings}
        return Base(self.ids, columns, self.encodings, seen, seen, mark)


def _ids(number: int, column: Stored) -> NDArray[Any]:
    if not isinstance(column, ReferenceIds):
        raise TypeError(f"Field {number} is no reference.")
    return column.ids


def _dates(columns: Mapping[int, Stored], number: int) -> NDArray[Any] | None:
    column = columns[number] if number else None
    return column.values if isinstance(column, NumberColumn) else None
