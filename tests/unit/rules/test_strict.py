"""What two-valued semantics may leave out, and quick tests of own fields: no answer changes."""

from datetime import date
from itertools import product
from math import nan

import pytest

from tests.unit.rules.world import CONTEXT
from tierloom.domain.fields import Value
from tierloom.rules import ir
from tierloom.rules.given import GivenRow
from tierloom.rules.ir import Comparison, Family, TextTest, ValueType
from tierloom.rules.own_fields import own_field_test
from tierloom.rules.row import compile_kleene, compile_predicate
from tierloom.rules.strict import without_needless

NUMBER = ValueType(Family.NUMBER, scale=2)
SPEND, VISITS = ir.Var(("spend",), NUMBER), ir.Var(("visits",), NUMBER)
LARGE = ir.Compare(Comparison.GREATER, SPEND, ir.Literal(100, NUMBER))
SUM = ir.Arithmetic(ir.Sign.ADD, (SPEND, VISITS), NUMBER)
EITHER = ir.Call(ir.Function.COALESCE, (SPEND, VISITS), NUMBER)


def large(value: ir.ValueNode) -> ir.Compare:
    return ir.Compare(Comparison.GREATER, value, ir.Literal(100, NUMBER))


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        pytest.param((ir.IsKnown(SPEND), LARGE), (LARGE,), id="the same field"),
        pytest.param((LARGE, ir.IsKnown(SPEND)), (LARGE,), id="in any order"),
        pytest.param((ir.IsKnown(VISITS), LARGE), (ir.IsKnown(VISITS), LARGE), id="another field"),
        pytest.param(
            (ir.IsKnown(SPEND), ir.IsKnown(VISITS), large(SUM)), (large(SUM),), id="in a sum"
        ),
        pytest.param(
            (ir.IsKnown(VISITS), large(EITHER)),
            (ir.IsKnown(VISITS), large(EITHER)),
            id="where another value may stand in",
        ),
        pytest.param(
            (ir.IsKnown(SPEND), ir.Not(LARGE)),
            (ir.IsKnown(SPEND), ir.Not(LARGE)),
            id="what is denied holds where it is unknown",
        ),
    ],
)
def test_only_what_another_part_asks_is_left_out(
    parts: tuple[ir.Predicate, ...], kept: tuple[ir.Predicate, ...]
) -> None:
    assert without_needless(parts) == kept
    for spend, visits in product((None, nan, 50, 101), repeat=2):
        row = GivenRow({"spend": spend, "visits": visits}, {}, {})
        strict = [compile_predicate(part, CONTEXT)(row) for part in parts]
        assert compile_predicate(ir.And(parts), CONTEXT)(row) == all(strict)


def test_under_hold_nothing_is_left_out() -> None:
    rule, nothing = ir.And((ir.IsKnown(SPEND), LARGE)), GivenRow({}, {}, {})
    assert compile_kleene(LARGE, CONTEXT)(nothing) is None
    assert compile_kleene(rule, CONTEXT)(nothing) is False


DAY = date(2025, 3, 1)
VALUES: dict[Family, tuple[Value, ...]] = {
    Family.NUMBER: (None, nan, -1.5, 0, 2, 2.0, 3),
    Family.DATE: (None, date(2025, 2, 28), DAY, date(2025, 3, 2)),
    Family.TEXT: (None, "", "sh", "上海", "shanghai"),
    Family.BOOLEAN: (None, True, False),
    Family.REGION: (None, "", "sh"),
    Family.CHOICES: (None, (), ("sh",), ("bj", "sh")),
}
LIMITS: dict[Family, Value] = {
    Family.NUMBER: 2, Family.DATE: DAY, Family.TEXT: "sh", Family.BOOLEAN: True, Family.REGION: "sh",
}  # fmt: skip


def conditions_of(family: Family) -> list[ir.Predicate]:
    field = ir.Var(("x",), ValueType(family))
    found: list[ir.Predicate] = [ir.IsKnown(field)]
    if family is Family.TEXT:
        found += [ir.Matches(one, field, "sh") for one in TextTest]
    if family is Family.BOOLEAN:
        found.append(ir.IsTrue(field))
    if family in LIMITS:
        limit = LIMITS[family]
        orders = Comparison if family in (Family.NUMBER, Family.DATE) else (Comparison.EQUAL,)
        found += [ir.Compare(one, field, ir.Literal(limit, field.type)) for one in orders]
        found.append(ir.OneOf(field, (limit,)))
    return found


@pytest.mark.parametrize("family", VALUES)
def test_own_fields_are_asked_as_everything_else_is(family: Family) -> None:
    for node, value in product(conditions_of(family), VALUES[family]):
        quick, row = own_field_test(node), GivenRow({"x": value}, {}, {})
        assert quick is not None
        # Three-valued evaluation does not know of the quick tests; what is uncertain is False here.
        assert quick(row) is (compile_kleene(node, CONTEXT)(row) is True), (node, value)
        denied = own_field_test(ir.Not(node))
        assert denied is None or denied(row) is not quick(row), (node, value)


def test_what_is_denied_of_a_few_values_is_one_test_too() -> None:
    city = ir.Var(("city",), ValueType(Family.TEXT))
    denied = own_field_test(ir.Not(ir.Not(ir.Not(ir.OneOf(city, ("上海", "北京"))))))
    empty = own_field_test(ir.Not(ir.IsKnown(city)))
    assert denied is not None
    assert empty is not None
    rows = [GivenRow({"city": one}, {}, {}) for one in ("上海", "广州", "", None)]
    assert [denied(row) for row in rows] == [False, True, True, True]
    assert [empty(row) for row in rows] == [False, False, True, True]
    assert own_field_test(ir.Not(LARGE)) is None  # an unknown number is not over a limit either


def test_an_unknown_constant_is_left_to_the_general_test() -> None:
    nothing = ir.Literal(None, NUMBER)
    assert own_field_test(ir.Compare(Comparison.EQUAL, SPEND, nothing)) is None
    rule = compile_predicate(ir.Compare(Comparison.EQUAL, SPEND, nothing), CONTEXT)
    assert not rule(GivenRow({"spend": None}, {}, {}))
