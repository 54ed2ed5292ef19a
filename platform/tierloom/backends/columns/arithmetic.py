"""Arithmetic, min and max, coalesce and if over vectors."""

from collections.abc import Sequence
from functools import reduce
from typing import Literal

import numpy as np

from tierloom.backends.columns.bounds import Bounds
from tierloom.backends.columns.dictionaries import TextList
from tierloom.backends.columns.vectors import (
    Coded,
    Numbers,
    Vector,
    blanked,
    choose,
    none_of,
    same,
    with_none,
)
from tierloom.domain.fields import MAX_DIGITS
from tierloom.engine.columns import Doubles
from tierloom.rules.ir import Banded, Sign


def arithmetic(sign: Sign, parts: Sequence[Numbers]) -> Numbers:
    """Work from left to right. What overflows on the way is never finite again."""
    values = reduce(
        lambda so_far, part: _apply(sign, so_far, part), (part.values for part in parts)
    )
    return Numbers(_finite(values), none_of(*parts))


def smallest(parts: Sequence[Numbers]) -> Numbers:
    """Return the least value, unknown if any is."""
    least = reduce(np.minimum, (part.values for part in parts))
    return Numbers(np.asarray(least), none_of(*parts))


def largest(parts: Sequence[Numbers]) -> Numbers:
    """Return the greatest value, unknown if any is."""
    most = reduce(np.maximum, (part.values for part in parts))
    return Numbers(np.asarray(most), none_of(*parts))


def first_known(parts: Sequence[Vector]) -> Vector:
    """Return the first value there is; without any, *none* only if all are."""
    found = parts[-1]
    for part in reversed(parts[:-1]):
        found = choose(part.blank, found, part)
    none = none_of(*parts)
    return found if none is None else with_none(found, none & found.blank)


def rounded(part: Numbers, scale: int) -> Numbers:
    """Round to a number of decimals, ties to even; unknown beyond 15 digits."""
    unit = 10.0**scale
    scaled = np.rint(part.values * unit)
    return Numbers(np.where(np.abs(scaled) < 10.0**MAX_DIGITS, scaled / unit, np.nan), part.none)


def banded(part: Numbers, node: Banded) -> Coded:
    """Return the classes that numbers are in."""
    side: Literal["left", "right"] = "left" if node.right_closed else "right"
    place = np.searchsorted(np.asarray(node.cuts, np.float64), part.values, side)
    dictionary = TextList(node.classes)
    codes = np.asarray([dictionary.code(one) for one in node.classes], np.int32)
    found = np.where(part.blank, np.int32(-1), codes[np.where(part.blank, 0, place)])
    return Coded(found, dictionary, part.none)


def if_else(branches: Sequence[tuple[Bounds, Vector]], otherwise: Vector) -> Vector:
    """Return the value beside the first condition that holds.

    Where a condition is uncertain, its branch and what follows must agree: else it is unknown.
    """
    found = otherwise
    for condition, value in reversed(branches):
        rest, found = found, choose(condition.true, value, found)
        if not condition.is_certain:
            found = blanked(found, condition.doubt & ~same(value, rest))
    return found


def _apply(sign: Sign, left: Doubles, right: Doubles) -> Doubles:
    match sign:
        case Sign.ADD:
            return left + right
        case Sign.SUBTRACT:
            return left - right
        case Sign.MULTIPLY:
            return left * right
        case Sign.DIVIDE:
            return np.asarray(np.divide(left, right))
        case Sign.REMAINDER:
            return np.asarray(np.fmod(left, right))  # the sign of the dividend


def _finite(values: Doubles) -> Doubles:
    """Make what overflowed, and what was divided by zero, unknown."""
    return values + (values - values)  # infinite minus infinite is NaN; quicker than asking
