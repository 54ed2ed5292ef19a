"""Values in words: how a sentence writes an amount, a date, an option."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, get_currency_symbol

from tierloom.domain.fields import Field, FieldKind, FieldType, Link, Value
from tierloom.schemas.person_text import person_name
from tierloom.schemas.regions import region_name
from tierloom.text import Label

_QUOTED = (FieldKind.TEXT, FieldKind.LONG_TEXT)
_DECIMALS = "#,##0.######"
_WRITTEN_OUT = range(-6, 20)
"""Powers of ten that are written out; others come with an exponent."""
SYMBOLS = {
    "CNY": "¥",
    "JPY": "¥",
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "TWD": "NT$",
}
"""Signs that do not depend on the language: Babel would print CN¥ in English."""


def figure(kind: FieldType, value: Value, locale: str, zone: ZoneInfo) -> str:
    """Write a known value of a type in words: ¥5,000, 12%, “Bob”, an option's label."""
    match value:
        case bool() | None:
            raise ValueError(f"{value!r} is said by its operator.")
        case int() if kind.kind is FieldKind.PERSON:
            return person_name(kind, value, locale)
        case int() | float():
            return _number(kind, Decimal(repr(value)), locale)
        case datetime():
            return format_datetime(value, "medium", tzinfo=zone, locale=locale)
        case date():
            return format_date(value, "medium", locale=locale)
        case Link(key=key):
            return key
        case tuple():
            return "、".join(figure(kind, one, locale, zone) for one in value)
        case str():
            option = kind.option(value)
            if option:
                return option.label.read(locale)
            if kind.kind is FieldKind.REGION:
                return region_name(value, locale)
            return f"“{value}”" if kind.kind in _QUOTED else value


def with_unit(text: str, field: Field, locale: str) -> str:
    """Put a field's unit behind its value."""
    if field.unit is None:
        return text
    unit = field.unit.read(locale)
    return f"{text} {unit}"


def _number(kind: FieldType, number: Decimal, locale: str) -> str:
    if number and number.adjusted() not in _WRITTEN_OUT:
        return f"{number.normalize():E}"
    match kind.kind:
        case FieldKind.MONEY:
            return f"{symbol(kind.currency or '', locale)}{_money(number, locale)}"
        case FieldKind.PERCENT:
            return f"{format_decimal(number * 100, _DECIMALS, locale=locale)}%"
        case _:
            return format_decimal(number, _DECIMALS, locale=locale)


def _money(number: Decimal, locale: str) -> str:
    """Write whole amounts without decimals, others with two at least."""
    whole = number == number.to_integral_value()
    return format_decimal(number, "#,##0" if whole else "#,##0.00####", locale=locale)


def symbol(currency: str, locale: str) -> str:
    """Return a currency's sign."""
    return SYMBOLS.get(currency) or get_currency_symbol(currency, locale=locale)


def label_of(label: Label, locale: str) -> str:
    """Return a label as it stands inside an English sentence; VIP and iPhone stay as they are."""
    word = label.read(locale)
    if not locale.startswith("en"):
        return word
    first = word.split(" ", 1)[0]
    return (
        word if first[1:] != first[1:].lower() or len(first) == 1 else word[:1].lower() + word[1:]
    )
