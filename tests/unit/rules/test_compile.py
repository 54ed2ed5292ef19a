"""What the compiler refuses, with place and hint; what it warns of; what a rule depends on."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.rules.world import CATALOGUE, CUSTOMERS, MONEY, OBJECTS, ZONE, compiled, var, words
from tierloom.domain.fields import Aggregate, Field, FieldKind, FieldType, RollUp, TimeSince
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import Catalogue
from tierloom.domain.tiers import Segment
from tierloom.errors import Invalid, Problem
from tierloom.rules import ir
from tierloom.rules.check.rules import RULES
from tierloom.rules.compile import Objects, check_rule, compile_field, compile_rule
from tierloom.rules.operators import OPERATORS
from tierloom.text import Label


def check(rule: Any, table: str = "customers", objects: Objects = OBJECTS) -> tuple[Problem, ...]:
    found, problems = check_rule(RuleDocument.of(rule), table, CATALOGUE, objects, zone=ZONE)
    assert (found is None) == any(one.severity == "error" for one in problems)
    return problems


def test_every_operator_has_a_checking_function() -> None:
    assert set(RULES) == set(OPERATORS) - {"locked", "reduce"}


REFUSED: dict[str, tuple[Any, str, str]] = {
    "unknown field": ({"==": [var("spnd"), 1]}, "unknown-field", "/==/0/var"),
    "deleted field": ({"!": [var("gone")]}, "deleted-field", "/!/0/var"),
    "records as a field": ({">": [var("orders"), 1]}, "unknown-field", "/>/0/var"),
    "computed path": ({"==": [{"var": {"var": "name"}}, 1]}, "computed-path", "/==/0/var"),
    "a dunder": ({"==": [var("__class__"), 1]}, "unknown-field", "/==/0/var"),
    "length": ({"==": [var("name.length"), 1]}, "unknown-field", "/==/0/var"),
    "empty name": ({"==": [var(""), 1]}, "unknown-field", "/==/0/var"),
    "a number for a name": ({"==": [{"var": 0}, 1]}, "computed-path", "/==/0/var"),
    "computed default": ({"==": [{"var": ["age", var("visits")]}, 1]}, "computed-default", "/==/0/var/1"),
    "text is not a number": ({">": [var("visits"), "many"]}, "wrong-type", "/>/1"),
    "number is not text": ({"==": [var("name"), 5]}, "wrong-type", "/==/1"),
    "31 February": ({"==": [var("last"), "2025-02-31"]}, "wrong-type", "/==/1"),
    "a time for a date": ({"==": [var("last"), "2025-02-03T10:00:00"]}, "wrong-type", "/==/1"),
    "no such option": ({"==": [var("city"), "ny"]}, "wrong-type", "/==/1"),
    "no such option in a list": ({"in": [var("city"), ["sh", "ny"]]}, "wrong-type", "/in/1/1"),
    "text order": ({"<": [var("name"), "m"]}, "no-order", "/</0"),
    "unranked order": ({"<": [var("city"), "sh"]}, "no-order", "/</0"),
    "boolean order": ({"<": [var("plus"), True]}, "no-order", "/</0"),
    "choices as a whole": ({"==": [var("tags"), "tea"]}, "choices-compared", "/==/0"),
    "choices in a list": ({"in": [var("tags"), ["tea"]]}, "choices-compared", "/in/0"),
    "finer than the field": ({">": [var("spend"), 0.005]}, "too-many-decimals", "/>/1"),
    "finer in a list": ({"in": [var("visits"), [1, 1.5]]}, "too-many-decimals", "/in/1/1"),
    "swapped ends": ({"<=": [5, var("visits"), 1]}, "swapped-ends", "/<=/0"),
    "swapped days": ({"<=": ["2025-02-01", var("joined"), "2025-01-01"]}, "swapped-ends", "/<=/0"),
    "swapped ranks": ({"<=": ["gold", var("tier"), "bronze"]}, "swapped-ends", "/<=/0"),
    "null has no order": ({"<": [var("visits"), None]}, "unexpected-null", "/</1"),
    "null in a list": ({"in": [var("city"), ["sh", None]]}, "null-in-list", "/in/1/1"),
    "empty text in a list": ({"in": [var("city"), [""]]}, "null-in-list", "/in/1/0"),
    "empty list": ({"in": [var("city"), []]}, "empty-list", "/in/1"),
    "empty needle": ({"in": ["", var("name")]}, "empty-needle", "/in/0"),
    "computed needle": ({"in": [var("name"), var("name")]}, "computed-needle", "/in/0"),
    "in a single choice": ({"in": ["sh", var("city")]}, "wrong-type", "/in/1"),
    "in a text constant": ({"in": ["a", "abc"]}, "no-list", "/in/1"),
    "date and moment": ({"<": [var("joined"), {"today": []}]}, "types-differ", "/</0"),
    "moment into a date function": (
        {"==": [{"date_add": [var("joined"), 1, "day"]}, None]},
        "wrong-type", "/==/0/date_add/0",
    ),
    "part of a day": ({"==": [{"date_add": [var("last"), 1.5, "day"]}, None]}, "wrong-type", "/==/0/date_add/1"),
    "no such unit": ({"==": [{"date_add": [var("last"), 1, "eon"]}, None]}, "unknown-unit", "/==/0/date_add/2"),
    "money and numbers": ({"==": [{"+": [var("spend"), var("visits")]}, 1]}, "wrong-arithmetic", "/==/0"),
    "two currencies": ({"==": [{"+": [var("spend"), var("dollars")]}, 1]}, "wrong-arithmetic", "/==/0"),
    "compared currencies": ({"<": [var("spend"), var("dollars")]}, "types-differ", "/</0"),
    "money times money": ({"==": [{"*": [var("spend"), var("debt")]}, 1]}, "wrong-arithmetic", "/==/0"),
    "number by money": ({"==": [{"/": [var("visits"), var("debt")]}, 1]}, "wrong-arithmetic", "/==/0"),
    "remainder of money": ({"==": [{"%": [var("spend"), 2]}, 1]}, "wrong-arithmetic", "/==/0"),
    "remainder of halves": ({"==": [{"%": [var("visits"), 1.5]}, 1]}, "wrong-arithmetic", "/==/0"),
    "sum of text": ({"==": [{"+": [var("name"), 1]}, 1]}, "wrong-type", "/==/0/+/0"),
    "a number is no question": ({"and": [var("visits")]}, "not-a-question", "/and/0"),
    "a constant is no question": ("yes", "not-json", ""),
    "a number at the root": (5, "not-a-question", ""),
    "null at the root": (None, "not-a-question", ""),
    "mixed branches": ({"==": [{"if": [True, var("visits"), var("name")]}, 1]}, "types-differ", "/==/0/if/2"),
    "even if": ({"==": [{"if": [True, 1, False, 2]}, 1]}, "wrong-arity", "/==/0"),
    "smallest text": ({"==": [{"min": [var("name"), "x"]}, "x"]}, "no-order", "/==/0"),
    "a question is never unknown": ({"==": [{"<": [var("age"), 1]}, None]}, "never-unknown", "/==/0"),
    "records as a value": ({"==": [{"filter": [var("orders"), True]}, 1]}, "records-as-value", "/==/0"),
    "no such records": ({"<": [{"count": [var("visits")]}, 1]}, "unknown-relation", "/</0/count/0"),
    "outer field inside": ({"some": [var("orders"), {"==": [var("spend"), 1]}]}, "unknown-field", "/some/1/==/0/var"),
    "computed operand": (
        {"<": [{"sum": [var("orders"), {"+": [var("amount"), 1]}]}, 1]},
        "computed-operand", "/</0/sum/1",
    ),
    "sum of dates": ({"<": [{"sum": [var("orders"), var("day")]}, 1]}, "wrong-aggregate", "/</0"),
    "calculated above": (
        {"some": [var("orders"), {">": [var("customer.total"), 1]}]},
        "calculated-above", "/some/1/>/0/var",
    ),
    "two links": ({"some": [var("orders"), {"!": [var("customer.a.b")]}]}, "path-too-long", "/some/1/!/0/var"),
    "no such segment": ({"segment": ["vips"]}, "unknown-segment", ""),
    "options by equality": ({"some": [var("city"), {"in": [var(""), ["sh"]]}]}, "wrong-type", "/some/0"),
    "missing of nothing": ({"missing": []}, "wrong-arity", ""),
    "reduce": ({"<": [{"reduce": [var("orders"), {"*": [1, var("accumulator")]}, 1]}, 1]}, "unknown-operator", "/</0"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_where_it_is_wrong(name: str) -> None:
    rule, code, pointer = REFUSED[name]
    source = rule if isinstance(rule, str) else RuleDocument.of(rule)
    begin = time.thread_time()
    found, problems = check_rule(source, "customers", CATALOGUE, OBJECTS, zone=ZONE)
    assert time.thread_time() - begin < 0.5
    assert found is None
    assert [(one.code, one.pointer) for one in problems if one.severity == "error"] == [
        (code, pointer)
    ]


def test_all_problems_come_together() -> None:
    rule = {
        "and": [
            {"==": [var("x"), 1]},
            {"or": [{">": [var("name"), "a"]}, {"in": [var("city"), ["a", "b"]]}]},
        ]
    }
    assert [one.pointer for one in check(rule)] == [
        "/and/0/==/0/var",
        "/and/1/or/0/>/0",
        "/and/1/or/1/in/1/0",
        "/and/1/or/1/in/1/1",
    ]


def test_the_neighbours_are_a_hint() -> None:
    (problem,) = check({">": [var("spend"), 0.005]})
    assert str(problem.hint) == "Use 0.00 or 0.01."
    (problem,) = check({">": [var("spend"), -2.129]})
    assert str(problem.hint) == "Use -2.13 or -2.12."
    assert not check({">": [{"*": [var("spend"), 0.001]}, 0.005]})


def test_what_hurts_engines_is_refused() -> None:
    assert not check({">": [{"*": [var("age")] * 16}, 1]})
    assert [one.code for one in check({">": [{"*": [var("age")] * 17}, 1]})] == ["out-of-bounds"]
    small: Any = {"/": [1, {"*": [var("age")] * 16}]}
    assert [one.code for one in check({">": [{"*": [small, 1e-20]}, 1]})] == ["out-of-bounds"]


def test_child_rules_nest_two_deep() -> None:
    lines = replace(
        CATALOGUE.table("orders"),
        key="lines",
        fields=(
            Field("order", words("订单", "Order"), FieldType(FieldKind.REFERENCE, target="orders")),
            Field("item", words("商品", "Item"), FieldType(FieldKind.TEXT)),
        ),
        date_field=None,
    )
    parts = replace(
        lines,
        key="parts",
        fields=(
            Field("line", words("行", "Line"), FieldType(FieldKind.REFERENCE, target="lines")),
        ),
    )
    deep = Catalogue({**CATALOGUE.tables, "lines": lines, "parts": parts})
    two = {"some": [var("orders"), {"some": [var("lines"), {"in": ["x", var("item")]}]}]}
    three = {"some": [var("orders"), {"some": [var("lines"), {"some": [var("parts"), True]}]}]}
    assert check_rule(RuleDocument.of(two), "customers", deep)[0]
    assert [one.code for one in check_rule(RuleDocument.of(three), "customers", deep)[1]] == [
        "too-deep"
    ]


# ── warnings ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        ({">": [var("visits"), "5"]}, ["number-as-text"]),
        ({"<=": ["1", var("visits"), 5]}, ["number-as-text"]),
        (True, ["constant-rule"]),
        (False, ["constant-rule"]),
        ({"==": [1, 1]}, ["constant-rule"]),
        ({">": [var("visits"), 5]}, []),
    ],
)
def test_it_warns(rule: Any, codes: list[str]) -> None:
    found = check(rule)
    assert [one.code for one in found] == codes
    assert {one.severity for one in found} <= {"warning"}


# ── other objects ───────────────────────────────────────────────────────────────────────────────


def segment(key: str, rule: Any, table: str = "customers") -> Segment:
    return Segment(key, Label.of(key), table, RuleDocument.of(rule))


def objects(**rules: Any) -> Objects:
    return Objects({key: segment(key, rule) for key, rule in rules.items()})


def test_a_circle_of_segments_is_named() -> None:
    looped = objects(a={"segment": ["b"]}, b={"!": [{"segment": ["c"]}]}, c={"segment": ["b"]})
    (problem,) = check({"segment": ["a"]}, objects=looped)
    assert (problem.code, problem.pointer) == ("circle", "")
    assert "b → c → b" in str(problem.message)


def test_a_broken_segment_is_a_problem_of_its_user() -> None:
    (problem,) = check({"or": [{"segment": ["a"]}]}, objects=objects(a={"==": [var("x"), 1]}))
    assert (problem.code, problem.pointer) == ("unknown-field", "/or/0")
    assert "The segment “a” has a problem" in str(problem.message)


def test_a_segment_of_another_table_is_unknown() -> None:
    other = Objects({"a": segment("a", True, "orders")})
    assert [one.code for one in check({"segment": ["a"]}, objects=other)] == ["unknown-segment"]


def test_segments_cannot_multiply() -> None:
    many = {"s0": {">": [var("visits"), 1]}}
    for n in range(1, 25):
        many[f"s{n}"] = {"or": [{"segment": [f"s{n - 1}"]}, {"!": [{"segment": [f"s{n - 1}"]}]}]}
    begin = time.process_time()
    assert [one.code for one in check({"segment": ["s24"]}, objects=objects(**many))] == [
        "too-many-parts"
    ]
    # Unguarded, 2**24 copies would take hours; a busy machine may make it seconds.
    assert time.process_time() - begin < 30


# ── facts ───────────────────────────────────────────────────────────────────────────────────────


def test_reads_go_through_calculated_fields_and_segments() -> None:
    found = compiled({"and": [{">": [var("idle"), 5]}, {"segment": ["spenders"]}]})
    assert found.reads == {
        ("customers", "idle"),
        ("customers", "newest"),
        ("orders", "customer"),
        ("orders", "day"),
        ("customers", "spend"),
    }
    assert found.segments == {"spenders"}
    assert found.time_dependent


def test_reads_go_up_a_link() -> None:
    found = compiled({"==": [var("customer"), "K1"]}, "orders")
    assert found.reads == {("orders", "customer"), ("customers", "no")}
    assert not found.time_dependent


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ({">": [var("last"), "2025-01-01"]}, False),
        ({">": [var("last"), {"today": []}]}, True),
        ({">": [var("joined"), {"now": []}]}, True),
        ({"<": [{"days_to_anniversary": [var("born")]}, 5]}, True),
        ({"some": [var("orders"), True]}, True),
        ({"==": [{"date_of": [var("joined")]}, "2025-01-01"]}, False),
    ],
)
def test_time_dependent(rule: Any, answer: bool) -> None:
    assert compiled(rule).time_dependent is answer


# ── dates and zones ─────────────────────────────────────────────────────────────────────────────


def test_the_first_instant_of_a_day_is_the_zone_s() -> None:
    """In São Paulo the clocks of 4 November 2018 went from 23:59 to 01:00."""
    zone = ZoneInfo("America/Sao_Paulo")
    found = compile_rule(
        RuleDocument.of({">=": [var("joined"), "2018-11-04"]}), "customers", CATALOGUE, zone=zone
    )
    assert isinstance(found.predicate, ir.Compare)
    assert isinstance(found.predicate.right, ir.Literal)
    assert found.predicate.right.value == datetime(2018, 11, 4, 3, tzinfo=UTC)


# ── calculated fields ───────────────────────────────────────────────────────────────────────────


def calculated(calculation: Any, kind: FieldType = MONEY) -> Field:
    return Field("made", words("算", "Made"), kind, calculation=calculation)


def test_a_calculated_field_compiles() -> None:
    found = compile_field(CUSTOMERS.field("idle"), "customers", CATALOGUE)
    assert isinstance(found, ir.Call)
    assert found.function is ir.Function.DATE_DIFF
    inner = found.args[1]
    assert isinstance(inner, ir.Calculated)
    assert (inner.table, inner.key) == ("customers", "newest")
    assert compile_field(CUSTOMERS.field("age"), "customers", CATALOGUE) == compiled_var("age")


def compiled_var(key: str) -> ir.ValueNode:
    found = compiled({"!!": [var(key)]}).predicate
    assert isinstance(found, ir.IsKnown)
    return found.value


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (calculated(RollUp(Aggregate.SUM, "orders", "day")), "wrong-aggregate"),
        (calculated(RollUp(Aggregate.SUM, "bills", "amount")), "unknown-relation"),
        (calculated(RollUp(Aggregate.SUM, "orders", "x")), "unknown-field"),
        (calculated(RollUp(Aggregate.COUNT, "orders")), "wrong-calculation"),
        (calculated(RollUp(Aggregate.FIRST, "orders", "customer")), "wrong-aggregate"),
        (calculated(TimeSince("name"), FieldType(FieldKind.INTEGER)), "wrong-type"),
        (calculated(TimeSince("made"), FieldType(FieldKind.INTEGER)), "circle"),
        (
            calculated(
                RollUp(Aggregate.SUM, "orders", "amount", only=RuleDocument.of({"!": [var("x")]}))
            ),
            "unknown-field",
        ),
    ],
)
def test_a_bad_calculation_is_refused(field: Field, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        compile_field(field, "customers", CATALOGUE)
    assert [one.code for one in caught.value.problems] == [code]


# ── anything at all ─────────────────────────────────────────────────────────────────────────────

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=4),
    st.sampled_from(["name", "orders", "spend", "tags", "customer", "2025-01-01", "day", ""]),
)
keys = st.one_of(st.sampled_from(sorted(OPERATORS)), st.text(max_size=3))
documents = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(keys, inner, max_size=1),
        st.dictionaries(keys, st.lists(inner, max_size=3), min_size=1, max_size=1),
    ),
    max_leaves=12,
)


@settings(max_examples=2000, deadline=None, derandomize=True)
@given(documents)
def test_any_json_gives_a_rule_or_problems(document: Any) -> None:
    source = document if not isinstance(document, str) else f'"{document}"'
    found, problems = check_rule(source, "customers", CATALOGUE, OBJECTS, zone=ZONE)
    assert found is not None or problems
    assert all(str(one) for one in problems)
