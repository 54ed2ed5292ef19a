"""Fields find their figures by key, synonym, pinyin and English words, and by type."""

import pytest

from tierloom.domain.fields import Field, FieldKind, FieldType
from tierloom.rules.templates.reading import figure_named
from tierloom.services.templates import matching
from tierloom.text import Label

KINDS = {
    "date": FieldType(FieldKind.DATE), "integer": FieldType(FieldKind.INTEGER),
    "money": FieldType(FieldKind.MONEY, 2, "CNY"), "text": FieldType(FieldKind.TEXT),
    "decimal": FieldType(FieldKind.DECIMAL, 2),
}  # fmt: skip
FIGURES = (
    "last_purchase", "purchase_count", "purchase_count_12m", "total_spend", "spend_12m", "points", "last_contact",
)  # fmt: skip


def field(label: str, kind: str, key: str = "f") -> Field:
    return Field(key, Label.of(label), KINDS[kind])


def confidence(figure: str, label: str, kind: str, key: str = "f") -> float:
    found = matching.matches(figure_named(figure), [field(label, kind, key)], lambda *_: False)
    return found[0].confidence if found else -1.0


@pytest.mark.parametrize(
    ("label", "kind", "figure"),
    [
        ("最后购买日期", "date", "last_purchase"),
        ("客户最近一次消费日期", "date", "last_purchase"),
        ("zuijin_xiaofei_shijian", "date", "last_purchase"),
        ("DateOfLastPurchase", "date", "last_purchase"),
        ("Days since last order", "integer", "last_purchase"),
        ("距上次购买天数", "integer", "last_purchase"),
        ("消费次数（次）", "integer", "purchase_count"),
        ("Total orders", "integer", "purchase_count"),
        ("近一年订单数", "integer", "purchase_count_12m"),
        ("Annual orders", "integer", "purchase_count_12m"),
        ("xiaofei_zonge", "money", "total_spend"),
        ("Lifetime spend", "decimal", "total_spend"),
        ("近12个月消费额（元）", "money", "spend_12m"),
        ("最近一年消费金额", "money", "spend_12m"),
        ("annual_spend", "money", "spend_12m"),
        ("会员当前积分", "integer", "points"),
        ("JIFEN", "integer", "points"),
        ("reward points", "integer", "points"),
        ("上次保养日期", "date", "last_contact"),
        ("Last service date", "date", "last_contact"),
    ],
)
def test_names(label: str, kind: str, figure: str) -> None:
    sure = confidence(figure, label, kind)
    assert sure >= matching.SURE
    others = [one for one in FIGURES if one != figure]
    assert sure >= max(confidence(one, label, kind) for one in others)


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("生日", "date"),
        ("注册日期", "date"),
        ("年龄", "integer"),
        ("到店次数", "integer"),
        ("Age", "integer"),
        ("预算", "money"),
    ],
)
def test_names_of_other_things(label: str, kind: str) -> None:
    assert max(confidence(one, label, kind) for one in FIGURES) < matching.LEAST


def test_a_type_that_does_not_suit_is_no_match() -> None:
    assert confidence("spend_12m", "近12个月消费", "text") == -1.0
    assert confidence("last_purchase", "最近购买", "money") == -1.0


def test_days_are_a_date_only_by_a_name_that_says_so() -> None:
    assert confidence("last_purchase", "最近购买日期间隔", "integer") == 0.0


def test_the_surest_field_wins_and_none_is_used_twice() -> None:
    figures = [figure_named("spend_12m"), figure_named("total_spend")]
    both = [field("消费总额", "money", "a"), field("年消费额", "money", "b")]
    found = matching.assign(figures, both, lambda *_: False)
    assert {key: one.field.key for key, one in found.items()} == {
        "spend_12m": "b",
        "total_spend": "a",
    }
    one = matching.assign(figures, both[:1], lambda *_: False)
    assert {key: match.field.key for key, match in one.items()} == {"total_spend": "a"}


@pytest.mark.parametrize(
    ("figure", "label", "kind"),
    [
        ("purchase_count", "近12个月加油次数", "integer"),
        ("total_spend", "Spend in the last year", "money"),
        ("total_spend", "年消费金额", "money"),
    ],
)
def test_a_span_of_time_is_not_all_of_it(figure: str, label: str, kind: str) -> None:
    assert confidence(figure, label, kind) < matching.SURE
