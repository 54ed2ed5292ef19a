"""Constants, cast to the type that they are compared with."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tierloom.errors import Invalid
from tierloom.rules import ir
from tierloom.rules.check.checker import Checker, refuse
from tierloom.rules.ir import Family, ValueType
from tierloom.rules.json_text import faults
from tierloom.rules.syntax import Scalar
from tierloom.rules.types import BOOLEAN, TEXT, name_of
from tierloom.schemas.local_time import to_instant
from tierloom.schemas.regions import is_region
from tierloom.text import T, Text

_KNOWN_OPTIONS_SHOWN = 20
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2}(?::[0-9]{2})?)?"
)


def is_null(node: object) -> bool:
    """Tell whether a node is the constant that means unknown: `null`, or an empty text."""
    return isinstance(node, Scalar) and (node.value is None or node.value == "")


def plain(node: Scalar) -> ir.Literal:
    """Type a constant by what it looks like, where nothing else says what it is."""
    match node.value:
        case bool():
            return ir.Literal(node.value, BOOLEAN)
        case int() | float():
            return _measured(node.value, None)
        case str() if node.value:
            return ir.Literal(unicodedata.normalize("NFC", node.value), TEXT)
    raise _null(node)


def cast(checker: Checker, node: Scalar, kind: ValueType) -> ir.Literal:
    """Cast a constant to a type.

    A day beside a date with time stays a date: the comparison makes the bounds of it.

    Raises:
        Invalid: the constant is not of the type.
    """
    if is_null(node):
        raise _null(node)
    made = _CASTS[kind.family](checker, node, kind)
    if made is not None:
        return made
    message = T("%(value)s is not %(kind)s.", value=_shown(node), kind=name_of(kind))
    raise refuse("wrong-type", node.pointer, message, _hint(kind))


def require_decimals(literal: ir.Literal, beside: ir.ValueNode, pointer: str) -> None:
    """Refuse a number with more decimals than the field that it is compared with directly."""
    if not isinstance(beside, (ir.Var, ir.Calculated)) or beside.type.scale is None:
        return
    number = Decimal(repr(literal.value))
    unit = Decimal(1).scaleb(-beside.type.scale)
    below = (number // unit) * unit
    if below == number:
        return
    low, high = sorted((below, below + unit.copy_sign(number)))
    message = T(
        "%(value)s has more decimals than the field (%(n)s).", value=number, n=beside.type.scale
    )
    hint = T("Use %(low)s or %(high)s.", low=f"{low:f}", high=f"{high:f}")
    raise refuse("too-many-decimals", pointer, message, hint)


def _null(node: Scalar) -> Invalid:
    message = T("“null” can only be compared with == or !=.")
    return refuse("unexpected-null", node.pointer, message)


def _shown(node: Scalar) -> str:
    text = str(node.value)
    return f"“{text}”" if len(text) <= 60 else f"“{text[:60]}…”"


def _hint(kind: ValueType) -> Text | None:
    match kind.family:
        case Family.CHOICE | Family.CHOICES:
            shown = ", ".join(kind.options[:_KNOWN_OPTIONS_SHOWN])
            return T("Pick one of: %(names)s.", names=shown)
        case Family.DATE:
            return T("Write dates like 2025-03-31.")
        case Family.PERSON:
            return T("A person is given as the number of the account.")
        case Family.REGION:
            return T("A region is given as its code of six digits: 440300 for Shenzhen.")
        case Family.DATETIME:
            return T("Write dates like 2025-03-31, times like 2025-03-31T09:30:00.")
    return None


def _measured(value: float, currency: str | None) -> ir.Literal:
    """Make a number literal; whole ones are int, so that equal constants are one."""
    tidy = int(value) if float(value).is_integer() else value
    decimals = max(0, -int(Decimal(repr(tidy)).normalize().as_tuple().exponent))
    return ir.Literal(tidy, ValueType(Family.NUMBER, scale=decimals, currency=currency))


# ── one cast per family; None where the constant is of another type ────────────────────────────


def _boolean(_: Checker, node: Scalar, kind: ValueType) -> ir.Literal | None:
    return ir.Literal(node.value, kind) if isinstance(node.value, bool) else None


def _number(checker: Checker, node: Scalar, kind: ValueType) -> ir.Literal | None:
    match node.value:
        case bool():
            return None
        case int() | float():
            return _measured(node.value, kind.currency)
        case str() as text if text.isascii() and len(text) <= 20:
            try:
                value = float(text.strip())
            except ValueError:
                return None
            if not abs(value) < 1e15 or "_" in text or any(faults(value, node.pointer)):
                return None
            message = T("The number %(value)s is written as text.", value=_shown(node))
            checker.warn("number-as-text", node.pointer, message)
            return _measured(value, kind.currency)
    return None


def _text(_: Checker, node: Scalar, kind: ValueType) -> ir.Literal | None:
    if not isinstance(node.value, str):
        return None
    return ir.Literal(unicodedata.normalize("NFC", node.value), kind)


def _option(_: Checker, node: Scalar, kind: ValueType) -> ir.Literal | None:
    return ir.Literal(node.value, kind) if node.value in kind.options else None


def _date(_: Checker, node: Scalar, kind: ValueType) -> ir.Literal | None:
    if not isinstance(node.value, str):
        return None
    day = read_day(node.value)
    if day is None:
        moment = _read_moment(node.value)
        if moment is None or (moment.hour, moment.minute, moment.second, moment.microsecond) != (
            0, 0, 0, 0,
        ):  # fmt: skip
            return None
        day = moment.date()
    return ir.Literal(day, kind)


def _datetime(checker: Checker, node: Scalar, kind: ValueType) -> ir.Literal | None:
    if not isinstance(node.value, str):
        return None
    day = read_day(node.value)
    if day is not None:
        inside = date.min.year + 1 < day.year < date.max.year - 1
        return ir.Literal(day, ValueType(Family.DATE)) if inside else None
    moment = read_instant(node.value, checker.zone)
    return None if moment is None else ir.Literal(moment, kind)


def read_day(text: str) -> date | None:
    """Read `2025-03-31`; None for anything else."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_instant(text: str, zone: ZoneInfo) -> datetime | None:
    """Read an ISO date and time; without an offset it is local. Whole milliseconds, in UTC."""
    moment = _read_moment(text)
    if moment is None or not 1 < moment.year < date.max.year - 1:
        return None
    found = to_instant(moment, zone) if moment.tzinfo is None else moment.astimezone(UTC)
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def _read_moment(text: str) -> datetime | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _person(_: Checker, node: Scalar, kind: ValueType) -> ir.Literal | None:
    number = node.value
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        return None
    return ir.Literal(number, kind)


def _region(_: Checker, node: Scalar, kind: ValueType) -> ir.Literal | None:
    code = node.value
    return ir.Literal(code, kind) if isinstance(code, str) and is_region(code) else None


def _never(_checker: Checker, _node: Scalar, _kind: ValueType) -> ir.Literal | None:
    return None


_CASTS: dict[Family, Callable[[Checker, Scalar, ValueType], ir.Literal | None]] = {
    Family.BOOLEAN: _boolean,
    Family.NUMBER: _number,
    Family.TEXT: _text,
    Family.CHOICE: _option,
    Family.CHOICES: _option,
    Family.DATE: _date,
    Family.DATETIME: _datetime,
    Family.REFERENCE: _never,
    Family.PERSON: _person,
    Family.REGION: _region,
}
