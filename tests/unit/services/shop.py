"""A small shop on a real database: customers with personal fields, orders, tiers, a segment, one account a role."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from shutil import copytree
from typing import cast

from tierloom.domain.fields import FieldKind, FieldType, Link, Value
from tierloom.domain.people import Actor, Role
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.tables import RecordType
from tierloom.schemas.field_types import to_cell
from tierloom.services import configuration, workspaces
from tierloom.services.platform import Platform, open_platform
from tierloom.services.published import Thing, scope_key
from tierloom.services.runs import recalculation
from tierloom.services.settings import Settings
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.store.cells import Cell
from tierloom.store.changes import Cause

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
"""Noon in Shanghai."""
TODAY = date(2026, 3, 10)
PHONE = "13800138000"
NAME = "欧阳慕容"


def _option(key: str, zh: str) -> Json:
    return {"key": key, "label": {"zh": zh, "en": key.capitalize()}}


CUSTOMERS: Json = {
    "format": 1, "kind": "record_type", "key": "customers", "label": {"zh": "客户", "en": "Customers"},
    "key_field": "number", "title_field": "name",
    "fields": [
        {"key": "number", "label": "Number", "type": "integer", "required": True, "unique": True},
        {"key": "name", "label": "Name", "type": "text", "data_class": "personal"},
        {"key": "phone", "label": "Phone", "type": "phone", "data_class": "personal"},
        {"key": "city", "label": "City", "type": "choice",
         "options": [_option("bj", "北京"), _option("sh", "上海"), _option("gz", "广州")]},
        {"key": "points", "label": "Points", "type": "integer", "minimum": 0},
        {"key": "joined", "label": "Joined", "type": "date"},
        {"key": "remark", "label": "Remark", "type": "long_text"},
        {"key": "orders_count", "label": "Orders", "type": "integer",
         "calculation": {"kind": "roll_up", "aggregate": "count", "relation": "orders"}},
        {"key": "spend", "label": "Spend", "type": "money", "currency": "CNY", "scale": 2,
         "calculation": {"kind": "roll_up", "aggregate": "sum", "relation": "orders", "operand": "amount"}},
        {"key": "silence", "label": "Days since joining", "type": "integer",
         "calculation": {"kind": "time_since", "source": "joined", "unit": "day"}},
    ],
}  # fmt: skip
ORDERS: Json = {
    "format": 1, "kind": "record_type", "key": "orders", "label": {"zh": "订单", "en": "Orders"},
    "key_field": "invoice", "date_field": "day",
    "fields": [
        {"key": "invoice", "label": "Invoice", "type": "text", "required": True, "unique": True},
        {"key": "customer", "label": "Customer", "type": "reference", "target": "customers"},
        {"key": "day", "label": "Day", "type": "date"},
        {"key": "amount", "label": "Amount", "type": "money", "currency": "CNY", "scale": 2},
        {"key": "receiver", "label": "Receiver", "type": "phone", "data_class": "personal"},
    ],
}  # fmt: skip


def _tier(key: str, icon: str, slot: str, rule: Json) -> Json:
    return {"key": key, "label": key.capitalize(), "icon": icon, "slot": slot, "rule": rule}


VALUE: Json = {
    "format": 1, "kind": "tier_model", "key": "value", "label": {"zh": "价值", "en": "Value"},
    "record_type": "customers", "on_missing": "skip", "main": True,
    "tiers": [
        _tier("gold", "crown", "gold", {">=": [{"var": "spend"}, 1000]}),
        _tier("silver", "medal", "slate", {"and": [{">=": [{"var": "spend"}, 300]}, {">": [{"var": "points"}, 20]}]}),
    ],
    "default": {"key": "rest", "label": "Rest"},
}  # fmt: skip
NORTH: Json = {
    "format": 1, "kind": "segment", "key": "north", "label": "North", "record_type": "customers",
    "rule": {"==": [{"var": "city"}, "bj"]},
}  # fmt: skip
TIERS: Json = {
    "format": 1, "kind": "view", "key": "tiers", "label": "Tiers", "record_type": "customers",
    "tier_model": "value",
}  # fmt: skip
DOCUMENTS: tuple[Json, ...] = (CUSTOMERS, ORDERS, VALUE, NORTH, TIERS)


@dataclass
class Clock:
    """A clock that tests set."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **more: float) -> None:
        self.now += timedelta(**more)


Row = dict[str, Value]


@dataclass
class Shop:
    """A workspace as its five people and tests see it. `customers` and `orders` are what was put in, by record id."""

    platform: Platform
    clock: Clock
    people: dict[Role, Actor]
    customers: dict[int, Row] = field(default_factory=dict)
    orders: dict[int, Row] = field(default_factory=dict)

    @property
    def owner(self) -> Actor:
        return self.people[Role.OWNER]

    @property
    def workspace(self) -> int:
        return self.owner.workspace

    @property
    def numbers(self) -> dict[int, int]:
        """Record ids by customer number."""
        return {cast(int, row["number"]): one for one, row in self.customers.items()}

    def spend(self, customer: int) -> float:
        own = [one for one in self.orders.values() if _points_at(one, customer)]
        return sum(round(cast(float, one["amount"]) * 100) for one in own) / 100

    def tier(self, customer: int) -> str:
        """The tier of a customer, worked out without the rules."""
        spend, points = self.spend(customer), cast("int | None", self.customers[customer]["points"])
        if spend >= 1000:
            return "gold"
        return "silver" if spend >= 300 and points is not None and points > 20 else "rest"

    def sizes(self) -> dict[str, int]:
        found = [self.tier(one) for one in self.customers]
        return {key: found.count(key) for key in ("gold", "silver", "rest")}

    def run(self, cause: str = "test") -> list[recalculation.Outcome]:
        return recalculation.recalculate(self.platform, self.workspace, cause)

    def table(self, key: str) -> RecordType:
        with reading(self.platform, self.owner) as bench:
            return bench.published.table(key)

    def apply(self, *documents: Json) -> list[configuration.Applied]:
        things = [one for document in documents for one in things_of(document)]
        return configuration.apply(self.platform, self.owner, things)

    def limit(self, role: Role, table: str, rule: Json) -> None:
        """Limit a role to some records of a table."""
        with writing(self.platform, self.owner) as bench:
            limit(bench, role, table, RuleDocument.of(rule))


