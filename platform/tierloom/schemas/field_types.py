"""The kinds of field, one record per kind with all its faces: words, storage, what may be set.

A *cell* is what the database holds of a value: an integer, a text, or nothing for unknown.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tierloom.domain.fields import MAX_DIGITS, FieldKind, FieldType, Value
from tierloom.domain.rules import Json
from tierloom.schemas.free_text import is_storable, normal_text
from tierloom.schemas.regions import is_region
from tierloom.text import T, Text

Cell = int | str | None
Reader = Callable[[Cell], Value]
"""Gives the value behind a cell that is not unknown; raises ValueError at one of the wrong storage."""
LIMIT = 10**MAX_DIGITS
"""A scaled integer stays below this: up to 15 digits, n / 10**scale is exact in every engine."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class KindRecord:
    """One kind of field.

    `sets` names the facts of a `FieldType` that the kind may have, `needs` those it must have;
    `scale` is the number of decimals where nobody has said one; `control` is the kind of input that
    edits it; `schema` what JSON Schema says of every value of the kind.
    """

    kind: FieldKind
    label: Text
    icon: str
    control: str
    schema: Mapping[str, Json]
    write: Callable[[FieldType, Value], Cell]
    reader: Callable[[FieldType], Reader]
    sets: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    scale: int = 0
    is_text: bool = False


def kind_record(kind: FieldKind) -> KindRecord:
    """Return all that is known about a kind."""
    return KINDS[kind]


def is_text_storage(field_type: FieldType) -> bool:
    """Tell whether the database column is TEXT; the others are integers."""
    return KINDS[field_type.kind].is_text


def to_cell(field_type: FieldType, value: Value) -> Cell:
    """Return what the database holds of `value`. Unknown, empty text and no choices are None.

    Raises:
        ValueError: the value is not one of this type (wrong type, too many digits or decimals, no
        such option), or
            the type is a reference: a `Link` is not one cell.
    """
    return None if value is None else KINDS[field_type.kind].write(field_type, value)


def values_of(field_type: FieldType, cells: Iterable[Cell]) -> list[Value]:
    """Return the values behind many cells, as `from_cell` does one by one."""
    read = KINDS[field_type.kind].reader(field_type)
    return [None if cell is None else read(cell) for cell in cells]


def from_cell(field_type: FieldType, cell: Cell) -> Value:
    """Return the value behind a cell.

    Raises:
        ValueError: the type is a reference, or the cell has the wrong storage.
    """
    return None if cell is None else KINDS[field_type.kind].reader(field_type)(cell)


def _refuse(field_type: FieldType, value: object) -> ValueError:
    return ValueError(f"{value!r} is no value of a {field_type.kind} field.")


def _write_text(field_type: FieldType, value: Value) -> Cell:
    if not isinstance(value, str) or not is_storable(value):
        raise _refuse(field_type, value)
    return normal_text(value, lines=field_type.kind is FieldKind.LONG_TEXT) or None


def _text_reader(field_type: FieldType) -> Reader:
    def read(cell: Cell) -> Value:
        if not isinstance(cell, str):
            raise _refuse(field_type, cell)
        return cell

    return read


def _write_number(field_type: FieldType, value: Value) -> Cell:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _refuse(field_type, value)
    unit = 10**field_type.scale
    # Up to 15 digits the product is off by less than half a unit: rounding finds the integer.
    scaled: int = round(value * unit)
    if abs(scaled) >= LIMIT or scaled / unit != value:
        raise _refuse(field_type, value)
    return scaled


def _whole_reader(field_type: FieldType) -> Reader:
    def read(cell: Cell) -> Value:
        if not isinstance(cell, int):
            raise _refuse(field_type, cell)
        return cell

    return read


def _fraction_reader(field_type: FieldType) -> Reader:
    unit: int = 10**field_type.scale

    def read(cell: Cell) -> Value:
        if not isinstance(cell, int):
            raise _refuse(field_type, cell)
        return cell / unit

    return read


def _write_boolean(field_type: FieldType, value: Value) -> Cell:
    if not isinstance(value, bool):
        raise _refuse(field_type, value)
    return int(value)


def _boolean_reader(field_type: FieldType) -> Reader:
    def read(cell: Cell) -> Value:
        if cell not in (0, 1):
            raise _refuse(field_type, cell)
        return cell == 1

    return read


def _write_date(field_type: FieldType, value: Value) -> Cell:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _refuse(field_type, value)
    return value.toordinal() - _EPOCH_DAY


def _date_reader(field_type: FieldType) -> Reader:
    def read(cell: Cell) -> Value:
        if not isinstance(cell, int):
            raise _refuse(field_type, cell)
        return date.fromordinal(cell + _EPOCH_DAY)

    return read


def _write_datetime(field_type: FieldType, value: Value) -> Cell:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _refuse(field_type, value)
    return (value - _EPOCH) // _MILLISECOND


def _datetime_reader(field_type: FieldType) -> Reader:
    def read(cell: Cell) -> Value:
        if not isinstance(cell, int):
            raise _refuse(field_type, cell)
        return _EPOCH + cell * _MILLISECOND

    return read


