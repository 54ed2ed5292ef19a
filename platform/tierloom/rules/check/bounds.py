"""How large and how small a calculation can get: some engines abort on overflow and underflow."""

import math

from tierloom.domain.fields import MAX_DIGITS
from tierloom.rules import ir
from tierloom.rules.check.checker import refuse
from tierloom.rules.ir import Sign
from tierloom.text import T

MAX_EXPONENT = 250
_ROWS = 10
_CANCELLATION = 17
Bounds = tuple[float, float]
"""The largest magnitude and the smallest non-zero one, as powers of ten."""


def require_bounds(node: ir.ValueNode, pointer: str) -> None:
    """Refuse a calculation that could leave 1e±250.

    Raises:
        Invalid: with the place.
    """
    high, low = bounds(node)
    if high > MAX_EXPONENT or low < -MAX_EXPONENT:
        message = T("The calculation could become too large or too small to be exact.")
        raise refuse("out-of-bounds", pointer, message, T("Multiply or divide less often."))


def bounds(node: ir.ValueNode) -> Bounds:
    """Return bounds of a number."""
    match node:
        case ir.Literal(int() | float() as value):
            size = math.log10(abs(value)) if value else 0.0
            return size, size
        case ir.Arithmetic(sign, parts):
            return _combined(sign, [bounds(one) for one in parts])
        case ir.Calculated(value=inner):
            return bounds(inner)
        case ir.Rounded(_, kind):
            return MAX_DIGITS, -float(kind.scale or 0)
        case ir.If(branches, otherwise):
            return _widest([bounds(one) for one in (*(value for _, value in branches), otherwise)])
        case ir.Call(args=args):
            return _widest([bounds(one) for one in args])
        case ir.RollUpOf():
            return MAX_DIGITS + _ROWS, -MAX_DIGITS - _ROWS
        case _:
            return MAX_DIGITS, -float(node.type.scale or 0)


def _widest(found: list[Bounds]) -> Bounds:
    return max(high for high, _ in found), min(low for _, low in found)


def _combined(sign: Sign, parts: list[Bounds]) -> Bounds:
    high, low = _widest(parts)
    match sign:
        case Sign.ADD | Sign.SUBTRACT:
            return high + math.log10(len(parts)), low - _CANCELLATION
        case Sign.MULTIPLY:
            return sum(one for one, _ in parts), sum(one for _, one in parts)
        case Sign.DIVIDE:
            (over_high, over_low), *under = parts
            return over_high - sum(one for _, one in under), over_low - sum(one for one, _ in under)
        case Sign.REMAINDER:
            return high, min(low, 0)
