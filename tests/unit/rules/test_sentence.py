"""Sentences: the glossary's own example in both languages, and one of every kind."""

from typing import Any

import pytest
from hypothesis import given, settings

from tests.unit.rules.builder.test_round_trip import numbered, roots
from tests.unit.rules.world import CATALOGUE, OBJECTS, ZONE, var, words
from tierloom.domain.fields import Field, FieldKind, FieldType, Option
from tierloom.domain.rules import EVERYBODY, NOBODY, RuleDocument
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.rules import operators
from tierloom.rules.builder import OPERATORS, QUANTIFIERS, Condition, Group
from tierloom.rules.sentence import sentence, sentence_of
from tierloom.text import Label, Text, translator

ZH, EN = "zh_Hans_CN", "en"
MONEY = FieldType(FieldKind.MONEY, scale=2, currency="CNY")
SHOP = Catalogue(
    {
        "customers": RecordType(
            "customers",
            words("客户", "Customers"),
            (
                Field(
                    "spend",
                    words("消费", "Spend"),
                    MONEY,
                    wording=words("近 12 个月消费{value}", "spent {value} in the last 12 months"),
                ),
                Field(
                    "last",
                    words("末次", "Last"),
                    FieldType(FieldKind.DATE),
                    wording=words("{value}下过单", "ordered {value}"),
                ),
                Field(
                    "orders_n",
                    words("下单", "Orders"),
                    FieldType(FieldKind.INTEGER),
                    wording=words("近 12 个月下单{value}", "placed {value} in the last 12 months"),
                    unit=words("次", "orders"),
                ),
                Field(
                    "plus",
                    words("Plus 会员", "Plus member"),
                    FieldType(FieldKind.BOOLEAN),
                    wording=words("是 Plus 会员", "is a Plus member"),
                ),
                Field(
                    "city",
                    words("城市", "City"),
                    FieldType(
                        FieldKind.CHOICE,
                        options=(
                            Option("sh", words("上海", "Shanghai")),
                            Option("bj", words("北京", "Beijing")),
                        ),
                    ),
                    wording=Label({"en": "lives in {value}", "zh": "城市为{value}"}),
                ),
            ),
        )
    }
)


def last_days(field: str, days: int) -> Any:
    since = {"days_since": [var(field)]}
    return {"and": [{">=": [since, 0]}, {"<": [since, days]}]}


PLUS: Any = {"==": [var("plus"), True]}
GOLD: Any = {
    "and": [
        {">=": [var("spend"), 5000]},
        last_days("last", 90),
        {
            "or": [
                {">=": [var("orders_n"), 6]},
                {"and": [{"==": [var("plus"), True]}, {"in": [var("city"), ["sh", "bj"]]}]},
            ]
        },
    ]
}


def test_the_example_of_the_glossary() -> None:
    rule = RuleDocument.of(GOLD)
    assert str(sentence(rule, "customers", SHOP, None, EN)) == (
        "spent at least ¥5,000 in the last 12 months and ordered in the last 90 days and "
        "(placed at least 6 orders in the last 12 months or "
        "(is a Plus member and lives in Shanghai or Beijing))"
    )
    assert str(sentence(rule, "customers", SHOP, None, ZH)) == (
        "近 12 个月消费不低于 ¥5,000，且近 90 天内下过单，且"
        "（近 12 个月下单不低于 6 次，或（是 Plus 会员，且城市为上海或北京））"
    )


def test_parts_have_styles() -> None:
    rule = RuleDocument.of({"or": [{">": [var("spend"), 1]}, PLUS]})
    found = sentence(rule, "customers", SHOP, None, EN)
    assert [(part.kind, part.text) for part in found.parts] == [
        ("plain", "spent "),
        ("plain", "more than "),
        ("value", "¥1"),
        ("plain", " in the last 12 months"),
        ("or", " or "),
        ("field", "is a Plus member"),
    ]


