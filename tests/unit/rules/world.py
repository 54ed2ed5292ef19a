"""A small world for the tests of rules: two tables, rows as plain dictionaries, one moment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tierloom.domain.context import RunContext
from tierloom.domain.fields import (
    Aggregate,
    Field,
    FieldKind,
    FieldType,
    Link,
    Option,
    RollUp,
    TimeSince,
    Value,
)
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import Segment
from tierloom.rules.compile import CompiledRule, Objects, compile_rule
from tierloom.rules.row import compile_kleene, compile_predicate
from tierloom.text import Label

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2025, 3, 31, 4, 30, tzinfo=UTC)
TODAY = date(2025, 3, 31)
TIERS = ("bronze", "silver", "gold")
TAGS = ("tea", "coffee", "milk")


def words(zh: str, en: str) -> Label:
    return Label({"zh": zh, "en": en})


def options(*keys: str) -> tuple[Option, ...]:
    return tuple(Option(key, Label.of(key.title())) for key in keys)


MONEY = FieldType(FieldKind.MONEY, scale=2, currency="CNY")
PEOPLE = FieldType(
    FieldKind.PERSON,
    options=(
        Option("1", Label.of("王芳"), aliases=("wang.fang",)),
        Option("7", Label.of("Li Ming"), aliases=("li.ming",)),
        Option("12", Label.of("陈静"), retired=True, aliases=("chen.jing",)),
    ),
)
CUSTOMERS = RecordType(
    "customers",
    words("客户", "Customers"),
    (
        Field("no", words("编号", "Number"), FieldType(FieldKind.TEXT)),
        Field("name", words("姓名", "Name"), FieldType(FieldKind.TEXT)),
        Field("phone", words("手机", "Phone"), FieldType(FieldKind.PHONE)),
        Field("spend", words("消费", "Spend"), MONEY),
        Field("debt", words("欠款", "Debt"), MONEY),
        Field(
            "dollars", words("美元", "Dollars"), FieldType(FieldKind.MONEY, scale=2, currency="USD")
        ),
        Field("visits", words("到店次数", "Visits"), FieldType(FieldKind.INTEGER)),
        Field("age", words("年龄", "Age"), FieldType(FieldKind.INTEGER)),
        Field("rate", words("退货率", "Return rate"), FieldType(FieldKind.PERCENT, scale=4)),
        Field("last", words("最近下单", "Last order"), FieldType(FieldKind.DATE)),
        Field("born", words("生日", "Birthday"), FieldType(FieldKind.DATE)),
        Field("joined", words("注册时间", "Joined"), FieldType(FieldKind.DATETIME)),
        Field("plus", words("Plus 会员", "Plus member"), FieldType(FieldKind.BOOLEAN)),
        Field(
            "city",
            words("城市", "City"),
            FieldType(FieldKind.CHOICE, options=options("sh", "bj", "sz")),
        ),
        Field(
            "tier",
            words("等级", "Tier"),
            FieldType(FieldKind.CHOICE, options=options(*TIERS), ranked=True),
        ),
        Field(
            "tags", words("兴趣", "Interests"), FieldType(FieldKind.CHOICES, options=options(*TAGS))
        ),
        Field("stars", words("评分", "Rating"), FieldType(FieldKind.RATING)),
        Field("owner", words("负责人", "Account owner"), PEOPLE),
        Field("home", words("所在地区", "Home"), FieldType(FieldKind.REGION)),
        Field("gone", words("旧字段", "Gone"), FieldType(FieldKind.TEXT), retired=True),
        Field(
            "total",
            words("总消费", "Total"),
            MONEY,
            calculation=RollUp(Aggregate.SUM, "orders", "amount"),
        ),
        Field(
            "recent",
            words("近期订单", "Recent orders"),
            FieldType(FieldKind.INTEGER),
            calculation=RollUp(
                Aggregate.COUNT,
                "orders",
                window_days=90,
                only=RuleDocument.of({">=": [{"var": "amount"}, 100]}),
            ),
        ),
        Field(
            "newest",
            words("最后订单日", "Newest order"),
            FieldType(FieldKind.DATE),
            calculation=RollUp(Aggregate.MAXIMUM, "orders", "day"),
        ),
        Field(
            "idle",
            words("未下单天数", "Idle days"),
            FieldType(FieldKind.INTEGER),
            calculation=TimeSince("newest"),
        ),
    ),
    key_field="no",
)
ORDERS = RecordType(
    "orders",
    words("订单", "Orders"),
    (
        Field(
            "customer",
            words("客户", "Customer"),
            FieldType(FieldKind.REFERENCE, target="customers"),
        ),
        Field("amount", words("金额", "Amount"), MONEY),
        Field("day", words("日期", "Date"), FieldType(FieldKind.DATE)),
        Field(
            "kind",
            words("类型", "Kind"),
            FieldType(FieldKind.CHOICE, options=options("shop", "web")),
        ),
    ),
    noun=words("订单", "Order"),
    date_field="day",
)
CATALOGUE = Catalogue({"customers": CUSTOMERS, "orders": ORDERS}, 7)
CONTEXT = RunContext(AS_OF, ZONE, CATALOGUE)
OBJECTS = Objects(
    {
        "spenders": Segment(
            "spenders",
            words("高消费", "Spenders"),
            "customers",
            RuleDocument.of({">=": [{"var": "spend"}, 500]}),
        )
    }
)


@dataclass
class Record:
    """A row: stored values, the customer it points to, its orders (sorted here)."""

    values: dict[str, Value]
    orders: "list[Record]" = field(default_factory=list)
    customer: "Record | None" = None

    def __post_init__(self) -> None:
        self.orders.sort(key=lambda one: one.values.get("day") or date.min)
        for one in self.orders:
            one.customer = self
            one.values["customer"] = Link(1, str(self.values.get("no")))

    def value(self, key: str) -> Value:
        return self.values.get(key)

    def parent(self, reference: str) -> "Record | None":
        assert reference == "customer"
        return self.customer

    def related(self, relation: str) -> "Sequence[Record]":
        assert relation == "orders"
        return self.orders


def order(**values: Value) -> Record:
    return Record(dict(values))


def customer(*orders: Record, **values: Value) -> Record:
    return Record(dict(values), list(orders))


def compiled(rule: Json, table: str = "customers") -> CompiledRule:
    return compile_rule(RuleDocument.of(rule), table, CATALOGUE, OBJECTS, zone=ZONE)


def holds(rule: Json, row: Record, table: str = "customers") -> bool:
    return compile_predicate(compiled(rule, table).predicate, CONTEXT)(row)


def certainly(rule: Json, row: Record, table: str = "customers") -> bool | None:
    return compile_kleene(compiled(rule, table).predicate, CONTEXT)(row)


def var(name: str) -> Json:
    return {"var": name}
