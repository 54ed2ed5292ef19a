"""JavaScript's values and their conversions, as far as JSON Logic meets them (ECMA-262, chapter 7).

Numbers are doubles: an int that comes from JSON is read as one. Texts are sequences of UTF-16 units.
"""

import math
import re
from enum import Enum
from typing import Literal

from tierloom.rules.js.budget import MAX_DEPTH, Budget


class _Undefined(Enum):
    UNDEFINED = "undefined"


UNDEFINED = _Undefined.UNDEFINED
"""What a missing argument is: as a number NaN, where None is 0."""

_BLANKS = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_DECIMAL = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_NUMERAL = re.compile(rf"[+-]?(?:Infinity|{_DECIMAL})", re.ASCII)
_RADIX = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
_ARRAY_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")


def is_number(value: object) -> bool:
    """Tell numbers from everything else; a boolean is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def truthy(value: object) -> bool:
    """Tell what JSON Logic takes for true: unlike in JavaScript, an empty list is false."""
    if isinstance(value, dict):
        return True
    if value is None or value is UNDEFINED or value != value:  # noqa: PLR0124 - only NaN differs from itself
        return False
    return bool(value)


def number(value: object, budget: Budget) -> float:
    """Convert as unary plus does."""
    match value:
        case None:
            return 0.0
        case bool() | int() | float():
            return _double(value)
        case str():
            return _number_of(value)
        case list() | dict():
            return _number_of(text(value, budget))
    return math.nan


def _double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _number_of(source: str) -> float:
    bare = source.strip(_BLANKS)
    if not bare:
        return 0.0
    if _RADIX.fullmatch(bare):
        return _double(int(bare, 0)) if len(bare) < 1000 else math.inf
    return _parsed(bare) if _NUMERAL.fullmatch(bare) else math.nan


def parse_float(value: object, budget: Budget) -> float:
    """Read the number at the beginning of the value's text."""
    if is_number(value):
        return _double(value)  # type: ignore[arg-type]
    found = _NUMERAL.match(text(value, budget).lstrip(_BLANKS))
    return _parsed(found[0]) if found else math.nan


def _parsed(numeral: str) -> float:
    return float(numeral.replace("Infinity", "inf"))


def text(value: object, budget: Budget) -> str:
    """Convert as `String(value)` does; a list is its members' texts with commas between."""
    found = _text(value, budget, 0)
    budget.spend(len(found))
    return found


def _text(value: object, budget: Budget, depth: int) -> str:
    match value:
        case str():
            return value
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _numeral(_double(value))
        case list():
            if depth > MAX_DEPTH:
                budget.spend(budget.bytes + 1)
            budget.step()
            budget.spend(len(value))
            return ",".join(
                "" if one is None or one is UNDEFINED else _text(one, budget, depth + 1)
                for one in value
            )
        case dict():
            return "[object Object]"
    return "undefined"


_WHOLE = 2.0**53
"""Whole numbers below this are written digit by digit."""


def _numeral(value: float) -> str:
    """Write a number as JavaScript does: the shortest digits, an exponent from 1e21 and below 1e-6."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if abs(value) < _WHOLE and value == int(value):
        return str(int(value))
    sign = "-" if value < 0 else ""
    mantissa, _, power = f"{abs(value)!r}".replace("e+", "e").partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    point = len(whole) + int(power or 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"


# ── comparisons ─────────────────────────────────────────────────────────────────────────────────


def strictly_equal(left: object, right: object, budget: Budget) -> bool:
    """Compare as `===` does."""
    if is_number(left) and is_number(right):
        return _double(left) == _double(right)  # type: ignore[arg-type]
    if isinstance(left, str) and isinstance(right, str):
        budget.spend(min(len(left), len(right)))
        return left == right
    if isinstance(left, bool) and isinstance(right, bool):
        return left is right
    return left is right


def loosely_equal(left: object, right: object, budget: Budget) -> bool:
    """Compare as `==` does."""
    if left is None or left is UNDEFINED or right is None or right is UNDEFINED:
        return left in (None, UNDEFINED) and right in (None, UNDEFINED)
    objects = isinstance(left, (list, dict)), isinstance(right, (list, dict))
    if all(objects) or type(left) is type(right):
        return strictly_equal(left, right, budget)
    if objects[0]:
        left = text(left, budget)
    if objects[1]:
        right = text(right, budget)
    if isinstance(left, str) and isinstance(right, str):
        return strictly_equal(left, right, budget)
    return number(left, budget) == number(right, budget)


Order = Literal["<", "<=", ">", ">="]


def ordered(order: Order, left: object, right: object, budget: Budget) -> bool:
    """Compare as `<`, `<=`, `>`, `>=` do: two texts by UTF-16 units, everything else as numbers."""
    one, other = (
        text(value, budget) if isinstance(value, (list, dict)) else value for value in (left, right)
    )
    if isinstance(one, str) and isinstance(other, str):
        budget.spend(min(len(one), len(other)))
        return _holds(order, units(one, "be"), units(other, "be"))
    return _holds(order, number(one, budget), number(other, budget))


def _holds(order: Order, left: "float | bytes", right: "float | bytes") -> bool:
    match order:
        case "<":
            return left < right  # type: ignore[operator]
        case "<=":
            return left <= right  # type: ignore[operator]
        case ">":
            return left > right  # type: ignore[operator]
        case ">=":
            return left >= right  # type: ignore[operator]


# ── texts and members ───────────────────────────────────────────────────────────────────────────


def units(source: str, order: Literal["le", "be"] = "le") -> bytes:
    """Return the UTF-16 units of a text, two bytes each."""
    return source.encode(f"utf-16-{order}", "surrogatepass")


def from_units(source: bytes) -> str:
    """Return the text of UTF-16 units; half a pair stays as it is."""
    return source.decode("utf-16-le", "surrogatepass")


def member(value: object, key: str, budget: Budget) -> object:
    """Read an object's own member, a list's or text's place or length; nothing that is inherited."""
    match value:
        case dict():
            return value.get(key, UNDEFINED)
        case list() if key == "length":
            return len(value)
        case list() if _ARRAY_INDEX.fullmatch(key):
            return value[int(key)] if int(key) < len(value) else UNDEFINED
        case str() if key == "length" or _ARRAY_INDEX.fullmatch(key):
            budget.spend(len(value))
            pairs = units(value)
            if key == "length":
                return len(pairs) // 2
            place = int(key) * 2
            return from_units(pairs[place : place + 2]) if place < len(pairs) else UNDEFINED
    return UNDEFINED
