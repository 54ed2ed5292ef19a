"""Aggregates over related records."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tierloom.backends.columns.vectors import Coded, Numbers, Vector, blanked, take, with_none
from tierloom.domain.fields import Aggregate
from tierloom.engine.columns import Doubles, Mask, Positions

_ORDERED = (Aggregate.FIRST, Aggregate.LAST, Aggregate.MOST_FREQUENT, Aggregate.GAP)
_EXACT = 2.0**53
_HALF = 2.0**26
_BLOCK = 65_536


@dataclass(frozen=True)
class Rows:
    """Related records that count: their positions (a slice is all) and their parents'.

    `known_counts` says how many each parent has, where somebody knows.
    """

    positions: Positions | slice
    parents: Positions
    size: int
    known_counts: Positions | None = None

    def where(self, mask: Mask) -> "Rows":
        """Return those for which the mask (over these rows) holds."""
        return self if mask.all() else self.at(np.flatnonzero(mask))

    def at(self, chosen: Positions) -> "Rows":
        """Return those at these places among them."""
        positions = chosen if isinstance(self.positions, slice) else self.positions[chosen]
        return Rows(positions, self.parents[chosen], self.size)

    @cached_property
    def counts(self) -> Doubles:
        """How many each parent has."""
        if self.known_counts is not None:
            return self.known_counts.astype(np.float64)
        found = np.zeros(self.size)
        np.add.at(found, self.parents, 1.0)
        return found


def latest(positions: Positions, starts: Positions, dates: Doubles) -> Numbers:
    """Return each parent's latest date: that of its last row, if rows go by it and undated ones come first."""
    some = starts[1:] > starts[:-1]
    found = np.full(len(some), np.nan)
    found[some] = dates[positions[starts[1:][some] - 1]]
    return Numbers(found, None if some.all() else ~some)


def count(rows: Rows) -> Numbers:
    """Count the rows of each parent."""
    return Numbers(rows.counts)


def aggregate(kind: Aggregate, rows: Rows, operand: Vector, scale: int | None) -> Vector:
    """Work out an aggregate of an operand, which is given for all records of the child table.

    Rows whose operand is unknown are skipped; if every operand is unknown, so is the result. An
    operand that is *none* is not there at all. `scale` is the operand's number of decimals.
    """
    if operand.none is not None:
        rows = rows.where(~operand.none[rows.positions])
    known = rows.where(~operand.blank[rows.positions])
    empty = rows.counts == 0
    unknown = empty if known is rows else known.counts == 0
    found = _work_out(kind, known, operand, scale)
    if kind is Aggregate.SUM:
        return blanked(found, unknown & ~empty)
    if kind is Aggregate.GAP:
        empty = empty | (known.counts == 1)
    found = blanked(found, unknown | empty)
    return with_none(found, empty) if empty.any() else found


def needs_order(kind: Aggregate) -> bool:
    """Tell whether the rows must come by date."""
    return kind in _ORDERED


def _work_out(kind: Aggregate, rows: Rows, operand: Vector, scale: int | None) -> Vector:
    match kind, operand:
        case ((Aggregate.FIRST | Aggregate.LAST), _):
            return take(operand, _one_each(rows, last=kind is Aggregate.LAST))
        case Aggregate.SUM, Numbers(values=values):
            return Numbers(_scaled_sum(rows, values[rows.positions], scale) / _unit(scale))
        case Aggregate.AVERAGE, Numbers(values=values):
            total = _scaled_sum(rows, values[rows.positions], scale)
            return Numbers(total / (rows.counts * _unit(scale)))
        case Aggregate.MINIMUM, Numbers(values=values):
            least = np.full(rows.size, np.inf)
            np.minimum.at(least, rows.parents, values[rows.positions])
            return Numbers(least)
        case Aggregate.MAXIMUM, Numbers(values=values):
            most = np.full(rows.size, -np.inf)
            np.maximum.at(most, rows.parents, values[rows.positions])
            return Numbers(most)
        case Aggregate.DISTINCT, _:
            return Numbers(_distinct(rows, operand))
        case Aggregate.MOST_FREQUENT, _:
            return take(operand, _most_frequent(rows, operand))
        case Aggregate.SHARE, Coded(codes=codes):
            matching = np.bincount(rows.parents, codes[rows.positions] == 1, rows.size)
            return Numbers(matching / rows.counts)
        case Aggregate.GAP, Numbers(values=values):
            return Numbers(_gap(rows, values[rows.positions]))
    raise TypeError(f"{kind} does not work on {type(operand).__name__} values.")


