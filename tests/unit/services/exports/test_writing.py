"""Files that leave: CSV and XLSX, cell by cell."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from tierloom.domain.fields import FieldKind, FieldType, Link, Option, Value
from tierloom.domain.people import Actor, Role
from tierloom.errors import Forbidden, Invalid
from tierloom.services.exports.columns import ExportColumn, ExportStyle
from tierloom.services.exports.naming import export_file_name
from tierloom.services.exports.summary import Share, Summary, SummaryBlock
from tierloom.services.exports.writing import ExportKind, write_export
from tierloom.text import Label, translator

OWNER = Actor(1, "Li", 1, Role.OWNER)
STYLE = ExportStyle(translator("en"), ZoneInfo("Asia/Shanghai"))
CITIES = (
    Option("bj", Label({"zh": "北京", "en": "Beijing"})),
    Option("sh", Label({"zh": "上海", "en": "Shanghai"})),
    Option("x", Label({"en": "A, B"})),
)
COLUMNS = (
    ExportColumn("=Name", FieldType(FieldKind.TEXT)),
    ExportColumn("Orders", FieldType(FieldKind.INTEGER)),
    ExportColumn("Spend", FieldType(FieldKind.MONEY, scale=2, currency="CNY")),
    ExportColumn("Share", FieldType(FieldKind.PERCENT, scale=4)),
    ExportColumn("Day", FieldType(FieldKind.DATE)),
    ExportColumn("At", FieldType(FieldKind.DATETIME)),
    ExportColumn("City", FieldType(FieldKind.CHOICE, options=CITIES)),
    ExportColumn("Plus", FieldType(FieldKind.BOOLEAN)),
    ExportColumn("Customer", FieldType(FieldKind.REFERENCE, target="customers")),
    ExportColumn("Tier"),
    ExportColumn("Phone", FieldType(FieldKind.PHONE), masked=True),
)
AT = datetime(2024, 3, 5, 16, 0, 30, tzinfo=UTC)
ROWS: list[list[Value]] = [
    [
        "=1+1",
        3,
        -139.5,
        0.125,
        date(2024, 3, 5),
        AT,
        "bj",
        True,
        Link(7, "-17"),
        "Gold",
        "138****8000",
    ],
    [None] * 11,
    ["王", -4, 0.0, 0.0, date(1899, 1, 1), None, "x", False, None, "Everyone else", "***"],
]


def chunks() -> Iterator[list[list[Value]]]:
    yield ROWS[:2]
    yield ROWS[2:]


def test_csv(tmp_path: Path) -> None:
    target = tmp_path / "a" / "out.csv"
    heard: list[int] = []
    count = write_export(
        OWNER, target, ExportKind.CSV, COLUMNS, chunks(), STYLE, progress=heard.append
    )
    assert (count, heard) == (3, [2, 3])
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    with target.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    assert lines[0][:2] == ["'=Name", "Orders"]
    assert lines[1] == [
        "'=1+1", "3", "-139.50", "12.5%", "2024-03-05", "2024-03-06 00:00:30", "Beijing", "Yes", "'-17",
        "Gold", "138****8000",
    ]  # fmt: skip
    assert lines[2] == [""] * 11
    assert lines[3][6] == "x"  # the label holds a separator, so that the key is the safe word


def test_xlsx_has_typed_cells(tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    summary = Summary(
        "Summary",
        "Value tiers",
        (SummaryBlock("Sizes", (("=Gold", 12, Share(0.25)), ("All", 48, None))),),
    )
    write_export(
        OWNER, target, ExportKind.XLSX, COLUMNS, chunks(), STYLE, summary=summary, sheet="黄金/一"
    )
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["Summary", "黄金 一"]
    page = book["黄金 一"]
    row = [cell.value for cell in page[2]]
    assert row[:4] == ["'=1+1", 3, -139.5, 0.125]
    assert row[4:6] == [datetime(2024, 3, 5), datetime(2024, 3, 6, 0, 0, 30)]  # noqa: DTZ001
    assert row[6:] == ["Beijing", "Yes", "'-17", "Gold", "138****8000"]
    assert page[2][0].data_type == "s"
    assert page[4][4].value == "1899-01-01"  # before the days that spreadsheets can count
    assert page[2][3].number_format == "0.00%"
    numbers = [[cell.value for cell in line] for line in book["Summary"].iter_rows(min_row=3)]
    assert numbers == [["Sizes", None, None], ["'=Gold", 12, 0.25], ["All", 48, None]]
    assert not list(tmp_path.glob("*.part"))


def test_a_text_that_no_cell_can_hold_names_row_and_column(tmp_path: Path) -> None:
    rows: list[list[list[Value]]] = [[["a"], ["x" * 40_000]]]
    columns = [ExportColumn("Notes", FieldType(FieldKind.LONG_TEXT))]
    with pytest.raises(Invalid) as caught:
        write_export(OWNER, tmp_path / "o.xlsx", ExportKind.XLSX, columns, rows, STYLE)
    assert "Row 3" in str(caught.value)
    assert "Notes" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_who_may_not_export_gets_no_file(tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        write_export(
            Actor(2, "V", 1, Role.VIEWER),
            tmp_path / "o.csv",
            ExportKind.CSV,
            COLUMNS,
            chunks(),
            STYLE,
        )
    assert list(tmp_path.iterdir()) == []


def test_file_names() -> None:
    day = date(2026, 11, 21)
    assert export_file_name(["价值分层", "黄金"], day, "xlsx") == "价值分层-黄金-2026-11-21.xlsx"
    assert export_file_name(["../a:b\n", ""], day, "csv") == "_a_b_-2026-11-21.csv"
