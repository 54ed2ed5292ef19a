"""Ratings, people and regions: one record and whole columns answer alike, and as the codes say by hand."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.backends.memory_columns import Tables
from tierloom.backends import columns as backend
from tierloom.domain.context import RunContext
from tierloom.domain.fields import Field, FieldKind, FieldType
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.engine.values import stored_values
from tierloom.errors import Invalid
from tierloom.rules.compile import compile_rule
from tierloom.rules.row import compile_kleene, compile_predicate
from tierloom.text import Label

ZONE = ZoneInfo("Asia/Shanghai")
TABLE = RecordType(
    "clients",
    Label.of("Clients"),
    (
        Field("home", Label.of("Home"), FieldType(FieldKind.REGION)),
        Field("work", Label.of("Work"), FieldType(FieldKind.REGION)),
        Field("owner", Label.of("Owner"), FieldType(FieldKind.PERSON)),
        Field("stars", Label.of("Stars"), FieldType(FieldKind.RATING)),
    ),
)
CATALOGUE = Catalogue({"clients": TABLE})
CONTEXT = RunContext(datetime(2025, 3, 31, 4, tzinfo=UTC), ZONE, CATALOGUE)
CODES = ("440000", "440300", "440305", "440100", "430000", "310000", "310115", "429004", "420000")
codes = st.sampled_from(CODES)
accounts = st.integers(1, 4)
rules: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        codes.map(lambda code: {"within": [{"var": "home"}, code]}),
        st.lists(codes, min_size=1, max_size=3).map(
            lambda some: {"within": [{"var": "work"}, some]}
        ),
        codes.map(lambda code: {"==": [{"var": "home"}, code]}),
        st.lists(codes, min_size=1).map(lambda some: {"in": [{"var": "home"}, some]}),
        st.just({"==": [{"var": "home"}, {"var": "work"}]}),
        accounts.map(lambda one: {"!=": [{"var": "owner"}, one]}),
        st.lists(accounts, min_size=1).map(lambda some: {"in": [{"var": "owner"}, some]}),
        st.just({"!": [{"var": "owner"}]}),
        st.integers(1, 5).map(lambda n: {">=": [{"var": "stars"}, n]}),
        st.integers(1, 5).map(lambda n: {"<": [{"+": [{"var": "stars"}, 1]}, n]}),
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"and": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"or": parts}),
        inner.map(lambda one: {"!": [one]}),
    ),
    max_leaves=5,
)
records = st.fixed_dictionaries(
    {
        "home": st.none() | codes,
        "work": st.none() | codes,
        "owner": st.none() | accounts,
        "stars": st.none() | st.integers(1, 5),
    }
)


def made(rows: list[dict[str, Any]]) -> Any:
    tables = Tables(CATALOGUE)
    for number, row in enumerate(rows, 1):
        tables.add("clients", number, row)
    return tables.columns("clients")


def predicate(rule: Json) -> Any:
    return compile_rule(RuleDocument.of(rule), "clients", CATALOGUE, None, zone=ZONE).predicate


@settings(max_examples=150, deadline=None)
@given(st.lists(records, min_size=1, max_size=8), rules)
def test_a_record_and_a_column_answer_alike(rows: list[dict[str, Any]], rule: Json) -> None:
    columns, asked = made(rows), predicate(rule)
    assert backend.mask(asked, columns, CONTEXT).tolist() == [
        compile_predicate(asked, CONTEXT)(one) for one in columns.records
    ]
    pair = backend.kleene(asked, columns, CONTEXT)
    answers = [bool(t) if c else None for t, c in zip(pair.true, pair.certain, strict=True)]
    assert answers == [compile_kleene(asked, CONTEXT)(one) for one in columns.records]


@settings(max_examples=60, deadline=None)
@given(st.lists(records, min_size=1, max_size=8), codes)
def test_within_is_what_the_code_begins_with(rows: list[dict[str, Any]], code: str) -> None:
    digits = code[:2] if code[2:] == "0000" else code[:4] if code[4:] == "00" else code
    found = backend.mask(predicate({"within": [{"var": "home"}, code]}), made(rows), CONTEXT)
    assert found.tolist() == [(one["home"] or "-").startswith(digits) for one in rows]


def test_columns_give_the_values_back() -> None:
    rows = [{"owner": 3, "home": "440300", "stars": 4}, {}]
    columns, every = made(rows), np.arange(2)
    assert stored_values("owner", columns, every) == [3, None]
    assert stored_values("home", columns, every) == ["440300", None]
    assert stored_values("stars", columns, every) == [4, None]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"within": [{"var": "stars"}, "440000"]}, "wrong-type"),
        ({"within": [{"var": "home"}, "990000"]}, "wrong-type"),
        ({"within": [{"var": "home"}, 440000]}, "wrong-type"),
        ({"within": [{"var": "home"}, []]}, "empty-list"),
        ({"within": [{"var": "home"}, {"var": "work"}]}, "computed-needle"),
        ({"within": [{"var": "home"}, None]}, "unexpected-null"),
        ({"<": [{"var": "home"}, "440000"]}, "no-order"),
        ({"<": [{"var": "owner"}, 2]}, "no-order"),
        ({"==": [{"var": "owner"}, "2"]}, "wrong-type"),
        ({"==": [{"var": "owner"}, 0]}, "wrong-type"),
        ({"==": [{"var": "owner"}, {"var": "stars"}]}, "types-differ"),
        ({">": [{"var": "stars"}, 2.5]}, "too-many-decimals"),
    ],
)
def test_what_makes_no_sense_is_refused(rule: Json, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        predicate(rule)
    assert caught.value.problems[0].code == code
