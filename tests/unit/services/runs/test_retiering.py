"""Tiers follow each edit at once: companies, their cards, the purchases on these, and rules that read up and down."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from tests.unit.services.shop import Shop
from tierloom.domain.fields import Link, Value
from tierloom.domain.rules import Json
from tierloom.services import records
from tierloom.services.runs import recalculation
from tierloom.services.workbench import reading


def _table(key: str, *fields: Json, **more: Json) -> Json:
    number: Json = {
        "key": "number",
        "label": "Number",
        "type": "integer",
        "required": True,
        "unique": True,
    }
    return {"format": 1, "kind": "record_type", "key": key, "label": key, "key_field": "number",
            "fields": [number, *fields], **more}  # fmt: skip


def _field(key: str, kind: str, **more: Json) -> Json:
    return {"key": key, "label": key, "type": kind, **more}


def _model(key: str, table: str, rule: Json, **more: Json) -> Json:
    tiers = [{"key": "top", "label": "Top", "icon": "crown", "slot": "gold", "rule": rule}]
    return {"format": 1, "kind": "tier_model", "key": key, "label": key, "record_type": table,
            "on_missing": "hold", "tiers": tiers, "default": {"key": "rest", "label": "Rest"}, **more}  # fmt: skip


def _last(days: int, *conditions: Json) -> Json:
    recent: Json = {">": [{"var": "bought"}, {"date_add": [{"today": []}, -days, "day"]}]}
    return {"filter": [{"var": "purchases"}, {"and": [recent, *conditions]}]}


SUM: dict[str, Json] = {"kind": "roll_up", "aggregate": "sum"}
DOCUMENTS: tuple[Json, ...] = (
    _table(
        "companies",
        _field("city", "choice", options=[{"key": "bj", "label": "BJ"}, {"key": "sh", "label": "SH"}]),
        _field("owner", "reference", target="companies"),
        _field("cards_held", "integer", calculation={"kind": "roll_up", "aggregate": "count", "relation": "cards"}),
        _field("spent", "integer", calculation={**SUM, "relation": "cards", "operand": "spent"}),
    ),
    _table(
        "cards",
        _field("company", "reference", target="companies"),
        _field("limit", "integer"),
        _field("spent", "integer", calculation={**SUM, "relation": "purchases", "operand": "amount"}),
    ),
    _table(
        "purchases",
        _field("card", "reference", target="cards"),
        _field("amount", "integer"),
        _field("bought", "date"),
        date_field="bought",
    ),
    _model("holders", "companies", {">=": [{"var": "cards_held"}, 2]}),
    _model("spenders", "companies", {">=": [{"var": "spent"}, 100]}),
    _model("lively", "cards", {">=": [{"count": [_last(30, {">": [{"var": "amount"}, 10]})]}, 2]}),
    _model("owned", "companies", {"==": [{"var": "owner.city"}, "bj"]}),
    _model("capital", "cards", {"and": [{"==": [{"var": "company.city"}, "bj"]}, {">": [{"var": "limit"}, 5]}]}),
    _model("both", "cards", {"and": [{"==": [{"tier": ["capital"]}, "top"]}, {"==": [{"tier": ["lively"]}, "top"]}]}),
    _model("on_great_cards", "purchases", {">": [{"var": "card.limit"}, 5]}, stay={"days": 3, "grace_days": 2}),
)  # fmt: skip
LINKS = {
    "companies": ("owner", "companies"),
    "cards": ("company", "companies"),
    "purchases": ("card", "cards"),
}


class World:
    """Records of the three tables, edited at random."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop, self.random = shop, Random(seed)
        self.there: dict[str, dict[int, int]] = {key: {} for key in LINKS}
        self.gone: list[tuple[str, int]] = []
        self.numbers = 0

    def link(self, target: str) -> Value:
        if not self.there[target] or self.random.random() < 0.2:
            return None
        number = self.random.choice(sorted(self.there[target]))
        return Link(number, "")

    def value(self, table: str, key: str) -> Value:
        reference, target = LINKS[table]
        if key == reference:
            return self.link(target)
        days = timedelta(self.random.randrange(-40, 6))
        found: dict[str, list[Value]] = {
            "city": ["bj", "sh", None],
            "limit": [3, 9, None],
            "amount": [5, 20, 60, None],
            "bought": [self.shop.clock.now.date() + days, None],
        }
        return self.random.choice(found[key])

    def keys(self, table: str) -> list[str]:
        own = {"companies": ["city"], "cards": ["limit"], "purchases": ["amount", "bought"]}
        return [LINKS[table][0], *own[table]]

    def add(self) -> None:
        table = self.random.choice(["companies", "cards", "purchases", "purchases"])
        self.numbers += 1
        values = {key: self.value(table, key) for key in self.keys(table)}
        saved = records.add(
            self.shop.platform, self.shop.owner, table, {**values, "number": self.numbers}
        )
        assert saved.job is None
        self.there[table][saved.id] = saved.version

    def edit(self) -> None:
        table = self.random.choice([one for one in self.there if self.there[one]])
        number = self.random.choice(sorted(self.there[table]))
        key = self.random.choice(self.keys(table))
        values = {key: self.value(table, key)}
        if values[key] == Link(number, ""):
            return
        saved = records.edit(
            self.shop.platform, self.shop.owner, table, number, self.there[table][number], values
        )
        assert saved.job is None
        self.there[table][number] = saved.version

    def delete(self) -> None:
        table = self.random.choice([one for one in self.there if self.there[one]])
        number = self.random.choice(sorted(self.there[table]))
        assert records.delete(self.shop.platform, self.shop.owner, table, [number]) is None
        del self.there[table][number]
        self.gone.append((table, number))

    def restore(self) -> None:
        if not self.gone:
            return
        table, number = self.gone.pop(self.random.randrange(len(self.gone)))
        assert records.restore(self.shop.platform, self.shop.owner, table, [number]) is None
        with reading(self.shop.platform, self.shop.owner) as bench:
            stored = bench.uow.records(bench.published.table(table)).fetch([number])
        self.there[table][number] = stored[number].version

    def wait(self) -> None:
        """Time goes by, and no worker is there."""
        self.shop.clock.pass_by(hours=self.random.choice([1, 9, 50, 300]))


@pytest.mark.parametrize("seed", range(4))
def test_an_edit_gives_what_a_run_over_everybody_gives(any_shop: Shop, seed: int) -> None:
    shop = any_shop
    shop.apply(*DOCUMENTS)
    shop.run()
    world = World(shop, seed)
    steps: list[Callable[[], None]] = [
        world.add,
        world.add,
        world.edit,
        world.edit,
        world.delete,
        world.restore,
        world.wait,
    ]
    for _ in range(6):
        world.add()
    for number in range(40):
        world.random.choice(steps)()
        if number % 4 == 3:
            with reading(shop.platform, shop.owner) as bench:
                found = {one.model.key: one.records for one in recalculation.differences(bench)}
            assert found == dict.fromkeys(found, 0)
            assert len(found) == 8
