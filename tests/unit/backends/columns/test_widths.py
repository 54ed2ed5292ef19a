"""Columns of every width answer alike: single precision beside double, narrow codes beside wide ones."""

import operator
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.backends.generated import CATALOGUE
from tests.unit.backends.memory_columns import Words
from tierloom.backends import columns as backend
from tierloom.backends.columns.codes import members
from tierloom.backends.columns.thresholds import comparing
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Field, FieldKind, FieldType
from tierloom.domain.tables import RecordType
from tierloom.engine.columns import Column, NumberColumn, TextColumn
from tierloom.rules import ir
from tierloom.rules.ir import Comparison
from tierloom.rules.types import DOUBLE, TEXT
from tierloom.text import Label

from tests.unit.backends.columns.test_agreement import MOMENTS, ZONES  # isort: skip

HOLDS = {
    Comparison.EQUAL: operator.eq, Comparison.LESS: operator.lt, Comparison.LESS_EQUAL: operator.le,
    Comparison.GREATER: operator.gt, Comparison.GREATER_EQUAL: operator.ge,
}  # fmt: skip
CONTEXT = RunContext(MOMENTS[0], ZONES[0], CATALOGUE)
SINGLES = st.floats(width=32, allow_nan=False, allow_infinity=False)
DOUBLES = st.floats(allow_nan=False, allow_infinity=False)


TABLE = RecordType(
    "plain",
    Label.of("Plain"),
    (
        Field("n", Label.of("n"), FieldType(FieldKind.DECIMAL, scale=2)),
        Field("t", Label.of("t"), FieldType(FieldKind.TEXT)),
    ),
    key_field="n",
)


@dataclass
class Plain:
    """A table of one number and one text."""

    columns: dict[str, Column]
    cache: dict[object, object] = field(default_factory=dict)
    record_type: RecordType = TABLE

    @property
    def size(self) -> int:
        first = next(iter(self.columns.values()))
        return len(first.values if isinstance(first, NumberColumn) else first.codes)  # type: ignore[union-attr]

    def column(self, key: str) -> Column:
        return self.columns[key]


def near(number: float) -> st.SearchStrategy[float]:
    """Draw the number, its neighbours of single precision and of double, and what lies between."""
    single = np.float32(number)
    around = [float(np.nextafter(single, np.float32(end))) for end in (-np.inf, np.inf)]
    close = [float(np.nextafter(number, end)) for end in (-np.inf, np.inf)]
    between = [(one + number) / 2 for one in around]
    return st.sampled_from([number, *around, *close, *between])


@given(st.lists(st.none() | SINGLES, min_size=1, max_size=20), st.data())
def test_a_constant_is_compared_as_a_double(
    numbers: list[float | None], data: st.DataObject
) -> None:
    known = [one for one in numbers if one is not None]
    limit = data.draw(DOUBLES | (st.sampled_from(known).flatmap(near) if known else st.nothing()))
    values = np.array([np.nan if one is None else one for one in numbers])
    for comparison, holds in HOLDS.items():
        wanted = [one is not None and holds(one, limit) for one in numbers]
        for kind in (np.float32, np.float64):
            test = comparing(comparison, limit, np.dtype(kind))
            assert test(values.astype(kind)).tolist() == wanted


@given(
    st.lists(st.none() | SINGLES, min_size=1, max_size=12), st.lists(DOUBLES, min_size=1), st.data()
)
def test_rules_over_numbers(
    numbers: list[float | None], limits: list[float], data: st.DataObject
) -> None:
    """Comparisons in both directions, lists short and long, arithmetic, under both semantics."""
    known = [one for one in numbers if one is not None]
    limits += data.draw(st.lists(st.sampled_from(known), max_size=9)) if known else []
    values = np.array([np.nan if one is None else one for one in numbers])
    wide, narrow = (
        Plain({"n": NumberColumn(values.astype(kind))}) for kind in (np.float64, np.float32)
    )
    var, one = ir.Var(("n",), DOUBLE), ir.Literal(limits[0], DOUBLE)
    third = ir.Arithmetic(ir.Sign.DIVIDE, (var, ir.Literal(3, DOUBLE)), DOUBLE)
    rules: list[ir.Predicate] = [
        *(ir.Compare(comparison, var, one) for comparison in HOLDS),
        *(ir.Compare(comparison, one, var) for comparison in HOLDS),
        *(ir.Compare(comparison, third, one) for comparison in HOLDS),
        ir.Compare(Comparison.LESS, var, third),
        ir.OneOf(var, tuple(limits)),
        ir.IsKnown(var),
    ]
    for rule in [*rules, *map(ir.Not, rules)]:
        answers = [backend.kleene(rule, table, CONTEXT) for table in (wide, narrow)]  # type: ignore[arg-type]
        assert answers[0].true.tolist() == answers[1].true.tolist(), rule
        assert answers[0].certain.tolist() == answers[1].certain.tolist(), rule
        masks = [backend.mask(rule, table, CONTEXT).tolist() for table in (wide, narrow)]  # type: ignore[arg-type]
        assert masks[0] == masks[1], rule
    found = [backend.value(node, table, CONTEXT).column for node in (var, third) for table in (wide, narrow)]  # type: ignore[arg-type]  # fmt: skip
    for one_, other in zip(found[::2], found[1::2], strict=True):
        assert isinstance(one_, NumberColumn)
        assert isinstance(other, NumberColumn)
        assert other.values.dtype == np.float64
        assert np.array_equal(one_.values, other.values, equal_nan=True)


@given(st.data(), st.integers(1, 60))
def test_codes_that_are_wanted(data: st.DataObject, size: int) -> None:
    wanted = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    codes = data.draw(st.lists(st.integers(-1, size - 1), max_size=40))
    for kind in (np.int8, np.int16, np.int32, np.int64):
        found = members(wanted, np.dtype(kind))(np.array(codes, kind))
        assert found.tolist() == [code >= 0 and bool(wanted[code]) for code in codes]


@given(
    st.lists(st.booleans(), min_size=110, max_size=300), st.lists(st.integers(-1, 127), max_size=40)
)
def test_codes_of_a_byte_that_are_wanted(listed: list[bool], codes: list[int]) -> None:
    """Dictionaries around the length at which a byte is too short for their codes."""
    wanted = np.array(listed)
    codes = [min(code, len(listed) - 1) for code in codes]
    found = members(wanted, np.dtype(np.int8))(np.array(codes, np.int8))
    assert found.tolist() == [code >= 0 and listed[code] for code in codes]


def test_a_dictionary_may_be_longer_than_its_codes_can_say() -> None:
    """Texts that no record has any more stay in it until the table is compacted."""
    words = Words([f"{number:03}" for number in range(300)])
    table = Plain({"t": TextColumn(np.array([0, 99, -1], np.int8), words)})
    for text, wanted in (("000", [True, False, False]), ("250", [False] * 3)):
        rule = ir.Compare(Comparison.EQUAL, ir.Var(("t",), TEXT), ir.Literal(text, TEXT))
        assert backend.mask(rule, table, CONTEXT).tolist() == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [1e300, -1e300, 5e-324, 0.1, 16_777_217.0])
def test_constants_that_single_precision_lacks(limit: float) -> None:
    values = np.array([0.0, -0.0, 3.4e38, -3.4e38, 0.1, 16_777_216.0, 16_777_218.0], np.float32)
    for comparison, holds in HOLDS.items():
        wanted = [holds(float(one), limit) for one in values]
        assert comparing(comparison, limit, values.dtype)(values).tolist() == wanted
