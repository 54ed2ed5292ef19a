"""Values of conditions: from what somebody typed to JSON, and back."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tierloom.domain.fields import FieldKind, FieldType, Link, Option, Value
from tierloom.domain.rules import Json
from tierloom.domain.tables import Catalogue
from tierloom.rules.builder.operators import BuilderOperator, Input
from tierloom.rules.check.literals import read_day, read_instant
from tierloom.schemas.display import edit_text
from tierloom.schemas.parsing import BadText, parse_text
from tierloom.text import Label

DAYS = FieldType(FieldKind.INTEGER)
TIER_TYPE = FieldType(FieldKind.CHOICE, options=(Option("tier", Label.of("…")),), ranked=True)
"""Any tier model's result. Which tiers it has, the checker knows; here every key is one."""
_TEXT = FieldType(FieldKind.TEXT)
_DATE = FieldType(FieldKind.DATE)
_PIECES = frozenset({"contains", "not_contains", "starts_with", "ends_with"})
_CLOCK = re.compile(r"[:：时点Tt]")
MAX_DAYS = 100_000


def type_of_values(
    operator: BuilderOperator, field_type: FieldType, catalogue: Catalogue
) -> FieldType:
    """Return the type of a condition's values.

    Of a reference it is that of the other table's key; a piece of a phone number is text.
    """
    if operator.input is Input.DAYS:
        return DAYS
    if operator.key in _PIECES:
        return _TEXT
    if field_type.kind is not FieldKind.REFERENCE:
        return field_type
    target = catalogue.tables.get(field_type.target or "")
    key = target.find(target.key_field) if target and target.key_field else None
    return key.type if key else _TEXT


def to_json(kind: FieldType, text: str, zone: ZoneInfo) -> Json:
    """Read what somebody typed as a JSON constant; None where there is nothing that can be used."""
    if kind.kind is FieldKind.PERSON and text.isdecimal() and text.isascii():
        return int(text) or None  # who left is no member any more, and stays in the rule
    if kind.option(text) is not None or kind is TIER_TYPE:
        return text.strip() or None
    try:
        if kind.kind is FieldKind.DATETIME and not _CLOCK.search(text):
            return _constant(parse_text(_DATE, text, zone))
        found = parse_text(kind, text, zone)
    except BadText:
        return None
    if kind.kind is FieldKind.CHOICES:
        return found[0] if isinstance(found, tuple) and len(found) == 1 else None
    return _constant(found)


def _constant(value: Value) -> Json:
    match value:
        case datetime():
            exact = "milliseconds" if value.microsecond else "seconds"
            return value.isoformat(timespec=exact).replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case float() if value.is_integer():
            return int(value)
        case Link(key=key):
            return key
        case tuple():
            return list(value)
        case _:
            return value


def to_text(kind: FieldType, constant: Json, zone: ZoneInfo) -> str | None:
    """Show a JSON constant as an input does; None where it is not of the type."""
    match constant:
        case bool() | None | list() | dict():
            return None
        case int() if kind.kind is FieldKind.PERSON:
            return str(constant) if constant > 0 else None
        case int() | float() if kind.kind.is_number:
            return _number(kind, constant, zone)
        case str() if not kind.kind.is_number and kind.kind is not FieldKind.PERSON:
            return _text(kind, constant, zone)
        case _:
            return None


def _number(kind: FieldType, constant: float, zone: ZoneInfo) -> str | None:
    try:
        text = edit_text(kind, constant, zone)
    except ValueError:
        return None
    return text if to_json(kind, text, zone) == constant else None


def _text(kind: FieldType, constant: str, zone: ZoneInfo) -> str | None:
    if not constant:
        return None
    match kind.kind:
        case FieldKind.DATE:
            return _day(constant)
        case FieldKind.DATETIME:
            if _day(constant) is not None and len(constant) == len("2025-03-31"):
                return constant
            moment = read_instant(constant, zone)
            return None if moment is None else edit_text(kind, moment, zone)
        case _:
            return constant


def _day(constant: str) -> str | None:
    day = constant.removesuffix("T00:00:00.000Z")
    return day if read_day(day) is not None else None
