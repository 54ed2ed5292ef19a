"""Tests of a record's own field against constants: what most rules are made of.

Each becomes one function of a block of the field's array, prepared once: which codes are wanted, or
with which number to compare. What touches an unknown value does not hold, by itself: NaN compares with
nothing, and -1 is no wanted code.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierloom.backends.columns import atoms, codes, thresholds
from tierloom.backends.columns.constants import numbers, text
from tierloom.backends.columns.nodes import Atom, traits
from tierloom.backends.columns.vectors import Vector, only_value
from tierloom.domain.fields import Value
from tierloom.engine.columns import (
    BooleanColumn,
    Column,
    Dictionary,
    Mask,
    NumberColumn,
    TextColumn,
)
from tierloom.engine.text_tests import HasKey, TextProbe
from tierloom.rules import ir
from tierloom.rules.ir import Comparison

Array = NDArray[Any]
Test = Callable[[Array], Mask]
_FEW = 6


def turned(node: Atom) -> Atom:
    """Return a comparison of a constant with a field as one of the field with the constant."""
    match node:
        case ir.Compare(comparison, left, ir.Var((_,)) as right) if traits(left).constant:
            if comparison is Comparison.EQUAL or not right.type.ranked:
                return ir.Compare(thresholds.FLIPPED[comparison], right, left)
    return node


def tested_field(node: Atom) -> str | None:
    """Return the key of the record's own field that an atom tests against constants, if it does that."""
    match node:
        case ir.Compare(_, ir.Var((key,)), right):
            return key if traits(right).constant else None
        case ir.Compare():
            return None
    match node.value:
        case ir.Var((key,)):
            return key
    return None


def test_of(node: Atom, column: Column, limit: Vector | None) -> Test:
    """Return the test that an atom makes of the array of the field it tests.

    `limit` is the constant that a comparison compares with.
    """
    match node, column:
        case ir.IsKnown(), _:
            return known_in(column)
        case _, NumberColumn(values=values):
            return _of_numbers(node, values.dtype, limit)
        case _, TextColumn(codes=found, dictionary=dictionary):
            return codes.members(_wanted(node, dictionary, limit), found.dtype)
        case _, BooleanColumn(values=flags):
            return codes.members(np.asarray(_wanted_flags(node, limit)), flags.dtype)
    raise TypeError(f"{type(node).__name__} is no test of a {type(column).__name__}.")


def dictionary_of(column: Column) -> Dictionary | None:
    """Return the dictionary of a column of texts."""
    return column.dictionary if isinstance(column, TextColumn) else None


def known_in(column: Column) -> Test:
    """Return the test for where a column has a value."""
    if isinstance(column, NumberColumn):
        return lambda values: np.equal(values, values)
    return codes.known


def unknown_in(column: Column) -> Test:
    """Return the test for where a column has no value."""
    if isinstance(column, NumberColumn):
        return lambda values: np.not_equal(values, values)
    return codes.unknown


def _of_numbers(node: Atom, dtype: np.dtype[Any], limit: Vector | None) -> Test:
    match node:
        case ir.Compare(comparison) if limit is not None:
            return thresholds.comparing(comparison, _double(limit), dtype)
        case ir.OneOf(choices=choices):
            return _one_of(numbers(choices), dtype)
    raise TypeError(f"{type(node).__name__} is no test of numbers.")


def _double(limit: Vector) -> float:
    found = only_value(limit)
    if not isinstance(found, float):
        raise TypeError("A number is compared with numbers only.")
    return found


def _one_of(wanted: Sequence[float], dtype: np.dtype[Any]) -> Test:
    if len(wanted) > _FEW:
        return lambda values: atoms.found_in(wanted, values)
    first, *rest = (thresholds.comparing(Comparison.EQUAL, one, dtype) for one in wanted)

    def test(values: Array) -> Mask:
        found = first(values)
        for one in rest:
            found |= one(values)
        return found

    return test


def _wanted(node: Atom, dictionary: Dictionary, limit: Vector | None) -> Mask:
    """Return which texts of a dictionary an atom takes."""
    match node:
        case ir.Compare(Comparison.EQUAL) if limit is not None:
            wanted = only_value(limit)
            return _with_codes(() if wanted is None else (str(wanted),), dictionary)
        case ir.Compare(comparison, left) if limit is not None and left.type.ranked:
            return atoms.ranked_texts(comparison, dictionary, limit, left.type.options)
        case ir.OneOf(choices=choices):
            return _with_codes([text(one) for one in choices], dictionary)
        case ir.Matches(test=test, needle=needle):
            return dictionary.where(TextProbe(test, needle))
        case ir.HasAnyOf(options=options):
            return dictionary.where(HasKey(options))
        case ir.Compare(comparison):
            raise TypeError(f"{comparison} needs numbers, dates or ranked choices.")
    raise TypeError(f"{type(node).__name__} is no test of texts.")


def _with_codes(texts: Sequence[str], dictionary: Dictionary) -> Mask:
    return codes.wanted_among([dictionary.code(one) for one in texts], len(dictionary))


def _wanted_flags(node: Atom, limit: Vector | None) -> list[bool]:
    """Tell whether an atom takes no, and whether it takes yes."""
    match node:
        case ir.IsTrue():
            return [False, True]
        case ir.OneOf(choices=choices):
            return [flag in [bool(one) for one in choices] for flag in (False, True)]
        case ir.Compare(Comparison.EQUAL) if limit is not None:
            wanted: Value = only_value(limit)
            return [wanted is not None and bool(wanted) is flag for flag in (False, True)]
    raise TypeError(f"{type(node).__name__} is no test of yes and no.")
