"""Arithmetic and comparison of known values: the one place that says what they give."""

import math
import operator
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import reduce

from tierloom.domain.fields import MAX_DIGITS, Value
from tierloom.rules.ir import Banded, Comparison, Family, Sign, ValueType
from tierloom.rules.own_fields import COMPARE

SIGNS: dict[Sign, Callable[[float, float], float]] = {
    Sign.ADD: operator.add,
    Sign.SUBTRACT: operator.sub,
    Sign.MULTIPLY: operator.mul,
    Sign.DIVIDE: operator.truediv,
    Sign.REMAINDER: math.fmod,
}


def calculate(sign: Sign, numbers: Sequence[float]) -> float | None:
    """Calculate from left to right in doubles; None (unknown) at a division by zero.

    `%` takes the sign of the dividend, as `math.fmod` does and Python's own `%` does not.
    """
    if sign in (Sign.DIVIDE, Sign.REMAINDER) and 0 in numbers[1:]:
        return None
    found = reduce(SIGNS[sign], numbers)
    return found + 0.0 if math.isfinite(found) else None


def rounded(number: float, scale: int) -> float | None:
    """Round to a number of decimals, ties to even; None (unknown) beyond 15 digits."""
    exact = number * 10.0**scale
    if not abs(exact) < 10.0**MAX_DIGITS:
        return None
    scaled = round(exact)
    if abs(scaled) == 10**MAX_DIGITS:
        return None
    return scaled / 10**scale if scale else scaled


def band(number: float, bands: Banded) -> str:
    """Return the class that a number is in."""
    place = (bisect_left if bands.right_closed else bisect_right)(bands.cuts, number)
    return bands.classes[place]


def compare(comparison: Comparison, left: Value, right: Value, kind: ValueType) -> bool:
    """Compare two known values of one family; ranked choices by place in `kind.options`."""
    if kind.family is Family.CHOICE and comparison is not Comparison.EQUAL:
        ranks = kind.options
        if left not in ranks or right not in ranks:
            return False
        return COMPARE[comparison](ranks.index(str(left)), ranks.index(str(right)))
    return COMPARE[comparison](left, right)
