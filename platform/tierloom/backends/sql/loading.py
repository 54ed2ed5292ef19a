"""Records as an engine is to hold them."""

from collections.abc import Iterable, Iterator, Mapping

from tierloom.backends.sql.connections import Cell, Loaded
from tierloom.backends.sql.layout import ID, Layout
from tierloom.domain.fields import Field, FieldType, Link, Value
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import TIER, TierModel
from tierloom.rules.ir import Function
from tierloom.schemas.field_types import is_text_storage, to_cell

_CASES = {Function.LOWER: str.lower, Function.UPPER: str.upper}


def layout(prefix: str = "") -> Layout:
    """Return the layout of tables that `loaded` makes: small letters and capitals of all texts are stored."""
    return Layout(prefix, lambda _: True)


def loaded(
    table: RecordType,
    records: Iterable[tuple[int, Mapping[str, Value]]],
    models: Iterable[TierModel] = (),
) -> Loaded:
    """Return a table with its stored fields, small letters and capitals beside texts, and results of tier models."""
    fields = [one for one in table.fields if one.is_stored]
    columns = {ID: False}
    for one in fields:
        columns[one.key] = is_text_storage(one.type)
        if one.type.kind.is_text:
            columns |= {layout().shadow(table.key, one.key, case) or "": True for case in _CASES}
    placed = [f"{TIER}{one.key}" for one in models if one.record_type == table.key]
    columns |= dict.fromkeys(placed, True)
    rows = [
        (number, *_cells(fields, values), *(_placed(values.get(one)) for one in placed))
        for number, values in records
    ]
    return Loaded(table.key, columns, rows)


def _placed(tier: Value) -> Cell:
    return str(tier) if tier else None


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
