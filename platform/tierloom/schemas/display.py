"""From values back to text: what an input shows, and what is shown masked."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tierloom.domain.fields import Field, FieldKind, FieldType, Link, Value
from tierloom.schemas.field_types import to_cell
from tierloom.schemas.time_text import edit_datetime

STARS = "***"


def edit_text(field_type: FieldType, value: Value, zone: ZoneInfo) -> str:
    """Return what an input shows: `parse_text` reads the same value out of it.

    Booleans are "true" or "false", a choice is its option's key, several choices are keys between
    bars.

    Raises:
        ValueError: the value is not one of this type.
    """
    match value:
        case None:
            return ""
        case Link():
            return value.key
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _number(field_type, value)
        case datetime():
            return edit_datetime(value, zone)
        case date():
            return value.isoformat()
        case tuple():
            return f"|{'|'.join(value)}|" if value else ""
        case str():
            return value


def _number(field_type: FieldType, value: float) -> str:
    """Return a number in full; money keeps its zeros, a percentage is written with its sign."""
    scaled = to_cell(field_type, value)
    number = Decimal(str(scaled)).scaleb(-field_type.scale)
    match field_type.kind:
        case FieldKind.PERSON:
            return str(scaled)
        case FieldKind.MONEY:
            return f"{number:f}"
        case FieldKind.PERCENT:
            return f"{_short(number.scaleb(2))}%"
        case _:
            return _short(number)


def _short(number: Decimal) -> str:
    """Return a number without an exponent and without zeros behind its last decimal."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def mask(field: Field, text: str) -> str:
    """Return what is shown in place of `text` to somebody who may only see it masked.

    "138****8000", "a***@x.com", "王*"; of any other kind nothing of the value remains. Empty stays
    empty.
    """
    if not text:
        return ""
    match field.type.kind:
        case FieldKind.PHONE:
            return _mask_phone(text)
        case FieldKind.EMAIL:
            return _mask_email(text)
        case FieldKind.TEXT if len(text) > 1:
            return text[0] + "*" * min(len(text) - 1, 2)
        case _:
            return STARS


def _mask_phone(text: str) -> str:
    if len(text) >= 11:
        return f"{text[:3]}****{text[-4:]}"
    return f"{text[:1]}****{text[-2:]}" if len(text) >= 7 else "****"


def _mask_email(text: str) -> str:
    name, at, domain = text.rpartition("@")
    return f"{name[:1] if len(name) > 1 else ''}{STARS}{at}{domain}" if at else STARS


def limit_text(field_type: FieldType, limit: float | date) -> str:
    """Return a limit as a message shows it; it may have more decimals than a value."""
    if isinstance(limit, date):
        return limit.isoformat()
    number = Decimal(repr(limit))
    if field_type.kind is FieldKind.PERCENT:
        return f"{_short(number.scaleb(2))}%"
    return _short(number)
