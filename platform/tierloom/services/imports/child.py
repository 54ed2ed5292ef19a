"""The process that reads a file: `python -m tierloom.services.imports.child` with its order as JSON
on standard input.

It limits itself before it looks at the file, writes the rows into the job's folder, and answers
with one line of JSON: the shape, or problems. Whatever a file does to it, the process that asked
stays alive.
"""

import hashlib
import json
import resource
import sys
from pathlib import Path

from tierloom.domain.rules import Json
from tierloom.errors import Invalid, Problem
from tierloom.services.imports import delimited, workbooks
from tierloom.services.imports.encoding import to_utf8
from tierloom.services.imports.limits import ReadLimits
from tierloom.services.imports.order import Order
from tierloom.services.imports.problem_rows import ProblemRows
from tierloom.services.imports.shape import RAGGED_FILE, SHAPE_FILE, FileShape
from tierloom.services.imports.staging import RowWriter
from tierloom.services.notes import problem_to_json
from tierloom.text import T

_TEXT_FILE = "text.csv"
_ZIP = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


def limit_process(limits: ReadLimits) -> None:
    """Put the limits on this process; it cannot lift them again."""
    for what, amount in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        value = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        resource.setrlimit(what, (value, value))


def read(order: Order) -> FileShape:
    """Read the file into the folder.

    Raises:
        Invalid: it cannot be taken, and why.
    """
    source, folder = Path(order.source), Path(order.folder)
    with source.open("rb") as stream:
        head = stream.read(4)
    if not head:
        raise _refused("empty-file", Problem("", "", T("The file is empty: it has no row.")))
    if head == _OLD_WORKBOOK:
        message = T("This is a workbook of the old kind (.xls), or one with a password.")
        hint = T("Open it and save it as .xlsx or “CSV UTF-8”.")
        raise _refused("old-workbook", Problem("", "", message, hint))
    with ProblemRows(folder, RAGGED_FILE) as ragged:
        shape = (_workbook if head == _ZIP else _text)(order, source, folder, ragged)
    if not shape.total:
        message = T(
            "The file has a header in row %(row)s, and no row under it.", row=shape.header_row
        )
        raise _refused("no-rows", Problem("", "", message))
    return shape


def _refused(code: str, problem: Problem) -> Invalid:
    return Invalid([Problem(code, "", problem.message, problem.hint)])


def _text(order: Order, source: Path, folder: Path, ragged: ProblemRows) -> FileShape:
    text = folder / _TEXT_FILE
    try:
        encoding = to_utf8(source, text)
        layout = delimited.find_layout(text)
        with RowWriter(folder, layout.header.names) as writer:
            delimited.read_rows(text, layout, writer, ragged)
    finally:
        text.unlink(missing_ok=True)
    return FileShape(
        name=order.name,
        columns=writer.columns,
        rows=writer.rows,
        ragged=ragged.count,
        header_row=layout.header.index + 1,
        encoding=encoding,
        delimiter=layout.delimiter,
        digest=_digest(source),
        problems=layout.header.problems,
    )


def _workbook(order: Order, source: Path, folder: Path, ragged: ProblemRows) -> FileShape:
    workbooks.check_zip(source)
    sheet, sheets = workbooks.open_sheet(source, order.sheet)
    header = workbooks.sheet_header(sheet)
    with RowWriter(folder, header.names) as writer:
        workbooks.read_sheet(sheet, header, writer)
    return FileShape(
        name=order.name,
        columns=writer.columns,
        rows=writer.rows,
        ragged=ragged.count,
        header_row=header.index + 1,
        encoding="xlsx",
        delimiter="",
        digest=_digest(source),
        sheet=sheet.name,
        sheets=sheets,
        problems=header.problems,
    )


def _digest(source: Path) -> str:
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def main() -> int:
    """Carry out the order on standard input."""
    order = Order.from_json(sys.stdin.read())
    limit_process(order.limits)
    try:
        shape = read(order).to_json()
        partial = Path(order.folder) / f"{SHAPE_FILE}.part"
        partial.write_text(json.dumps(shape, ensure_ascii=False), "utf-8")
        partial.replace(Path(order.folder) / SHAPE_FILE)
        answer: Json = {"shape": shape}
    except Invalid as fault:
        answer = {"problems": [problem_to_json(one) for one in fault.problems]}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
