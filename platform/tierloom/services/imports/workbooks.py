"""Workbooks (.xlsx): what a zip may hold is checked first, then one sheet is read as texts."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from tierloom.errors import Invalid, Problem
from tierloom.services.imports.encoding import cut_off
from tierloom.services.imports.headers import Header, find_header
from tierloom.services.imports.limits import (
    CHUNK_ROWS,
    MAX_ENTRIES,
    MAX_RATIO,
    MAX_SHEET_CELLS,
    MAX_UNZIPPED_BYTES,
    MIB,
    SAMPLE_ROWS,
)
from tierloom.services.imports.staging import RowWriter
from tierloom.text import T, Text

_DIMENSION = re.compile(rb"<dimension[^>]*ref=\"(?:[A-Z]+\d+:)?([A-Z]{1,3})(\d{1,7})\"")
_RATIO_MATTERS_FROM = MIB
_ROW_BLOCK = 5_000


def check_zip(path: Path) -> None:
    """Refuse a zip that would unpack to too much, or declares a sheet that is too large.

    Raises:
        Invalid: it would; or the file is cut off.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive.infolist())
            for entry in archive.infolist():
                if re.match(r"xl/worksheets/[^/]+\.xml$", entry.filename):
                    _check_dimension(archive, entry)
    except (zipfile.BadZipFile, EOFError, RuntimeError) as fault:
        raise cut_off() from fault


def open_sheet(path: Path, wanted: str = "") -> tuple[CalamineSheet, tuple[str, ...]]:
    """Return the sheet `wanted`, else the first visible one that is not empty, and the names of
    all.

    Raises:
        Invalid: no such sheet, or the workbook cannot be read.
    """
    try:
        book = CalamineWorkbook.from_path(str(path))
        shown = [
            one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible
        ]
        if wanted and wanted not in book.sheet_names:
            raise _refused("no-such-sheet", _no_sheet(wanted, book.sheet_names))
        for name in [wanted] if wanted else shown or book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.height or wanted:
                return sheet, tuple(book.sheet_names)
    except CalamineError as fault:
        raise _refused(
            "file-damaged", T("The workbook cannot be read: %(reason)s.", reason=str(fault))
        ) from fault
    raise _refused("empty-file", T("The workbook is empty: no sheet has a row."))


def sheet_header(sheet: CalamineSheet) -> Header:
    """Find the header of the sheet.

    Raises:
        Invalid: it has no row.
    """
    first = [[cell_text(cell) for cell in row] for row in islice(sheet.iter_rows(), SAMPLE_ROWS)]
    header = find_header(first)
    if header is None:
        raise _refused("empty-file", T("The sheet “%(sheet)s” is empty.", sheet=sheet.name))
    return header


def read_sheet(sheet: CalamineSheet, header: Header, writer: RowWriter) -> None:
    """Feed all rows under the header to `writer`."""
    rows = islice(sheet.iter_rows(), header.index + 1, None)
    number = header.index + 2
    for block in _blocks(rows):
        columns = [
            pa.array([cell_text(cell) for cell in column], pa.string())
            for column in zip(*block, strict=True)
        ]
        writer.write(columns, np.arange(number, number + len(block), dtype=np.int64))
        number += len(block)


def cell_text(cell: object) -> str:
    """Return a cell as people would type it: whole numbers without decimals, dates as ISO."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime():
            return cell.isoformat(" ")
        case date() | time():
            return cell.isoformat()
        case None:
            return ""
        case _:
            return str(cell)


def _blocks(rows: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    while block := list(islice(rows, min(_ROW_BLOCK, CHUNK_ROWS))):
        yield block


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise _bomb(T("it has %(count)s parts", count=len(entries)))
    total = sum(entry.file_size for entry in entries)
    if total > MAX_UNZIPPED_BYTES:
        raise _bomb(T("it unpacks to %(size)s MB", size=total // MIB))
    for entry in entries:
        if entry.file_size > max(_RATIO_MATTERS_FROM, MAX_RATIO * entry.compress_size):
            raise _bomb(
                T(
                    "“%(part)s” unpacks to more than %(ratio)s times its size",
                    part=entry.filename,
                    ratio=MAX_RATIO,
                )
            )


def _check_dimension(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with archive.open(entry) as stream:
        found = _DIMENSION.search(stream.read(64 * 1024))
    if found is None:
        return
    columns, rows = _column_number(found[1].decode()), int(found[2])
    if columns * rows > MAX_SHEET_CELLS:
        raise _bomb(
            T(
                "a sheet claims %(rows)s rows and %(columns)s columns",
                rows=rows,
                columns=columns,
            )
        )


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _bomb(what: Text) -> Invalid:
    message = T("The workbook is refused, because %(what)s.", what=what)
    hint = T("Delete empty rows and columns, or save the sheet as “CSV UTF-8”, and import that.")
    return Invalid([Problem("workbook-too-large", "", message, hint)])


def _refused(code: str, message: Text) -> Invalid:
    return Invalid([Problem(code, "", message)])


def _no_sheet(wanted: str, known: list[str]) -> Text:
    return T(
        "The workbook has no sheet “%(sheet)s”. It has: %(known)s.", sheet=wanted, known=list(known)
    )
