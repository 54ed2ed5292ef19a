"""Numbers as people type them, and as files hold them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.schemas.strategies import K
from tierloom.domain.fields import FieldType
from tierloom.schemas.number_text import read_number, without_noise
from tierloom.schemas.problems import BadText

YUAN = FieldType(K.MONEY, 2, "CNY")
WHOLE = FieldType(K.INTEGER)
SHARE = FieldType(K.PERCENT, 4)
THREE = FieldType(K.DECIMAL, 3)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.50", 1234.5),
        ("１，２３４．５０", 1234.5),
        ("¥1,200", 1200),
        ("￥1200.00", 1200),
        ("RMB 12", 12),
        ("12 CNY", 12),
        ("12.50元", 12.5),
        ("1.2万", 12_000),
        ("3亿元", 300_000_000),
        ("-¥5", -5),
        ("¥-5", -5),
        ("(35.00)", -35),
        ("−7", -7),
        ("+7", 7),
        (".5", 0.5),
        ("5.", 5),
        ("1 234 567.89", 1234567.89),
        ("1e3", 1000),
        ("1.2E+3", 1200),
        ("9999999999999.99", 9999999999999.99),
        ("0.10000000000000000000", 0.1),
        ("-0", 0),
        ("", None),
        ("　", None),
    ],
)
def test_money(text, value):
    assert read_number(YUAN, text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("17850.0", 17850), ("17850", 17850), ("0017", 17), ("1,000", 1000), ("-3.000", -3)],
)
def test_a_whole_number_may_be_written_with_decimals_of_nothing(text, value):
    number = read_number(WHOLE, text)
    assert number == value
    assert type(number) is int


@pytest.mark.parametrize(
    ("text", "value"),
    [("12%", 0.12), ("0.12", 0.12), ("１２．３４％", 0.1234), ("-5 %", -0.05), ("150%", 1.5)],
)
def test_percent_is_a_fraction(text, value):
    assert read_number(SHARE, text) == value


@pytest.mark.parametrize(
    ("field_type", "text", "code"),
    [
        (YUAN, "abc", "not-a-number"),
        (YUAN, "1,23", "not-a-number"),
        (YUAN, "1.2.3", "not-a-number"),
        (YUAN, "5²", "not-a-number"),
        (YUAN, "nan", "not-a-number"),
        (YUAN, "Infinity", "not-a-number"),
        (YUAN, "12%", "not-a-number"),
        (YUAN, "¥", "not-a-number"),
        (YUAN, "1" * 100, "not-a-number"),
        (YUAN, "$5", "other-currency"),
        (YUAN, "5 USD", "other-currency"),
        (YUAN, "1.234", "too-many-decimals"),
        (YUAN, "0." + "0" * 40 + "1", "too-many-decimals"),
        (YUAN, "99999999999999", "too-many-digits"),
        (YUAN, "1e999", "too-many-digits"),
        (WHOLE, "1.5", "not-whole"),
        (WHOLE, "¥5", "not-a-number"),
        (WHOLE, "1" * 16, "too-many-digits"),
        (SHARE, "0.123%", "too-many-decimals"),
    ],
)
def test_what_is_no_number_of_the_field(field_type, text, code):
    with pytest.raises(BadText) as caught:
        read_number(field_type, text)
    assert caught.value.problem.code == code
    assert caught.value.problem.pointer == ""


def test_the_mark_of_the_fields_own_currency():
    assert read_number(FieldType(K.MONEY, 2, "USD"), "US$1,000.50") == 1000.5
    assert read_number(FieldType(K.MONEY, 0, "JPY"), "¥1,200") == 1200
    assert read_number(FieldType(K.MONEY, 2, "EUR"), "12.50 €") == 12.5
    assert read_number(FieldType(K.MONEY, 2, "CHF"), "CHF 12") == 12


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 6))
def test_the_double_is_the_one_nearest_to_the_decimal(n, scale):
    sign, digits = "-" if n < 0 else "", str(abs(n)).rjust(scale + 1, "0")
    text = sign + (f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)
    value = read_number(FieldType(K.DECIMAL, scale), text)
    assert value == float(Fraction(n, 10**scale))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("11.940000000000001", "11.940"),
        ("0.30000000000000004", "0.300"),
        ("-8.299999999999999", "-8.300"),
        ("17850.000000000004", "17850.000"),
        ("11.9400001", "11.9400001"),
        ("5.684341886080802e-14", "5.684341886080802e-14"),
        ("11.939999580383301", "11.939999580383301"),
        ("1.23456789012345678", "1.23456789012345678"),
        ("abc", "abc"),
    ],
)
def test_only_the_noise_of_doubles_is_rounded_away(text, clean):
    assert without_noise(THREE, text) == clean
