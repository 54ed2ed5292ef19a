"""Whole records against their table."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.unit.schemas.strategies import K
from tierloom.domain.fields import Field, FieldType, Link, Option, TimeSince
from tierloom.domain.tables import RecordType
from tierloom.schemas.records import parse_form, validate
from tierloom.text import Label, translator

ZONE = ZoneInfo("Asia/Shanghai")


def field(key, kind, **facts):
    own = {
        name: facts.pop(name) for name in ("required", "retired", "calculation") if name in facts
    }
    return Field(
        key, Label({"zh": f"字段{key}", "en": key.title()}), FieldType(kind, **facts), **own
    )


COLOURS = (Option("red", Label.of("Red")), Option("blue", Label.of("Blue"), retired=True))
CUSTOMERS = RecordType(
    "customers",
    Label({"zh": "客户", "en": "Customers"}),
    (
        field("name", K.TEXT, required=True, max_length=5, pattern=r"^\p{L}+$"),
        field("spend", K.MONEY, scale=2, currency="CNY", minimum=0, maximum=100.5),
        field("born", K.DATE, minimum=date(1900, 1, 1)),
        field("seen", K.DATETIME),
        field("colour", K.CHOICE, options=COLOURS),
        field("likes", K.CHOICES, options=COLOURS),
        field("company", K.REFERENCE, target="companies"),
        field("share", K.PERCENT, scale=4, maximum=0.3),
        field("member", K.BOOLEAN),
        field("gone", K.TEXT, retired=True, required=True),
        field("age", K.INTEGER, calculation=TimeSince("born")),
    ),
)


def codes(values, before=None):
    return {problem.pointer: problem.code for problem in validate(CUSTOMERS, values, before)}


def test_a_good_record_has_no_problems():
    values = {
        "name": "李雷", "spend": 100.5, "born": date(1990, 1, 31), "seen": datetime.now(UTC),
        "colour": "red", "likes": ("red",), "company": Link(None, "x"), "share": 0.3,
        "member": False,
    }  # fmt: skip
    assert codes(values) == {}


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("name", "", "required"),
        ("name", "abcdef", "too-long"),
        ("name", "a1", "no-match"),
        ("name", 5, "wrong-kind"),
        ("name", "a\x00", "wrong-kind"),
        ("spend", -0.01, "too-small"),
        ("spend", 100.51, "too-large"),
        ("spend", 1.234, "wrong-kind"),
        ("spend", float("nan"), "wrong-kind"),
        ("spend", True, "wrong-kind"),
        ("spend", "5", "wrong-kind"),
        ("born", date(1899, 12, 31), "too-small"),
        ("born", datetime(1990, 1, 1, tzinfo=UTC), "wrong-kind"),
        ("seen", datetime(1990, 1, 1), "wrong-kind"),  # noqa: DTZ001
        ("seen", date(1990, 1, 1), "wrong-kind"),
        ("colour", "green", "no-such-option"),
        ("colour", "blue", "retired-option"),
        ("colour", ("red",), "wrong-kind"),
        ("likes", ("red", "green"), "no-such-option"),
        ("likes", "red", "wrong-kind"),
        ("company", "x", "wrong-kind"),
        ("company", Link(1, "x" * 2000), "too-long"),
        ("share", 0.3001, "too-large"),
        ("member", 1, "wrong-kind"),
        ("gone", "x", "unknown-field"),
        ("age", 5, "unknown-field"),
        ("nickname", "x", "unknown-field"),
    ],
)
def test_each_fault_is_found_at_its_place(key, value, code):
    assert codes({"name": "李雷", key: value}) == {f"/{key}": code}


def test_a_record_keeps_a_retired_option_that_it_has():
    values = {"name": "李雷", "colour": "blue", "likes": ("red", "blue")}
    assert codes(values, {"colour": "blue", "likes": ("blue",)}) == {}
    assert codes(values, {"colour": "red", "likes": ("red",)}) == {
        "/colour": "retired-option",
        "/likes": "retired-option",
    }


def test_messages_name_field_and_limit():
    found = {p.pointer: p for p in validate(CUSTOMERS, {"spend": 101, "share": 1.0})}
    assert str(found["/name"].message) == "Name is required."
    assert str(found["/spend"].message) == "At most 100.5."
    assert str(found["/share"].message) == "At most 30%."
    assert "字段name" in translator("zh_Hans_CN").read(found["/name"].message)


def test_a_form_is_read_field_by_field():
    texts = {
        "name": " 李雷 ",
        "spend": "¥1,0",
        "likes": ["red", "Blue", "red"],
        "member": "on",
        "x": "1",
    }
    values, problems = parse_form(
        CUSTOMERS, ["name", "spend", "likes", "member", "born"], texts, ZONE
    )
    assert values == {"name": "李雷", "likes": ("red", "blue"), "member": True, "born": None}
    assert [(p.pointer, p.code) for p in problems] == [("/spend", "not-a-number")]


def test_a_form_reads_only_what_may_be_filled_in():
    texts = {"age": "5", "gone": "x", "name": ["a", "李雷"]}
    values, problems = parse_form(CUSTOMERS, ["age", "gone", "name"], texts, ZONE)
    assert values == {"name": "李雷"}
    assert [(p.pointer, p.code) for p in problems] == [
        ("/age", "unknown-field"),
        ("/gone", "unknown-field"),
    ]


def test_texts_have_a_limit_even_where_the_field_names_none():
    free = replace(CUSTOMERS, fields=(field("note", K.TEXT), field("story", K.LONG_TEXT)))
    assert [p.pointer for p in validate(free, {"note": "x" * 1_001, "story": "x" * 1_001})] == [
        "/note"
    ]


def test_a_least_length_is_said_in_words():
    one = replace(CUSTOMERS, fields=(field("code", K.TEXT, pattern=r"[\s\S]{3,}"),))
    assert [str(p.message) for p in validate(one, {"code": "ab"})] == ["At least 3 characters."]
    assert list(validate(one, {"code": "a\nb"})) == []
