"""Constants of rules as vectors, and the numbers behind dates and instants."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np

from tierloom.backends.columns.dictionaries import TextList
from tierloom.backends.columns.vectors import Coded, Numbers, Vector
from tierloom.domain.fields import Value
from tierloom.rules.ir import Family, ValueType

NUMERIC = frozenset({Family.NUMBER, Family.DATE, Family.DATETIME, Family.PERSON})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.date().toordinal()


def number(value: Value) -> float:
    """Return the double behind a number, a date (days) or an instant (milliseconds UTC)."""
    match value:
        case datetime():
            return (value - _EPOCH) / timedelta(milliseconds=1)
        case date():
            return float(value.toordinal() - _EPOCH_DAY)
        case bool() | int() | float():
            return float(value)
    raise TypeError(f"{value!r} is no number, date or instant.")


def text(value: Value) -> str:
    """Return the text that a column stores for a text, a choice or several choices."""
    match value:
        case str():
            return value
        case tuple():
            return f"|{'|'.join(value)}|"
    raise TypeError(f"{value!r} is no text and no choice.")


def constant(value: Value, kind: ValueType) -> Vector:
    """Return a constant as a vector. References have none: a rule compares the other's key."""
    if kind.family in NUMERIC:
        return Numbers(np.asarray(np.nan if value is None else number(value)))
    if kind.family is Family.BOOLEAN:
        return Coded(np.asarray(-1 if value is None else int(bool(value)), np.int8))
    if value is None:
        return Coded(np.asarray(-1, np.int32), TextList(()))
    return Coded(np.asarray(0, np.int32), TextList((text(value),)))


@lru_cache(maxsize=256)
def numbers(values: tuple[Value, ...]) -> tuple[float, ...]:
    """Return the doubles behind several constants, ascending, each once."""
    return tuple(sorted({number(value) for value in values}))
