"""Arithmetic, min and max, coalesce and if over vectors."""

from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
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
from tierloom.rules.check.bounds import MAX_EXPONENT, bounds
from tierloom.rules.ir import Arithmetic, Banded, Calculated, Sign, ValueNode


def arithmetic(sign: Sign, parts: Sequence[Numbers]) -> Numbers:
    """Work from left to right. What overflows on the way is never finite again."""
    return finite(chained(sign)(*parts))


def chained(sign: Sign) -> Callable[..., Numbers]:
    """Return the operation from left to right; what overflows is left infinite."""

    def work(*parts: Numbers) -> Numbers:
        if all(part.none is None for part in parts):
            return Numbers(reduce(apply, (part.values for part in parts)))
        # What is infinite is unknown, and what is unknown is not *none*.
        known = [finite(part) for part in parts]
        return Numbers(reduce(apply, (part.values for part in known)), none_of(*known))

    apply = _UFUNCS[sign]
    return work


def passing_infinity(sign: Sign, parts: int) -> Sequence[bool]:
    """Tell for each part of an operation whether the whole is not finite if the part is not."""
    match sign:
        case Sign.ADD | Sign.SUBTRACT | Sign.MULTIPLY:
            return [True] * parts
        case _:
            return [True] + [False] * (parts - 1)


@lru_cache(maxsize=4_096)
def may_overflow(node: Arithmetic) -> bool:
    """Tell whether an operation on finite numbers may give one that is not, before `finite` makes it unknown."""
    return bounds(node)[0] > MAX_EXPONENT or _divides(node)


def _divides(node: ValueNode) -> bool:
    match node:
        case Calculated(value=inner):
            return _divides(inner)
        case Arithmetic(sign, parts):
            return sign is Sign.DIVIDE or any(map(_divides, parts))
    return False


def finite(part: Numbers) -> Numbers:
    """Make what overflowed, and what was divided by zero, unknown."""
    rest = part.values - part.values  # infinite minus infinite is NaN; quicker than asking
    rest += part.values
    return Numbers(np.asarray(rest), part.none)


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


_UFUNCS = {
    Sign.ADD: np.add,
    Sign.SUBTRACT: np.subtract,
    Sign.MULTIPLY: np.multiply,
    Sign.DIVIDE: np.divide,
    Sign.REMAINDER: np.fmod,  # the sign of the dividend
}
