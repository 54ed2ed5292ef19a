"""A local day against a fixed one, asked of the instant: the same answers wherever it is offered."""

import operator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.unit.backends.memory_columns import EPOCH, Tables
from tierloom.backends import columns as backend
from tierloom.backends.columns.days import as_instants
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Field, FieldKind, FieldType, Link
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.rules import ir
from tierloom.rules.compile import compile_rule
from tierloom.rules.ir import Comparison
from tierloom.rules.row import compile_predicate
from tierloom.rules.types import DATETIME
from tierloom.text import Label

MOMENT = ir.Var(("at",), DATETIME)
HOLDS = {
    Comparison.EQUAL: operator.eq, Comparison.LESS: operator.lt, Comparison.LESS_EQUAL: operator.le,
    Comparison.GREATER: operator.gt, Comparison.GREATER_EQUAL: operator.ge,
}  # fmt: skip
DAYS = [
    ("UTC", date(2026, 11, 1), True),
    ("Asia/Shanghai", date(2026, 8, 3), True),
    ("Asia/Kolkata", date(2024, 2, 29), True),
    ("America/New_York", date(2026, 7, 1), True),
    ("America/New_York", date(2026, 3, 8), False),  # spring forward
    ("America/Sao_Paulo", date(2018, 11, 4), False),  # no midnight
    ("America/St_Johns", date(2010, 11, 7), False),  # 00:01 became 23:01 of the day before
    ("Pacific/Apia", date(2011, 12, 30), False),  # no such day
]


def answer(node: ir.Predicate, moment: datetime) -> bool:
    match node:
        case ir.And(parts):
            return all(answer(part, moment) for part in parts)
        case ir.Compare(comparison, _, ir.Literal(limit)):
            return HOLDS[comparison](moment, limit)
    raise TypeError(node)


@pytest.mark.parametrize(("name", "day", "offered"), DAYS)
def test_hour_by_hour(name: str, day: date, offered: bool) -> None:
    zone, number = ZoneInfo(name), (day - EPOCH.date()).days
    noon = EPOCH + timedelta(days=number, hours=12)
    instants = [noon + timedelta(minutes=30 * step, seconds=-1) for step in range(-240, 240)]
    for comparison, holds in HOLDS.items():
        found = as_instants(comparison, MOMENT, number, zone)
        assert (found is not None) is offered
        for one in instants if found else ():
            assert answer(found, one) is holds(one.astimezone(zone).date(), day)


@pytest.mark.parametrize("day", [float("nan"), 1e9, -1e9])
def test_no_day_at_all(day: float) -> None:
    assert as_instants(Comparison.LESS, MOMENT, day, ZoneInfo("UTC")) is None


def field(key: str, kind: FieldKind, **more: object) -> Field:
    return Field(key, Label.of(key), FieldType(kind, **more))  # type: ignore[arg-type]


SHOPS = RecordType("shops", Label.of("Shops"), (field("no", FieldKind.TEXT),), key_field="no")
SALES = RecordType(
    "sales",
    Label.of("Sales"),
    (
        field("shop", FieldKind.REFERENCE, target="shops"),
        field("at", FieldKind.DATETIME),
        field("amount", FieldKind.INTEGER),
    ),
    date_field="at",
)
CATALOGUE = Catalogue({"shops": SHOPS, "sales": SALES})
SINCE = {"days_since": [{"var": "at"}]}
RULES = [
    {"<=": [0, SINCE, 89]},
    {"<": [SINCE, 90]},
    {">=": [SINCE, 0]},
    {"and": [{">=": [SINCE, 0]}, {">=": [SINCE, -5]}]},
    {"==": [SINCE, 3]},
    {"!": [{"<": [SINCE, 90]}]},
    {"and": [{">": [{"var": "amount"}, 5]}, {"!=": [{"var": "at"}, None]}, {"<": [SINCE, 4]}]},
    {"or": [{">": [{"var": "amount"}, 5]}, {"<": [SINCE, 4]}]},
]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize("as_of", ["2026-11-02T02:00:00+00:00", "2026-11-09T23:30:00+00:00"])
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_related_records_count_as_one_by_one(rule: object, as_of: str, zone: str) -> None:
    """Around the end of summer time in New York; some records are undated, some in the future."""
    tables = Tables(CATALOGUE)
    for number in range(1, 5):
        tables.add("shops", number, {"no": str(number)})
    now = datetime.fromisoformat(as_of)
    for number in range(60):
        hours = (number * 37) % 200 - 20 if number % 3 else number * 80
        at = None if number % 7 == 0 else now - timedelta(hours=hours)
        link = Link(number % 4 + 1, str(number % 4 + 1))
        tables.add("sales", 100 + number, {"shop": link, "at": at, "amount": number % 11})
    context = RunContext(now, ZoneInfo(zone), CATALOGUE)
    for least in (1, 5, 9, 13):
        whole = {">=": [{"count": [{"filter": [{"var": "sales"}, rule]}]}, least]}
        compiled = compile_rule(whole, "shops", CATALOGUE, zone=context.zone).predicate
        columns = tables.columns("shops")
        ask = compile_predicate(compiled, context)
        assert backend.mask(compiled, columns, context).tolist() == list(map(ask, columns.records))
