"""Texts that conditions can tell apart by how they begin, how they end, and what they contain."""

from collections.abc import Iterator, Sequence
from itertools import permutations

from tierloom.rules import ir
from tierloom.rules.ir import TextTest
from tierloom.rules.roll_ups import Known

ELSE = "\ue000"
"""A text that no rule names."""
_ORDERED_UP_TO = 3


def texts_with(parts: Sequence[ir.Matches]) -> Iterator[str]:
    """Make texts that begin, end and go on in the ways that some conditions ask for, as far as they agree."""
    needles: dict[TextTest, list[str]] = {one: [""] for one in TextTest}
    for one in parts:
        needles[one.test].append(one.needle)
    start = max(needles[TextTest.STARTS_WITH], key=len)
    end = max(needles[TextTest.ENDS_WITH], key=len)
    inside = _lasting(needles[TextTest.CONTAINS], (start, end))
    orders = permutations(inside) if len(inside) <= _ORDERED_UP_TO else [tuple(inside)]
    for order in orders:
        yield ELSE.join((start, *order, end))
        yield "".join((start, *order, end))
    for shared in range(min(len(start), len(end)), 0, -1):
        if start.endswith(end[:shared]):
            yield start + end[shared:]


def _lasting(needles: Sequence[str], around: Sequence[str]) -> list[str]:
    """Leave out the parts that others contain already."""
    wanted = sorted({one for one in needles if one}, key=len, reverse=True)
    kept: list[str] = []
    for one in wanted:
        if not any(one in other for other in (*kept, *around)):
            kept.append(one)
    return kept


def implies(one: ir.Matches, other: ir.Matches) -> bool:
    """Tell whether every text with the one part has the other."""
    match other.test:
        case TextTest.CONTAINS:
            return other.needle in one.needle
        case TextTest.STARTS_WITH:
            return one.test is other.test and one.needle.startswith(other.needle)
        case TextTest.ENDS_WITH:
            return one.test is other.test and one.needle.endswith(other.needle)


def excludes(one: ir.Matches, other: ir.Matches) -> bool:
    """Tell whether no text begins, or ends, in both ways."""
    same = one.test is other.test and one.test is not TextTest.CONTAINS
    return same and not (implies(one, other) or implies(other, one))


def as_shown(value: Known) -> Known:
    """Return a value for people to read: what lies between the parts of a text is left out."""
    return value.replace(ELSE, "…") if isinstance(value, str) and value != ELSE else value
