"""The traps by hand on SQLite, what is refused, and what a statement looks like."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.unit.backends.generated import CATALOGUE
from tierloom.backends.sql import ENGINES, Engine, Layout, Refused, translate
from tierloom.backends.sql.connections import connect
from tierloom.backends.sql.loading import layout, loaded
from tierloom.backends.sql.zones import changes_of
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate, Link
from tierloom.rules import dates, ir
from tierloom.rules.types import DATE, DATETIME, DOUBLE, INTEGER, TEXT, value_type

NOON = RunContext(datetime(2024, 2, 29, 4, tzinfo=UTC), ZoneInfo("Asia/Shanghai"), CATALOGUE)
NEW_YORK = RunContext(NOON.as_of, ZoneInfo("America/New_York"), CATALOGUE)
E = ir.Comparison


def var(*path: str, table: str = "customers") -> ir.Var:
    home = CATALOGUE.table(table)
    for reference in path[:-1]:
        home = CATALOGUE.table(home.field(reference).type.target)
    return ir.Var(path, value_type(home.field(path[-1]).type))


def lit(constant, kind: ir.ValueType = DOUBLE) -> ir.Literal:
    return ir.Literal(constant, kind)


def holds(rule: ir.Predicate, *rows: dict, orders=(), hold: bool = False) -> list:
    """Ask SQLite about customers numbered from 1."""
    with connect("sqlite://") as connection:
        records = {"customers": rows, "orders": orders}
        connection.load(
            [loaded(one, list(enumerate(records.get(one.key, ()), 1))) for one in CATALOGUE],
            layout(),
        )
        statement = translate([rule], "customers", NOON, connection.engine, layout(), hold=hold)
        answers = connection.ask(statement)
    if not hold:
        return [one[1] == 1 for one in answers]
    return [one[1] == 1 if one[2] == 1 else None for one in answers]


def test_unknown_is_false_its_negation_true_and_under_hold_neither() -> None:
    rows = ({"spend": 1.0}, {"spend": None}, {"spend": 9.0})
    less = ir.Compare(E.LESS, var("spend"), lit(5.0))
    assert holds(less, *rows) == [True, False, False]
    assert holds(ir.Not(less), *rows) == [False, True, True]
    assert holds(ir.Not(less), *rows, hold=True) == [False, None, True]


def test_needles_are_no_patterns() -> None:
    rows = ({"name": "50%"}, {"name": "50x"}, {"name": "👩‍👧!"}, {"name": None})
    assert holds(ir.Matches(ir.TextTest.CONTAINS, var("name"), "0%"), *rows) == [True, *[False] * 3]
    mother = ir.Matches(ir.TextTest.STARTS_WITH, var("name"), "👩")
    assert holds(mother, *rows) == [False, False, True, False]
    assert holds(ir.Matches(ir.TextTest.ENDS_WITH, var("name"), "50x!"), *rows) == [False] * 4


def test_remainders_are_truncated_and_zero_divides_nothing() -> None:
    rows = ({"visits": -7}, {"visits": 7}, {"visits": 0})
    rest = ir.Arithmetic(ir.Sign.REMAINDER, (var("visits"), lit(3, INTEGER)), INTEGER)
    assert holds(ir.Compare(E.EQUAL, rest, lit(-1)), *rows) == [True, False, False]
    part = ir.Arithmetic(ir.Sign.DIVIDE, (lit(7), var("visits")), DOUBLE)
    assert holds(ir.IsKnown(part), *rows) == [True, True, False]


def test_ties_go_to_the_even_neighbour_and_16_digits_are_unknown() -> None:
    half = ir.Arithmetic(ir.Sign.DIVIDE, (var("visits"), lit(2)), DOUBLE)
    rounded = ir.Rounded(half, INTEGER)
    rows = ({"visits": 1}, {"visits": 3}, {"visits": -5}, {"visits": 999_999_999_999_999})
    for wanted, place in ((0, 0), (2, 1), (-2, 2), (500_000_000_000_000, 3)):
        assert holds(ir.Compare(E.EQUAL, rounded, lit(float(wanted))), *rows)[place]
    much = ir.Arithmetic(ir.Sign.MULTIPLY, (var("visits"), lit(10)), DOUBLE)
    assert holds(ir.IsKnown(ir.Rounded(much, INTEGER)), *rows) == [True, True, True, False]


def written(*parts: ir.ValueNode) -> ir.Call:
    return ir.Call(ir.Function.CAT, parts, TEXT)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"spend": 12.5}, "12.5|"),
        ({"spend": -0.05}, "-0.05|"),
        ({"spend": 100.0}, "100|"),
        ({"spend": 0.0}, "0|"),
        ({"spend": 9_999_999_999_999.99}, "9999999999999.99|"),
    ],
)
def test_numbers_have_one_text(value: dict, text: str) -> None:
    same = ir.Compare(E.EQUAL, written(var("spend"), lit("|", TEXT)), lit(text, TEXT))
    assert holds(same, value) == [True]


@pytest.mark.parametrize("day", [date(1, 1, 1), date(2024, 2, 29), date(9999, 12, 31)])
def test_dates_have_one_text(day: date) -> None:
    same = ir.Compare(E.EQUAL, written(var("born")), lit(day.isoformat(), TEXT))
    assert holds(same, {"born": day}) == [True]


@pytest.mark.parametrize("unit", dates.UNITS)
def test_the_calendar_is_pythons(unit: str) -> None:
    """Every day of some years, and the ends of the calendar."""
    first = date(1999, 12, 1)
    days = [first + timedelta(days=n) for n in range(460)]
    days += [date(1, 1, 1), date(1900, 2, 28), date(2100, 3, 1), date(9999, 12, 31)]
    rows = [{"born": day} for day in days]
    for count in (1, -1, 13):
        moved = ir.Call(ir.Function.DATE_ADD, (var("born"), lit(count, INTEGER)), DATE, unit)
        wanted = [dates.date_add(day, count, unit) for day in days]
        limit = lit(date(2001, 1, 31), DATE)
        found = holds(ir.Compare(E.LESS_EQUAL, moved, limit), *rows)
        assert found == [one is not None and one <= limit.value for one in wanted]
    pivot = lit(date(2001, 2, 28), DATE)
    apart = ir.Call(ir.Function.DATE_DIFF, (var("born"), pivot), INTEGER, unit)
    for limit in (-12, -1, 0, 1, 13):
        wanted = [dates.date_diff(day, pivot.value, unit) >= limit for day in days]
        assert holds(ir.Compare(E.GREATER_EQUAL, apart, lit(limit, INTEGER)), *rows) == wanted


def orders(how: Aggregate, operand: str | None = "amount", window: int | None = None):
    rows = ir.Related("orders", "orders", "customer", "day", None, window)
    return ir.RollUpOf(how, rows, operand and var(operand, table="orders"), DOUBLE)


ORDERS = [
    {"customer": Link(1, "?"), "day": date(2024, 2, 29), "amount": 10.10, "kind": "b"},
    {"customer": Link(1, "?"), "day": date(2024, 2, 29), "amount": 20.20, "kind": "c"},
    {"customer": Link(1, "?"), "day": date(2024, 1, 30), "amount": None, "kind": "a"},
    {"customer": Link(1, "?"), "day": date(2024, 3, 1), "amount": 500.0, "kind": "future"},
    {"customer": Link(2, "?"), "day": date(2024, 2, 1), "amount": None, "kind": None},
]


@pytest.mark.parametrize(
    ("node", "wanted"),
    [
        (orders(Aggregate.COUNT, None), (3.0, 1.0, 0.0)),
        (orders(Aggregate.COUNT, None, 30), (2.0, 1.0, 0.0)),
        (orders(Aggregate.SUM), (30.30, None, 0.0)),
        (orders(Aggregate.AVERAGE), (15.15, None, "none")),
        (orders(Aggregate.LAST), (20.20, None, "none")),
        (orders(Aggregate.MINIMUM), (10.10, None, "none")),
    ],
)
def test_totals_by_hand(node: ir.RollUpOf, wanted: tuple) -> None:
    for place, value in enumerate(wanted):
        number = value if isinstance(value, float) else 0.0
        same = holds(ir.Compare(E.EQUAL, node, lit(number)), {}, {}, {}, orders=ORDERS, hold=True)
        assert same[place] is (None if value is None else value != "none")
    never = holds(ir.Not(ir.IsKnown(node)), {}, {}, {}, orders=ORDERS, hold=True)
    assert never == [not isinstance(value, float) for value in wanted]


LOCAL = ir.Call(ir.Function.DATE_OF, (var("seen"),), DATE)


@pytest.mark.parametrize(
    ("value", "context", "why"),
    [
        (ir.Call(ir.Function.LOWER, (written(var("name")),), TEXT), NOON, "small letters"),
        (LOCAL, NEW_YORK, "America/New_York"),
        (written(orders(Aggregate.AVERAGE)), NOON, "declared decimals"),
        (written(orders(Aggregate.SUM)), NOON, "declared decimals"),
        (ir.Arithmetic(ir.Sign.REMAINDER, (var("spend"), lit(3)), DOUBLE), NOON, "whole numbers"),
        (ir.Arithmetic(ir.Sign.MULTIPLY, (var("spend"),) * 20, DOUBLE), NOON, "too large"),
    ],
)
def test_what_would_not_be_exact_is_refused(value, context: RunContext, why: str) -> None:
    with pytest.raises(Refused, match=why):
        translate([ir.IsKnown(value)], "customers", context, ENGINES["duckdb"], layout())


def test_capitals_need_a_column_of_their_own() -> None:
    rule = ir.IsKnown(ir.Call(ir.Function.UPPER, (var("name"),), TEXT))
    with pytest.raises(Refused, match="stored column"):
        translate([rule], "customers", NOON, ENGINES["sqlite"], Layout())
    assert holds(rule, {"name": "ß"}, {"name": None}) == [True, False]


@pytest.mark.parametrize("engine", ENGINES.values(), ids=str)
def test_what_users_say_is_bound(engine: Engine) -> None:
    evil = "'; DROP TABLE customers; --"
    rule = ir.Or(
        (
            ir.Compare(E.EQUAL, var("name"), lit(evil, TEXT)),
            ir.Matches(ir.TextTest.CONTAINS, var("name"), evil),
            ir.OneOf(var("spend"), (123.25, 7.5)),
        )
    )
    statement = translate([rule], "customers", NOON, engine, layout())
    assert evil not in statement.text
    assert "123" not in statement.text
    assert set(statement.values.values()) == {evil, 123.25, 7.5}


def test_equal_parts_are_worked_out_once() -> None:
    total = orders(Aggregate.SUM)
    rules = [ir.Compare(E.GREATER, total, lit(float(n))) for n in range(30)]
    statement = translate(rules, "customers", NOON, ENGINES["postgresql"], layout())
    assert statement.text.count("SUM(") == 1


def test_many_totals_are_read_in_steps() -> None:
    some = [
        ir.Compare(E.GREATER, orders(Aggregate.COUNT, None, window), lit(0))
        for window in range(1, 71)
    ]
    assert holds(ir.Or(tuple(some)), {}, {}, {}, orders=ORDERS) == [True, True, False]


def test_an_engine_must_be_known_and_there() -> None:
    with pytest.raises(Refused, match="mysql is no engine"), connect("mysql://host/db"):
        pass
    with pytest.raises(Refused, match="cannot be reached"), connect("sqlite:////no/such/folder/x"):
        pass


def test_changes_of_clocks_are_the_zones() -> None:
    assert len(changes_of(ZoneInfo("UTC"))) == 1
    zone = ZoneInfo("Asia/Shanghai")
    for second, offset in changes_of(zone)[1:]:
        for shift in (-1, 0):
            local = datetime.fromtimestamp(second + shift, UTC).astimezone(zone)
            assert (int(local.utcoffset().total_seconds()) == offset) is (shift == 0)


def test_a_gap_and_an_overlap() -> None:
    """2018-11-04 began at 01:00 in São Paulo, and on 2018-02-18 the hour from 23:00 came twice."""
    zone = RunContext(NOON.as_of, ZoneInfo("America/Sao_Paulo"), CATALOGUE)
    rows = (
        {"seen": datetime(2018, 11, 3, 3, tzinfo=UTC)},  # midnight
        {"seen": datetime(2018, 2, 17, 1, 30, tzinfo=UTC)},  # 23:30, the day before the overlap
    )
    wanted = (datetime(2018, 11, 4, 3, tzinfo=UTC), datetime(2018, 2, 18, 1, 30, tzinfo=UTC))
    later = ir.Call(ir.Function.DATE_ADD, (var("seen"), lit(1, INTEGER)), DATETIME, "day")
    with connect("sqlite://") as connection:
        connection.load(
            [
                loaded(one, list(enumerate(rows, 1)) if one.key == "customers" else [])
                for one in CATALOGUE
            ],
            layout(),
        )
        rules = [ir.OneOf(later, (one,)) for one in wanted]
        answers = connection.ask(translate(rules, "customers", zone, connection.engine, layout()))
    assert answers == [(1, 1, 0), (2, 0, 1)]
