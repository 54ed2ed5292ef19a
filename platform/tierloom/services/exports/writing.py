"""The one way in which records leave as a file."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from tierloom.domain.people import Actor, Grant
from tierloom.fail_points import fail_point
from tierloom.services import authorize
from tierloom.services.exports.columns import ExportColumn, ExportStyle
from tierloom.services.exports.csv_file import write_csv
from tierloom.services.exports.rows import RowChunks
from tierloom.services.exports.summary import Summary
from tierloom.services.exports.workbook_file import write_xlsx


class ExportKind(StrEnum):
    """File formats of an export; the value is the file name's suffix."""

    CSV = "csv"
    XLSX = "xlsx"


def write_export(
    actor: Actor,
    target: Path,
    kind: ExportKind,
    columns: Sequence[ExportColumn],
    chunks: RowChunks,
    style: ExportStyle,
    *,
    summary: Summary | None = None,
    sheet: str = "",
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write rows to `target` and return their number. The file appears when it is whole; a fault
    leaves none.

    What the actor may see is decided by whoever gives the rows: masked values come in as masks.

    Raises:
        Forbidden: the actor may not export. Invalid: the rows do not fit into a workbook.
    """
    authorize.require(actor, Grant.EXPORT)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    rows = 0
    try:
        match kind:
            case ExportKind.CSV:
                steps = write_csv(partial, columns, chunks, style)
            case ExportKind.XLSX:
                steps = write_xlsx(partial, columns, chunks, style, summary, sheet)
        for rows in steps:
            if progress:
                progress(rows)
        fail_point("export-in-file")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return rows
