"""Vectors: the values of one expression for all records, for a block of them, or one value for all.

There are two sorts. `Numbers` are doubles with NaN as unknown. `Coded` are whole numbers with -1 as
unknown: texts and choices (codes of a dictionary), booleans (0 and 1) and references (positions). A
constant has arrays without dimensions, so that numpy spreads it by itself.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierloom.backends.columns.dictionaries import recode, union
from tierloom.engine.columns import (
    BooleanColumn,
    Column,
    Dictionary,
    Doubles,
    Mask,
    NumberColumn,
    Positions,
    ReferenceColumn,
    TextColumn,
)

Integers = NDArray[Any]
"""An array of signed integers of any width."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers, dates (days) or datetimes (milliseconds UTC). `none` marks *none* among the NaNs."""

    values: Doubles
    none: Mask | None = None

    @property
    def blank(self) -> Mask:
        """Where there is no value, be it unknown or *none*."""
        return np.asarray(np.isnan(self.values))

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + (0 if self.none is None else self.none.nbytes)


@dataclass(frozen=True, slots=True)
class Coded:
    """Texts, choices, booleans or references."""

    codes: Integers
    dictionary: Dictionary | None = None
    none: Mask | None = None

    @property
    def blank(self) -> Mask:
        """Where there is no value, be it unknown or *none*."""
        return np.asarray(self.codes == -1)

    @property
    def nbytes(self) -> int:
        return self.codes.nbytes + (0 if self.none is None else self.none.nbytes)


Vector = Numbers | Coded


def block(vector: Vector, span: slice) -> Vector:
    """Return the values of a block of records; a constant stays one."""
    none = vector.none if vector.none is None else vector.none[span]
    match vector:
        case Numbers(values=values):
            return Numbers(values[span] if values.ndim else values, none)
        case Coded(codes=codes):
            return Coded(codes[span] if codes.ndim else codes, vector.dictionary, none)


def column_vector(column: Column) -> Vector:
    """Return what a column holds; numbers always as doubles, with which one can reckon."""
    match column:
        case NumberColumn(values=values):
            return Numbers(values.astype(np.float64, copy=False))
        case TextColumn(codes=codes, dictionary=dictionary):
            return Coded(codes, dictionary)
        case ReferenceColumn(positions=positions):
            return Coded(positions)
        case BooleanColumn(values=flags):
            return Coded(flags)


def only_value(vector: Vector) -> float | str | bool | None:
    """Return the value of a constant; None is unknown."""
    match vector:
        case Numbers(values=values):
            return float(values)
        case Coded(codes=codes, dictionary=dictionary):
            if codes < 0:
                return None
            return bool(codes) if dictionary is None else dictionary.text(int(codes))


