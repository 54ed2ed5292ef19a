"""Strict tests of a record's own fields against constants: what most rules are made of, each one closure.

An unknown value hardly needs asking about here. It equals no constant and is in no list of them, and
for NaN no order holds: these answers are the False that strict semantics wants anyway. So does *none*,
which stands in a field where explanations put a total in the place of one.

Most of them, and of their opposites, ask whether a value is one of a few: those of a list, a single
constant, or those that count as not filled in.
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
_EMPTY: frozenset[Known] = frozenset((None, "", (), NONE))
_OTHERWISE_FILLED = frozenset({Family.NUMBER, Family.REFERENCE})
"""An unknown number may be NaN, which differs from itself; a link may lead to a record that is not there."""
_SINGLE = _ORDERED | {Family.TEXT, Family.CHOICE, Family.BOOLEAN, Family.PERSON, Family.REGION}


class Fields(Protocol):
    """A record, as far as its own fields go."""

    def value(self, key: str) -> Known:
        """Return a field's value; None is unknown."""
        ...


Ask = Callable[[Any], bool]


def own_field_test(node: ir.Predicate) -> Ask | None:
    """Return the test under strict semantics, None where the node is of another sort."""
    if found := _one_of_few(node):
        key, few, among = found
        if among:
            return lambda row: row.value(key) in few
        return lambda row: row.value(key) not in few
    match node:
        case ir.Compare(comparison, ir.Var((key,), kind), ir.Literal(limit)) if _known(limit):
            return _ordered(comparison, key, limit) if kind.family in _ORDERED else None
        case ir.Matches(test, ir.Var((key,)), needle):
            return _matching(test, key, needle)
        case ir.IsTrue(ir.Var((key,))):
            return lambda row: row.value(key) is True
        case ir.IsKnown(ir.Var((key,), kind)) if kind.family is Family.NUMBER:
            return _is_number(key)
    return None


def _one_of_few(node: ir.Predicate) -> tuple[str, frozenset[Known], bool] | None:
    """Return the field, the values, and whether it must have one of them (or none of them)."""
    match node:
        case ir.Not(part):
            if found := _one_of_few(part):
                key, few, among = found
                return key, few, not among
        case ir.Compare(Comparison.EQUAL, ir.Var((key,), kind), ir.Literal(limit)):
            if kind.family in _SINGLE and _known(limit):
                return key, frozenset((limit,)), True
        case ir.OneOf(ir.Var((key,), kind), choices) if kind.family in _SINGLE:
            return key, frozenset(choices), True
        case ir.IsKnown(ir.Var((key,), kind)) if kind.family not in _OTHERWISE_FILLED:
            return key, _EMPTY, False
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


def _is_number(key: str) -> Ask:
    def ask(row: Fields) -> bool:
        found = row.value(key)
        return found is not None and found is not NONE and found == found  # noqa: PLR0124

    return ask
