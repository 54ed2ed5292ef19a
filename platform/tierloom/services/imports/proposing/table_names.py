"""What the proposed tables are called."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from tierloom.schemas.naming import make_key
from tierloom.text import Label


@dataclass(frozen=True, slots=True)
class TableName:
    """Key, name, noun and icon of a table; `reference` is what a field that links to it is called."""

    key: str
    label: Label
    noun: Label
    icon: str
    reference: str


def _name(key: str, zh: str, en: str, noun: str, icon: str, noun_zh: str = "") -> TableName:
    words = Label({"zh": noun_zh or zh, "en": noun})
    return TableName(key, Label({"zh": zh, "en": en}), words, icon, make_key(noun))


_ENTITIES = {
    "customer": _name("customers", "客户", "Customers", "customer", "users"),
    "company": _name("companies", "公司", "Companies", "company", "building-2"),
    "card": _name("cards", "卡", "Cards", "card", "tag"),
}
_ORDERS = _name("orders", "订单", "Orders", "order", "package")
_PURCHASES = _name("purchases", "购买记录", "Purchases", "purchase", "package", "购买")
_TRANSACTIONS = _name("transactions", "交易", "Transactions", "transaction", "fuel")


def table_name(role: str) -> TableName:
    """Return what the table of somebody who repeats is called."""
    return _ENTITIES[role]


def rows_name(
    concepts: Collection[str], roles: Collection[str], *, has_orders: bool, dated: bool, file: str
) -> TableName:
    """Return what the table of the rows is called: by what they are about, else by the file."""
    if {"fuel", "litres"} & set(concepts) or "card" in roles:
        return _TRANSACTIONS
    if has_orders and dated:
        return _ORDERS
    if roles:
        return _PURCHASES
    if {"customer_id", "phone", "name", "email"} & set(concepts) and not dated:
        return _ENTITIES["customer"]
    stem = Path(file).name.partition(".")[0].replace("_", " ").strip() or file
    return TableName(
        make_key(stem.lower(), (), "table"), Label.of(stem), Label.of(stem), "table-2", "record"
    )
