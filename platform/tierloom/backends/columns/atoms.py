"""The tests that a rule is made of, over vectors. What touches an unknown value is false here."""

from collections.abc import Callable, Sequence

import numpy as np

from tierloom.backends.columns.codes import members, wanted_among
from tierloom.backends.columns.constants import numbers, text
from tierloom.backends.columns.dictionaries import look_up
from tierloom.backends.columns.nodes import Atom
from tierloom.backends.columns.vectors import Coded, Numbers, Vector, same, unknown
from tierloom.domain.fields import Value
from tierloom.engine.columns import Dictionary, Doubles, Mask
from tierloom.engine.text_tests import HasKey, TextProbe
from tierloom.rules import ir
from tierloom.rules.ir import Comparison, Family, TextTest

_FEW = 8


def test(node: Atom) -> Callable[..., Mask]:
    """Return an atom as a function of the values that it tests."""
    match node:
        case ir.Compare(comparison, left):
            if left.type.ranked and comparison is not Comparison.EQUAL:
                options = left.type.options
                return lambda *both: compare(
                    comparison, *(ranks(_coded(one), options) for one in both)
                )
            return lambda one, other: compare(comparison, one, other)
        case ir.OneOf(choices=choices, value=value):
            return lambda one: one_of(one, choices, value.type.family)
        case ir.Matches(test=sort, needle=needle):
            return lambda one: matches(_coded(one), sort, needle)
        case ir.HasAnyOf(options=options):
            return lambda one: has_any(_coded(one), options)
        case ir.IsTrue():
            return lambda one: np.equal(_coded(one).codes, 1)
    raise TypeError(f"{type(node).__name__} is no test.")


def compare(comparison: Comparison, left: Vector, right: Vector) -> Mask:
    """Compare numbers with numbers; of everything else, tell whether it is equal."""
    if isinstance(left, Numbers) and isinstance(right, Numbers):
        return _ordered(comparison, left, right)
    if comparison is not Comparison.EQUAL:
        raise TypeError(f"{comparison} needs numbers, dates or ranked choices.")
    return _equal(left, right)


def doubt(*vectors: Vector) -> Mask:
    """Where a test of these values is uncertain: one is unknown, and none is *none*, which makes it false."""
    found = np.asarray(False)
    for one in map(unknown, vectors):
        if one.ndim or one:
            found = found | one if found.ndim or found else one
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
    return Numbers(look_up(table, vector.codes, np.nan), vector.none)


def ranked_texts(
    comparison: Comparison, dictionary: Dictionary, limit: Vector, options: Sequence[str]
) -> Mask:
    """Return which options of a dictionary stand in that relation to one of them, by their list."""
    assert isinstance(limit, Coded)
    all_ = Coded(np.arange(len(dictionary)), dictionary)
    return _ordered(comparison, ranks(all_, options), ranks(limit, options))


def one_of(vector: Vector, wanted: tuple[Value, ...], family: Family) -> Mask:
    """Where the value is one of these constants, none of which is unknown."""
    if isinstance(vector, Numbers):
        return _number_in(vector, numbers(wanted))
    if family is Family.BOOLEAN:
        flags = [int(bool(one)) for one in wanted]
        return members(wanted_among(flags, 2), vector.codes.dtype)(vector.codes)
    return _text_in(vector, [text(one) for one in wanted])


def matches(vector: Coded, test: TextTest, needle: str) -> Mask:
    """Where the text contains, starts with or ends with the needle."""
    assert vector.dictionary is not None
    return members(vector.dictionary.where(TextProbe(test, needle)), vector.codes.dtype)(
        vector.codes
    )


def has_any(vector: Coded, options: Sequence[str]) -> Mask:
    """Where the choices hold one of the options."""
    assert vector.dictionary is not None
    return members(vector.dictionary.where(HasKey(tuple(options))), vector.codes.dtype)(
        vector.codes
    )


def _number_in(vector: Numbers, wanted: tuple[float, ...]) -> Mask:
    values = vector.values
    if len(wanted) > _FEW:
        return found_in(wanted, values)
    found = np.zeros(values.shape, np.bool_)
    for one in wanted:
        found |= values == one
    return found


def found_in(wanted: Sequence[float], values: Doubles) -> Mask:
    """Where a number is one of these, which ascend."""
    table = np.asarray(wanted)
    place = np.minimum(np.searchsorted(table, values), len(table) - 1)
    return np.asarray(table[place] == values)


def _text_in(vector: Coded, wanted: Sequence[str]) -> Mask:
    dictionary = vector.dictionary
    assert dictionary is not None
    mask = wanted_among([dictionary.code(one) for one in wanted], len(dictionary))
    return members(mask, vector.codes.dtype)(vector.codes)


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


def _coded(vector: Vector) -> Coded:
    assert isinstance(vector, Coded), "This test is for texts, choices and booleans."
    return vector
