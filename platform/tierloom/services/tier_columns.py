"""The results of tier models as columns, beside the stored ones: what the rule operator `tier` reads."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tierloom.backends.columns.dictionaries import TextList
from tierloom.domain.tables import RecordType, Relation
from tierloom.domain.tiers import TIER, TierModel
from tierloom.engine.columns import ChildRows, Column, Columns, Positions, TextColumn
from tierloom.engine.subset import child_table, chosen, greatest, related, taken

Codes = NDArray[np.int8]
Result = tuple[Hashable, Callable[[], Codes]]
"""What a result is known by, and its placement codes by position."""


@dataclass(slots=True)
class TierResults:
    """Lays the results of tier models over the columns of one snapshot.

    `model` finds a published tier model, `result` its result: a result that changes has another name, so nothing is
    read that was worked out from the former one. `fresh` are results of the run at hand, by model: they go before.
    """

    model: Callable[[str], TierModel]
    result: Callable[[TierModel], Result]
    fresh: dict[str, Codes] = field(default_factory=dict)
    _fresh: dict[str, TextColumn] = field(default_factory=dict)
    _laid: dict[str, "TierColumns"] = field(default_factory=dict)

    def over(self, columns: Columns) -> "TierColumns":
        """Return a table's columns with the results beside them."""
        key = columns.record_type.key
        laid = self._laid.get(key)
        if laid is None or laid.stored is not columns:
            laid = self._laid[key] = TierColumns(columns, self)
        return laid

    def take(self, model: TierModel, codes: Codes) -> None:
        """Put a result of the run at hand before the stored one."""
        self.fresh[model.key] = codes
        self._fresh[model.key] = _column(model, codes)

    def column(self, key: str, columns: Columns) -> TextColumn:
        """Return a tier model's result as tier keys; a record about which too little is known has none.

        Raises:
            KeyError: it is a tier model of another table.
        """
        if key in self._fresh:
            return self._fresh[key]
        model = self.model(key)
        if model.record_type != columns.record_type.key:
            raise KeyError(f"{TIER}{key}")
        name, codes = self.result(model)
        kept = columns.cache.get((TIER, key))
        if isinstance(kept, _Kept) and kept.name == name:
            return kept.column
        made = _column(model, codes())
        columns.cache[TIER, key] = _Kept(name, made)
        return made


@dataclass(frozen=True, slots=True)
class _Kept:
    name: Hashable
    column: TextColumn


class TierColumns:
    """The columns of a table and the results of its tier models (`engine.columns.Columns`)."""

    def __init__(self, stored: Columns, results: TierResults) -> None:
        self.stored = stored
        self._results = results

    @property
    def record_type(self) -> RecordType:
        """The table's definition."""
        return self.stored.record_type

    @property
    def size(self) -> int:
        """The number of records."""
        return self.stored.size

    @property
    def ids(self) -> Positions:
        """Record ids, ascending, by position."""
        return self.stored.ids

    @property
    def cache(self) -> dict[object, object]:
        """That of the stored columns: what was worked out from a result is kept under its dictionary too."""
        return self.stored.cache

    def column(self, key: str) -> Column:
        """Return a stored field's column, or a tier model's result.

        Raises:
            KeyError: there is neither.
        """
        if key.startswith(TIER):
            return self._results.column(key.removeprefix(TIER), self.stored)
        return self.stored.column(key)

    def taken(self, key: str, positions: Positions) -> Column:
        """Return some values of a stored field, or of a tier model's result; unknown at -1.

        Raises:
            KeyError: there is neither.
        """
        if key.startswith(TIER):
            return chosen(self.column(key), positions)
        return taken(self.stored, key, positions)

    def children(self, relation: Relation) -> ChildRows:
        """Return the related records."""
        return self._with_results(self.stored.children(relation))

    def related(self, relation: Relation, positions: Positions) -> ChildRows:
        """Return the related records of the records at `positions`."""
        return self._with_results(related(self.stored, relation, positions))

    def child(self, relation: Relation) -> "TierColumns":
        """Return the table of the related records."""
        return self._results.over(child_table(self.stored, relation))

    def greatest(self, key: str) -> float:
        """Return the greatest number, date or instant in a stored column, minus infinity where there is none."""
        return greatest(self.stored, key)

    def _with_results(self, found: ChildRows) -> ChildRows:
        return replace(found, columns=self._results.over(found.columns))

    def parent(self, reference: str) -> "TierColumns":
        """Return the columns that a reference field's positions point into."""
        return self._results.over(self.stored.parent(reference))

    def positions_of(self, ids: Positions) -> Positions:
        """Positions of record ids, -1 for those that are not here."""
        return self.stored.positions_of(ids)


def _column(model: TierModel, codes: Codes) -> TextColumn:
    keys = [one.key for one in model.all_tiers]
    dictionary = TextList(keys)
    table = np.array([*(dictionary.code(one) for one in keys), -1], np.int32)
    found = table[np.where(codes < 0, len(keys), codes)]
    found.flags.writeable = False
    return TextColumn(found, dictionary)
