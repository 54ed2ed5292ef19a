"""Free text, phone numbers and e-mail addresses in one spelling."""

import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.schemas.strategies import K
from tierloom.domain.fields import FieldType
from tierloom.schemas.parsing import parse_text
from tierloom.schemas.problems import BadText

UTC = ZoneInfo("UTC")


def read(kind, text):
    return parse_text(FieldType(kind), text, UTC)


def test_text_is_composed_and_trimmed():
    assert read(K.TEXT, "\u3000 cafe\u0301 \ufeff") == "caf\u00e9"
    assert read(K.TEXT, "two\r\n  lines") == "two lines"
    assert read(K.LONG_TEXT, "two\r\nlines\rand more\n") == "two\nlines\nand more"
    assert read(K.TEXT, "１２ＡＢ") == "１２ＡＢ", "folding width is a clean-up step"


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_what_no_database_holds_is_refused(text):
    for kind in (K.TEXT, K.LONG_TEXT, K.PHONE, K.EMAIL):
        with pytest.raises(BadText) as caught:
            read(kind, text)
        assert caught.value.problem.code == "bad-character"


def test_trimming_takes_linear_time():
    started = time.process_time()
    assert len(read(K.TEXT, "a" + " " * 1_000_000 + "b")) == 1_000_002
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("021-1234 5678", "02112345678"),
        ("(021)12345678", "02112345678"),
        ("+86 21 1234 5678", "02112345678"),
        ("021-12345678 转801", "02112345678x801"),
        ("95588", "95588"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("+1 415 555 2671", "+14155552671"),
        ("", None),
    ],
)
def test_phone_numbers_have_one_spelling(text, phone):
    assert read(K.PHONE, text) == phone


@pytest.mark.parametrize(
    "text", ["12", "abc", "138****8000", "+1", "+999 12345678", "1" * 99, "++1"]
)
def test_what_is_no_phone_number(text):
    with pytest.raises(BadText) as caught:
        read(K.PHONE, text)
    assert caught.value.problem.code == "not-a-phone"


@given(st.from_regex(r"(\+|00)?[0-9 ()-]{1,18}(x[0-9]{1,3})?", fullmatch=True))
def test_the_spelling_of_a_phone_number_is_final(text):
    try:
        phone = read(K.PHONE, text)
    except BadText:
        return
    if phone:
        assert read(K.PHONE, phone) == phone


def test_e_mail_addresses():
    assert read(K.EMAIL, " Li.Wei＠Example.COM ") == "li.wei@example.com"
    for text in ("a@b", "a b@c.de", "@c.de", "a@c.", "a@@c.de", "x" * 250 + "@c.de"):
        with pytest.raises(BadText):
            read(K.EMAIL, text)
