"""Strict tests of a record's own fields against constants: what most rules are made of, each one closure.

An unknown value hardly needs asking about here. It equals no constant and is in no list of them, and
for NaN no order holds: these answers are the False that strict semantics wants anyway. So does *none*,
which stands in a field where explanations put a total in the place of one.
"""

import operator
from collections.abc import Callable
from typing import Any, Protocol

from tierloom.domain.fields import Value
from tierloom.rules import ir
from tierloom.rules.ir import Comparison, Family, TextTest
from tierloom.rules.roll_ups import NONE, Known

__all__ = ["COMPARE", "own_field_test"]

COMPARE: dict[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.EQUAL: operator.eq,
    Comparison.LESS: operator.lt,
    Comparison.LESS_EQUAL: operator.le,
    Comparison.GREATER: operator.gt,
    Comparison.GREATER_EQUAL: operator.ge,
}
_ORDERED = frozenset({Family.NUMBER, Family.DATE, Family.DATETIME})
_EMPTY = (None, "", (), NONE)
_SINGLE = _ORDERED | {Family.TEXT, Family.CHOICE, Family.BOOLEAN, Family.PERSON, Family.REGION}


class Fields(Protocol):
    """A record, as far as its own fields go."""

    def value(self, key: str) -> Known:
        """Return a field's value; None is unknown."""
        ...


Ask = Callable[[Any], bool]


def own_field_test(node: ir.Predicate) -> Ask | None:
    """Return the test under strict semantics, None where the node is of another sort."""
    match node:
        case ir.Compare(comparison, ir.Var((key,), kind), ir.Literal(limit)) if _known(limit):
            if comparison is Comparison.EQUAL and kind.family in _SINGLE:
                return lambda row: bool(row.value(key) == limit)
            return _ordered(comparison, key, limit) if kind.family in _ORDERED else None
        case ir.OneOf(ir.Var((key,), kind), choices) if kind.family in _SINGLE:
            known = frozenset(choices)
            return lambda row: row.value(key) in known
        case ir.Matches(test, ir.Var((key,)), needle):
            return _matching(test, key, needle)
        case ir.IsTrue(ir.Var((key,))):
            return lambda row: row.value(key) is True
        case ir.IsKnown(ir.Var((key,), kind)) if kind.family is not Family.REFERENCE:
            return _filled(key, kind.family)
    return None


def _known(limit: Value) -> bool:
    return limit is not None and limit != ""


def _ordered(comparison: Comparison, key: str, limit: Value) -> Ask:
    holds = COMPARE[comparison]

    def ask(row: Fields) -> bool:
        found = row.value(key)
        return found is not None and found is not NONE and holds(found, limit)

    return ask


def _matching(test: TextTest, key: str, needle: str) -> Ask:
    def contains(row: Fields) -> bool:
        found = row.value(key)
        return found is not None and found is not NONE and needle in str(found)

    def starts(row: Fields) -> bool:
        found = row.value(key)
        return found is not None and found is not NONE and str(found).startswith(needle)

    def ends(row: Fields) -> bool:
        found = row.value(key)
        return found is not None and found is not NONE and str(found).endswith(needle)

    match test:
        case TextTest.CONTAINS:
            return contains
        case TextTest.STARTS_WITH:
            return starts
        case TextTest.ENDS_WITH:
            return ends


def _filled(key: str, family: Family) -> Ask:
    """Empty text and no option are unknown, and so is NaN, which differs from itself."""
    if family in (Family.TEXT, Family.CHOICE, Family.CHOICES, Family.REGION):
        return lambda row: row.value(key) not in _EMPTY

    def ask(row: Fields) -> bool:
        found = row.value(key)
        return found is not None and found is not NONE and found == found  # noqa: PLR0124

    return ask
