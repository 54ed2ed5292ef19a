"""Some values of a column that is in two parts: a base, and rows of a tail over it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierloom.engine.columns import BooleanColumn, NumberColumn, Positions, TextColumn
from tierloom.store.columns.dictionary import TextDictionary, recode
from tierloom.store.columns.splice import frozen
from tierloom.store.columns.stored import ReferenceIds, Stored, taken


def points(base: Stored, tail: Stored, rows: Positions, tail_rows: Positions) -> Stored:
    """Return the values at these rows of the base, or of the tail where its row is not -1."""
    over = tail_rows >= 0
    found = taken(base, rows)
    if not over.any():
        return found
    match found, taken(tail, tail_rows[over]):
        case NumberColumn(values), NumberColumn(others):
            return NumberColumn(_laid(values, others, over))
        case BooleanColumn(values), BooleanColumn(others):
            return BooleanColumn(_laid(values, others, over))
        case ReferenceIds(ids), ReferenceIds(others):
            return ReferenceIds(_laid(ids, others, over))
        case TextColumn() as one, TextColumn() as other:
            codes, dictionary = _small(one)
            more, others_dictionary = _small(other)
            both, mine, theirs = dictionary.union(others_dictionary)
            return TextColumn(_laid(recode(codes, mine), recode(more, theirs), over), both)
    raise TypeError(f"A {type(tail).__name__} cannot lie over a {type(base).__name__}.")


def _small(column: TextColumn) -> tuple[NDArray[Any], TextDictionary]:
    """Return the codes and texts of a few rows, without the texts of all others."""
    assert isinstance(column.dictionary, TextDictionary), "Only our own dictionaries are stored."
    dictionary, codes = column.dictionary.only(column.codes)
    return codes, dictionary


def _laid(values: NDArray[Any], others: NDArray[Any], over: NDArray[np.bool_]) -> NDArray[Any]:
    merged = values.astype(np.result_type(values, others))
    merged[over] = others
    return frozen(merged)
