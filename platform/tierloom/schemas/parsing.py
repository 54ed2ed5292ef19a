"""From what people type to values: one reader per kind of field."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from tierloom.domain.fields import FieldKind, FieldType, Link, Value
from tierloom.schemas.choice_text import OptionReader, read_boolean
from tierloom.schemas.free_text import read_free_text
from tierloom.schemas.number_text import read_number
from tierloom.schemas.person_text import PersonReader
from tierloom.schemas.problems import BadText
from tierloom.schemas.regions import read_region
from tierloom.schemas.star_text import read_stars
from tierloom.schemas.time_text import read_date, read_datetime

__all__ = ["BadText", "Reader", "parse_text", "reader"]

Reader = Callable[[str], Value]


def parse_text(field_type: FieldType, text: str, zone: ZoneInfo) -> Value:
    """Return the value in `text`; None (unknown) where there is no text.

    Numbers may have thousands separators, a currency mark of the field's own, a percent sign (of a
    percent field) and full-width digits; dates begin with the year; times without offset are local
    to `zone`; options go by key or by label; a rating is a number or its stars, a person goes by
    name, login or account, a region by name or code; a reference becomes a `Link` that has a key but
    no id yet.

    Raises:
        BadText: the text cannot be read; its problem has no pointer.
    """
    return reader(field_type, zone)(text)


def reader(field_type: FieldType, zone: ZoneInfo) -> Reader:
    """Return `parse_text` for one type and zone, made once for many texts."""
    match field_type.kind:
        case FieldKind.INTEGER | FieldKind.DECIMAL | FieldKind.MONEY | FieldKind.PERCENT:
            return lambda text: read_number(field_type, text)
        case FieldKind.RATING:
            return lambda text: read_stars(field_type, text)
        case FieldKind.PERSON:
            return PersonReader(field_type).one
        case FieldKind.REGION:
            return read_region
        case FieldKind.BOOLEAN:
            return read_boolean
        case FieldKind.DATE:
            return read_date
        case FieldKind.DATETIME:
            return lambda text: read_datetime(text, zone)
        case FieldKind.CHOICE:
            return OptionReader(field_type).one
        case FieldKind.CHOICES:
            options = OptionReader(field_type)
            return lambda text: options.several(text) or None
        case FieldKind.REFERENCE:
            return lambda text: _link(field_type, text)
        case FieldKind.TEXT | FieldKind.LONG_TEXT | FieldKind.PHONE | FieldKind.EMAIL:
            return lambda text: read_free_text(field_type, text) or None


def _link(field_type: FieldType, text: str) -> Value:
    key = read_free_text(field_type, text)
    return Link(None, key) if key else None