# rule, English, Chinese: over the fields of `world`, which have no wording
SAID: dict[str, tuple[Any, str, str]] = {
    "money": ({">": [var("spend"), 1234.5]}, "spend is more than ¥1,234.50", "消费大于 ¥1,234.50"),
    "dollars": ({"<": [var("dollars"), 3]}, "dollars is less than $3", "美元小于 $3"),
    "percent": ({"<=": [var("rate"), 0.125]}, "return rate is at most 12.5%", "退货率不超过 12.5%"),
    "text": ({"in": ["ob", var("name")]}, "name contains “ob”", "姓名包含“ob”"),
    "date": (
        {">": [var("last"), "2025-03-31"]},
        "last order is after Mar 31, 2025",
        "最近下单晚于 2025年3月31日",
    ),
    "last days": (
        last_days("last", 30),
        "last order is in the last 30 days",
        "最近下单在近 30 天内",
    ),
    "days ago": (
        {">=": [{"days_since": [var("last")]}, 90]},
        "last order is 90 or more days ago",
        "最近下单在 90 天前或更早",
    ),
    "birthday": (
        {"<=": [{"days_to_anniversary": [var("born")]}, 7]},
        "birthday comes round within the next 7 days",
        "生日在 7 天内",
    ),
    "yes": (
        {"==": [var("plus"), True]},
        "plus member is yes",
        "Plus 会员为是",
    ),
    "none of": (
        {"!": [{"in": [var("city"), ["sh", "bj"]]}]},
        "city is none of Sh or Bj",
        "城市不为 Sh 或 Bj",
    ),
    "all of": (
        {"and": [{"in": ["tea", var("tags")]}, {"in": ["milk", var("tags")]}]},
        "interests has all of Tea and Milk",
        "兴趣同时包含 Tea 和 Milk",
    ),
    "empty": ({"!": [var("last")]}, "last order is empty", "最近下单为空"),
    "between": (
        {"<=": [1, var("age"), 5]},
        "age is between 1 and 5",
        "年龄介于 1 和 5 之间（含两端）",
    ),
    "segment": ({"segment": ["spenders"]}, "is in segment “Spenders”", "属于分群“高消费”"),
    "records": (
        {">=": [{"count": [{"filter": [var("orders"), {">": [var("amount"), 500]}]}]}, 3]},
        "has at least 3 orders where amount is more than ¥500",
        "至少有 3 条订单满足金额大于 ¥500",
    ),
    "one record": (
        {"some": [var("orders"), {"!": [var("day")]}]},
        "has at least 1 order where date is empty",
        "至少有 1 条订单满足日期为空",
    ),
    "no record": ({"==": [{"count": [var("orders")]}, 0]}, "has no orders", "没有订单"),
    "not": (
        {"!": [{"or": [{"!": [var("age")]}, {"!": [var("last")]}]}]},
        "not (age is empty or last order is empty)",
        "不满足（年龄为空，或最近下单为空）",
    ),
    "arithmetic": (
        {">": [{"/": [{"+": [var("spend"), var("debt")]}, var("visits")]}, 300]},
        "(spend + debt) ÷ visits is more than 300",
        "（消费 + 欠款）÷ 到店次数大于 300",
    ),
    "everyone": (True, "every record", "全部记录"),
    "nothing": (False, "–", "–"),
    "no rule": ({"frob": [1]}, "a condition that cannot be read", "一个无法读取的条件"),
}


@pytest.mark.parametrize("name", SAID)
def test_it_is_said(name: str) -> None:
    rule, english, chinese = SAID[name]
    for locale, expected in ((EN, english), (ZH, chinese)):
        found = sentence(RuleDocument.of(rule), "customers", CATALOGUE, OBJECTS, locale, zone=ZONE)
        assert str(found) == expected


def test_unfinished_conditions_are_left_out() -> None:
    rest = Condition("n3", "age", "at_least", ("5",))
    root = Group("n1", False, (Condition("n2", "age"), Condition("n4", "age", "is", ("x",)), rest))
    assert str(sentence_of(root, "customers", CATALOGUE, OBJECTS, EN)) == "age is at least 5"
    assert str(sentence_of(Group("n1"), "customers", CATALOGUE, OBJECTS, EN)) == "–"
    assert str(sentence(EVERYBODY, "customers", CATALOGUE, None, EN)) == "every record"
    assert str(sentence(NOBODY, "customers", CATALOGUE, None, EN)) == "–"


@settings(max_examples=80, deadline=None, derandomize=True)
@given(roots)
def test_every_tree_can_be_said(root: Any) -> None:
    for locale in (EN, ZH):
        said = str(sentence_of(numbered(root), "customers", CATALOGUE, OBJECTS, locale, zone=ZONE))
        assert said.strip() == said
        assert said not in ("", "–")
        assert "%(" not in said
        assert "\ue000" not in said
        assert said.count("(") + said.count("（") == said.count(")") + said.count("）")
        assert "  " not in said.replace("o%b", "")


def faces() -> list[Text]:
    found = [
        face
        for one in OPERATORS.values()
        for face in (one.label, one.phrase, one.clause, one.joint)
    ]
    found += [face for one in QUANTIFIERS.values() for face in (one.label, one.clause)]
    found += [face for one in operators.OPERATORS.values() for face in (one.label, one.sentence)]
    return found


def test_every_face_of_an_operator_is_chinese_too() -> None:
    same = {"%(a)s", "%(all)s", "indeed"}
    words_of = translator(ZH).catalogue
    assert {
        face.message for face in faces() if words_of.gettext(face.message) == face.message
    } <= same
