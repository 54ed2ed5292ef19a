"""Widths of arrays: as narrow as is exact, and as wide as what is merged in needs."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierloom.engine.columns import NumberColumn, TextColumn
from tierloom.store.columns.encoding import Encoding, Shape
from tierloom.store.columns.narrow import code_type, narrow_ids, narrow_numbers
from tierloom.store.columns.splice import Splice
from tierloom.store.columns.stored import ColumnBuilder, ReferenceIds, Stored, spliced, tidied

CELL = st.none() | st.integers(-(10**15), 10**15) | st.integers(-(2**24) - 1, 2**24 + 1)


def built(shape: Shape, cells: list[int | str | None], scale: int = 0) -> Stored:
    builder = ColumnBuilder(Encoding(shape, scale))
    builder.add(cells)
    return builder.finish()


def fits(number: int, scale: int) -> bool:
    """Whether 24 binary digits are enough, worked out in whole numbers from the double."""
    exact = Fraction(number / 10**scale)
    digits = abs(exact.numerator)
    return (digits // (digits & -digits or 1)).bit_length() <= 24


@settings(deadline=None)
@given(st.lists(CELL, max_size=8), st.sampled_from((0, 2, 6)))
def test_numbers_are_narrow_where_all_are_exact(cells: list[int | None], scale: int) -> None:
    column = built(Shape.NUMBER, list(cells), scale)
    assert isinstance(column, NumberColumn)
    narrow = all(fits(cell, scale) for cell in cells if cell is not None)
    assert (column.values.dtype == np.float32) == narrow
    found = [None if math.isnan(value) else float(value) for value in column.values]
    assert found == [None if cell is None else cell / 10**scale for cell in cells]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([2.0**24, -(2.0**24), np.nan], np.float32),
        ([2.0**24 + 1], np.float64),
        ([0.5, 0.25, -0.125], np.float32),
        ([0.1], np.float64),
        ([1e300], np.float64),
        ([20758.0, -4241.0], np.float32),
        ([1_700_000_000_001.0], np.float64),
    ],
)
def test_widths_of_numbers(values: list[float], kind: type) -> None:
    narrow = narrow_numbers(np.array(values))
    assert narrow.dtype == kind
    assert np.array_equal(narrow, values, equal_nan=True)


@pytest.mark.parametrize(
    ("size", "kind"),
    [(0, np.int8), (128, np.int8), (129, np.int16), (2**15, np.int16), (2**15 + 1, np.int32)],
)
def test_widths_of_codes(size: int, kind: type) -> None:
    assert code_type(size) == kind


@pytest.mark.parametrize(("largest", "kind"), [(2**31 - 1, np.int32), (2**31, np.int64)])
def test_widths_of_ids(largest: int, kind: type) -> None:
    assert narrow_ids(np.array([-1, largest])).dtype == kind


@pytest.mark.parametrize("count", [127, 128, 129, 32_768, 32_769])
def test_texts_at_the_edges_of_a_width(count: int) -> None:
    """One text more than there were, over the first row: the codes widen if they have to."""
    texts: list[int | str | None] = [f"{number:05}" for number in range(count)]
    base = built(Shape.TEXT, [*texts, None])
    tail = built(Shape.TEXT, ["zz"])
    ids = np.arange(1, count + 2)
    merged = spliced(base, tail, Splice(ids, ids[:1], ids[:0]))
    assert isinstance(merged, TextColumn)
    assert merged.codes.dtype == code_type(count + 1)
    said = [None if one < 0 else merged.dictionary.text(int(one)) for one in merged.codes]
    assert said == ["zz", *texts[1:], None]
    smaller = tidied(merged)
    assert isinstance(smaller, TextColumn)
    assert smaller.codes.dtype == code_type(count)


def test_a_tail_widens_numbers_and_tidying_narrows_them() -> None:
    ids = np.arange(1, 4)
    base, wide = built(Shape.NUMBER, [1, None, 3]), built(Shape.NUMBER, [2**24 + 1])
    merged = spliced(base, wide, Splice(ids, ids[:1], ids[:0]))
    assert isinstance(merged, NumberColumn)
    assert merged.values.dtype == np.float64
    assert np.array_equal(merged.values, [2**24 + 1, np.nan, 3], equal_nan=True)
    back = tidied(spliced(merged, built(Shape.NUMBER, [1]), Splice(ids, ids[:1], ids[:0])))
    assert isinstance(back, NumberColumn)
    assert back.values.dtype == np.float32
    assert np.array_equal(back.values, [1, np.nan, 3], equal_nan=True)


def test_a_tail_widens_references() -> None:
    ids = np.arange(1, 3)
    base, wide = built(Shape.REFERENCE, [5, None]), built(Shape.REFERENCE, [2**31])
    assert isinstance(base, ReferenceIds)
    assert base.ids.dtype == np.int32
    merged = spliced(base, wide, Splice(ids, ids[:1], ids[:0]))
    assert isinstance(merged, ReferenceIds)
    assert merged.ids.tolist() == [2**31, -1]
