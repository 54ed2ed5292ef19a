"""What a column depends on: whether all rows of one customer have the same city."""

from dataclasses import dataclass

import numpy as np

from tierloom.services.imports.proposing.columns import Codes


@dataclass(frozen=True, slots=True)
class Dependency:
    """How well a key determines a column.

    `rows` are those with both values whose key has several such rows; `against` those of them that do not
    have the most frequent value of their key; `conflicts` is the number of keys with several values.
    """

    rows: int
    against: int
    conflicts: int

    @property
    def share(self) -> float:
        """Which part of the rows speaks against it, 0 where nothing can."""
        return self.against / self.rows if self.rows else 0.0


def depends(key: Codes, column: Codes) -> Dependency:
    """Count how far `column` is determined by `key`; both are codes by row, -1 for unknown."""
    both = (key >= 0) & (column >= 0)
    keys, values = key[both], column[both]
    if not keys.size:
        return Dependency(0, 0, 0)
    width = int(values.max()) + 1
    pairs, uses = np.unique(keys * width + values, return_counts=True)
    of_key = pairs // width
    most = np.zeros(int(keys.max()) + 1, np.int64)
    np.maximum.at(most, of_key, uses)
    rows = np.bincount(keys, minlength=len(most))
    several = np.bincount(of_key, minlength=len(most)) > 1
    repeated = rows > 1
    return Dependency(
        int(rows[repeated].sum()), int((rows - most)[repeated].sum()), int(several.sum())
    )


def distinct(codes: Codes) -> int:
    """How many different known values there are."""
    return int(np.unique(codes[codes >= 0]).size)
