"""People and regions in files: by name where the name reads back, else by login or code."""

from zoneinfo import ZoneInfo

import pytest

from tierloom.domain.fields import FieldKind, FieldType, Value
from tierloom.schemas.parsing import parse_text
from tierloom.schemas.person_text import person_option
from tierloom.services.exports.columns import ExportColumn, ExportStyle, file_cell, file_text
from tierloom.text import translator

ZONE = ZoneInfo("Asia/Shanghai")
PEOPLE = FieldType(
    FieldKind.PERSON,
    options=(
        person_option(1, "王芳", "wang.fang"),
        person_option(7, "李明", "li.ming"),
        person_option(8, "李明", "liming2", shut_out=True),
    ),
)
REGION, RATING = FieldType(FieldKind.REGION), FieldType(FieldKind.RATING)


@pytest.mark.parametrize(
    ("kind", "value", "zh", "en"),
    [
        (PEOPLE, 1, "王芳", "王芳"),
        (PEOPLE, 8, "liming2", "liming2"),
        (REGION, "440305", "广东省深圳市南山区", "Nanshan, Shenzhen, Guangdong"),
        (REGION, "220000", "吉林省", "220000"),
        (RATING, 4, "4", "4"),
    ],
)
def test_a_value_in_a_file_reads_back(kind: FieldType, value: Value, zh: str, en: str) -> None:
    for locale, wanted in (("zh_Hans_CN", zh), ("en", en)):
        style = ExportStyle(translator(locale), ZONE)
        text = file_text(ExportColumn("What", kind), value, style)
        assert text == wanted
        assert parse_text(kind, text, ZONE) == value


def test_a_workbook_holds_words_for_people_and_numbers_for_stars() -> None:
    style = ExportStyle(translator("en"), ZONE)
    assert file_cell(ExportColumn("Owner", PEOPLE), 1, style) == "王芳"
    assert file_cell(ExportColumn("Owner", PEOPLE), 99, style) == "#99"
    assert file_cell(ExportColumn("Stars", RATING), 4, style) == 4
    assert file_cell(ExportColumn("Home", REGION), "310000", style) == "Shanghai"
