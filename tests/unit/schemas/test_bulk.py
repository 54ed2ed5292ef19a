"""A column read at once gives what its cells give one by one."""

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.schemas.strategies import ZONES, K, field_types, values
from tierloom.domain.fields import Field, FieldType, Link, Option
from tierloom.schemas.bulk import UNKNOWN_WORDS, parse_column, read_column, validate_column
from tierloom.schemas.display import edit_text
from tierloom.schemas.field_types import from_cell, is_text_storage, to_cell
from tierloom.schemas.parsing import BadText, parse_text
from tierloom.schemas.records import check_value
from tierloom.text import Label

UTC = ZoneInfo("UTC")
DIRT = [
    "", " ", "x", "12", "12.5", "-0", "0012", "5.", "17850.0", "12.50", "1,234.5", "¥5", "12%",
    "1e3", "999999999999999", "9999999999999999", "0.0000001", "是", "true", "2024-02-29",
    "2023-02-29", "2024-02-29 00:00:00", "20240305", "2024-03-10 02:30:00", "2024-11-03 01:30",
    "2024-10-06 02:15:00", "2010-12-01 08:26:00", "1000-01-01 23:59:59", "2024-01-01 24:00",
    "13800138000", "+86 138 0013 8000", "a@b.cn", "A@B.CN", "cafe\u0301", "客户（一）", " 客户 ",
    "two\nlines", "a|b", "|a|", "\u200bhidden", "12345 ", "hello world", "nullable", "-", "NULL",
    "nan", "#N/A",
]  # fmt: skip


def one_by_one(field_type, text, zone):
    """The cell, or the problem's code: what `parse_text` makes of one text of a file."""
    if text is None or text.strip() in UNKNOWN_WORDS:
        return None, None
    try:
        value = parse_text(field_type, text, zone)
    except BadText as bad:
        return None, bad.problem.code
    return (value.key if isinstance(value, Link) else to_cell(field_type, value)), None


@st.composite
def dirty_columns(draw):
    field_type = draw(field_types())
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    clean = st.nothing() if field_type.kind is K.REFERENCE else values(field_type).map(
        lambda value: edit_text(field_type, value, zone)
    )  # fmt: skip
    text = st.one_of(
        st.none(), st.sampled_from(DIRT), clean, clean.map(" {} ".format), st.text(max_size=8),
        clean.filter(lambda one: len(one) < 15).map(lambda one: one + "0"),
    )  # fmt: skip
    storable = text.filter(
        lambda one: one is None or not any("\ud800" <= c <= "\udfff" for c in one)
    )
    return field_type, draw(st.lists(storable, max_size=12)), zone


@given(dirty_columns())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_column_is_read_like_its_cells(case):
    field_type, texts, zone = case
    found = parse_column(field_type, pa.array(texts, pa.string()), zone)
    expected = [one_by_one(field_type, text, zone) for text in texts]
    assert found.cells.to_pylist() == [cell for cell, _ in expected]
    assert found.bad.tolist() == [code is not None for _, code in expected]
    assert {row: problem.code for row, problem in found.problems.items()} == {
        row: code for row, (_, code) in enumerate(expected) if code
    }


@given(st.data(), field_types(tuple(kind for kind in K if kind is not K.REFERENCE)), st.booleans())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_column_is_checked_like_its_values(data, field_type, required):
    one = Field("f", Label.of("F"), field_type, required=required)
    some = data.draw(st.lists(st.none() | values(field_type), max_size=8))
    cells = [to_cell(field_type, value) for value in some]
    kind = pa.string() if is_text_storage(field_type) else pa.int64()
    found = validate_column(one, pa.array(cells, kind))
    expected = [
        any(p.code != "retired-option" for p in check_value(one, from_cell(field_type, cell)))
        for cell in cells
    ]
    assert found.bad.tolist() == expected
    assert found.cells.to_pylist() == [
        None if bad else cell for cell, bad in zip(cells, expected, strict=True)
    ]


def test_numbers_with_the_noise_of_doubles_are_money_all_the_same():
    yuan = FieldType(K.MONEY, 2, "CNY")
    found = parse_column(yuan, pa.array(["11.940000000000001", "139.11999999999998", "1.005"]), UTC)
    assert found.cells.to_pylist() == [1194, 13912, None]
    assert found.problems[2].code == "too-many-decimals"


def test_words_for_nothing_are_unknown_in_files_only():
    text = FieldType(K.TEXT)
    words = sorted(UNKNOWN_WORDS)
    found = parse_column(text, pa.array([*words, " NULL ", "Null", "NULLs"]), UTC)
    assert found.cells.to_pylist() == [*[None] * len(words), None, "Null", "NULLs"]
    assert parse_text(text, "NULL", UTC) == "NULL"


@pytest.mark.parametrize(
    "column",
    [
        pa.chunked_array([["1", "2.0"], ["x", None]]),
        pa.array(["1", "2.0", "x", None], pa.large_string()),
        pa.array(["1", "2.0", "x", None]).dictionary_encode(),
        pa.chunked_array([["1", "2.0"], ["x", None]]).dictionary_encode(),
        pa.array(["?", "1", "2.0", "x", None]).slice(1),
    ],
)
def test_every_shape_of_a_text_column_is_read(column):
    found = parse_column(FieldType(K.INTEGER), column, UTC)
    assert found.cells.to_pylist() == [1, 2, None, None]
    assert found.bad.tolist() == [False, False, True, False]


def test_an_empty_column():
    for column in (pa.array([], pa.string()), pa.chunked_array([], pa.string())):
        found = parse_column(FieldType(K.DATE), column, UTC)
        assert len(found.cells) == 0
        assert found.cells.type == pa.int64()


def test_a_field_reads_and_checks_at_once_and_names_itself():
    one = Field("age", Label.of("Age"), FieldType(K.INTEGER, minimum=18, maximum=99), required=True)
    found = read_column(one, pa.array(["20", "17", "x", None, "120"]), UTC)
    assert found.cells.to_pylist() == [20, None, None, None, None]
    assert {row: problem.code for row, problem in found.problems.items()} == {
        1: "too-small", 2: "not-a-number", 3: "required", 4: "too-large",
    }  # fmt: skip
    assert {problem.pointer for problem in found.problems.values()} == {"/age"}


def test_dates_and_options_and_limits():
    day = Field("d", Label.of("D"), FieldType(K.DATE, minimum=date(2024, 1, 1)))
    found = read_column(day, pa.array(["2024-01-01", "2023-12-31", "1970-01-02"]), UTC)
    assert found.bad.tolist() == [False, True, True]
    plan = FieldType(
        K.CHOICE, options=(Option("a", Label.of("Alpha")), Option("b", Label.of("B"), True))
    )
    found = read_column(Field("c", Label.of("C"), plan), pa.array(["alpha", "B", "c"]), UTC)
    assert found.cells.to_pylist() == ["a", "b", None]
    assert found.problems[2].code == "no-such-option"


def test_problems_are_kept_for_the_first_rows_only():
    found = parse_column(FieldType(K.INTEGER), pa.array(["x"] * 25_000), UTC)
    assert int(np.count_nonzero(found.bad)) == 25_000
    assert set(found.problems) == set(range(10_000))
