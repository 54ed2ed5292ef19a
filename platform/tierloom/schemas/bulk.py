"""Whole columns of a file: each distinct text is read once, and the plain ones all together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tierloom.domain.fields import Field, FieldKind, FieldType, Link, Value
from tierloom.errors import Problem
from tierloom.schemas.bulk_paths import read_plain
from tierloom.schemas.field_types import from_cell, is_text_storage, to_cell
from tierloom.schemas.free_text import trim
from tierloom.schemas.number_text import without_noise
from tierloom.schemas.parsing import BadText, Reader, reader
from tierloom.schemas.patterns import compile_pattern
from tierloom.schemas.problems import pointer_to
from tierloom.schemas.records import check_value, max_length

UNKNOWN_WORDS = frozenset({"NaN", "nan", "null", "NULL", "None", "N/A", "#N/A", "-"})
"""What files write where a value is missing. In a form these are texts like any other."""
MAX_PROBLEMS = 10_000
Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """A column of cells. A row that is `bad` has no cell; `problems` are those of the first rows.

    `cells` is a pyarrow array of int64 or string, null where the value is unknown or bad. For a
    reference they are the keys as given.
    """

    cells: pa.Array
    bad: Rows
    problems: Mapping[int, Problem] = field(default_factory=dict)


def read_column(one: Field, column: pa.Array, zone: ZoneInfo) -> BulkResult:
    """Read a file's column into a field: `parse_column`, then `validate_column` on the rest."""
    parsed = parse_column(one.type, column, zone)
    checked = validate_column(one, parsed.cells, parsed.bad)
    pointer = pointer_to(one.key)
    located = {row: replace(problem, pointer=pointer) for row, problem in parsed.problems.items()}
    both = sorted((located | dict(checked.problems)).items())[:MAX_PROBLEMS]
    return BulkResult(checked.cells, parsed.bad | checked.bad, dict(both))


def parse_column(field_type: FieldType, column: pa.Array, zone: ZoneInfo) -> BulkResult:
    """Read a column of texts as `parse_text` would, cell by cell, and two things more.

    The `UNKNOWN_WORDS` are unknown, and numbers with the noise of a double are rounded
    (`without_noise`). Problems have no pointer.
    """
    encoded = _encoded(column)
    distinct = _read_distinct(field_type, encoded.dictionary, zone)
    codes = encoded.indices
    bad = _gather(distinct.bad, codes)
    rows = _first(bad)
    texts = codes.take(rows).to_pylist()
    problems = {
        row: distinct.problems[code] for row, code in zip(rows.tolist(), texts, strict=True)
    }
    return BulkResult(distinct.cells.take(codes), bad, problems)


def validate_column(one: Field, cells: pa.Array, skip: Rows | None = None) -> BulkResult:
    """Check a column of cells as `check_value` would; rows in `skip` have had their problem.

    A retired option passes: a file brings back what was exported.
    """
    bad = _outside(one, cells)
    if one.required:
        bad |= cells.is_null().to_numpy(zero_copy_only=False)
    if skip is not None:
        bad &= ~skip
    rows = _first(bad)
    known: dict[object, Problem] = {}
    problems: dict[int, Problem] = {}
    for row, cell in zip(rows.tolist(), cells.take(rows).to_pylist(), strict=True):
        if cell not in known:
            known[cell] = next(check_value(one, _value(one.type, cell)))
        problems[row] = known[cell]
    return BulkResult(
        pc.if_else(pa.array(~bad), cells, None) if bad.any() else cells, bad, problems
    )


def _encoded(column: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    if isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries()
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(whole.type):
        return whole
    return whole.cast(pa.string()).dictionary_encode()


def _read_distinct(field_type: FieldType, texts: pa.Array, zone: ZoneInfo) -> BulkResult:
    """Read distinct texts: plain ones by whole-column functions, the others one by one."""
    kind = pa.string() if _is_text(field_type) else pa.int64()
    cells, done = read_plain(field_type, texts, zone)
    rest = np.flatnonzero(~done)
    bad = np.zeros(len(texts), dtype=np.bool_)
    problems: dict[int, Problem] = {}
    read = _from_file(field_type, reader(field_type, zone))
    slow: list[int | str | None] = []
    for position, text in zip(rest.tolist(), texts.take(pa.array(rest)).to_pylist(), strict=True):
        try:
            slow.append(_cell(field_type, read(text)))
        except BadText as error:
            bad[position] = True
            problems[position] = error.problem
            slow.append(None)
    if rest.size:
        cells = pc.replace_with_mask(cells, pa.array(~done), pa.array(slow, kind))
    return BulkResult(cells, bad, problems)


def _from_file(field_type: FieldType, read: Reader) -> Reader:
    """Return `read` with what only files do: words for nothing, and numbers with noise."""

    def read_file_text(text: str) -> Value:
        if trim(text) in UNKNOWN_WORDS:
            return None
        return read(without_noise(field_type, text) if field_type.kind.is_number else text)

    return read_file_text


def _is_text(field_type: FieldType) -> bool:
    return is_text_storage(field_type) or field_type.kind is FieldKind.REFERENCE


def _cell(field_type: FieldType, value: Value) -> int | str | None:
    return value.key if isinstance(value, Link) else to_cell(field_type, value)


def _value(field_type: FieldType, cell: int | str | None) -> Value:
    if field_type.kind is FieldKind.REFERENCE and isinstance(cell, str):
        return Link(None, cell)
    return from_cell(field_type, cell)


def _gather(flags: Rows, codes: pa.Array) -> Rows:
    """Return each row's flag by its code; a null row has none."""
    found: Rows = np.append(flags, False)[pc.fill_null(codes, len(flags)).to_numpy()]
    return found


def _first(bad: Rows) -> NDArray[np.int64]:
    return np.flatnonzero(bad)[:MAX_PROBLEMS]


def _outside(one: Field, cells: pa.Array) -> Rows:
    """Return the rows that break a limit of the field's type."""
    bad = np.zeros(len(cells), dtype=np.bool_)
    for broken in _broken_limits(one.type, cells):
        bad |= pc.fill_null(broken, False).to_numpy(zero_copy_only=False)
    return bad


def _broken_limits(field_type: FieldType, cells: pa.Array) -> Iterator[pa.Array]:
    if field_type.kind.is_text or field_type.kind is FieldKind.REFERENCE:
        yield pc.greater(pc.utf8_length(cells), max_length(field_type))
    if field_type.kind.is_text and field_type.pattern:
        yield _no_match(field_type.pattern, cells)
    if field_type.kind.is_number:
        # The same double as in `from_cell`, so that a limit means the same for one and for many.
        numbers = pc.divide(cells.cast(pa.float64()), float(10**field_type.scale))
        if field_type.minimum is not None:
            yield pc.less(numbers, field_type.minimum)
        if field_type.maximum is not None:
            yield pc.greater(numbers, field_type.maximum)
    if field_type.kind is FieldKind.DATE:
        if field_type.minimum is not None:
            yield pc.less(cells, to_cell(field_type, field_type.minimum))
        if field_type.maximum is not None:
            yield pc.greater(cells, to_cell(field_type, field_type.maximum))


def _no_match(source: str, cells: pa.Array) -> pa.Array:
    encoded = cells.dictionary_encode()
    search = compile_pattern(source).search
    misses = [search(text) is None for text in encoded.dictionary.to_pylist()]
    return pa.array(misses, pa.bool_()).take(encoded.indices)