def _write_choice(field_type: FieldType, value: Value) -> Cell:
    if not isinstance(value, str) or (value and field_type.option(value) is None):
        raise _refuse(field_type, value)
    return value or None


def _write_choices(field_type: FieldType, value: Value) -> Cell:
    if not isinstance(value, tuple) or not set(value) <= set(field_type.option_keys):
        raise _refuse(field_type, value)
    chosen = [key for key in field_type.option_keys if key in value]
    return f"|{'|'.join(chosen)}|" if chosen else None


def _choices_reader(field_type: FieldType) -> Reader:
    def read(cell: Cell) -> Value:
        if not isinstance(cell, str):
            raise _refuse(field_type, cell)
        return tuple(cell.strip("|").split("|"))

    return read


def _write_person(field_type: FieldType, value: Value) -> Cell:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < LIMIT:
        raise _refuse(field_type, value)
    return value


def _write_region(field_type: FieldType, value: Value) -> Cell:
    if not isinstance(value, str) or (value and not is_region(value)):
        raise _refuse(field_type, value)
    return value or None


_TEXT_FACTS = frozenset({"max_length", "pattern"})
_RANGE = frozenset({"minimum", "maximum"})
_NUMBER_FACTS = _RANGE | {"scale"}
_OPTIONS = frozenset({"options"})
_LIST: Mapping[str, Json] = {"type": "array", "uniqueItems": True}
_STRING: Mapping[str, Json] = {"type": "string"}
_NUMBER: Mapping[str, Json] = {"type": "number"}


def _text(kind: FieldKind, label: Text, icon: str, control: str, **schema: Json) -> KindRecord:
    return KindRecord(
        kind, label, icon, control,
        {**_STRING, **schema}, _write_text, _text_reader, _TEXT_FACTS, is_text=True,
    )  # fmt: skip


def _fraction(
    kind: FieldKind, label: Text, icon: str, scale: int, needs: frozenset[str] = frozenset()
) -> KindRecord:
    return KindRecord(
        kind, label, icon, "number",
        _NUMBER, _write_number, _fraction_reader, _NUMBER_FACTS | needs, needs, scale,
    )  # fmt: skip


def _no_cell(field_type: FieldType, value: object) -> Cell:
    raise _refuse(field_type, value)


def _no_reader(field_type: FieldType) -> Reader:
    return lambda cell: _no_cell(field_type, cell)


_ALL = (
    _text(FieldKind.TEXT, T("Text"), "type", "text"),
    _text(FieldKind.LONG_TEXT, T("Long text"), "text", "textarea"),
    KindRecord(
        FieldKind.INTEGER, T("Whole number"), "hash", "number",
        {"type": "integer"}, _write_number, _whole_reader, _RANGE,
    ),
    _fraction(FieldKind.DECIMAL, T("Decimal number"), "hash", 2),
    _fraction(FieldKind.MONEY, T("Money"), "banknote", 2, frozenset({"currency"})),
    _fraction(FieldKind.PERCENT, T("Percent"), "percent", 4),
    KindRecord(
        FieldKind.BOOLEAN, T("Yes or no"), "toggle-left", "boolean",
        {"type": "boolean"}, _write_boolean, _boolean_reader,
    ),
    KindRecord(
        FieldKind.DATE, T("Date"), "calendar", "date",
        {**_STRING, "format": "date"}, _write_date, _date_reader, _RANGE,
    ),
    KindRecord(
        FieldKind.DATETIME, T("Date and time"), "clock", "datetime",
        {**_STRING, "format": "date-time"}, _write_datetime, _datetime_reader,
    ),
    KindRecord(
        FieldKind.CHOICE, T("Single choice"), "circle-dot", "select",
        _STRING, _write_choice, _text_reader, _OPTIONS | {"ranked"}, _OPTIONS, is_text=True,
    ),
    KindRecord(
        FieldKind.CHOICES, T("Multiple choice"), "list-checks", "checkboxes",
        _LIST, _write_choices, _choices_reader, _OPTIONS, _OPTIONS, is_text=True,
    ),
    _text(FieldKind.PHONE, T("Phone"), "phone", "tel"),
    _text(FieldKind.EMAIL, T("E-mail"), "mail", "email", format="email"),
    KindRecord(
        FieldKind.REFERENCE, T("Link to another table"), "link", "reference",
        _STRING, _no_cell, _no_reader, frozenset({"target"}), frozenset({"target"}),
    ),
    KindRecord(
        FieldKind.RATING, T("Rating"), "star", "rating",
        {"type": "integer"}, _write_number, _whole_reader, _RANGE,
    ),
    KindRecord(
        FieldKind.PERSON, T("Account owner"), "user", "person",
        {"type": "integer"}, _write_person, _whole_reader,
    ),
    KindRecord(
        FieldKind.REGION, T("Region"), "map-pin", "region",
        _STRING, _write_region, _text_reader, is_text=True,
    ),
)  # fmt: skip
KINDS: Mapping[FieldKind, KindRecord] = {record.kind: record for record in _ALL}
