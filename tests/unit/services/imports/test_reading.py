"""Files as people have them: every one is read, or refused with its place and reason."""

import gzip
import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from tests.unit.services.imports.files import read_bytes, staged
from tierloom.errors import Invalid
from tierloom.services.imports.limits import ReadLimits
from tierloom.services.imports.problem_rows import first_problem_rows
from tierloom.services.imports.reading import read_file
from tierloom.services.imports.shape import FileShape

CHINESE = "姓名,城市\n张三,北京\n李四,上海\n"


def refused(folder: Path, data: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        read_bytes(folder, data)
    return " ".join(str(one) for one in caught.value.problems)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (CHINESE.encode(), "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8"),
        (CHINESE.encode("gb18030"), "gb18030"),
        (b"\xff\xfe" + CHINESE.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + CHINESE.encode("utf-16-be"), "utf-16-be"),
        (gzip.compress(CHINESE.encode("gb18030"), mtime=0), "gb18030"),
    ],
)
def test_encodings(tmp_path: Path, data: bytes, encoding: str) -> None:
    shape = read_bytes(tmp_path, data)
    assert shape.encoding == encoding
    assert shape.column_names == ("姓名", "城市")
    assert staged(tmp_path) == [("张三", "北京", 2), ("李四", "上海", 3)]
    assert shape.columns[0].samples == ("张三", "李四")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path: Path, delimiter: str, end: str) -> None:
    lines = [["a", "b", "c"], ["1", "x y", "3"], ["4", "", "6"]]
    text = end.join(delimiter.join(line) for line in lines)
    shape = read_bytes(tmp_path, text.encode())
    assert (shape.delimiter, shape.column_names) == (delimiter, ("a", "b", "c"))
    assert staged(tmp_path) == [("1", "x y", "3", 2), ("4", "", "6", 3)]


def test_titles_above_the_header_are_skipped_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    text = "客户清单,,\n导出时间,2026-01-01,\n\n编号,姓名,城市\n1,a,b\n,,\n\n2,c,d\n"
    shape = read_bytes(tmp_path, text.encode())
    assert shape.header_row == 4
    assert shape.column_names == ("编号", "姓名", "城市")
    assert staged(tmp_path) == [("1", "a", "b", 5), ("2", "c", "d", 8)]
    assert shape.total == 2


def test_a_quoted_line_break_is_one_row(tmp_path: Path) -> None:
    shape = read_bytes(tmp_path, b'a,b\n"x\ny","say ""hi"""\n1,2\n')
    assert shape.rows == 2
    assert staged(tmp_path) == [("x\ny", 'say "hi"', 2), ("1", "2", 3)]


def test_ragged_rows_are_problem_rows(tmp_path: Path) -> None:
    shape = read_bytes(tmp_path, b"a,b,c\n1,2,3\n4,5\n6,7,8\n9,10,11,12\n13,14,15\n")
    assert (shape.rows, shape.ragged, shape.total) == (3, 2, 5)
    assert [row[-1] for row in staged(tmp_path)] == [2, 4, 6]
    problems = first_problem_rows([tmp_path / "ragged.jsonl"])
    assert [(one.row, one.value) for one in problems] == [(3, "4,5"), (5, "9,10,11,12")]
    assert str(problems[0].problem.message) == "The row has 2 cells, the header has 3."


def test_blank_rows_are_no_rows_however_wide_they_are(tmp_path: Path) -> None:
    shape = read_bytes(tmp_path, b'a,b,c\n1,2,3\n,\n""\n,,,,\n , ,\n4,5,6\n,,,\n')
    assert (shape.rows, shape.ragged) == (2, 0)
    assert [row[-1] for row in staged(tmp_path)] == [2, 7]


def test_repeated_and_missing_headers(tmp_path: Path) -> None:
    shape = read_bytes(tmp_path, b"a,a,,a (2)\n1,2,3,4\n")
    assert shape.column_names == ("a", "a (3)", "#3", "a (2)")
    assert [one.code for one in shape.problems] == ["duplicate-header"]
    assert "Column 2" in str(shape.problems[0])


def test_a_file_of_one_column(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, b"name\nAnn\nBob\n").rows == 2


def test_excels_own_delimiter_line(tmp_path: Path) -> None:
    shape = read_bytes(tmp_path, b"sep=;\na;b\n1,5;2\n")
    assert (shape.delimiter, shape.header_row) == (";", 2)
    assert staged(tmp_path) == [("1,5", "2", 3)]


