"""Programs of steps, and numbers that a few conditions decide, beside the same worked out otherwise."""

from random import Random
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.backends.columns.test_agreement import MOMENTS, SIZES, ZONES
from tests.unit.backends.generated import CATALOGUE, Rules, tables
from tests.unit.backends.memory_columns import MemoryColumns
from tierloom.backends import columns as backend
from tierloom.backends.columns import program
from tierloom.backends.columns import tables as decided
from tierloom.backends.columns.program import SPAN, Program
from tierloom.domain.context import RunContext
from tierloom.engine.columns import NumberColumn
from tierloom.rules import ir
from tierloom.rules.types import DOUBLE, INTEGER

CONTEXT = RunContext(MOMENTS[0], ZONES[0], CATALOGUE)


def test_equal_steps_are_one_and_needless_ones_are_not_taken() -> None:
    values, calls = np.arange(20.0), {"double": 0, "never": 0}

    def counted(name: str) -> "object":
        def work(block: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> object:
            calls[name] += 1
            return block * 2

        return work

    made = Program()
    block = made.step("block", lambda: values.__getitem__, SPAN)
    first = made.step("double", lambda: counted("double"), block)  # type: ignore[arg-type,return-value]
    assert made.step("double", lambda: counted("double"), block) == first  # type: ignore[arg-type,return-value]
    three = made.constant("three", lambda: 3.0)
    assert made.constant("three", lambda: 3.0) == three
    made.step("never", lambda: counted("never"), block)  # type: ignore[arg-type,return-value]
    total = made.step("sum", lambda: np.add, first, three)
    again = made.step("again", lambda: np.add, first, total)
    found, doubled = np.empty(20), np.empty(20)
    with mock.patch.object(program, "BLOCK_OF_TESTS", 8):
        made.run(20, [(again, found.__setitem__), (first, doubled.__setitem__)])
    assert doubled.tolist() == (values * 2).tolist()
    assert found.tolist() == (values * 4 + 3).tolist()
    assert calls == {"double": 3, "never": 0}


@given(st.integers(0, 2**48), st.integers(1, 5))
def test_points_from_a_table_are_those_of_the_conditions(seed: int, criteria: int) -> None:
    """Also what is capped, rounded and nested, and under hold."""
    random = Random(seed)
    made = tables(random, SIZES)
    rules = Rules(random, "customers")
    parts = tuple(points(rules, random) for _ in range(criteria))
    total = ir.Arithmetic(ir.Sign.ADD, (literal(0), *parts), DOUBLE)
    limited = ir.Call(ir.Function.MIN, (total, literal(25)), DOUBLE)
    for value in (total, ir.Rounded(limited, INTEGER)):
        for hold in (False, True):
            node = ir.Scored("points", value, hold, DOUBLE)
            columns = MemoryColumns(made, CATALOGUE.table("customers"))
            found = backend.value(node, columns, CONTEXT).column
            with mock.patch.object(decided, "ENTRIES", 0):
                columns = MemoryColumns(made, CATALOGUE.table("customers"))
                wanted = backend.value(node, columns, CONTEXT).column
            assert isinstance(found, NumberColumn)
            assert isinstance(wanted, NumberColumn)
            assert np.array_equal(found.values, wanted.values, equal_nan=True)


def points(rules: Rules, random: Random) -> ir.If:
    otherwise = literal(0) if random.random() < 0.7 else points(rules, random)
    value = literal(random.choice([10, 20, 2.5, -5]))
    return ir.If(((rules.predicate(1), value),), otherwise, DOUBLE)


def literal(number: float) -> ir.Literal:
    return ir.Literal(number, DOUBLE)


@pytest.mark.parametrize(("states", "most"), [(2, 12), (3, 7)])
def test_too_many_conditions_have_no_table(states: int, most: int) -> None:
    spend = ir.Var(("spend",), DOUBLE)

    def score(criteria: int) -> ir.ValueNode:
        conditions = (
            ir.Compare(ir.Comparison.LESS, spend, literal(number)) for number in range(criteria)
        )
        parts = (ir.If(((one, literal(1)),), literal(0), DOUBLE) for one in conditions)
        return ir.Arithmetic(ir.Sign.ADD, tuple(parts), DOUBLE)

    assert len(decided.deciding(score(most), states)) == most
    assert decided.deciding(score(most + 1), states) == ()
    assert decided.deciding(ir.Arithmetic(ir.Sign.ADD, (score(1), spend), DOUBLE), states) == ()
