"""docs/import.md gives the limits that hold."""

import re
from pathlib import Path

from tierloom.services.imports import limits

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/import.md").read_text("utf-8")


def table(heading: str) -> dict[str, int]:
    """The two-column table under a heading, with its numbers."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| ([\d,]+)(?: \w+)? \|$", section, re.MULTILINE)
    return {what: int(number.replace(",", "")) for what, number in rows}


def test_limits() -> None:
    reading = limits.ReadLimits()
    assert table("Limits") == {
        "unpacked text": limits.MAX_TEXT_BYTES // limits.MIB,
        "one cell": limits.MAX_CELL_BYTES // limits.MIB,
        "columns": limits.MAX_COLUMNS,
        "workbook, unpacked": limits.MAX_UNZIPPED_BYTES // limits.MIB,
        "cells that a sheet may claim": limits.MAX_SHEET_CELLS,
        "growth of a workbook's part when unpacked": limits.MAX_RATIO,
        "memory of the reading process": reading.memory_bytes // limits.MIB,
        "computing time": reading.cpu_seconds,
        "time by the clock": int(reading.wall_seconds),
    }


def test_chunk_size() -> None:
    (size,) = re.findall(r"chunks of at most ([\d,]+)", PAGE)
    assert int(size.replace(",", "")) == limits.CHUNK_ROWS


def test_upload_size() -> None:
    views = (ROOT / "platform/tierloom/web/imports/views.py").read_text("utf-8")
    (size,) = re.findall(r"body_limit\((\d+) \* MEBIBYTE\)", views)
    assert f"files of up to {size} MB" in PAGE
