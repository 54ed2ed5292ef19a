"""Delimited text (CSV, TSV and their like), already in UTF-8, as batches of text columns.

Rows are counted as a spreadsheet counts them: a quoted line break does not start a row, a blank
line is one.
"""

import csv
import io
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from tierloom.errors import Invalid, Problem
from tierloom.services.imports.encoding import cut_off
from tierloom.services.imports.headers import Header, find_header
from tierloom.services.imports.limits import (
    MAX_CELL_BYTES,
    MAX_COLUMNS,
    MIB,
    SAMPLE_BYTES,
    SAMPLE_ROWS,
)
from tierloom.services.imports.problem_rows import ProblemRows
from tierloom.services.imports.staging import RowWriter
from tierloom.text import T

DELIMITERS = (",", "\t", ";", "|")
_NAMED_DELIMITER = re.compile(r"sep=(.)\r?\n?\Z")
_BLOCK = MAX_CELL_BYTES + 2 * MIB
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out: its delimiter, its header, the byte where its data begin and the row
    before.
    """

    delimiter: str
    header: Header
    data_offset: int


@dataclass
class _Ragged:
    """Collects the rows of another width. pyarrow asks about each of them, before or with their
    batch.
    """

    delimiter: str
    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    found: list[tuple[int, int, str]] = field(default_factory=list)
    last: str = ""

    def __call__(self, row: Any) -> str:
        self.numbers.append(row.number)
        # Whatever Python takes for a blank is one here as well: a row of wide spaces says nothing.
        if row.text.replace(self.delimiter, "").replace('"', "").strip():
            self.found.append((row.number, row.actual_columns, row.text[:_SHOWN]))
        self.last = row.text
        return "skip"


def find_layout(path: Path) -> Layout:
    """Find delimiter and header in the first rows.

    Raises:
        Invalid: there is no row at all, or too many columns.
    """
    csv.field_size_limit(MAX_CELL_BYTES)
    lines = _first_lines(path)
    named = _NAMED_DELIMITER.match(lines[0]) if lines else None
    delimiter = named[1] if named else _sniff(lines)
    reader = csv.reader(lines, delimiter=delimiter)
    skipped = [next(reader)] if named else []
    rows = [*skipped, *_rows(reader)]
    header = find_header([[], *rows[1:]] if named else rows)
    if header is None:
        raise _problem("empty-file", T("The file is empty: it has no row."))
    if len(header.names) > MAX_COLUMNS:
        raise _too_wide(header)
    again = csv.reader(lines, delimiter=delimiter)
    for _ in range(header.index + 1):
        next(again)
    offset = sum(len(line.encode()) for line in lines[: again.line_num])
    return Layout(delimiter, header, offset)


def read_rows(path: Path, layout: Layout, writer: RowWriter, problems: ProblemRows) -> None:
    """Feed all rows under the header to `writer`, and rows of another width to `problems`.

    Raises:
        Invalid: a quote that is never closed, or a cell that is too large.
    """
    if layout.data_offset >= path.stat().st_size:
        return
    ragged = _Ragged(layout.delimiter)
    last: tuple[int, str] = (0, "")
    number = 0
    with path.open("rb") as stream:
        stream.seek(layout.data_offset)
        reader = _open(stream, layout, ragged, number)
        while (batch := _next(reader, layout.header.index + 1 + number)) is not None:
            numbers = _numbers(number, batch.num_rows, ragged.numbers)
            number = int(numbers[-1]) if numbers.size else number
            if numbers.size:
                last = (number, batch.column(batch.num_columns - 1)[-1].as_py())
            writer.write(batch.columns, numbers + layout.header.index + 1)
            _hand_over(ragged, layout, problems)
    _hand_over(ragged, layout, problems)
    _refuse_open_quote(path, layout, last, ragged)


def _first_lines(path: Path) -> list[str]:
    with path.open("rb") as stream:
        data = stream.read(SAMPLE_BYTES)
        more = stream.read(1)
    text = data.decode("utf-8", "ignore")
    lines = list(io.StringIO(text, newline=""))
    return lines[:-1] if more and len(lines) > 1 else lines


def _rows(reader: Iterable[list[str]]) -> list[list[str]]:
    try:
        return list(islice(reader, SAMPLE_ROWS))
    except csv.Error as fault:
        raise cut_off() from fault


def _sniff(lines: list[str]) -> str:
    """The delimiter under which most of the first rows have one width of two or more."""

    def score(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in _rows(csv.reader(lines, delimiter=delimiter)) if any(row)]
        wide = [width for width in widths if width > 1]
        usual = max(set(wide), key=wide.count) if wide else 1
        return (wide.count(usual), usual)

    return max(DELIMITERS, key=score)


def _open(stream: Any, layout: Layout, ragged: _Ragged, number: int) -> Any:
    names = [f"c{place}" for place in range(len(layout.header.names))]
    try:
        return pacsv.open_csv(
            stream,
            pacsv.ReadOptions(column_names=names, use_threads=False, block_size=_BLOCK),
            pacsv.ParseOptions(
                delimiter=layout.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=ragged,
            ),
            pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid as fault:
        raise _never_closed(layout.header.index + 1 + number) from fault


def _next(reader: Any, row: int) -> Any | None:
    try:
        return reader.read_next_batch()
    except StopIteration:
        return None
    except pa.ArrowInvalid as fault:
        raise _never_closed(row) from fault


def _numbers(before: int, count: int, ragged: "array[int]") -> NDArray[np.int64]:
    """Numbers of the next `count` good rows after row `before`, stepping over the ragged ones."""
    numbers = np.arange(before + 1, before + count + 1, dtype=np.int64)
    taken = np.frombuffer(ragged, dtype=np.int64).copy() if ragged else np.empty(0, np.int64)
    later = taken[taken > before]
    if not later.size:
        return numbers
    free = np.ones(count + later.size, dtype=np.bool_)
    inside = later[later <= before + count + later.size] - before - 1
    free[inside] = False
    return np.flatnonzero(free)[:count] + before + 1


def _hand_over(ragged: _Ragged, layout: Layout, problems: ProblemRows) -> None:
    expected = len(layout.header.names)
    by_width: dict[int, list[tuple[int, str]]] = {}
    for number, width, text in ragged.found:
        by_width.setdefault(width, []).append((number + layout.header.index + 1, text))
    for width, rows in by_width.items():
        problem = Problem(
            "ragged-row",
            "",
            T(
                "The row has %(actual)s cells, the header has %(expected)s.",
                actual=width,
                expected=expected,
            ),
        )
        problems.add("", problem, [row for row, _ in rows], [text for _, text in rows])
    ragged.found.clear()


def _refuse_open_quote(path: Path, layout: Layout, last: tuple[int, str], ragged: _Ragged) -> None:
    """A file that ends inside a quoted cell was cut off: its last cell is not the end of a row."""
    number, cell = last
    if ragged.numbers and ragged.numbers[-1] > number:
        try:
            list(
                csv.reader(
                    io.StringIO(ragged.last, newline=""), delimiter=layout.delimiter, strict=True
                )
            )
        except csv.Error as fault:
            if "unexpected end" in str(fault):
                raise cut_off() from fault
        return
    opened = b'"' + cell.replace('"', '""').encode()
    with path.open("rb") as stream:
        size = stream.seek(0, io.SEEK_END)
        start = max(layout.data_offset, size - len(opened) - 1)
        stream.seek(start)
        tail = stream.read()
    if tail.endswith(opened) and (tail == opened or chr(tail[0]) in f"{layout.delimiter}\r\n"):
        raise cut_off()


def _too_wide(header: Header) -> Invalid:
    return _problem(
        "too-many-columns",
        T(
            "Row %(row)s has %(count)s columns; a file may have %(limit)s.",
            row=header.index + 1,
            count=len(header.names),
            limit=MAX_COLUMNS,
        ),
    )


def _never_closed(row: int) -> Invalid:
    message = T(
        "After row %(row)s a cell is larger than %(size)s MB, or a quote is never closed.",
        row=row,
        size=MAX_CELL_BYTES // MIB,
    )
    return Invalid([Problem("cell-too-large", f"/rows/{row}", message)])


def _problem(code: str, message: Any) -> Invalid:
    return Invalid([Problem(code, "", message)])
