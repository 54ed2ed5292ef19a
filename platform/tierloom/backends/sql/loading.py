"""Records as an engine is to hold them."""

from collections.abc import Iterable, Iterator, Mapping

from tierloom.backends.sql.connections import Cell, Loaded
from tierloom.backends.sql.layout import ID, Layout
from tierloom.domain.fields import Field, FieldType, Link, Value
from tierloom.domain.tables import RecordType
from tierloom.rules.ir import Function
from tierloom.schemas.field_types import is_text_storage, to_cell

_CASES = {Function.LOWER: str.lower, Function.UPPER: str.upper}


def layout(prefix: str = "") -> Layout:
    """Return the layout of tables that `loaded` makes: small letters and capitals of all texts are stored."""
    return Layout(prefix, lambda _: True)


def loaded(table: RecordType, records: Iterable[tuple[int, Mapping[str, Value]]]) -> Loaded:
    """Return a table with its stored fields, and with small letters and capitals beside texts."""
    fields = [one for one in table.fields if one.is_stored]
    columns = {ID: False}
    for one in fields:
        columns[one.key] = is_text_storage(one.type)
        if one.type.kind.is_text:
            columns |= {layout().shadow(table.key, one.key, case) or "": True for case in _CASES}
    rows = [(number, *_cells(fields, values)) for number, values in records]
    return Loaded(table.key, columns, rows)


def _cells(fields: list[Field], values: Mapping[str, Value]) -> Iterator[Cell]:
    for one in fields:
        cell = _cell(one.type, values.get(one.key))
        yield cell
        if one.type.kind.is_text:
            yield from (case(cell) if isinstance(cell, str) else None for case in _CASES.values())


def _cell(kind: FieldType, value: Value) -> Cell:
    match value:
        case Link(number):
            return number
        case None | "" | ():
            return None
        case _:
            return to_cell(kind, value)