def spread(vector: Vector, size: int) -> Vector:
    """Return a vector of full length that nobody can write into."""
    none = vector.none if vector.none is None else frozen(np.broadcast_to(vector.none, size))
    match vector:
        case Numbers(values=values):
            return Numbers(frozen(np.broadcast_to(values, size)), none)
        case Coded(codes=codes):
            return Coded(frozen(np.broadcast_to(codes, size)), vector.dictionary, none)


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array, in one piece and read-only."""
    whole = (np.ascontiguousarray(array) if array.ndim else np.asarray(array)).view()
    whole.flags.writeable = False
    return whole


def settled(vector: Vector) -> Vector:
    """Return the vector with arrays that nobody can write into."""
    none = vector.none if vector.none is None else frozen(vector.none)
    match vector:
        case Numbers(values=values):
            return Numbers(frozen(values), none)
        case Coded(codes=codes):
            return Coded(frozen(codes), vector.dictionary, none)


class Joined:
    """The whole of blocks that come with their places."""

    def __init__(self, size: int) -> None:
        self._values = np.empty(size)
        self._none: Mask | None = None

    def take(self, span: slice, block: Numbers) -> None:
        """Put a block into its place."""
        self._values[span] = block.values
        if block.none is not None:
            if self._none is None:
                self._none = np.zeros(len(self._values), np.bool_)
            self._none[span] = block.none

    def whole(self) -> Numbers:
        """Return all blocks as one, read-only."""
        none = None if self._none is None else frozen(self._none)
        return Numbers(frozen(self._values), none)


def unknown(vector: Vector) -> Mask:
    """Where the value is unknown; *none* is known."""
    return vector.blank if vector.none is None else vector.blank & ~vector.none


def none_of(*vectors: Vector) -> Mask | None:
    """Where a function of these is *none*: some argument is, and no other one is unknown."""
    marks = [vector.none for vector in vectors if vector.none is not None]
    if not marks:
        return None
    some, doubt = marks[0], unknown(vectors[0])
    for mark in marks[1:]:
        some = some | mark
    for vector in vectors[1:]:
        doubt = doubt | unknown(vector)
    return np.asarray(some & ~doubt)


def align(*vectors: Coded) -> tuple[Coded, ...]:
    """Return the same values with codes of one dictionary."""
    books = [vector.dictionary for vector in vectors]
    if any(book is None for book in books) or all(book is books[0] for book in books):
        return vectors
    shared = union([book for book in books if book is not None])
    return tuple(
        replace(vector, codes=recode(vector.codes, book, shared), dictionary=shared)
        for vector, book in zip(vectors, books, strict=True)
        if book is not None
    )


def choose(where: Mask, yes: Vector, no: Vector) -> Vector:
    """Return `yes` where the mask says so, else `no`; both are of one sort."""
    none = None
    if yes.none is not None or no.none is not None:
        none = np.where(where, _mark(yes), _mark(no))
    match yes, no:
        case Numbers(values=one), Numbers(values=other):
            if one.ndim or other.ndim or not where.ndim:
                return Numbers(np.where(where, one, other), none)
            # Two constants: looking them up is quicker than choosing, and so is counting from zero.
            if one >= 0 and other == 0:
                return Numbers(np.multiply(where, one), none)
            return Numbers(np.stack((other, one)).take(where.view(np.uint8), mode="clip"), none)
        case Coded(), Coded():
            left, right = align(yes, no)
            return Coded(np.where(where, left.codes, right.codes), left.dictionary, none)
    raise TypeError("A number and a text cannot stand for each other.")


def same(left: Vector, right: Vector) -> Mask:
    """Where both have the same known value, or both are *none*."""
    match left, right:
        case Numbers(), Numbers():
            equal = np.asarray(left.values == right.values)
        case Coded(), Coded():
            one, other = _comparable(left, right)
            fewer = one if one.ndim < other.ndim else other  # a constant is quicker to look at
            equal = np.asarray((one == other) & (fewer >= 0))
        case _:
            raise TypeError("A number and a text cannot be compared.")
    return equal if left.none is None or right.none is None else equal | (left.none & right.none)


def _comparable(left: Coded, right: Coded) -> tuple[Integers, Integers]:
    """Return codes that are equal where the texts are; only the smaller dictionary is read."""
    one, other = left.dictionary, right.dictionary
    if one is None or other is None:
        return left.codes, right.codes
    if len(one) < len(other):
        return recode(left.codes, one, other), right.codes
    return left.codes, recode(right.codes, other, one)


def take(vector: Vector, positions: Positions) -> Vector:
    """Return the values at these positions, unknown where the position is -1."""
    if not vector.blank.size:  # nothing to take from: every position is -1
        vector = spread(_nothing_like(vector), 1)
    absent = positions < 0
    none = None if vector.none is None else vector.none[positions] & ~absent
    match vector:
        case Numbers(values=values):
            return Numbers(np.where(absent, np.nan, values[positions]), none)
        case Coded(codes=codes):
            found = np.where(absent, codes.dtype.type(-1), codes[positions])
            return Coded(found, vector.dictionary, none)


def blanked(vector: Vector, where: Mask) -> Vector:
    """Return the vector, unknown where the mask says so."""
    none = None if vector.none is None else vector.none & ~where
    match vector:
        case Numbers(values=values):
            return Numbers(np.where(where, np.nan, values), none)
        case Coded(codes=codes):
            return Coded(np.where(where, codes.dtype.type(-1), codes), vector.dictionary, none)


def with_none(vector: Vector, none: Mask | None) -> Vector:
    """Return the vector with other marks of *none*."""
    return replace(vector, none=none)


def _nothing_like(vector: Vector) -> Vector:
    """Return an unknown constant of the same sort."""
    match vector:
        case Numbers():
            return Numbers(np.asarray(np.nan))
        case Coded(codes=codes):
            return Coded(np.asarray(-1, codes.dtype), vector.dictionary)


def _mark(vector: Vector) -> Mask:
    return np.asarray(False) if vector.none is None else vector.none
