"""The next changes of whole columns are those of the row evaluator, and nothing changes before them."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.backends.columns.test_agreement import MOMENTS, SIZES, ZONES
from tests.unit.backends.generated import CATALOGUE, TODAY, Rules, tables
from tests.unit.backends.memory_columns import MemoryColumns, Tables
from tierloom.backends.columns.instants import next_change
from tierloom.backends.columns.midnights import beginnings, day_of
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate
from tierloom.engine.columns import Column, NumberColumn
from tierloom.engine.stays import NEVER
from tierloom.engine.subset import subset
from tierloom.rules import ir, row, turning
from tierloom.rules.dates import start_of_day
from tierloom.rules.instants import compile_next_change
from tierloom.rules.types import DATE, DATETIME, INTEGER

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)
COUNTS = (-40, -7, -1, 0, 1, 12, 30, 31, 89, 90, 91, 365, 400, 735)
CLOCK = (ir.Comparison.LESS, ir.Comparison.GREATER_EQUAL, ir.Comparison.EQUAL)

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def clock_rule(random: Random, table: str = "customers") -> ir.Predicate:
    """A test that asks for the time, of a sort that rules of tiers use."""
    rules = Rules(random, table)
    kind = random.choice((DATE, DATETIME))
    value = rules.value(kind, random.choice((0, 0, 1, 2)))
    how, count = random.choice(list(ir.Comparison)), ir.Literal(random.choice(COUNTS), INTEGER)
    unit = random.choice(("day", "day", "week", "month", "year"))
    if kind is DATETIME:
        elapsed = random.choice(("hour", "minute"))
        now: ir.ValueNode = ir.Now(DATETIME)
        ahead = ir.Call(ir.Function.DATE_ADD, (now, count), DATETIME, elapsed)
        return ir.Compare(how, value, random.choice((now, ahead)))
    today = ir.Today(DATE)
    ahead = ir.Call(ir.Function.DATE_ADD, (today, count), DATE, unit)
    since = ir.Call(ir.Function.DATE_DIFF, (today, value), INTEGER, unit)
    until = ir.Call(ir.Function.DATE_DIFF, (value, today), INTEGER, unit)
    yearly = ir.Call(ir.Function.ANNIVERSARY, (value,), INTEGER)
    number = random.choice((since, until, yearly))
    match random.randrange(4):
        case 0:
            return ir.Compare(how, value, random.choice((today, ahead)))
        case 1:
            return ir.OneOf(number, (1, 7, count.value))
        case 2:
            level = ir.ValueType(ir.Family.CHOICE, options=("a", "b", "c"))
            bands = ir.Banded(number, (0.5, 30), ("a", "b", "c"), random.randrange(2) == 1, level)
            return ir.OneOf(bands, ("b",))
        case _:
            return ir.Compare(how, number, count)


def group(random: Random, table: str = "customers") -> ir.Predicate:
    """Tests of the clock beside any others."""
    some = [clock_rule(random, table) for _ in range(random.randint(1, 2))]
    some += [Rules(random, table).predicate(1) for _ in range(random.randint(0, 2))]
    random.shuffle(some)
    made = random.choice((ir.And, ir.Or))(tuple(some))
    return ir.Not(made) if random.randrange(3) == 0 else made


def windowed(random: Random) -> ir.Predicate:
    """A total over a window, whose condition may itself ask for the time."""
    relation, day = random.choice((("orders", "day"), ("calls", "at")))
    only = random.choice((None, Rules(random, relation).predicate(1), group(random, relation)))
    window = random.choice((None, 1, 30, 90, 400))
    rows = ir.Related(relation, relation, "customer", day, only, window)
    count = ir.RollUpOf(Aggregate.COUNT, rows, None, INTEGER)
    limit = ir.Literal(random.randint(0, 3), INTEGER)
    return ir.Compare(random.choice(CLOCK), count, limit)


def made_rule(random: Random) -> ir.Predicate:
    match random.randrange(4):
        case 0:
            return group(random)
        case 1:
            return windowed(random)
        case 2:
            return ir.And((windowed(random), group(random)))
        case _:
            return Rules(random, "customers").predicate(3)


def as_instant(found: datetime | None) -> int:
    return NEVER if found is None else (found - EPOCH) // MS


@quick
@given(st.integers(0, 2**48), st.booleans())
def test_the_next_change_is_that_of_every_single_record(seed: int, hold: bool) -> None:
    random = Random(seed)
    columns = tables(random, SIZES).columns("customers")
    context = RunContext(random.choice(MOMENTS), random.choice(ZONES), CATALOGUE)
    for _ in range(6):
        rule = made_rule(random)
        ask = compile_next_change(rule, context, hold=hold)
        wanted = [as_instant(ask(one)) for one in columns.records]
        found = next_change(rule, columns, context, hold=hold)
        assert found.tolist() == wanted, rule
        some = np.array(sorted(random.sample(range(columns.size), 5)))
        few = next_change(rule, subset(columns, some), context, hold=hold)
        assert few.tolist() == found[some].tolist(), rule


def reads_now(node: object) -> bool:
    """Tell whether a rule asks for the instant in a way that is only looked at each minute."""
    return "Now(" in repr(node)


@quick
@given(st.integers(0, 2**48), st.booleans())
def test_nothing_changes_before_it(seed: int, hold: bool) -> None:
    random = Random(seed)
    columns = tables(random, SIZES).columns("customers")
    zone, as_of = random.choice(ZONES), random.choice(MOMENTS).replace(microsecond=0)
    rule = made_rule(random)
    found = next_change(rule, columns, RunContext(as_of, zone, CATALOGUE), hold=hold)
    compiled = row.compile_kleene if hold else row.compile_predicate
    asked = compiled(rule, RunContext(as_of, zone, CATALOGUE))
    for record, instant in zip(columns.records, found.tolist(), strict=True):
        limit = as_of + timedelta(days=60)
        end = limit if instant == NEVER else min(EPOCH + instant * MS, limit)
        assert end > as_of
        now = asked(record)
        if reads_now(rule) and end - as_of <= timedelta(minutes=1):
            continue
        for moment in looks(random, as_of, end):
            later = compiled(rule, RunContext(moment, zone, CATALOGUE))
            assert later(record) == now, (rule, record, moment)


def looks(random: Random, start: datetime, end: datetime) -> list[datetime]:
    """The hours of the first days, the last moments before the end, and some in between."""
    hours = int((end - start) / HOUR)
    wanted = [*range(0, min(hours, 30), 5), *random.sample(range(hours + 1), min(hours, 5))]
    moments = [start + n * HOUR for n in wanted]
    return [one for one in (*moments, end - HOUR, end - MS) if start <= one < end]


@quick
@given(st.integers(0, 2**48))
def test_narrow_columns_give_the_same(seed: int) -> None:
    random = Random(seed)
    made = tables(random, SIZES)
    wide = made.columns("customers")
    context = RunContext(random.choice(MOMENTS), random.choice(ZONES), CATALOGUE)
    for _ in range(4):
        rule = group(random)
        narrow = Narrow(wide)
        found = next_change(rule, narrow, context)
        assert found.tolist() == next_change(rule, wide, context).tolist(), rule


class Narrow:
    """Columns with dates in 32 bits, as the store keeps them."""

    def __init__(self, whole: MemoryColumns) -> None:
        self.whole = whole
        self.cache: dict[object, object] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whole, name)

    def column(self, key: str) -> Column:
        found = self.whole.column(key)
        if isinstance(found, NumberColumn) and key == "born":
            return NumberColumn(found.values.astype(np.float32))
        return found


TURNS = st.one_of(
    st.builds(turning.After, st.integers(-500, 500), st.just(0)),
    st.builds(turning.After, st.just(0), st.integers(-30, 30)),
    st.builds(turning.Overtaking, st.integers(-30, 30), st.integers(-1, 0)),
)


@given(TURNS, st.integers(0, 2000))
def test_days_turn_alike_by_row_and_by_column(turn: turning.Turn, shift: int) -> None:
    day = TODAY + timedelta(days=shift)
    wanted = turning.day_of(turn, day)
    assert wanted is not None
    number = float((day - EPOCH.date()).days)
    found = day_of(turn, np.array([number, np.nan]))
    assert found[0] == (wanted - EPOCH.date()).days
    assert np.isnan(found[1])


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Asia/Shanghai", "Pacific/Apia", "UTC"])
def test_days_begin_when_the_calendar_says_so(zone: str) -> None:
    today = (datetime(2011, 10, 1, tzinfo=UTC) - EPOCH).days
    days = np.array([today + n for n in (-1, 0, 1, 15, 45, 90, 400, 5000, 9000, 40000)], float)
    found = beginnings(np.append(days, [np.nan, 2_932_896, np.inf]), today, ZoneInfo(zone))
    assert found[[0, 1, -3, -2, -1]].tolist() == [NEVER] * 5
    for number, instant in zip(days[2:].tolist(), found[2:-3].tolist(), strict=True):
        day = EPOCH.date() + timedelta(days=number)
        assert instant == as_instant(start_of_day(day, ZoneInfo(zone)))


def test_a_day_that_begins_twice_is_never_in_the_past() -> None:
    zone = ZoneInfo("America/St_Johns")
    context = RunContext(datetime(2010, 11, 7, 2, 45, tzinfo=UTC), zone, CATALOGUE)
    made = Tables(CATALOGUE)
    made.records["customers"] = []
    made.add("customers", 1, {"born": date(2010, 11, 6)})
    rule = ir.Compare(ir.Comparison.LESS, ir.Var(("born",), DATE), ir.Today(DATE))
    found = next_change(rule, made.columns("customers"), context)
    assert found.tolist() == [as_instant(context.as_of + timedelta(minutes=1))]
