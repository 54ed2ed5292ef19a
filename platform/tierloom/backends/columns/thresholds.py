"""Comparing a column of single or double precision with a constant, as if both were doubles.

numpy compares a float32 array with a number in single precision, which would round the number. So a
constant that no float32 equals is replaced by its neighbour on the side that gives the same answer
for every float32; that is as quick as any comparison of float32.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierloom.engine.columns import Mask
from tierloom.rules.ir import Comparison

Numeric = NDArray[np.float32] | NDArray[np.float64]
Test = Callable[[NDArray[Any]], Mask]
"""Answers for a block of a column."""

FLIPPED = {
    Comparison.EQUAL: Comparison.EQUAL,
    Comparison.LESS: Comparison.GREATER,
    Comparison.LESS_EQUAL: Comparison.GREATER_EQUAL,
    Comparison.GREATER: Comparison.LESS,
    Comparison.GREATER_EQUAL: Comparison.LESS_EQUAL,
}
"""The comparison with its sides exchanged."""

UFUNCS = {
    Comparison.EQUAL: np.equal,
    Comparison.LESS: np.less,
    Comparison.LESS_EQUAL: np.less_equal,
    Comparison.GREATER: np.greater,
    Comparison.GREATER_EQUAL: np.greater_equal,
}


def comparing(comparison: Comparison, constant: float, dtype: np.dtype[Any]) -> Test:
    """Return the test that compares a column of this type with a constant."""
    if dtype == np.float32:
        found = _single(comparison, constant)
        if found is None:
            return _nowhere
        comparison, limit = found
    else:
        limit = np.asarray(constant, np.float64)
    ufunc = UFUNCS[comparison]
    return lambda values: ufunc(values, limit)


def exactly(constant: float) -> np.float32 | None:
    """Return the float32 that equals a double, None where there is none."""
    with np.errstate(over="ignore"):
        nearest = np.float32(constant)
    return nearest if float(nearest) == constant else None


def _single(comparison: Comparison, constant: float) -> tuple[Comparison, NDArray[Any]] | None:
    """Return the same question of float32 values; None where the answer is no for all of them."""
    with np.errstate(over="ignore"):
        nearest = np.float32(constant)
    if float(nearest) == constant:
        return comparison, np.asarray(nearest)
    if comparison is Comparison.EQUAL or np.isnan(constant):
        return None
    if comparison in (Comparison.LESS, Comparison.LESS_EQUAL):
        below = nearest if float(nearest) < constant else np.nextafter(nearest, np.float32(-np.inf))
        return Comparison.LESS_EQUAL, np.asarray(below)
    above = nearest if float(nearest) > constant else np.nextafter(nearest, np.float32(np.inf))
    return Comparison.GREATER_EQUAL, np.asarray(above)


def _nowhere(values: NDArray[Any]) -> Mask:
    return np.zeros(values.shape, np.bool_)
