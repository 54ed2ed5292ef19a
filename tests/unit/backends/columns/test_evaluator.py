"""The traps of SEMANTICS.md by hand, and what is kept on a snapshot's shelf."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.unit.backends.generated import CATALOGUE
from tests.unit.backends.memory_columns import Tables
from tierloom.backends.columns import kleene, mask, value
from tierloom.backends.columns.shelf import Key, Shelf, shelf_of
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate, Link
from tierloom.rules import ir
from tierloom.rules.types import DATE, DOUBLE, INTEGER, TEXT, value_type

NOON = RunContext(datetime(2024, 2, 29, 4, tzinfo=UTC), ZoneInfo("Asia/Shanghai"), CATALOGUE)
E = ir.Comparison


def var(*path: str, table: str = "customers") -> ir.Var:
    home = CATALOGUE.table(table)
    for reference in path[:-1]:
        home = CATALOGUE.table(home.field(reference).type.target)
    return ir.Var(path, value_type(home.field(path[-1]).type))


def lit(constant, kind: ir.ValueType = DOUBLE) -> ir.Literal:
    return ir.Literal(constant, kind)


def customers(*rows: dict) -> Tables:
    tables = Tables(CATALOGUE, {key: [] for key in CATALOGUE.tables})
    for number, row in enumerate(rows, 1):
        tables.add("customers", number, row)
    return tables


def holds(rule: ir.Predicate, *rows: dict) -> list[bool]:
    return mask(rule, customers(*rows).columns("customers"), NOON).tolist()


def test_unknown_is_false_and_its_negation_true() -> None:
    rows = ({"spend": 1.0}, {"spend": None}, {"spend": 9.0})
    less = ir.Compare(E.LESS, var("spend"), lit(5.0))
    assert holds(less, *rows) == [True, False, False]
    assert holds(ir.Not(less), *rows) == [False, True, True]
    columns = customers(*rows).columns("customers")
    both = kleene(ir.Not(less), columns, NOON)
    assert both.uncertain.tolist() == [False, True, False]
    assert both.true.tolist() == [False, False, True]
    assert both.false.tolist() == [True, False, False]


def test_a_tenth_is_a_tenth() -> None:
    rule = ir.Compare(E.EQUAL, var("spend"), lit(0.1))
    assert holds(rule, {"spend": 10 / 10**2}, {"spend": 0.11}) == [True, False]


def test_remainders_take_the_sign_of_the_dividend_and_zero_divides_nothing() -> None:
    columns = customers({"visits": -7}, {"visits": 7}, {"visits": 0}).columns("customers")

    def numbers(sign: ir.Sign, *parts: ir.ValueNode) -> list[float]:
        return value(ir.Arithmetic(sign, parts, DOUBLE), columns, NOON).column.values.tolist()

    visits = var("visits")
    assert numbers(ir.Sign.REMAINDER, visits, lit(3)) == [-1, 1, 0]
    seven = numbers(ir.Sign.DIVIDE, lit(7), visits)
    assert seven[:2] == [-1, 1]
    assert np.isnan(seven[2])
    assert np.isnan(numbers(ir.Sign.MULTIPLY, visits, lit(1e308), lit(1e308))[:2]).all()


def test_needles_are_no_patterns_and_code_points_count() -> None:
    rows = ({"name": "50%"}, {"name": "50x"}, {"name": "👩‍👧!"}, {"name": None})
    assert holds(ir.Matches(ir.TextTest.CONTAINS, var("name"), "0%"), *rows) == [True, *[False] * 3]
    mother = ir.Matches(ir.TextTest.STARTS_WITH, var("name"), "👩")
    assert holds(mother, *rows) == [False, False, True, False]
    assert holds(ir.Matches(ir.TextTest.ENDS_WITH, var("name"), "x"), *rows) == [
        False,
        True,
        False,
        False,
    ]


def test_options_are_told_apart_by_their_bars() -> None:
    rows = ({"tags": ("vi",)}, {"tags": ("vip", "old one")}, {"tags": None})
    assert holds(ir.HasAnyOf(var("tags"), ("vi",)), *rows) == [True, False, False]


def test_ranks_compare_by_place_and_not_by_spelling() -> None:
    rows = ({"level": "low"}, {"level": "mid"}, {"level": "high"}, {"level": None})
    level = var("level")
    assert holds(ir.Compare(E.GREATER, level, lit("low", level.type)), *rows) == [
        False, True, True, False,
    ]  # fmt: skip
    assert holds(ir.Compare(E.EQUAL, level, lit("mid", level.type)), *rows)[1]


def with_orders() -> Tables:
    """Customer 1 has four orders, 2 has one of unknown amount, 3 has none."""
    tables = customers({}, {}, {})
    rows = [
        (1, date(2024, 2, 29), 10.10, "b"),
        (1, date(2024, 2, 29), 20.20, "c"),
        (1, date(2024, 1, 30), None, "a"),
        (1, date(2024, 3, 1), 500.0, "future"),
        (2, date(2024, 2, 1), None, None),
    ]
    for number, (who, day, amount, kind) in enumerate(rows, 1):
        tables.add(
            "orders",
            number,
            {"customer": Link(who, "?"), "day": day, "amount": amount, "kind": kind},
        )
    return tables


def orders(
    how: Aggregate, operand: str | None, window: int | None = None, only=None
) -> ir.RollUpOf:
    rows = ir.Related("orders", "orders", "customer", "day", only, window)
    return ir.RollUpOf(how, rows, operand and var(operand, table="orders"), DOUBLE)


@pytest.mark.parametrize(
    ("how", "operand", "window", "wanted", "none"),
    [
        (Aggregate.COUNT, None, None, [3, 1, 0], [0, 0, 0]),
        (Aggregate.COUNT, None, 30, [2, 1, 0], [0, 0, 0]),  # 30 January is 30 days ago: just out
        (Aggregate.COUNT, None, 31, [3, 1, 0], [0, 0, 0]),
        (Aggregate.SUM, "amount", None, [30.30, None, 0], [0, 0, 0]),
        (Aggregate.AVERAGE, "amount", None, [15.15, None, None], [0, 0, 1]),
        (Aggregate.MINIMUM, "amount", None, [10.10, None, None], [0, 0, 1]),
        (Aggregate.MAXIMUM, "amount", None, [20.20, None, None], [0, 0, 1]),
        (Aggregate.FIRST, "amount", None, [10.10, None, None], [0, 0, 1]),
        (Aggregate.LAST, "amount", None, [20.20, None, None], [0, 0, 1]),
    ],
)
def test_roll_ups_by_hand(how, operand, window, wanted, none) -> None:
    answer = value(orders(how, operand, window), with_orders().columns("customers"), NOON)
    found = [None if np.isnan(one) else one for one in answer.column.values.tolist()]
    assert found == wanted
    marks = np.zeros(3, bool) if answer.none is None else answer.none
    assert marks.tolist() == [bool(one) for one in none]


def test_never_is_certain_and_unknown_is_not() -> None:
    columns = with_orders().columns("customers")
    big = ir.Compare(E.GREATER, orders(Aggregate.MAXIMUM, "amount"), lit(15.0))
    answer = kleene(big, columns, NOON)
    assert answer.true.tolist() == [True, False, False]
    assert answer.certain.tolist() == [True, False, True]
    never = ir.Not(ir.IsKnown(orders(Aggregate.MAXIMUM, "amount")))
    assert kleene(never, columns, NOON).certain.all()
    assert mask(never, columns, NOON).tolist() == [False, True, True]


def test_the_last_text_is_the_latest_then_the_highest_id() -> None:
    node = orders(Aggregate.LAST, "kind")
    column = value(node, with_orders().columns("customers"), NOON).column
    assert [None if c < 0 else column.dictionary.text(c) for c in column.codes] == ["c", None, None]


def test_sums_beyond_two_to_the_53_are_rounded_once() -> None:
    tables = customers({})
    amounts = [9_999_999_999_999.99] * 13 + [0.01] * 3
    for number, amount in enumerate(amounts, 1):
        tables.add("orders", number, {"customer": Link(1, "?"), "amount": amount})
    found = value(orders(Aggregate.SUM, "amount"), tables.columns("customers"), NOON).column.values
    assert found.tolist() == [float(999_999_999_999_999 * 13 + 3) / 100]


def test_references_that_lead_nowhere_are_unknown() -> None:
    tables = customers(
        {"company": Link(7, "?")}, {"company": Link(None, "gone")}, {"company": None}
    )
    tables.add("companies", 7, {"name": "甲", "staff": 12})
    columns = tables.columns("customers")
    rule = ir.Compare(E.GREATER, var("company", "staff"), lit(3))
    assert mask(rule, columns, NOON).tolist() == [True, False, False]
    assert kleene(rule, columns, NOON).certain.tolist() == [True, False, False]
    assert mask(ir.IsKnown(var("company")), columns, NOON).tolist() == [True, False, False]
    named = ir.Compare(E.EQUAL, var("company", "name"), lit("甲", TEXT))
    assert mask(named, columns, NOON).tolist() == [True, False, False]


def test_an_empty_table_answers_with_nothing() -> None:
    columns = customers().columns("customers")
    rule = ir.Or(
        (
            ir.Compare(E.LESS, var("company", "staff"), lit(3)),
            ir.IsKnown(orders(Aggregate.LAST, "kind")),
        )
    )
    assert mask(rule, columns, NOON).tolist() == []
    assert (
        value(ir.Call(ir.Function.UPPER, (var("name"),), TEXT), columns, NOON).column.codes.size
        == 0
    )


def test_answers_are_kept_and_cannot_be_written() -> None:
    columns = customers({"spend": 1.0}, {}).columns("customers")
    rule = ir.Compare(E.LESS, var("spend"), lit(5.0))
    first = mask(rule, columns, NOON)
    used = shelf_of(columns).used
    again = mask(ir.Compare(E.LESS, var("spend"), lit(5.0)), columns, NOON)
    assert again.tolist() == first.tolist() == [True, False]
    assert shelf_of(columns).used == used
    part = ir.And((rule, ir.IsKnown(var("city"))))
    mask(part, columns, NOON)
    for array in (
        first,
        kleene(part, columns, NOON).true,
        value(var("spend"), columns, NOON).column.values,
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_parts_of_rules_that_are_asked_again_are_kept() -> None:
    columns = customers(*({"spend": float(one)} for one in range(8))).columns("customers")
    half = ir.Arithmetic(ir.Sign.DIVIDE, (var("spend"), lit(2.0)), DOUBLE)
    used = [0]
    for limit in range(4):
        rule = ir.Compare(E.GREATER, half, lit(float(limit)))
        assert mask(rule, columns, NOON).tolist() == [one / 2 > limit for one in range(8)]
        used.append(shelf_of(columns).used)
    first, again, third, fourth = np.diff(used).tolist()
    assert third == fourth == first, "the answers to the rule alone"
    assert again >= first + 8 * 8, "eight numbers besides"


def test_what_depends_on_time_is_worked_out_again_when_it_must_be() -> None:
    tables = customers({"born": date(2000, 3, 1)})
    tables.add("calls", 1, {"customer": Link(1, "?"), "at": datetime(2024, 2, 29, 5, tzinfo=UTC)})
    columns = tables.columns("customers")
    called = ir.RollUpOf(
        Aggregate.COUNT, ir.Related("calls", "calls", "customer", "at"), None, INTEGER
    )
    birthday = ir.Call(ir.Function.ANNIVERSARY, (var("born"),), INTEGER)

    def at(hour: int, node: ir.ValueNode) -> float:
        moment = RunContext(datetime(2024, 2, 29, hour, tzinfo=UTC), NOON.zone, CATALOGUE)
        return float(value(node, columns, moment).column.values[0])

    assert [at(hour, called) for hour in (4, 5, 4, 6)] == [0, 1, 0, 1]
    assert [at(hour, birthday) for hour in (15, 16, 15)] == [1, 0, 1]  # midnight in Shanghai
    kept = shelf_of(columns).used
    at(7, called)
    at(8, called)
    assert shelf_of(columns).used <= kept + 3000, "later than every call, one result serves all day"


def test_the_shelf_drops_what_was_not_used_for_longest() -> None:
    shelf = Shelf(budget=5_000)
    for name in "abc":
        shelf.get(Key(name), lambda: np.zeros(100))
        shelf.get(Key("a"), lambda: np.zeros(100))
    assert shelf.used <= 5_000
    kept = shelf.get(Key("a"), lambda: np.ones(100))
    assert kept[0] == 0
    assert shelf.get(Key("b"), lambda: np.ones(100))[0] == 1
    assert shelf.get(Key("too large"), lambda: np.zeros(1_000))[0] == 0
    assert shelf.get(Key("a"), lambda: np.ones(100)) is kept


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (ir.Compare(E.LESS, var("name"), lit("a", TEXT)), "ranked choices"),
        (ir.OneOf(lit(1), ("a",)), "no number"),
        (ir.OneOf(lit("a", TEXT), (1,)), "no text"),
    ],
)
def test_what_no_checker_lets_through_is_refused(node: ir.Predicate, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        holds(node, {"name": "a"})


def test_constants_are_worked_out_once_for_all() -> None:
    later = ir.Call(ir.Function.DATE_ADD, (ir.Today(DATE), lit(1, INTEGER)), DATE, "month")
    answer = value(later, customers({}, {}).columns("customers"), NOON).column.values
    assert answer.strides == (0,) or answer.tolist() == [answer[0]] * 2
    assert answer[0] == (date(2024, 3, 29) - date(1970, 1, 1)).days
