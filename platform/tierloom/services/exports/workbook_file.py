"""XLSX with typed cells, row by row in constant memory, and a summary sheet."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from tierloom.domain.fields import FieldKind, FieldType
from tierloom.domain.tiers import Slot
from tierloom.errors import Invalid, Problem
from tierloom.services.exports.columns import ExportCell, ExportColumn, ExportStyle, file_cell
from tierloom.services.exports.inert import neutralise
from tierloom.services.exports.rows import RowChunks
from tierloom.services.exports.summary import Share, Summary, SummaryCell, Tinted
from tierloom.services.exports.tints import TINTS, Tint
from tierloom.text import T, Text

Tints = Mapping[Slot, Any]
"""The formats of coloured cells."""
MAX_ROWS = 1_048_575
MAX_COLUMNS = 16_384
MAX_TEXT = 32_767
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_SHEET_REFUSED = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def write_xlsx(
    target: Path,
    columns: Sequence[ExportColumn],
    chunks: RowChunks,
    style: ExportStyle,
    summary: Summary | None = None,
    sheet: str = "",
) -> Iterator[int]:
    """Write the workbook, yielding the number of rows after each chunk.

    Raises:
        Invalid: more rows, columns or text than a sheet can hold; the problem names the row and
            column.
    """
    if len(columns) > MAX_COLUMNS:
        raise _too_much(
            T("%(count)s columns are more than a sheet can hold.", count=len(columns)), ""
        )
    with xlsxwriter.Workbook(str(target), _OPTIONS) as book:
        tints = {slot: _tinted(book, tint) for slot, tint in TINTS.items()}
        if summary:
            _write_summary(book, summary, tints)
        page = book.add_worksheet(sheet_name(sheet))
        bold = book.add_format({"bold": True})
        for place, column in enumerate(columns):
            page.set_column(place, place, _width(column), _format(book, column.type))
            page.write_string(0, place, neutralise(column.label), bold)
        page.freeze_panes(1, 0)
        yield from _write_rows(_Page(book, page, columns, tints), chunks, style)


class _Page:
    """A sheet with its columns and their formats."""

    def __init__(self, book: Any, page: Any, columns: Sequence[ExportColumn], tints: Tints) -> None:
        self.page = page
        self.columns = columns
        self.tints = tints
        self.formats = [_format(book, column.type) for column in columns]

    def write(self, row: int, place: int, cell: ExportCell) -> None:
        match cell:
            case None:
                pass
            case str():
                if len(cell) > MAX_TEXT:
                    raise self._too_long(row, place)
                slot = self.columns[place].tints.get(cell)
                self.page.write_string(row, place, cell, self.tints[slot] if slot else None)
            case datetime() | date():
                self.page.write_datetime(row, place, cell, self.formats[place])
            case _:
                self.page.write_number(row, place, cell, self.formats[place])

    def _too_long(self, row: int, place: int) -> Invalid:
        message = T(
            "Row %(row)s, column “%(column)s”: the text is too long for a cell (%(limit)s).",
            row=row + 1,
            column=self.columns[place].label,
            limit=MAX_TEXT,
        )
        return _too_much(message, f"/rows/{row + 1}")


def _write_rows(page: _Page, chunks: RowChunks, style: ExportStyle) -> Iterator[int]:
    rows = 0
    for chunk in chunks:
        if rows + len(chunk) > MAX_ROWS:
            raise _too_much(T("There are more rows than a sheet can hold (%(n)s).", n=MAX_ROWS), "")
        for row in chunk:
            rows += 1
            for place, value in enumerate(row):
                page.write(rows, place, file_cell(page.columns[place], value, style))
        yield rows


def sheet_name(wanted: str) -> str:
    """Return a name that a sheet may have: at most 31 characters, none that is refused."""
    return wanted.translate(_SHEET_REFUSED).strip(" '")[:31] or "Data"


def _write_summary(book: Any, summary: Summary, tints: Tints) -> None:
    page = book.add_worksheet(sheet_name(summary.sheet))
    page.set_column(0, 0, 32)
    page.set_column(1, 8, 18)
    title = book.add_format({"bold": True, "font_size": 14})
    bold = book.add_format({"bold": True})
    percent = book.add_format({"num_format": "0.0%"})
    page.write_string(0, 0, neutralise(summary.title), title)
    row = 2
    for block in summary.blocks:
        page.write_string(row, 0, neutralise(block.heading), bold)
        for line in block.lines:
            row += 1
            for place, cell in enumerate(line):
                _write_summary_cell(page, row, place, cell, percent, tints)
        row += 2


def _write_summary_cell(
    page: Any, row: int, place: int, cell: SummaryCell | Share | Tinted, percent: Any, tints: Tints
) -> None:
    match cell:
        case None:
            pass
        case Share(value):
            page.write_number(row, place, value, percent)
        case Tinted(text, slot):
            page.write_string(row, place, neutralise(text)[:MAX_TEXT], tints[slot])
        case str():
            page.write_string(row, place, neutralise(cell)[:MAX_TEXT])
        case _:
            page.write_number(row, place, cell)


def _tinted(book: Any, tint: Tint) -> Any:
    return book.add_format({"bg_color": tint.chip, "font_color": tint.ink, "bold": True})


def _width(column: ExportColumn) -> int:
    wide = sum(2 if ord(letter) > 0x2E80 else 1 for letter in column.label)
    dated = column.type is not None and column.type.kind is FieldKind.DATETIME
    return min(40, max(20 if dated else 12, wide + 2))


def _format(book: Any, field_type: FieldType | None) -> Any | None:
    if field_type is None:
        return None
    decimals = "." + "0" * field_type.scale if field_type.scale else ""
    match field_type.kind:
        case FieldKind.DATE:
            pattern = "yyyy-mm-dd"
        case FieldKind.DATETIME:
            pattern = "yyyy-mm-dd hh:mm:ss"
        case FieldKind.PERCENT:
            places = max(0, field_type.scale - 2)
            pattern = "0" + ("." + "0" * places if places else "") + "%"
        case FieldKind.MONEY:
            pattern = "#,##0" + decimals
        case FieldKind.DECIMAL | FieldKind.INTEGER:
            pattern = "0" + decimals
        case _:
            return None
    return book.add_format({"num_format": pattern})


def _too_much(message: Text, pointer: str) -> Invalid:
    return Invalid([Problem("too-much-for-xlsx", pointer, message, T("Export as CSV instead."))])
