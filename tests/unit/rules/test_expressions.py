"""Rows of terms and the expressions that they stand for."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rules.oracle import Oracle
from tests.unit.rules.world import customer
from tierloom.domain.rules import RuleDocument
from tierloom.rules.expressions import SIGNS, Term, read_terms, rename_field, write_terms

FIELDS = {"visits": 7, "age": 3}


def row(text: str) -> tuple[Term, ...]:
    """Read `visits + 2 * age`."""
    words = ["+", *text.split()]
    pairs = zip(words[::2], words[1::2], strict=True)
    return tuple(Term(s, w) if w.isalpha() else Term(s, "", w) for s, w in pairs)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("visits", {"var": "visits"}),
        ("visits + 1", {"+": [{"var": "visits"}, 1]}),
        ("visits - age * 2", {"-": [{"var": "visits"}, {"*": [{"var": "age"}, 2]}]}),
        ("visits / age / 0.5", {"/": [{"/": [{"var": "visits"}, {"var": "age"}]}, 0.5]}),
        ("visits - age + 3", {"+": [{"-": [{"var": "visits"}, {"var": "age"}]}, 3]}),
    ],
)
def test_a_row_is_an_expression(text: str, rule: Any) -> None:
    assert json.loads(write_terms(row(text)).json) == rule
    assert read_terms(RuleDocument.of(rule)) == row(text)


terms = st.one_of(
    st.sampled_from(sorted(FIELDS)).map(lambda key: (key, "")),
    st.sampled_from(["2", "0.25", "-3", "10"]).map(lambda number: ("", number)),
)
rows = st.lists(st.tuples(st.sampled_from(SIGNS), terms), min_size=1, max_size=6).map(
    lambda found: tuple(Term(s if n else "+", *t) for n, (s, t) in enumerate(found))
)


@given(rows)
def test_it_is_read_back_and_means_what_it_does_in_school(found: tuple[Term, ...]) -> None:
    document = write_terms(found)
    assert read_terms(document) == found
    numbers = [str(FIELDS[one.field]) if one.field else one.number for one in found]
    text = " ".join(f"{one.sign} ({n})" for one, n in zip(found, numbers, strict=True))
    wanted = eval(text[1:])
    assert Oracle(hold=False).value(json.loads(document.json), customer(**FIELDS)) == wanted


@pytest.mark.parametrize(
    "rule",
    [
        {"min": [{"var": "a"}, 1]},
        {"-": [{"var": "a"}]},
        {"-": [{"var": "a"}, {"-": [1, {"var": "b"}]}]},
        {"*": [{"+": [{"var": "a"}, 1]}, 2]},
        {"+": [{"var": ["a", 0]}, 1]},
        {"+": [{"var": "a"}, "1"]},
        {"+": [{"var": "a"}, True]},
        [],
        None,
    ],
)
def test_what_is_no_row_stays_json(rule: Any) -> None:
    assert read_terms(RuleDocument.of(rule)) is None


def test_longer_sums_are_rows_too() -> None:
    rule = {"+": [{"var": "a"}, {"*": [{"var": "b"}, 2, {"var": "c"}]}, 1]}
    assert read_terms(RuleDocument.of(rule)) == row("a + b * 2 * c + 1")


def test_a_renamed_field_is_read_under_its_new_key() -> None:
    rule = {"if": [{"var": ["a", 1]}, {"+": [{"var": "a"}, {"var": "ab"}]}, "a"]}
    wanted = {"if": [{"var": ["z", 1]}, {"+": [{"var": "z"}, {"var": "ab"}]}, "a"]}
    assert json.loads(rename_field(RuleDocument.of(rule), "a", "z").json) == wanted


@pytest.mark.parametrize(
    "bad", [("×", "a", ""), ("+", "", ""), ("+", "a", "1"), ("+", "", "1e5"), ("+", "", "x")]
)
def test_a_bad_term_cannot_be(bad: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match=r"sign|term|number"):
        Term(*bad)