def test_our_own_escapes_are_undone(tmp_path: Path) -> None:
    read_bytes(tmp_path, b"a,b\n'=1+1,'+86\n''-x,'plain'\n")
    assert staged(tmp_path) == [("=1+1", "+86", 2), ("'-x", "'plain'", 3)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\n\n,,\n", "empty"),
        (b"a,b\n", "header in row 1, and no row"),
        (b"a,b\n\n,\n", "header in row 1, and no row"),
        (b"a,b\nx,\xff\xff\n", "Row 2 holds bytes"),
        (CHINESE.encode() * 5 + b"\xff,x\n", "Row 16 holds bytes"),
        (CHINESE.encode()[:-2], "cut off"),
        (b"a,b\n1,2\n3,4\x00\n", "Row 3, column 2 holds a NUL"),
        (b'a,b\n1,2\n3,"open\nx,y\n', "cut off"),
        (b'a,b\n1,2\n"open,3\n', "cut off"),
        (gzip.compress(b"a,b\n1,2\n" * 500, mtime=0)[:-30], "cut off"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9] + b"xxxxxxxxx", "damaged"),
        (b"\xd0\xcf\x11\xe0 old", ".xls"),
        (b"a,b\n1," + b"x" * (11 << 20) + b"\n", "Row 2, column “b” holds more than 10 MB"),
        (b"a,b\n" + b"1,2\n" * 9 + b'1,"' + b"x\n" * (15 << 20), "After row 10 a cell is larger"),
        (b",".join(b"c%d" % n for n in range(20_001)) + b"\n", "20001 columns"),
        (b"PK\x03\x04 nonsense", "cut off"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    assert words in refused(tmp_path, data)


def test_a_closed_quote_at_the_end_is_no_cut(tmp_path: Path) -> None:
    for tail in (b'"x"', b'""', b'"a""b"', b'"say ""x"""', b'5"', b'"x"\n', b'"x\ny"\r\n\r\n'):
        assert read_bytes(tmp_path, b"a,b\n1,2\n3," + tail).rows == 2, tail


def workbook(*rows: list[object], hidden: bool = False) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    empty = book.add_worksheet("empty")
    page = book.add_worksheet("客户")
    if hidden:
        book.add_worksheet("shown").write(0, 0, "x")
        page.hide()
        empty.hide()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            match cell:
                case datetime():
                    page.write_datetime(number, place + 1, cell, moment)
                case date():
                    page.write_datetime(number, place + 1, cell, day)
                case None:
                    pass
                case _:
                    page.write(number, place + 1, cell)
    book.close()
    return buffer.getvalue()


def test_workbooks_become_the_texts_that_people_would_type(tmp_path: Path) -> None:
    data = workbook(
        ["客户清单"], [], ["编号", "金额", "日期", "时间", "会员"],
        [17850.0, 12.5, date(2024, 3, 5), datetime(2024, 3, 5, 1, 2, 3), True],  # noqa: DTZ001
        [],
        [13800138000, 0.1, None, None, False],
    )  # fmt: skip
    shape = read_bytes(tmp_path, data)
    assert (shape.sheet, shape.sheets, shape.header_row) == ("客户", ("empty", "客户"), 3)
    assert staged(tmp_path) == [
        ("17850", "12.5", "2024-03-05", "2024-03-05 01:02:03", "true", 4),
        ("13800138000", "0.1", "", "", "false", 6),
    ]


def test_a_sheet_by_name(tmp_path: Path) -> None:
    data = workbook(["a"], ["1"], hidden=True)
    assert read_bytes(tmp_path, data, "客户").rows == 1
    with pytest.raises(Invalid, match="no sheet “x”"):
        read_bytes(tmp_path, data, "x")


def test_a_workbook_cut_off_in_the_middle(tmp_path: Path) -> None:
    data = workbook(["a"], ["1"])
    for size in (len(data) - 10, len(data) // 2):
        assert "cut off" in refused(tmp_path, data[:size])


def test_an_empty_workbook(tmp_path: Path) -> None:
    assert "empty" in refused(tmp_path, workbook())


def repacked(data: bytes, change: "dict[str, bytes]") -> bytes:
    """A workbook with some of its parts replaced or added."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in change:
                new.writestr(name, old.read(name))
        for name, body in change.items():
            new.writestr(name, body)
    return buffer.getvalue()


SHEET = b"""<?xml version="1.0"?><worksheet
 xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s<sheetData>%s</sheetData></worksheet>"""
CORNERS = (
    b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
)


def test_a_bomb_by_ratio_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = repacked(workbook(["a"], ["1"]), {"xl/worksheets/sheet2.xml": b" " * (64 << 20)})
    assert len(bomb) < 100_000
    assert "unpacks to more than 200 times" in refused(tmp_path, bomb)


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    bomb = repacked(workbook(["a"], ["1"]), {f"x{n}": b"" for n in range(10_001)})
    assert "parts" in refused(tmp_path, bomb)


def test_a_huge_dimension_is_refused(tmp_path: Path) -> None:
    sheet = SHEET % (b'<dimension ref="A1:XFD1048576"/>', CORNERS)
    bomb = repacked(workbook(["a"], ["1"]), {"xl/worksheets/sheet2.xml": sheet})
    assert "1048576 rows and 16384 columns" in refused(tmp_path, bomb)


def test_a_bomb_that_does_not_say_so_ends_only_its_own_process(tmp_path: Path) -> None:
    bomb = repacked(workbook(["a"], ["1"]), {"xl/worksheets/sheet2.xml": SHEET % (b"", CORNERS)})
    source = tmp_path / "bomb.xlsx"
    source.write_bytes(bomb)
    with pytest.raises(Invalid, match="needs more than 1536 MB of memory"):
        read_file(source, tmp_path / "job", "bomb.xlsx")


def test_a_process_of_its_own_gives_the_same_shape(tmp_path: Path) -> None:
    data = CHINESE.encode("gb18030") + b"x\n"
    here = read_bytes(tmp_path / "a", data)
    there = read_file(tmp_path / "a" / "source", tmp_path / "b", "file")
    assert there == here == FileShape.load(tmp_path / "b")
    assert staged(tmp_path / "a") == staged(tmp_path / "b")
    with pytest.raises(Invalid, match="The file is empty"):
        read_file(Path("/dev/null"), tmp_path / "c", "x")


def test_reading_without_end_is_stopped(tmp_path: Path) -> None:
    source = tmp_path / "big.csv"
    source.write_bytes(b"a,b\n" + b"1,2\n" * 2_000_000)
    with pytest.raises(Invalid, match="took too long"):
        read_file(source, tmp_path / "job", "big.csv", limits=ReadLimits(wall_seconds=0.05))


def test_a_file_larger_than_what_the_process_may_write_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "big.csv"
    source.write_bytes(b"a,b\n" + b"1,2\n" * 100_000)
    with pytest.raises(Invalid, match="larger than 0 MB"):
        read_file(source, tmp_path / "job", "big.csv", limits=ReadLimits(file_bytes=100_000))
