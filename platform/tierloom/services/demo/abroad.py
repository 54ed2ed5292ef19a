"""The samples in another country: its cities, its money, its telephone numbers.

Amounts and thresholds shrink by the same whole number, so that every tier has the same size there.
"""

import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from tierloom.domain.fields import FieldKind, Value
from tierloom.domain.rules import Json
from tierloom.domain.tables import RecordType
from tierloom.schemas import documents
from tierloom.services.demo.names import Lang
from tierloom.services.demo.rows import Row
from tierloom.services.published import Thing


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sample is set. `divisor` makes amounts in yuan into amounts in its currency.

    `cities` gives for a city of the packs its key and its labels there.
    """

    locale: str
    zone: str
    currency: str
    divisor: int = 1
    cities: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)


PLACES: dict[Lang, Place] = {
    "zh": Place("zh_Hans_CN", "Asia/Shanghai", "CNY"),
    "en": Place(
        "en",
        "America/New_York",
        "USD",
        5,
        {
            "shanghai": ("new_york", "New York", "纽约"),
            "beijing": ("los_angeles", "Los Angeles", "洛杉矶"),
            "shenzhen": ("chicago", "Chicago", "芝加哥"),
            "guangzhou": ("houston", "Houston", "休斯敦"),
            "hangzhou": ("philadelphia", "Philadelphia", "费城"),
            "chengdu": ("seattle", "Seattle", "西雅图"),
            "wuhan": ("denver", "Denver", "丹佛"),
            "nanjing": ("boston", "Boston", "波士顿"),
            "suzhou": ("baltimore", "Baltimore", "巴尔的摩"),
            "xian": ("portland", "Portland", "波特兰"),
            "chongqing": ("atlanta", "Atlanta", "亚特兰大"),
        },
    ),
}


def things_at(place: Place, things: Iterable[Thing]) -> list[Thing]:
    """Return tables, forms and rules as they are in `place`."""
    given = list(things)
    tables = [one for one in given if isinstance(one, RecordType)]
    money = {
        one.key for table in tables for one in table.fields if one.type.kind is FieldKind.MONEY
    }
    return [_thing_at(place, one, money) for one in given]


def _thing_at(place: Place, thing: Thing, money: Set[str]) -> Thing:
    document = _moved(place, json.loads(documents.dump(thing)), money)
    return documents.load(json.dumps(document, ensure_ascii=False), documents.kind_of(thing))


def _moved(place: Place, node: Json, money: Set[str]) -> Json:
    if isinstance(node, dict):
        return _object_moved(place, node, money)
    if isinstance(node, list):
        beside = any(_is_money(one, money) for one in node)
        return [_moved(place, _shrunk(place, one) if beside else one, money) for one in node]
    if isinstance(node, str) and node in place.cities:
        return place.cities[node][0]
    return node


def _object_moved(place: Place, node: dict[str, Json], money: Set[str]) -> Json:
    city, cuts = node.get("key"), node.get("cuts")
    if isinstance(city, str) and city in place.cities and "label" in node:
        key, english, chinese = place.cities[city]
        return {**node, "key": key, "label": {"en": english, "zh": chinese}}
    moved = {key: _moved(place, one, money) for key, one in node.items()}
    if isinstance(cuts, list) and node.get("source", node.get("field")) in money:
        moved["cuts"] = [_shrunk(place, one) for one in cuts]
    return moved


def _is_money(node: Json, money: Set[str]) -> bool:
    match node:
        case {"var": str(name)}:
            return name.rpartition(".")[2] in money
    return False


def _shrunk(place: Place, node: Json) -> Json:
    if isinstance(node, bool) or not isinstance(node, int | float):
        return node
    shrunk = node / place.divisor
    return int(shrunk) if shrunk.is_integer() else shrunk


def rows_at(place: Place, table: RecordType, rows: Iterable[Row]) -> list[Row]:
    """Return rows of the table `table`, which is already as it is in `place`."""
    if place.divisor == 1 and not place.cities:
        return list(rows)
    kinds = {one.key: one.type.kind for one in table.fields}
    return [{key: _value_at(place, kinds[key], one) for key, one in row.items()} for row in rows]


def _value_at(place: Place, kind: FieldKind, value: Value) -> Value:
    match kind, value:
        case FieldKind.MONEY, int() | float():
            return round(value / place.divisor, 2)
        case FieldKind.PHONE, str() if place.cities:
            # 555 is no area: these numbers belong to nobody.
            return f"+1555{value[-7:]}"
        case FieldKind.CHOICE, str() if value in place.cities:
            return place.cities[value][0]
    return value