def _one_each(rows: Rows, *, last: bool) -> Positions:
    """Return the position of each parent's last (or first) row, -1 where there is none."""
    found = np.full(rows.size, -1, np.int64)
    # Of several writes to one place, the last one stays.
    step = 1 if last else -1
    assert not isinstance(rows.positions, slice), "first and last need rows in order"
    found[rows.parents[::step]] = rows.positions[::step]
    return found


def _groups(rows: Rows, operand: Vector) -> Positions:
    """Return a number for every row that is equal where parent and value are; ascending by parent."""
    values = operand.codes if isinstance(operand, Coded) else operand.values
    distinct, place = np.unique(values[rows.positions], return_inverse=True)
    return np.asarray(rows.parents * max(len(distinct), 1) + place, np.int64)


def _distinct(rows: Rows, operand: Vector) -> Doubles:
    """Count the different values of each parent."""
    _, first = np.unique(_groups(rows, operand), return_index=True)
    return np.bincount(rows.parents[first], minlength=rows.size).astype(np.float64)


def _most_frequent(rows: Rows, operand: Vector) -> Positions:
    """Return a position of each parent's most frequent value, of several the one that came last."""
    assert not isinstance(rows.positions, slice), "the latest needs rows in order"
    _, group, times = np.unique(_groups(rows, operand), return_inverse=True, return_counts=True)
    last = np.full(len(times), -1, np.int64)
    last[group] = np.arange(len(group))  # of several writes to one place, the last one stays
    order = np.lexsort((last, times))
    found = np.full(rows.size, -1, np.int64)
    found[rows.parents[last[order]]] = rows.positions[last[order]]
    return found


def _gap(rows: Rows, days: Doubles) -> Doubles:
    """Return the days between each parent's last row and the one before, rows being in order."""
    found = np.full(rows.size, np.nan)
    follows = np.flatnonzero(rows.parents[1:] == rows.parents[:-1]) + 1
    found[rows.parents[follows]] = days[follows] - days[follows - 1]
    return found


def _unit(scale: int | None) -> float:
    if scale is None:
        raise ValueError("Only numbers with declared decimals can be added up.")
    return 10.0**scale


def _largest(values: Doubles) -> float:
    """Return the largest absolute value."""
    return max(float(values.max(initial=0)), -float(values.min(initial=0)))


def _scaled_sum(rows: Rows, values: Doubles, scale: int | None) -> Doubles:
    """Add scaled integers exactly, so that no order of the rows can matter; one division makes them decimals again."""
    total, bound = np.zeros(rows.size), 0.0
    for start in range(0, len(values), _BLOCK):  # a block stays in the processor's cache
        span = slice(start, start + _BLOCK)
        scaled = _scaled(values[span], scale)
        bound += _largest(scaled) * len(scaled)
        np.add.at(total, rows.parents[span], scaled)
    return total if bound < _EXACT else _large_sum(rows, _scaled(values, scale))


def _scaled(values: Doubles, scale: int | None) -> Doubles:
    scaled = np.multiply(values, _unit(scale), dtype=np.float64)
    return np.rint(scaled, out=scaled)


def _large_sum(rows: Rows, scaled: Doubles) -> Doubles:
    """Add integers that may be too many for doubles: halves of 26 bits add up exactly, one rounding joins them."""
    if float(np.abs(scaled).sum()) < _EXACT:
        return np.asarray(np.bincount(rows.parents, scaled, rows.size), np.float64)
    high = np.floor(scaled / _HALF)
    low = scaled - high * _HALF
    joined = _HALF * np.bincount(rows.parents, high, rows.size) + np.bincount(
        rows.parents, low, rows.size
    )
    return np.asarray(joined)