def _points_at(order: Row, customer: int) -> bool:
    link = order["customer"]
    return isinstance(link, Link) and link.id == customer


def limit(bench: Workbench, role: Role, table: str, rule: RuleDocument) -> None:
    documents, workspace, by = bench.uow.documents, bench.actor.workspace, bench.actor.account
    key = scope_key(role, table)
    known = documents.find(workspace, "scope", key)
    if known is None:
        known = documents.create(workspace, "scope", key, rule.json, by)
    else:
        known = documents.save_draft(known.id, rule.json, known.version, by)
    documents.publish(known.id, known.version, by)


def things_of(document: Json) -> list[Thing]:
    return configuration.read(json.dumps(document))


def draw_customers(count: int, seed: int = 7) -> list[Row]:
    random = Random(seed)
    rows: list[Row] = [
        {
            "number": 1000 + number,
            "name": f"{random.choice('赵钱孙李周吴郑王')}{random.choice('一二三四五')}{number}",
            "phone": f"139{random.randrange(10**8):08}",
            "city": random.choice(["bj", "sh", "gz", None]),
            "points": random.choice([None, *range(0, 60, 5)]),
            "joined": TODAY - timedelta(random.randrange(900)),
            "remark": random.choice([None, "VIP 客人", "100% 满意", "under_score"]),
        }
        for number in range(count)
    ]
    rows[0] |= {"name": NAME, "phone": PHONE, "city": "bj"}
    return rows


def draw_orders(customers: list[int], count: int, seed: int = 8) -> list[Row]:
    random = Random(seed)
    return [
        {
            "invoice": f"A{number:04}",
            "customer": Link(random.choice(customers[: len(customers) * 3 // 4]), ""),
            "day": TODAY - timedelta(random.randrange(400)),
            "amount": random.randrange(1, 60_000) / 100,
            "receiver": f"137{random.randrange(10**8):08}",
        }
        for number in range(count)
    ]


def cells(types: dict[str, FieldType], row: Row) -> dict[str, Cell]:
    return {
        key: value.id if isinstance(value, Link) else to_cell(types[key], value)
        for key, value in row.items()
    }


def insert(bench: Workbench, key: str, rows: list[Row]) -> list[int]:
    table = bench.published.table(key)
    types = {one.key: one.type for one in table.fields}
    assert all(types[key].kind is not FieldKind.PERCENT for key in types)
    stored = [cells(types, row) for row in rows]
    return bench.uow.records(table).insert(stored, bench.uow.now, Cause("edit", 0))


@contextmanager
def opened_shop(
    folder: Path, database_url: str = "", customers: int = 40, orders: int = 90
) -> Iterator[Shop]:
    """A shop in a folder with a migrated database (its own file, or at `database_url`)."""
    clock = Clock()
    with open_platform(Settings(folder, database_url), clock, migrate=False) as platform:
        workspace, _ = workspaces.ensure(platform, "shop", "Shop", "zh_Hans_CN", "Asia/Shanghai")
        with platform.database.writing() as uow:
            owner = uow.accounts.members(workspace.id)[0].account
            accounts = {Role.OWNER: owner}
            for role in list(Role)[1:]:
                accounts[role] = uow.accounts.create(str(role), str(role).capitalize(), "")
                uow.accounts.join(workspace.id, accounts[role], role)
        people = {
            role: Actor(one, str(role).capitalize(), workspace.id, role)
            for role, one in accounts.items()
        }
        shop = Shop(platform, clock, people)
        shop.apply(*DOCUMENTS)
        drawn = draw_customers(customers)
        with writing(platform, shop.owner) as bench:
            ids = insert(bench, "customers", drawn)
            bought = draw_orders(ids, orders)
            numbers = insert(bench, "orders", bought)
        shop.customers = dict(zip(ids, drawn, strict=True))
        shop.orders = dict(zip(numbers, bought, strict=True))
        shop.run()
        yield shop


@dataclass(frozen=True)
class KeptShop:
    """A shop that was made once, to be opened again from copies: that is much quicker than making each."""

    folder: Path
    people: dict[Role, Actor]
    customers: dict[int, Row]
    orders: dict[int, Row]

    @classmethod
    def made(cls, folder: Path, database_url: str = "") -> "KeptShop":
        """Make the shop, as `opened_shop` does, and close it."""
        with opened_shop(folder, database_url) as shop:
            return cls(folder, shop.people, shop.customers, shop.orders)

    @contextmanager
    def opened(self, folder: Path, database_url: str = "") -> Iterator[Shop]:
        """A copy in another folder, with its own file or a copy of the database at `database_url`."""
        copytree(self.folder, folder, dirs_exist_ok=True)
        clock = Clock()
        with open_platform(Settings(folder, database_url), clock, migrate=False) as platform:
            customers, orders = (
                {number: dict(row) for number, row in rows.items()}
                for rows in (self.customers, self.orders)
            )
            yield Shop(platform, clock, dict(self.people), customers, orders)
