"""Texts that a spreadsheet would run never leave as they are, and come back as they were."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierloom.services.exports.inert import ESCAPED_RE2, neutralise, restore

RISKY = [
    "=1+1",
    "+86 138",
    "-5",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "＝1",
    "＋1",
    "－1",
    "＠a",
    "  =1",
    "\u3000=1",
    "\xa0+1",
]
PLAIN = ["", "a=b", "138", "客户", "a-b", "'quoted'", " plain", "1-2"]
texts = st.text(st.sampled_from("'=+-@\t\r＝＋－＠ \u3000\xa0a1"), max_size=6) | st.text(max_size=8)


@pytest.mark.parametrize("text", RISKY)
def test_formulas_get_an_apostrophe(text: str) -> None:
    assert neutralise(text) == "'" + text


@pytest.mark.parametrize("text", PLAIN)
def test_other_texts_stay(text: str) -> None:
    assert neutralise(text) == text
    assert restore(text) == text


@given(texts)
def test_restore_undoes_neutralise(text: str) -> None:
    assert restore(neutralise(text)) == text


@given(texts)
def test_what_leaves_never_starts_a_formula(text: str) -> None:
    assert neutralise(text).lstrip(" \u3000\xa0")[:1] not in tuple("=+-@＝＋－＠")
    assert neutralise(text)[:1] not in ("\t", "\r")


@settings(deadline=None)
@given(st.lists(texts, min_size=1, max_size=5))
def test_the_column_form_is_the_same(values: list[str]) -> None:
    column = pc.replace_substring_regex(pa.array(values), ESCAPED_RE2, r"\1")
    assert column.to_pylist() == [restore(value) for value in values]
