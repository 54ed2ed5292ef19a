"""Records against their table: what is missing, too large, too long or of the wrong kind."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tierloom.domain.fields import Field, FieldKind, FieldType, Link, Value
from tierloom.domain.tables import RecordType
from tierloom.errors import Problem
from tierloom.schemas.display import limit_text
from tierloom.schemas.field_types import kind_record, to_cell
from tierloom.schemas.parsing import BadText, Reader, reader
from tierloom.schemas.patterns import compile_pattern, least_length
from tierloom.schemas.problems import pointer_to
from tierloom.text import TN, T, Text

MAX_LENGTH: Mapping[FieldKind, int] = {
    FieldKind.TEXT: 1_000,
    FieldKind.LONG_TEXT: 50_000,
    FieldKind.PHONE: 40,
    FieldKind.EMAIL: 254,
    FieldKind.REFERENCE: 1_000,
}
"""The longest text where the field says nothing, in code points."""


def validate(
    record_type: RecordType,
    values: Mapping[str, Value],
    before: Mapping[str, Value] | None = None,
) -> Iterator[Problem]:
    """Yield what is wrong with a whole record; a key that is missing is an unknown value.

    `before` are the record's values until now: a retired option that it already has stays valid.
    Whether a key is taken, only the store knows.
    """
    for one in record_type.stored_fields:
        old = before.get(one.key) if before else None
        yield from check_value(one, values.get(one.key), old)
    known = {one.key for one in record_type.stored_fields}
    for key in values.keys() - known:
        yield _unknown_field(record_type, key)


def check_value(one: Field, value: Value, before: Value = None) -> Iterator[Problem]:
    """Yield what is wrong with one value of a field."""
    pointer = pointer_to(one.key)
    if value is None or value in ("", ()):
        if one.required:
            yield Problem("required", pointer, T("%(field)s is required.", field=one.label))
    elif not _fits_kind(one.type, value):
        kind = kind_record(one.type.kind).label
        yield Problem("wrong-kind", pointer, T("This is no value of the kind %(kind)s.", kind=kind))
    else:
        yield from _check_limits(one.type, value, pointer)
        yield from _check_options(one.type, value, before, pointer)


def parse_form(
    record_type: RecordType,
    keys: Iterable[str],
    texts: Mapping[str, str | list[str]],
    zone: ZoneInfo,
) -> tuple[dict[str, Value], list[Problem]]:
    """Read the fields `keys` out of a form's texts; a text that is not there is an unknown value.

    Only `keys` are read, whatever else was sent. A field whose text cannot be read has a problem
    and no value. Limits are the work of `validate`.
    """
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    stored = {one.key: one for one in record_type.stored_fields}
    for key in keys:
        one = stored.get(key)
        if one is None:
            problems.append(_unknown_field(record_type, key))
            continue
        try:
            values[key] = _read(one, texts.get(key, ""), reader(one.type, zone))
        except BadText as bad:
            problems.append(bad.at(pointer_to(key)))
    return values, problems


def _read(one: Field, texts: str | list[str], read: Reader) -> Value:
    if isinstance(texts, str):
        return read(texts)
    if one.type.kind is not FieldKind.CHOICES:
        return read(texts[-1] if texts else "")
    chosen: set[str] = set()
    for text in texts:
        value = read(text)
        chosen.update(value if isinstance(value, tuple) else ())
    return tuple(key for key in one.type.option_keys if key in chosen) or None


def _fits_kind(field_type: FieldType, value: Value) -> bool:
    """Tell whether the value has the kind's type, and no more digits and decimals than it."""
    if field_type.kind is FieldKind.REFERENCE:
        return isinstance(value, Link)
    if field_type.kind is FieldKind.CHOICE:
        return isinstance(value, str)
    if field_type.kind is FieldKind.CHOICES:
        return isinstance(value, tuple)
    try:
        to_cell(field_type, value)
    except ValueError:
        return False
    return True


def _check_limits(field_type: FieldType, value: Value, pointer: str) -> Iterator[Problem]:
    match value:
        case bool() | datetime():
            return
        case int() | float() | date():
            yield from _check_range(field_type, value, pointer)
        case Link():
            yield from _check_text(field_type, value.key, pointer)
        case str() if field_type.kind.is_text:
            yield from _check_text(field_type, value, pointer)


def _check_range(field_type: FieldType, value: float | date, pointer: str) -> Iterator[Problem]:
    low, high = field_type.minimum, field_type.maximum
    if low is not None and _below(value, low):
        limit = limit_text(field_type, low)
        yield Problem("too-small", pointer, T("At least %(limit)s.", limit=limit))
    if high is not None and _below(high, value):
        limit = limit_text(field_type, high)
        yield Problem("too-large", pointer, T("At most %(limit)s.", limit=limit))


def _below(one: float | date, other: float | date) -> bool:
    if isinstance(one, date) and isinstance(other, date):
        return one < other
    return not isinstance(one, date) and not isinstance(other, date) and one < other


def max_length(field_type: FieldType) -> int:
    """Return the longest text that a text field holds, in code points."""
    return min(field_type.max_length or MAX_LENGTH[field_type.kind], MAX_LENGTH[field_type.kind])


def _check_text(field_type: FieldType, text: str, pointer: str) -> Iterator[Problem]:
    longest = max_length(field_type)
    if len(text) > longest:
        yield Problem(
            "too-long",
            pointer,
            TN("At most %(n)s character.", "At most %(n)s characters.", n=longest),
        )
    elif field_type.pattern and not compile_pattern(field_type.pattern).search(text):
        yield Problem("no-match", pointer, _no_match(field_type.pattern))


def _no_match(source: str) -> Text:
    shortest = least_length(source)
    if shortest is not None:
        return TN("At least %(n)s character.", "At least %(n)s characters.", n=shortest)
    return T("The text does not fit the pattern %(pattern)s.", pattern=source)


def _check_options(
    field_type: FieldType, value: Value, before: Value, pointer: str
) -> Iterator[Problem]:
    keys = {FieldKind.CHOICE: (value,), FieldKind.CHOICES: value}.get(field_type.kind, ())
    if field_type.kind is FieldKind.PERSON and field_type.options:
        keys, before = (str(value),), str(before)
    had = before if isinstance(before, tuple) else (before,)
    for key in keys if isinstance(keys, tuple) else ():
        option = field_type.option(str(key))
        if option is None:
            message = T("%(text)s is none of the options.", text=str(key))
            yield Problem("no-such-option", pointer, message)
        elif option.retired and key not in had:
            message = T("%(option)s is no longer offered.", option=option.label)
            yield Problem("retired-option", pointer, message)


def _unknown_field(record_type: RecordType, key: str) -> Problem:
    return Problem(
        "unknown-field",
        pointer_to(key),
        T(
            "%(key)s is not a field that can be filled in of %(table)s.",
            key=key,
            table=record_type.label,
        ),
    )
