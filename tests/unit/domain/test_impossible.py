"""What can never be right cannot be built."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tierloom.domain.context import RunContext
from tierloom.domain.fields import (
    Aggregate,
    Field,
    FieldKind,
    FieldType,
    Option,
    RollUp,
    TimeSince,
)
from tierloom.domain.forms import Form, FormItem, Section
from tierloom.domain.rules import EVERYBODY, RuleDocument
from tierloom.domain.tables import Catalogue, RecordType, Relation
from tierloom.domain.tiers import DefaultTier, Slot, Tier, TierModel
from tierloom.text import Label

NAME = Label.of("Name")
TEXT = FieldType(FieldKind.TEXT)
ONE = Option("a", NAME)


def _tier(key: str = "gold", icon: str = "crown") -> Tier:
    return Tier(key, NAME, icon, Slot.GOLD, EVERYBODY)


def _model(*tiers: Tier) -> TierModel:
    return TierModel("m", NAME, "customers", tiers, DefaultTier("rest", NAME))


IMPOSSIBLE: dict[str, Callable[[], object]] = {
    "seven decimals": lambda: FieldType(FieldKind.DECIMAL, scale=7),
    "text with decimals": lambda: FieldType(FieldKind.TEXT, scale=2),
    "integer with decimals": lambda: FieldType(FieldKind.INTEGER, scale=1),
    "money without currency": lambda: FieldType(FieldKind.MONEY, scale=2),
    "text with currency": lambda: FieldType(FieldKind.TEXT, currency="CNY"),
    "choice without options": lambda: FieldType(FieldKind.CHOICE),
    "text with options": lambda: FieldType(FieldKind.TEXT, options=(ONE,)),
    "two options of a key": lambda: FieldType(FieldKind.CHOICE, options=(ONE, ONE)),
    "ranked choices": lambda: FieldType(FieldKind.CHOICES, options=(ONE,), ranked=True),
    "reference to nothing": lambda: FieldType(FieldKind.REFERENCE),
    "text with target": lambda: FieldType(FieldKind.TEXT, target="customers"),
    "option with a bar": lambda: Option("a|b", NAME),
    "option without key": lambda: Option("", NAME),
    "count of a field": lambda: RollUp(Aggregate.COUNT, "orders", "amount"),
    "sum of nothing": lambda: RollUp(Aggregate.SUM, "orders"),
    "no window": lambda: RollUp(Aggregate.COUNT, "orders", window_days=0),
    "required calculation": lambda: Field("a", NAME, TEXT, required=True, calculation=TimeSince("b")),
    "unique calculation": lambda: Field("a", NAME, TEXT, unique=True, calculation=TimeSince("b")),
    "two fields of a key": lambda: RecordType("t", NAME, (Field("a", NAME, TEXT), Field("a", NAME, TEXT))),
    "unknown key field": lambda: RecordType("t", NAME, (), key_field="a"),
    "date field without date": lambda: RecordType("t", NAME, (Field("a", NAME, TEXT),), date_field="a"),
    "field twice in a form": lambda: Form("f", NAME, "t", (Section(NAME, (FormItem("a"), FormItem("a"))),)),
    "tier without icon": lambda: _tier(icon=""),
    "unknown icon": lambda: _tier(icon="<svg>"),
    "model without tiers": _model,
    "two tiers of a key": lambda: _model(_tier(), _tier()),
    "tier like the default": lambda: _model(_tier("rest")),
    "context without zone": lambda: RunContext(datetime(2026, 1, 1), ZoneInfo("UTC"), Catalogue({})),  # noqa: DTZ001
    "rule with NaN": lambda: RuleDocument.of(float("nan")),
}  # fmt: skip


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_impossible(name: str) -> None:
    with pytest.raises(ValueError):
        IMPOSSIBLE[name]()


def test_today_is_local() -> None:
    """20:00 UTC is the next day in Shanghai and the same in New York."""
    instant = datetime(2026, 2, 28, 20, tzinfo=UTC)
    days = {
        zone: RunContext(instant, ZoneInfo(zone), Catalogue({})).today.isoformat()
        for zone in ("Asia/Shanghai", "America/New_York", "UTC")
    }
    assert days == {
        "Asia/Shanghai": "2026-03-01", "America/New_York": "2026-02-28", "UTC": "2026-02-28",
    }  # fmt: skip


def test_relations_are_named_after_the_child() -> None:
    def link(key: str) -> Field:
        return Field(key, NAME, FieldType(FieldKind.REFERENCE, target="customers"))

    catalogue = Catalogue(
        {
            "customers": RecordType("customers", NAME, ()),
            "orders": RecordType("orders", NAME, (link("customer"),)),
            "bills": RecordType("bills", NAME, (link("sent_to"), link("paid_by"))),
        }
    )
    assert {one.name for one in catalogue.relations("customers")} == {
        "orders", "bills-sent_to", "bills-paid_by",
    }  # fmt: skip
    assert catalogue.relation("customers", "orders") == Relation(
        "orders", "customers", "orders", "customer"
    )
    assert catalogue.relation("customers", "bills") is None


def test_equal_rules_have_equal_text() -> None:
    assert RuleDocument.of({">": [{"var": "消费"}, 1]}) == RuleDocument('{">":[{"var":"消费"},1]}')
