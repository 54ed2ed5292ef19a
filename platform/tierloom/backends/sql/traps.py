"""A small world in which engines are known to disagree: wildcards, zeros, leap days, nothing at all."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import count, product
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
    Value,
)
from tierloom.domain.rules import Json
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.text import Label

TODAY = date(2024, 2, 29)
LEVELS, TAGS = ("low", "mid", "high"), ("vip", "vi", "新")
_MONEY = FieldType(FieldKind.MONEY, scale=2, currency="CNY")


def _field(key: str, kind: FieldType, calculation: RollUp | None = None) -> Field:
    return Field(key, Label.of(key), kind, calculation=calculation)


def _options(keys: tuple[str, ...]) -> tuple[Option, ...]:
    return tuple(Option(key, Label.of(key)) for key in keys)


_CUSTOMERS = RecordType(
    "customers",
    Label.of("Customers"),
    (
        _field("no", FieldType(FieldKind.TEXT)),
        _field("name", FieldType(FieldKind.TEXT)),
        _field("spend", _MONEY),
        _field("visits", FieldType(FieldKind.INTEGER)),
        _field("rate", FieldType(FieldKind.PERCENT, scale=4)),
        _field("plus", FieldType(FieldKind.BOOLEAN)),
        _field("born", FieldType(FieldKind.DATE)),
        _field("joined", FieldType(FieldKind.DATETIME)),
        _field("level", FieldType(FieldKind.CHOICE, options=_options(LEVELS), ranked=True)),
        _field("tags", FieldType(FieldKind.CHOICES, options=_options(TAGS))),
        _field("total", _MONEY, RollUp(Aggregate.SUM, "orders", "amount")),
        _field("newest", FieldType(FieldKind.DATE), RollUp(Aggregate.MAXIMUM, "orders", "day")),
    ),
    key_field="no",
)
_ORDERS = RecordType(
    "orders",
    Label.of("Orders"),
    (
        _field("customer", FieldType(FieldKind.REFERENCE, target="customers")),
        _field("day", FieldType(FieldKind.DATE)),
        _field("amount", _MONEY),
        _field("shop", FieldType(FieldKind.TEXT)),
    ),
    date_field="day",
)
CATALOGUE = Catalogue({"customers": _CUSTOMERS, "orders": _ORDERS})
CONTEXT = RunContext(datetime(2024, 2, 29, 4, tzinfo=UTC), ZoneInfo("Asia/Shanghai"), CATALOGUE)

_NAMES = (None, "50%", "50x", "a_b", "*", "👩‍👧!", "王芳", "İ", "Ab", "ab", "'", "\\")
_VISITS = (None, 0, -7, 7, 3, 999_999_999_999_999, 1)
_CENTS = (None, 0, 10, 30, -1234, 50_000, 49_999, 999_999_999_999_999)
_BORN = (
    None,
    date(2000, 2, 29),
    date(1999, 3, 1),
    date(1, 1, 1),
    date(9999, 12, 31),
    date(2024, 1, 31),
)
_INSTANTS = (
    None,
    *(
        datetime(2024, 2, 28, 15, 59, 59, 999_000, UTC) + timedelta(milliseconds=n)
        for n in (0, 1, 10**8)
    ),
)


def customers() -> Iterator[tuple[int, Mapping[str, Value]]]:
    """Yield records by number; the lists are of different lengths, so that values meet in many ways."""
    for number in range(1, 97):
        cents = _CENTS[number % len(_CENTS)]
        yield (
            number,
            {
                "no": f"K{number}",
                "name": _NAMES[number % len(_NAMES)],
                "spend": None if cents is None else cents / 100,
                "visits": _VISITS[number % len(_VISITS)],
                "rate": (None, 0.0, 0.125, 1.0, 0.1)[number % 5],
                "plus": (None, True, False)[number % 3],
                "born": _BORN[(number // 2) % len(_BORN)],
                "joined": _INSTANTS[number % len(_INSTANTS)],
                "level": (None, *LEVELS)[(number // 3) % 4],
                "tags": (None, ("vip",), ("vi", "新"), ("vip", "vi"))[(number // 5) % 4],
            },
        )


def orders() -> Iterator[tuple[int, Mapping[str, Value]]]:
    """Yield orders: every third customer has none, some are of one day, some lie ahead."""
    numbers = count(1)
    days = (None, *(TODAY - timedelta(days=n) for n in (-1, 0, 0, 29, 30, 90, 366)))
    for customer, place in product(range(1, 97), range(4)):
        if customer % 3 and (customer + place) % 4:
            number = next(numbers)
            cents = _CENTS[(number * 5) % 7]
            yield (
                number,
                {
                    "customer": Link(customer, f"K{customer}"),
                    "day": days[(number * 3) % len(days)],
                    "amount": None if cents is None else cents / 100,
                    "shop": (None, "a", "b", "A")[number % 4],
                },
            )


_ORDERED: Json = {"var": "orders"}
_AMOUNT: Json = {"var": "amount"}
_NAME: Json = {"var": "name"}
_VISITED: Json = {"var": "visits"}
_BIRTH: Json = {"var": "born"}
_JOINED: Json = {"var": "joined"}
_BIG: Json = {">": [_AMOUNT, 100]}
_UNITS = ("day", "month", "year")


def rules() -> Iterator[Json]:
    """Yield rules about customers."""
    for number in _numbers():
        yield from _compared(number, {">": 0, "<=": 1, "==": 3, "!=": 7})
    for amount in _amounts():
        yield from _compared(amount, {">=": 0.3, "!=": 0, "<": 500})
    for day in _dates():
        yield from _compared(day, dict.fromkeys(("<", "==", ">="), "2024-02-29"))
    for text in _texts():
        for needle in ("%", "_", "0", "👩", "b"):
            yield {"in": [needle, text]}
        yield from _compared(text, {"starts_with": "5", "ends_with": "!", "==": "ab"})
    yield from _compared({"var": "level"}, dict.fromkeys(("<", "==", ">", "!="), "mid"))
    yield from _compared(_JOINED, dict.fromkeys(("<", "==", ">"), "2024-02-28"))
    for quantifier in ("some", "all", "none"):
        yield {quantifier: [_ORDERED, _BIG]}
        yield {quantifier: [{"var": "tags"}, {"in": [{"var": ""}, ["vi", "新"]]}]}
    yield {"in": ["vi", {"var": "tags"}]}
    yield {"!": [{"in": [_VISITED, [0, 7, -7]]}]}
    yield {"==": [{"var": "newest"}, None]}
    yield {"!": [{"or": [{"<": [{"var": "spend"}, 100]}, {"==": [{"var": "plus"}, True]}]}]}
    yield {"missing": ["name", "spend", "newest"]}


def _compared(value: Json, limits: Mapping[str, Json]) -> Iterator[Json]:
    for operator, limit in limits.items():
        yield {operator: [value, limit]}


def _numbers() -> Iterator[Json]:
    yield {"count": [_those({"!": [_BIG]})]}
    yield {"distinct": [_ORDERED, {"var": "shop"}]}
    yield {"share": [_ORDERED, _BIG]}
    for key in ("born", "newest"):
        yield {"days_since": [{"var": key}]}
    yield {"date_diff": ["2024-02-29", _BIRTH, "month"]}
    yield {"date_diff": [_BIRTH, "2024-02-29", "year"]}
    yield {"days_to_anniversary": [_BIRTH]}
    for part in (*_UNITS, "weekday"):
        yield {"date_part": [_BIRTH, part]}
    yield {"%": [_VISITED, 3]}
    yield {"%": [7, _VISITED]}
    yield {"/": [{"var": "spend"}, {"var": "total"}]}
    yield {"-": [_VISITED]}
    yield {"+": [_VISITED, {"*": [{"var": "rate"}, 3]}]}
    yield {"min": [_VISITED, 3]}
    yield {"max": [_VISITED, {"var": "rate"}]}
    yield {"coalesce": [_VISITED, 3]}
    yield {"if": [{"var": "plus"}, _VISITED, 7]}


def _amounts() -> Iterator[Json]:
    yield {"var": "spend"}
    yield {"var": "total"}
    for how in ("sum", "avg", "min_of", "max_of", "first", "last", "most_frequent"):
        yield {how: [_ORDERED, _AMOUNT]}
    yield {"sum": [_those(_BIG), _AMOUNT]}
    yield {"last": [_those({"!": [{"var": "day"}]}), _AMOUNT]}


def _dates() -> Iterator[Json]:
    yield _BIRTH
    yield {"date_of": [_JOINED]}
    for number, unit in product((1, -1), _UNITS):
        yield {"date_add": [_BIRTH, number, unit]}
    yield {"date_of": [{"datetime_add": [_JOINED, 1, "month"]}]}
    yield {"date_of": [{"datetime_truncate": [_JOINED, "week"]}]}


def _texts() -> Iterator[Json]:
    yield _NAME
    yield {"lower": [_NAME]}
    yield {"upper": [_NAME]}
    yield {"substr": [_NAME, 1]}
    yield {"substr": [_NAME, -2, 1]}
    yield {"cat": [_NAME, "-", {"var": "spend"}]}
    yield {"cat": [_VISITED, "/", _BIRTH]}


def _those(condition: Json) -> Json:
    return {"filter": [_ORDERED, condition]}
