"""The tests that a rule is made of, over vectors. What touches an unknown value is false here."""

from collections.abc import Sequence

import numpy as np

from tierloom.backends.columns import dictionaries
from tierloom.backends.columns.constants import numbers, text
from tierloom.backends.columns.vectors import Coded, Numbers, Vector, same
from tierloom.domain.fields import Value
from tierloom.engine.columns import Mask
from tierloom.engine.text_tests import HasKey, TextProbe
from tierloom.rules.ir import Comparison, Family, TextTest

_FEW = 8


def compare(comparison: Comparison, left: Vector, right: Vector) -> Mask:
    """Compare numbers with numbers; of everything else, tell whether it is equal."""
    if isinstance(left, Numbers) and isinstance(right, Numbers):
        return _ordered(comparison, left, right)
    if comparison is not Comparison.EQUAL:
        raise TypeError(f"{comparison} needs numbers, dates or ranked choices.")
    return _equal(left, right)


def some_doubt(unknowns: Sequence[Mask], vectors: Sequence[Vector]) -> Mask:
    """Where a test is uncertain: a value is unknown, and none is *none*, which makes it false."""
    found = np.asarray(False)
    for doubt in unknowns:
        if doubt.ndim or doubt:
            found = found | doubt if found.ndim or found else doubt
    for vector in vectors:
        if vector.none is not None:
            found = found & ~vector.none
    return np.asarray(found)


def ranks(vector: Coded, options: Sequence[str]) -> Numbers:
    """Return the positions of options in their list."""
    dictionary = vector.dictionary
    assert dictionary is not None
    table = np.full(len(dictionary), np.nan)
    for rank, option in enumerate(options):
        code = dictionary.code(option)
        if code >= 0:
            table[code] = rank
    return Numbers(dictionaries.look_up(table, vector.codes, np.nan), vector.none)


def one_of(vector: Vector, wanted: tuple[Value, ...], family: Family) -> Mask:
    """Where the value is one of these constants, none of which is unknown."""
    if isinstance(vector, Numbers):
        return _number_in(vector, numbers(wanted))
    if family is Family.BOOLEAN:
        return dictionaries.one_of_codes(vector.codes, [int(bool(one)) for one in wanted])
    return _text_in(vector, [text(one) for one in wanted])


def matches(vector: Coded, test: TextTest, needle: str) -> Mask:
    """Where the text contains, starts with or ends with the needle."""
    assert vector.dictionary is not None
    return dictionaries.members(vector.codes, vector.dictionary.where(TextProbe(test, needle)))


def has_any(vector: Coded, options: Sequence[str]) -> Mask:
    """Where the choices hold one of the options."""
    assert vector.dictionary is not None
    return dictionaries.members(vector.codes, vector.dictionary.where(HasKey(tuple(options))))


def _number_in(vector: Numbers, wanted: tuple[float, ...]) -> Mask:
    values = vector.values
    if len(wanted) <= _FEW:
        found = np.zeros(values.shape, np.bool_)
        for one in wanted:
            found |= values == one
        return found
    table = np.asarray(wanted)
    place = np.minimum(np.searchsorted(table, values), len(table) - 1)
    return np.asarray(table[place] == values)


def _text_in(vector: Coded, wanted: Sequence[str]) -> Mask:
    dictionary = vector.dictionary
    assert dictionary is not None
    mask = np.zeros(len(dictionary), np.bool_)
    codes = [dictionary.code(one) for one in wanted]
    mask[[code for code in codes if code >= 0]] = True
    return dictionaries.members(vector.codes, mask)


def _ordered(comparison: Comparison, left: Numbers, right: Numbers) -> Mask:
    a, b = left.values, right.values
    match comparison:
        case Comparison.EQUAL:
            found = a == b
        case Comparison.LESS:
            found = a < b
        case Comparison.LESS_EQUAL:
            found = a <= b
        case Comparison.GREATER:
            found = a > b
        case Comparison.GREATER_EQUAL:
            found = a >= b
    return np.asarray(found)


def _equal(left: Vector, right: Vector) -> Mask:
    """Tell where both are known and equal; two *none* are not equal."""
    equal = same(left, right)
    if left.none is None or right.none is None:
        return equal
    return equal & ~(left.none & right.none)
