"""Columns as they are stored: made of cells, joined, spliced, and taken apart into plain arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tierloom.engine.columns import BooleanColumn, Dictionary, NumberColumn, Positions, TextColumn
from tierloom.store.cells import Cell
from tierloom.store.columns.dictionary import TextDictionary, chunk, join, recode
from tierloom.store.columns.encoding import Encoding, Shape
from tierloom.store.columns.narrow import CODES, IDS, NUMBERS, Array, narrow_ids, narrow_numbers
from tierloom.store.columns.splice import Splice, frozen


@dataclass(frozen=True, slots=True)
class ReferenceIds:
    """Record ids of the records pointed at, as int32 or int64; -1 is unknown. A snapshot turns them
    into positions.
    """

    ids: Array


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
                self._arrays.append(narrow_numbers(numbers / 10**self._encoding.scale))
            case Shape.BOOLEAN:
                self._arrays.append(_integers(cells).astype(np.int8))
            case Shape.REFERENCE:
                self._arrays.append(narrow_ids(_integers(cells)))

    def finish(self) -> Stored:
        """Return the whole column; the builder is empty then."""
        texts, self._texts = self._texts, []
        arrays, self._arrays = self._arrays, []
        match self._encoding.shape:
            case Shape.TEXT:
                codes, dictionary = join(texts)
                return TextColumn(frozen(codes), dictionary)
            case Shape.NUMBER:
                return NumberColumn(_joined(arrays, np.float32))
            case Shape.BOOLEAN:
                return BooleanColumn(_joined(arrays, np.int8))
            case Shape.REFERENCE:
                return ReferenceIds(_joined(arrays, np.int32))


def spliced(base: Stored, tail: Stored, splice: Splice) -> Stored:
    """Return `base` with the rows of `tail` written over it or put in between by `splice`.

    The result is as wide as the wider of the two.
    """
    match base, tail:
        case NumberColumn(), NumberColumn():
            return NumberColumn(splice.apply(base.values, tail.values))
        case BooleanColumn(), BooleanColumn():
            return BooleanColumn(splice.apply(base.values, tail.values))
        case ReferenceIds(), ReferenceIds():
            return ReferenceIds(splice.apply(base.ids, tail.ids))
        case TextColumn(), TextColumn():
            both, mine, theirs = _ours(base.dictionary).union(_ours(tail.dictionary))
            merged = splice.apply(recode(base.codes, mine), recode(tail.codes, theirs))
            return TextColumn(merged, both)
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
    """Return the column as narrow as it can be, without dictionary entries that no row has."""
    match column:
        case NumberColumn(values):
            return NumberColumn(frozen(narrow_numbers(values)))
        case BooleanColumn():
            return column
        case ReferenceIds(ids):
            return ReferenceIds(frozen(narrow_ids(ids)))
        case TextColumn(codes, dictionary):
            smaller, fewer = _ours(dictionary).only(codes)
            return TextColumn(frozen(fewer), smaller)


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


PART_TYPES: Mapping[Shape, Mapping[str, tuple[type[np.generic], ...]]] = {
    Shape.NUMBER: {"values": NUMBERS},
    Shape.BOOLEAN: {"values": (np.int8,)},
    Shape.REFERENCE: {"ids": IDS},
    Shape.TEXT: {"codes": CODES, "offsets": IDS, "blob": (np.uint8,)},
}
"""The types that each array may have."""


def from_parts(shape: Shape, rows: int, parts: Mapping[str, Array]) -> Stored:
    """Put a column together again.

    Raises:
        ValueError: an array has another length or type than it must.
        KeyError: an array is missing.
    """
    for name, kinds in PART_TYPES[shape].items():
        if parts[name].dtype not in kinds:
            raise ValueError(f"{name} is {parts[name].dtype}, not one of {kinds}.")
    first = next(iter(PART_TYPES[shape]))
    if len(parts[first]) != rows:
        raise ValueError(f"{first} has {len(parts[first])} entries for {rows} rows.")
    match shape:
        case Shape.NUMBER:
            return NumberColumn(parts["values"])
        case Shape.BOOLEAN:
            return BooleanColumn(parts["values"])
        case Shape.REFERENCE:
            return ReferenceIds(parts["ids"])
        case Shape.TEXT:
            return TextColumn(parts["codes"], TextDictionary(parts["blob"], parts["offsets"]))


def _ours(dictionary: Dictionary) -> TextDictionary:
    if not isinstance(dictionary, TextDictionary):
        raise TypeError(f"Only our own dictionaries are stored, not a {type(dictionary).__name__}.")
    return dictionary


def _taken(array: Array, positions: Positions, unknown: float) -> Array:
    values = np.full(len(positions), unknown, array.dtype)
    known = positions >= 0
    values[known] = array[positions[known]]
    return frozen(values)


def _integers(cells: Sequence[Cell]) -> Positions:
    integers: Positions = pa.array(cells, pa.int64()).fill_null(-1).to_numpy()
    return integers


def _joined(arrays: list[Array], kind: type[np.generic]) -> Array:
    """Join arrays of several widths in the widest; `kind` is that of none at all."""
    return frozen(np.concatenate(arrays) if arrays else np.empty(0, kind))
