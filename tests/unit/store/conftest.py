"""Record types for the store's tests."""

from dataclasses import replace

import pytest

from tierloom.domain.fields import Field, FieldKind, FieldType, Option
from tierloom.domain.tables import RecordType
from tierloom.store.changes import Cause
from tierloom.store.database import Database
from tierloom.text import Label

BY_HAND = Cause("edit", actor=7)


def label(word: str) -> Label:
    return Label.of(word)


def customers() -> RecordType:
    """Customers are known by a number."""
    tiers = (Option("a", label("A")), Option("b", label("B")))
    return RecordType(
        "customers",
        label("Customers"),
        (
            Field("number", label("Number"), FieldType(FieldKind.TEXT)),
            Field("name", label("Name"), FieldType(FieldKind.TEXT)),
            Field("spend", label("Spend"), FieldType(FieldKind.MONEY, scale=2, currency="CNY")),
            Field("grade", label("Grade"), FieldType(FieldKind.CHOICE, options=tiers)),
        ),
        key_field="number",
    )


def orders() -> RecordType:
    """Orders point to customers, and have no key."""
    return RecordType(
        "orders",
        label("Orders"),
        (
            Field("customer", label("By"), FieldType(FieldKind.REFERENCE, target="customers")),
            Field("amount", label("Amount"), FieldType(FieldKind.INTEGER)),
        ),
    )


def numbered(database: Database, record_type: RecordType) -> RecordType:
    """Give a record type and its fields ids, and make its table."""
    with database.writing() as work:
        fields = tuple(
            field if field.id else field.with_id(work.documents.next_id())
            for field in record_type.fields
        )
        number = record_type.id or work.documents.next_id()
        made = replace(record_type, id=number, fields=fields)
        work.tables.ensure(made)
    return made


@pytest.fixture
def customer_type(database: Database) -> RecordType:
    return numbered(database, customers())


@pytest.fixture
def order_type(database: Database) -> RecordType:
    return numbered(database, orders())


@pytest.fixture
def workspace(database: Database) -> int:
    with database.writing() as work:
        return work.workspaces.create("shop", "Shop", "zh_Hans_CN", "Asia/Shanghai", "CNY").id
