"""Types of nasty columns, from their names and values alone."""

from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierloom.domain.fields import FieldKind
from tierloom.services.imports.proposing.columns import Texts, _texts
from tierloom.services.imports.proposing.concepts import concept_of, label_of, unit_of
from tierloom.services.imports.proposing.inferring import Guess, Reading, infer

HOW = Reading(ZoneInfo("Asia/Shanghai"), "CNY")


def column(*values: str) -> Texts:
    return _texts(pa.chunked_array([list(values)], pa.string()))


def guessed(header: str, *values: str, how: Reading = HOW) -> Guess:
    return infer(column(*values), header, concept_of(header), how)


def kind(header: str, *values: str) -> FieldKind:
    return guessed(header, *values).type.kind


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        ("手机", ["138 0013 8000", "+86 139-1234-5678", "13712345678"], FieldKind.PHONE),
        ("联系人2", ["138 0013 8000", "139-1234-5678", "13712345678"], FieldKind.PHONE),
        ("邮箱", ["a@b.cn", "c.d@example.com"], FieldKind.EMAIL),
        ("contact", ["a@b.cn", "c.d@example.com"], FieldKind.EMAIL),
        ("订单号", ["20240305", "20240306"], FieldKind.TEXT),
        ("流水", ["00017", "00018", "12345"], FieldKind.TEXT),
        ("身份证", ["11010119900307123X", "110101199003071234"], FieldKind.TEXT),
        ("账号", ["6222021234567890123", "6222021234567890124"], FieldKind.TEXT),
        ("CustomerID", ["17850.0", "13047.0"], FieldKind.INTEGER),
        ("CustomerID", ["17850", "13047"], FieldKind.TEXT),
        ("购车日期", ["24/3/5", "2024年3月6日", "20240307", "2024-03-08 00:00:00"], FieldKind.DATE),
        ("何时", ["20240305", "20231231"], FieldKind.DATE),
        ("加油时间", ["2024/3/5 8:26", "2024-03-05"], FieldKind.DATETIME),
        ("US date", ["05/03/24", "12/31/24", "07/14/24"], FieldKind.TEXT),
        ("金额", ["18.6万", "1,234.50", "¥300", "20元"], FieldKind.MONEY),
        ("价格", ["20240305", "20240306"], FieldKind.MONEY),
        ("保费", ["¥1,200", "￥800.5", "300元"], FieldKind.MONEY),
        ("余额（万元）", ["1.2", "3.4"], FieldKind.DECIMAL),
        ("里程", ["1,200", "3万", "800"], FieldKind.INTEGER),
        ("升数", ["30.5", "12.25"], FieldKind.DECIMAL),
        ("折扣率", ["0.85", "0.9"], FieldKind.PERCENT),
        ("复购", ["12%", "7.5%"], FieldKind.PERCENT),
        ("增长率", ["1.5", "3.2"], FieldKind.DECIMAL),
        ("是否置换", ["是", "否", "是"], FieldKind.BOOLEAN),
        ("vip_flag", ["1", "0", "1"], FieldKind.BOOLEAN),
        ("次数", ["1", "0", "1"], FieldKind.INTEGER),
        ("有无贷款", ["有", "无"], FieldKind.BOOLEAN),
        ("性别", ["男", "女"], FieldKind.CHOICE),
        ("姓名", ["王伟", "王伟", "王伟", "王伟", "李娜", "李娜", "李娜", "李娜"], FieldKind.TEXT),
        ("备注", ["好", "好", "好", "好", "好"], FieldKind.LONG_TEXT),
        ("空", ["", " ", "NaN", "-"], FieldKind.TEXT),
    ],
)  # fmt: skip
def test_a_type(header: str, values: list[str], expected: FieldKind) -> None:
    assert kind(header, *values) is expected


def test_few_words_used_often_are_a_choice_and_lists_of_them_choices() -> None:
    words = ["电子", "家居", "服装"]
    first = next(iter(guessed("渠道2", *words * 5, "电子").type.options))
    assert first.label.read("zh") == "电子"
    several = guessed("偏好", *[f"{one}、{other}" for one in words for other in words] * 3)
    assert several.type.kind is FieldKind.CHOICES
    assert {one.label.read("zh") for one in several.type.options} == set(words)


def test_addresses_with_commas_are_no_lists() -> None:
    values = [f"{n} Main St, Flat {n % 7}, Town {n}" for n in range(60)]
    assert kind("where", *values) is FieldKind.TEXT


def test_two_in_a_hundred_may_be_wrong_and_three_may_not() -> None:
    good = [f"2024-03-{1 + n % 28:02}" for n in range(98)]
    assert guessed("日期", *good, "不详", "待定").share == pytest.approx(0.98)
    assert kind("日期", *good[:97], "不详", "待定", "?") is FieldKind.TEXT


def test_decimals_and_currency_are_those_of_the_values() -> None:
    assert guessed("价格", "1.005", "2", "3.1").type.scale == 3
    assert guessed("价格", "$5", "$7.25").type.currency == "USD"
    assert guessed("price", "5", "7.25", how=Reading(HOW.zone, "EUR")).type.currency == "EUR"
    assert guessed("温度(℃)", "5.1", "7.25") == Guess(guessed("温度", "5.1", "7.25").type, "℃")


@given(st.lists(st.text(max_size=12), max_size=30), st.text(max_size=8))
def test_whatever_a_column_holds_its_type_reads_98_in_100(values: list[str], header: str) -> None:
    texts = column(*values)
    found = infer(texts, header, concept_of(header), HOW)
    assert (
        texts.share(~texts.read(found.type, HOW.zone).bad) >= 0.98
        or not texts.known
        or (found.type.kind in (FieldKind.TEXT, FieldKind.LONG_TEXT))
    )


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=40))
def test_whole_numbers_are_whole(values: list[int]) -> None:
    found = guessed("x", *map(str, values))
    days = all(len(str(one)) == 8 and 19 <= one // 10**6 <= 20 for one in values)
    phones = all(one > 10**10 for one in values)
    assert found.type.kind is FieldKind.INTEGER or days or phones


@pytest.mark.parametrize(
    ("header", "concept", "unit", "words"),
    [
        ("金额（元）", "amount", "元", {"zh": "金额", "en": "Amount"}),
        ("客户手机号", "phone", "", {"zh": "客户手机号"}),
        ("Order ID", "order_id", "", {"zh": "订单号", "en": "Order ID"}),
        ("InvoiceNo", "order_id", "", {"zh": "订单号", "en": "Invoice no"}),
        ("unit_price", "price", "", {"zh": "单价", "en": "Unit price"}),
        ("Shoe Size [EU]", "", "EU", {"en": "Shoe size"}),
        ("喜好", "", "", {"zh": "喜好"}),
    ],
)
def test_names(header: str, concept: str, unit: str, words: dict[str, str]) -> None:
    found = concept_of(header)
    assert (found.key if found else "") == concept
    assert unit_of(header) == unit
    assert dict(label_of(header, found).words) == words
