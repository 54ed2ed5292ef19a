"""What the functions of the IR give for known arguments."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Value
from tierloom.rules.dates import (
    date_add,
    date_diff,
    date_part,
    days_to_anniversary,
    instant_add,
    instant_truncate,
    local_date,
)
from tierloom.rules.ir import Function

Work = Callable[[Sequence[Any], str, RunContext], Value]


def _add(args: Sequence[Any], unit: str, context: RunContext) -> Value:
    day, count = args
    if isinstance(day, datetime):
        return instant_add(day, int(count), unit, context.zone)
    return date_add(day, int(count), unit)


def _diff(args: Sequence[Any], unit: str, _: RunContext) -> Value:
    later, earlier = args
    return date_diff(later, earlier, unit)


def _part(args: Sequence[Any], unit: str, _: RunContext) -> Value:
    return date_part(args[0], unit)


def _anniversary(args: Sequence[Any], _: str, context: RunContext) -> Value:
    return days_to_anniversary(args[0], context.today)


def _date_of(args: Sequence[Any], _: str, context: RunContext) -> Value:
    moment: datetime = args[0]
    return local_date(moment, context.zone)


def _truncate(args: Sequence[Any], unit: str, context: RunContext) -> Value:
    return instant_truncate(args[0], unit, context.zone)


def _substr(args: Sequence[Any], _unit: str, _context: RunContext) -> Value:
    """Cut by code points; a negative start counts from the end, a negative length cuts there."""
    text, start = str(args[0]), int(args[1])
    begin = max(0, len(text) + start) if start < 0 else start
    if len(args) < 3:
        return text[begin:] or None
    length = int(args[2])
    end = max(0, len(text) + length) if length < 0 else begin + length
    return text[begin:end] or None


def _cat(args: Sequence[Any], _unit: str, _context: RunContext) -> Value:
    """Join texts; numbers and dates by one canonical format."""
    return "".join(map(_canonical, args)) or None


def _canonical(value: Value) -> str:
    match value:
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return f"{Decimal(repr(value)):f}"
        case date():
            return value.isoformat()
        case _:
            return str(value)


FUNCTIONS: Mapping[Function, Work] = MappingProxyType(
    {
        Function.MIN: lambda args, _unit, _context: min(args),
        Function.MAX: lambda args, _unit, _context: max(args),
        Function.CAT: _cat,
        Function.SUBSTR: _substr,
        Function.LOWER: lambda args, _unit, _context: str(args[0]).lower(),
        Function.UPPER: lambda args, _unit, _context: str(args[0]).upper(),
        Function.DATE_ADD: _add,
        Function.TRUNCATE: _truncate,
        Function.DATE_DIFF: _diff,
        Function.DATE_OF: _date_of,
        Function.DATE_PART: _part,
        Function.ANNIVERSARY: _anniversary,
    }
)
"""All but COALESCE, which looks at unknown arguments too."""
