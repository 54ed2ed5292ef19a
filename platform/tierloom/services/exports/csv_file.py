"""CSV as spreadsheets like it: UTF-8 with a mark, inert texts, CRLF."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from tierloom.services.exports.columns import ExportColumn, ExportStyle, file_text
from tierloom.services.exports.inert import neutralise
from tierloom.services.exports.rows import RowChunks


def write_csv(
    target: Path, columns: Sequence[ExportColumn], chunks: RowChunks, style: ExportStyle
) -> Iterator[int]:
    """Write the file, yielding the number of rows after each chunk."""
    rows = 0
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([neutralise(column.label) for column in columns])
        for chunk in chunks:
            writer.writerows(
                [
                    file_text(column, value, style)
                    for column, value in zip(columns, row, strict=True)
                ]
                for row in chunk
            )
            rows += len(chunk)
            yield rows
