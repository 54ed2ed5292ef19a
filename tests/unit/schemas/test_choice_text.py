"""Words for yes, no and options."""

from zoneinfo import ZoneInfo

import pytest

from tests.unit.schemas.strategies import K
from tierloom.domain.fields import FieldType, Option
from tierloom.schemas.parsing import parse_text
from tierloom.schemas.problems import BadText
from tierloom.text import Label

UTC = ZoneInfo("UTC")
OPTIONS = (
    Option("plus", Label({"zh": "Plus 会员", "en": "Plus member"})),
    Option("wash", Label({"zh": "洗车、打蜡", "en": "Wash, wax"})),
    Option("old", Label({"zh": "旧", "en": "Former"}), retired=True),
    Option("a1", Label.of("Same")),
    Option("a2", Label.of("same")),
)
ONE = FieldType(K.CHOICE, options=OPTIONS)
MANY = FieldType(K.CHOICES, options=OPTIONS)


@pytest.mark.parametrize("text", ["是", "Yes", "TRUE", "1", "１", "y", "1.0", " 有 "])
def test_yes(text):
    assert parse_text(FieldType(K.BOOLEAN), text, UTC) is True


@pytest.mark.parametrize("text", ["否", "no", "False", "0", "n", "没有"])
def test_no(text):
    assert parse_text(FieldType(K.BOOLEAN), text, UTC) is False


def test_neither():
    with pytest.raises(BadText, match="neither yes nor no"):
        parse_text(FieldType(K.BOOLEAN), "maybe", UTC)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("plus", "plus"), ("PLUS", "plus"), ("plus 会员", "plus"), ("Ｐｌｕｓ  member", "plus"),
        ("洗车、打蜡", "wash"), ("旧", "old"), ("a1", "a1"), ("", None),
    ],
)  # fmt: skip
def test_one_option_by_key_or_label(text, key):
    assert parse_text(ONE, text, UTC) == key


@pytest.mark.parametrize(
    ("text", "code"), [("gold", "no-such-option"), ("SAME", "ambiguous-option")]
)
def test_no_option_or_two(text, code):
    with pytest.raises(BadText) as caught:
        parse_text(ONE, text, UTC)
    assert caught.value.problem.code == code


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("plus", ("plus",)),
        ("Wash, wax", ("wash",)),
        ("旧、plus", ("plus", "old")),
        ("plus; Wash, wax", ("plus", "wash")),
        ("plus,Former、a2", ("plus", "old", "a2")),
        ("plus|洗车、打蜡", ("plus", "wash")),
        ("|plus|old|", ("plus", "old")),
        ("plus，plus,", ("plus",)),
        ("、,", None),
    ],
)
def test_several_options_in_the_order_of_the_list(text, keys):
    assert parse_text(MANY, text, UTC) == keys
