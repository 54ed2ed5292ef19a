"""Columns as they are stored: made of cells, joined, spliced, and taken apart into plain arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tierloom.engine.columns import BooleanColumn, Dictionary, NumberColumn, Positions, TextColumn
from tierloom.store.cells import Cell
from tierloom.store.columns.dictionary import TextDictionary, chunk, join, recode
from tierloom.store.columns.encoding import Encoding, Shape
from tierloom.store.columns.splice import ScalarT, Splice, frozen

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class ReferenceIds:
    """Record ids of the records pointed at; -1 is unknown. A snapshot turns them into positions."""

    ids: Positions


Stored = NumberColumn | BooleanColumn | TextColumn | ReferenceIds


class ColumnBuilder:
    """Takes the cells of one field, part by part."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._texts: list[pa.DictionaryArray] = []
        self._arrays: list[Array] = []

    def add(self, cells: Sequence[Cell]) -> None:
        """Append cells, as the database holds them."""
        match self._encoding.shape:
            case Shape.TEXT:
                self._texts.append(chunk(cells))  # type: ignore[arg-type]
            case Shape.NUMBER:
                numbers = pa.array(cells, pa.int64()).to_numpy(zero_copy_only=False)
                self._arrays.append(numbers / 10**self._encoding.scale)
            case Shape.BOOLEAN:
                self._arrays.append(_integers(cells).astype(np.int8))
            case Shape.REFERENCE:
                self._arrays.append(_integers(cells))

    def finish(self) -> Stored:
        """Return the whole column; the builder is empty then."""
        texts, self._texts = self._texts, []
        arrays, self._arrays = self._arrays, []
        match self._encoding.shape:
            case Shape.TEXT:
                codes, dictionary = join(texts)
                return TextColumn(frozen(codes), dictionary)
            case Shape.NUMBER:
                return NumberColumn(_joined(arrays, np.float64))
            case Shape.BOOLEAN:
                return BooleanColumn(_joined(arrays, np.int8))
            case Shape.REFERENCE:
                return ReferenceIds(_joined(arrays, np.int64))


def spliced(base: Stored, tail: Stored, splice: Splice) -> Stored:
    """Return `base` with the rows of `tail` written over it or put in between by `splice`."""
    match base, tail:
        case NumberColumn(), NumberColumn():
            return NumberColumn(frozen(splice.apply(base.values, tail.values)))
        case BooleanColumn(), BooleanColumn():
            return BooleanColumn(frozen(splice.apply(base.values, tail.values)))
        case ReferenceIds(), ReferenceIds():
            return ReferenceIds(frozen(splice.apply(base.ids, tail.ids)))
        case TextColumn(), TextColumn():
            both, mine, theirs = _ours(base.dictionary).union(_ours(tail.dictionary))
            merged = splice.apply(recode(base.codes, mine), recode(tail.codes, theirs))
            return TextColumn(frozen(merged), both)
        case _:
            raise TypeError(
                f"A {type(tail).__name__} cannot be spliced into a {type(base).__name__}."
            )


def taken(column: Stored, positions: Positions) -> Stored:
    """Return the column's values at `positions`; unknown at -1."""
    match column:
        case NumberColumn(values):
            return NumberColumn(_taken(values, positions, np.nan))
        case BooleanColumn(values):
            return BooleanColumn(_taken(values, positions, -1))
        case ReferenceIds(ids):
            return ReferenceIds(_taken(ids, positions, -1))
        case TextColumn(codes, dictionary):
            return TextColumn(_taken(codes, positions, -1), dictionary)


def tidied(column: Stored) -> Stored:
    """Return the column without dictionary entries that no row has."""
    if not isinstance(column, TextColumn):
        return column
    dictionary, codes = _ours(column.dictionary).only(column.codes)
    return TextColumn(frozen(codes), dictionary)


def parts_of(column: Stored) -> dict[str, Array]:
    """Take a column apart into named arrays."""
    match column:
        case NumberColumn(values) | BooleanColumn(values):
            return {"values": values}
        case ReferenceIds(ids):
            return {"ids": ids}
        case TextColumn(codes, dictionary):
            ours = _ours(dictionary)
            return {"codes": codes, "offsets": ours.offsets, "blob": ours.blob}


PART_TYPES: Mapping[Shape, Mapping[str, str]] = {
    Shape.NUMBER: {"values": "<f8"},
    Shape.BOOLEAN: {"values": "|i1"},
    Shape.REFERENCE: {"ids": "<i8"},
    Shape.TEXT: {"codes": "<i4", "offsets": "<i8", "blob": "|u1"},
}


def from_parts(shape: Shape, rows: int, parts: Mapping[str, Array]) -> Stored:
    """Put a column together again.

    Raises:
        ValueError: an array has another length or type than it must.
        KeyError: an array is missing.
    """
    for name, kind in PART_TYPES[shape].items():
        if parts[name].dtype != np.dtype(kind):
            raise ValueError(f"{name} is {parts[name].dtype}, not {kind}.")
    first = next(iter(PART_TYPES[shape]))
    if len(parts[first]) != rows:
        raise ValueError(f"{first} has {len(parts[first])} entries for {rows} rows.")
    match shape:
        case Shape.NUMBER:
            return NumberColumn(parts["values"].view(np.float64))
        case Shape.BOOLEAN:
            return BooleanColumn(parts["values"].view(np.int8))
        case Shape.REFERENCE:
            return ReferenceIds(parts["ids"].view(np.int64))
        case Shape.TEXT:
            dictionary = TextDictionary(
                parts["blob"].view(np.uint8), parts["offsets"].view(np.int64)
            )
            return TextColumn(parts["codes"].view(np.int32), dictionary)


def _ours(dictionary: Dictionary) -> TextDictionary:
    if not isinstance(dictionary, TextDictionary):
        raise TypeError(f"Only our own dictionaries are stored, not a {type(dictionary).__name__}.")
    return dictionary


def _taken(array: NDArray[ScalarT], positions: Positions, unknown: float) -> NDArray[ScalarT]:
    values = np.full(len(positions), unknown, array.dtype)
    known = positions >= 0
    values[known] = array[positions[known]]
    return frozen(values)


def _integers(cells: Sequence[Cell]) -> Positions:
    integers: Positions = pa.array(cells, pa.int64()).fill_null(-1).to_numpy()
    return integers


def _joined(arrays: list[NDArray[Any]], kind: type[ScalarT]) -> NDArray[ScalarT]:
    return frozen(np.concatenate(arrays) if arrays else np.empty(0, kind))
