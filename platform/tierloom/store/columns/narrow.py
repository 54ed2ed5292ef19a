"""The narrowest types that hold an array's values exactly. Whatever is merged widens as numpy does."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""An array whose width depends on its values."""

NUMBERS = (np.float32, np.float64)
CODES = (np.int8, np.int16, np.int32)
IDS = (np.int32, np.int64)


def narrow_numbers(values: Array) -> Array:
    """Return float32 where that changes no value: of days, counts and the like; NaN stays NaN."""
    with np.errstate(over="ignore"):
        small = values.astype(np.float32)
    return small if np.array_equal(small, values, equal_nan=True) else values


def narrow_ids(ids: Array) -> Array:
    """Return int32 where all ids, or offsets, fit."""
    limits = np.iinfo(np.int32)
    if len(ids) and not limits.min <= ids.min() <= ids.max() <= limits.max:
        return ids
    return ids.astype(np.int32, copy=False)


def code_type(size: int) -> np.dtype[np.signedinteger]:
    """Return the type of codes from -1 to `size - 1`."""
    return np.dtype(next(one for one in CODES if size - 1 <= np.iinfo(one).max))
