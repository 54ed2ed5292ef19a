"""What is worked out once over a base, and serves every snapshot made from it."""

from dataclasses import replace
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierloom.domain.tables import RecordType
from tierloom.engine.columns import Doubles, NumberColumn
from tierloom.store.columns.generation import Base
from tierloom.store.columns.links import Groups, group
from tierloom.store.columns.stored import ReferenceIds

BLOCK = 65_536
"""Rows whose greatest number is kept: so many are looked at again when it is written over."""


class BaseIndex:
    """Groupings and extremes of a base's columns, made when they are first asked for."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._lock = Lock()
        self._groups: dict[tuple[int, int], Groups] = {**base.groups}
        self._greatest: dict[int, Doubles] = {}

    def groups(self, number: int, date_number: int) -> Groups:
        """Return the base's rows by what the reference `number` points at, and by date; 0 is no date."""
        with self._lock:
            if (number, date_number) not in self._groups:
                column = self._base.columns[number]
                if not isinstance(column, ReferenceIds):
                    raise TypeError(f"Field {number} is no reference.")
                dates = self._base.columns[date_number] if date_number else None
                values = dates.values if isinstance(dates, NumberColumn) else None
                self._groups[number, date_number] = group(column.ids, values)
            return self._groups[number, date_number]

    def greatest(self, number: int) -> Doubles:
        """Return the greatest number in each block of `BLOCK` rows, minus infinity where there is none."""
        with self._lock:
            if number not in self._greatest:
                column = self._base.columns[number]
                if not isinstance(column, NumberColumn):
                    raise TypeError(f"Field {number} is no number.")
                self._greatest[number] = greatest_of_blocks(column.values)
            return self._greatest[number]


def greatest_of_blocks(values: NDArray[Any]) -> Doubles:
    """Return the greatest number in each block of `BLOCK`, minus infinity where there is none."""
    found = np.fmax.reduceat(values, np.arange(0, len(values), BLOCK)) if len(values) else values
    return np.nan_to_num(found.astype(np.float64), nan=-np.inf, posinf=np.inf, neginf=-np.inf)


def with_groups(base: Base, record_type: RecordType) -> Base:
    """Return the base with its rows grouped by all references, so that who opens its files need not group them."""
    fields = {one.key: one for one in record_type.stored_fields}
    date = fields.get(record_type.date_field or "")
    index, number = BaseIndex(base), date.id if date else 0
    references = [one.id for one in fields.values() if one.type.target is not None]
    return replace(base, groups={(one, number): index.groups(one, number) for one in references})
