"""Each form of other builders by hand; and random rules go out and come back with their meaning."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.unit.rules.generated import customers, rules
from tests.unit.rules.world import CATALOGUE, CONTEXT, OBJECTS, ZONE, Record, customer, order
from tierloom.domain.rules import RuleDocument
from tierloom.errors import Invalid
from tierloom.rules.builder.read import read_tree
from tierloom.rules.builder.tree import Condition
from tierloom.rules.compile import compile_rule
from tierloom.rules.convert import export_rule, import_rule
from tierloom.rules.dialects.targets import TARGETS
from tierloom.rules.js import compile_js
from tierloom.rules.row import compile_kleene, compile_predicate


def come_in(rule: Any, table: str = "customers") -> Any:
    return json.loads(import_rule(rule, table, CATALOGUE, OBJECTS, zone=ZONE).json)


def go_out(rule: Any, dialect: str) -> Any:
    document = RuleDocument.of(rule)
    return export_rule(document, dialect, "customers", CATALOGUE, OBJECTS, zone=ZONE)


def refused(rule: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        come_in(rule)
    return [(one.pointer, one.code) for one in caught.value.problems]


LAST, JOINED = {"var": "last"}, {"var": "joined"}
MONTH = {"date_of": [{"datetime_truncate": [{"now": []}, "month"]}]}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"dateOn": [LAST, "2025-06-01"]}, {"==": [LAST, "2025-06-01"]}),
        ({"dateNotOn": [LAST, "2025-06-01"]}, {"!=": [LAST, "2025-06-01"]}),
        ({"dateBefore": [LAST, "2025-06-01"]}, {"<": [LAST, "2025-06-01"]}),
        ({"dateOnOrBefore": [LAST, "2025-06-01"]}, {"<=": [LAST, "2025-06-01"]}),
        ({"dateAfter": [LAST, "2025-06-01"]}, {">": [LAST, "2025-06-01"]}),
        ({"dateOnOrAfter": [LAST, {"var": "born"}]}, {">=": [LAST, {"var": "born"}]}),
        (  # The later end first: both are moved from the same day …
            {"dateBetween": [
                {"dateRelative": ["now", 0, "day", True]}, LAST, {"dateRelative": ["now", -7, "day", True]},
            ]},
            {"<=": [{"date_add": [{"today": []}, -7, "day"]}, LAST, {"today": []}]},
        ),
        (  # … or one is never before the other …
            {"dateBetween": [
                {"dateRelative": ["now", 0, "day", True]}, LAST, {"dateRelative": ["startOfMonth", 0, "day", True]},
            ]},
            {"<=": [MONTH, LAST, {"today": []}]},
        ),
        (  # … or it depends on the day.
            {"dateBetween": [
                {"dateRelative": ["now", -7, "day", True]}, LAST, {"dateRelative": ["startOfMonth", 0, "day", True]},
            ]},
            {"<=": [
                {"min": [{"date_add": [{"today": []}, -7, "day"]}, MONTH]}, LAST,
                {"max": [{"date_add": [{"today": []}, -7, "day"]}, MONTH]},
            ]},
        ),
        (
            {"dateBetween": ["2025-06-30", LAST, "2025-06-01"]},
            {"<=": ["2025-06-01", LAST, "2025-06-30"]},
        ),
        (
            {"dateNotBetween": ["2025-06-01", LAST, "2025-06-30"]},
            {"!": [{"<=": ["2025-06-01", LAST, "2025-06-30"]}]},
        ),
        ({"dateIn": [LAST, ["2025-06-01"]]}, {"in": [LAST, ["2025-06-01"]]}),
        ({"dateNotIn": [LAST, ["2025-06-01"]]}, {"!": [{"in": [LAST, ["2025-06-01"]]}]}),
        (
            {"dateAfter": [LAST, {"dateRelative": ["now", -90, "day", True]}]},
            {">": [LAST, {"date_add": [{"today": []}, -90, "day"]}]},
        ),
        ({"dateOn": [LAST, {"dateRelative": ["endOfDay", 0, "hour", True]}]}, {"==": [LAST, {"today": []}]}),
        (
            {"dateOnOrAfter": [LAST, {"dateRelative": ["startOfMonth", -3, "month", True]}]},
            {">=": [LAST, {"date_add": [MONTH, -3, "month"]}]},
        ),
        (
            {"dateBefore": [LAST, {"dateRelative": ["endOfMonth", 0, "day", True]}]},
            {"<": [LAST, {"date_add": [{"date_add": [MONTH, 1, "month"]}, -1, "day"]}]},
        ),
        (
            {"dateAfter": [JOINED, {"dateRelative": ["startOfYear", 2, "hour"]}]},
            {">": [JOINED, {"datetime_add": [{"datetime_truncate": [{"now": []}, "year"]}, 2, "hour"]}]},
        ),
        ({"date==": [LAST, "2025-06-01T00:00:00.000Z"]}, {"==": [LAST, "2025-06-01"]}),
        ({"in": [LAST, ["2025-06-01T00:00:00.000Z"]]}, {"in": [LAST, ["2025-06-01"]]}),
        ({"datetime!=": [JOINED, None]}, {"!=": [JOINED, None]}),
        (
            {"and": [{"some": [{"var": "orders"}, {"date==": [{"var": "day"}, "2025-06-01T00:00:00.000Z"]}]}]},
            {"some": [{"var": "orders"}, {"==": [{"var": "day"}, "2025-06-01"]}]},
        ),
        ({"locked": [{"startsWith": [{"var": "name"}, "B"]}]}, {"starts_with": [{"var": "name"}, "B"]}),
        (
            {">=": [{"reduce": [{"var": "orders"}, {"+": [{"var": "current.amount"}, {"var": "accumulator"}]}, 0]}, 5]},
            {">=": [{"sum": [{"var": "orders"}, {"var": "amount"}]}, 5]},
        ),
        (
            {"if": [{"var": "plus"}, True, {"if": [{"!": {"var": "name"}}, False, True]}]},
            {"if": [{"var": "plus"}, True, {"!": [{"var": "name"}]}, False, True]},
        ),
        ({"or": [{"===": [{"var": "visits"}, 1]}]}, {"==": [{"var": "visits"}, 1]}),
        (False, False),
    ],
)  # fmt: skip
def test_what_comes_in(theirs: Any, ours: Any) -> None:
    assert come_in(theirs) == ours
    assert come_in(ours) == ours


@pytest.mark.parametrize(
    ("theirs", "operator"),
    [
        ({"dateOn": [LAST, "2025-06-01"]}, "on"),
        ({"and": [{"date==": [LAST, "2025-06-01T00:00:00.000Z"]}]}, "on"),
        ({"dateBefore": [LAST, "2025-06-01"]}, "before"),
        ({"startsWith": [{"var": "name"}, "B"]}, "starts_with"),
    ],
)
def test_the_builder_shows_pasted_rules_as_conditions(theirs: Any, operator: str) -> None:
    (shown,) = read_tree(RuleDocument.of(theirs), "customers", CATALOGUE, zone=ZONE).children
    assert isinstance(shown, Condition)
    assert shown.operator == operator


@pytest.mark.parametrize(
    ("theirs", "place", "code"),
    [
        ({"dateOn": [LAST, 37800]}, "/dateOn/1", "wrong-type"),
        (
            {"!": {"dateOn": [LAST, {"dateRelative": ["startOfWeek", 0, "day", True]}]}},
            "/!/dateOn/1",
            "relative-date",
        ),
        (
            {"dateOn": [JOINED, {"dateRelative": ["endOfYear", 0, "day", False]}]},
            "/dateOn/1",
            "relative-date",
        ),
        (
            {"dateOn": [LAST, {"dateRelative": ["now", 3, "hour", True]}]},
            "/dateOn/1",
            "relative-date",
        ),
        (
            {"dateOn": [LAST, {"dateRelative": ["soon", 3, "day", True]}]},
            "/dateOn/1",
            "relative-date",
        ),
        (
            {"dateOn": [LAST, {"dateRelative": [{"var": "name"}, 3, "day", True]}]},
            "/dateOn/1",
            "relative-date",
        ),
        ({"dateBetween": [LAST, "2025-06-01"]}, "", "wrong-arity"),
        (
            {"reduce": [{"var": "orders"}, {"*": [2, {"var": "accumulator"}]}, 1]},
            "",
            "unknown-operator",
        ),
        ({"method": [{"var": "name"}, "toLowerCase"]}, "", "unknown-operator"),
    ],
)
def test_what_is_refused(theirs: Any, place: str, code: str) -> None:
    assert refused(theirs) == [(place, code)]


@pytest.mark.parametrize(
    ("dialect", "ours", "theirs"),
    [
        ("raqb", {"==": [LAST, "2025-06-01"]}, {"and": [{"date==": [LAST, "2025-06-01T00:00:00.000Z"]}]}),
        ("raqb", {"==": [LAST, None]}, {"and": [{"==": [LAST, None]}]}),
        ("raqb", {"or": [{"var": "plus"}]}, {"or": [{"==": [{"var": "plus"}, True]}]}),
        (
            "raqb",
            {"<": [{"days_since": [LAST]}, 90]},
            {"and": [{">": [LAST, {"date_add": [{"today": []}, -90, "day"]}]}]},
        ),
        (
            "raqb",
            {"<=": [1, {"days_since": [LAST]}, 9]},
            {"and": [{"<=": [
                {"date_add": [{"today": []}, -9, "day"]}, LAST, {"date_add": [{"today": []}, -1, "day"]},
            ]}]},
        ),
        (
            "raqb",
            {">=": [{"count": [{"var": "orders"}]}, 2]},
            {"and": [{">=": [{"reduce": [{"var": "orders"}, {"+": [1, {"var": "accumulator"}]}, 0]}, 2]}]},
        ),
        ("rqb", {"!!": [{"var": "visits"}]}, {"and": [{"!=": [{"var": "visits"}, None]}]}),
        (
            "rqb",
            {"missing": ["name", "last"]},
            {"and": [{"or": [{"==": [{"var": "name"}, None]}, {"==": [LAST, None]}]}]},
        ),
        (
            "rqb",
            {"<=": [{"date_add": [{"today": []}, -9, "day"]}, LAST, {"today": []}]},
            {"and": [{"dateBetween": [
                {"dateRelative": ["now", -9, "day", True]}, LAST, {"dateRelative": ["now", 0, "day", True]},
            ]}]},
        ),
        ("rqb", {"ends_with": [{"var": "name"}, "b"]}, {"and": [{"endsWith": [{"var": "name"}, "b"]}]}),
        (
            "jsonlogic",
            {"ends_with": [{"var": "name"}, "b😀"]},
            {"and": [{"==": [{"substr": [{"var": "name"}, -3]}, "b😀"]}]},
        ),
    ],
)  # fmt: skip
def test_what_goes_out(dialect: str, ours: Any, theirs: Any) -> None:
    assert go_out(ours, dialect) == theirs


COUNT = {"reduce": [{"var": "orders"}, {"+": [1, {"var": "accumulator"}]}, 0]}


@pytest.mark.parametrize(
    ("dialect", "theirs"),
    [
        ("raqb", {"and": [{"!!": {"var": "name"}}]}),
        ("raqb", {"and": [{"!": {"in": ["ob", {"var": "name"}]}}]}),
        ("raqb", {"and": [{"all": [{"var": "tags"}, {"in": [{"var": ""}, ["tea", "milk"]]}]}]}),
        ("raqb", {"and": [{"!": {"or": [{"!=": [{"var": "city"}, "sh"]}, {"==": [{"var": "name"}, None]}]}}]}),
        ("raqb", {"and": [{"datetime==": [JOINED, "2025-06-01T10:00:00.000Z"]}]}),
        ("raqb", {"and": [{">": [JOINED, {"datetime_add": [{"now": []}, -3, "hour"]}]}]}),
        ("raqb", {"and": [{">=": [JOINED, {"datetime_truncate": [{"now": []}, "week"]}]}]}),
        ("raqb", {"and": [{"all": [
            {"var": "orders"}, {"and": [{">": [{"var": "amount"}, 1]}, {"!": {"var": "kind"}}]},
        ]}]}),
        ("raqb", {"and": [{"<": [{"+": [{"*": [{"var": "visits"}, 2]}, 1]}, 9]}]}),
        ("raqb", {"if": [
            {"==": [{"var": "plus"}, True]}, True, {"if": [{"==": [{"var": "city"}, "sh"]}, False, True]},
        ]}),
        ("rqb", {"and": [{">=": [COUNT, {"*": [COUNT, 0.5]}]}, {"<=": [COUNT, 3]}]}),
        ("rqb", {"and": [{"dateAfter": [LAST, {"dateRelative": ["startOfMonth", -3, "month", True]}]}]}),
        ("rqb", {"and": [{"dateOnOrBefore": [LAST, {"dateRelative": ["endOfYear", 0, "day", True]}]}]}),
        ("rqb", {"and": [{"dateOn": [LAST, {"dateRelative": ["endOfMonth", -1, "month", True]}]}]}),
        ("rqb", {"and": [{"dateBefore": [JOINED, {"dateRelative": ["startOfDay", 8, "hour", False]}]}]}),
        ("rqb", {"and": [{"!": {"dateBetween": [
            {"dateRelative": ["startOfYear", 0, "day", True]}, LAST, {"dateRelative": ["now", 0, "day", True]},
        ]}}]}),
        ("rqb", {"and": [
            {"!": {"endsWith": [{"var": "name"}, "b"]}}, {"or": [{"in": ["tea", {"var": "tags"}]}, False]},
        ]}),
        ("rqb", {"xor": [
            {"some": [{"var": "orders"}, {"==": [{"var": "kind"}, "web"]}]},
            {"none": [{"var": "orders"}, {">": [{"var": "amount"}, 5]}]},
        ]}),
    ],
)  # fmt: skip
def test_what_came_from_a_builder_goes_back_to_it_as_it_was(dialect: str, theirs: Any) -> None:
    ours = come_in(theirs)
    written = go_out(ours, dialect)
    assert written == (theirs if "if" not in theirs else {"and": [theirs]})
    assert come_in(written) == ours


@pytest.mark.parametrize("dialect", TARGETS)
def test_what_cannot_be_said_is_named_with_its_place(dialect: str) -> None:
    rule = {"or": [{"segment": ["spenders"]}, {"<": [{"days_to_anniversary": [LAST]}, 3]}]}
    with pytest.raises(Invalid) as caught:
        go_out(rule, dialect)
    assert [(one.pointer, one.code) for one in caught.value.problems] == [
        ("/or/0", "not-in-dialect"),
        ("/or/1/</0", "not-in-dialect"),
    ]
    with pytest.raises(Invalid, match="no field"):
        go_out({"==": [{"var": "colour"}, 1]}, dialect)


@pytest.mark.parametrize("dialect", TARGETS)
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)
@given(rule=rules, people=st.lists(customers(), min_size=1, max_size=4))
def test_a_rule_comes_back_with_its_meaning(dialect: str, rule: Any, people: list[Record]) -> None:
    try:
        written = go_out(rule, dialect)
    except Invalid as invalid:
        assume({one.code for one in invalid.problems} != {"not-in-dialect"})
        raise
    back = import_rule(written, "customers", CATALOGUE, OBJECTS, zone=ZONE)
    again = go_out(json.loads(back.json), dialect)
    assert import_rule(again, "customers", CATALOGUE, OBJECTS, zone=ZONE) == back
    before = compile_rule(rule, "customers", CATALOGUE, OBJECTS, zone=ZONE).predicate
    after = compile_rule(back, "customers", CATALOGUE, OBJECTS, zone=ZONE).predicate
    for person in people:
        for make in (compile_predicate, compile_kleene):
            assert make(before, CONTEXT)(person) is make(after, CONTEXT)(person)


@pytest.mark.parametrize(
    "rule",
    [
        {"xor": [{"==": [{"var": "visits"}, 3]}, {"starts_with": [{"var": "name"}, "王"]}]},
        {"and": [{"ends_with": [{"var": "name"}, "芳😀"]}, {"<=": [1, {"var": "visits"}, 3]}]},
        {"==": [{"count": [{"filter": [{"var": "orders"}, {">": [{"var": "amount"}, 5]}]}]}, 2]},
        {"==": [{"sum": [{"var": "orders"}, {"var": "amount"}]}, 27]},
        {"in": [{"var": "visits"}, [2, 3]]},
    ],
)
def test_published_json_logic_says_the_same_where_all_is_known(rule: Any) -> None:
    amounts = [9, 18, 0]
    person = customer(
        *(order(amount=one, day=date(2025, 1, 1)) for one in amounts),
        name="王芳😀",
        visits=3,
        joined=datetime(2025, 1, 1, tzinfo=UTC),
    )
    data: Any = {"name": "王芳😀", "visits": 3, "orders": [{"amount": one} for one in amounts]}
    typed = compile_rule(rule, "customers", CATALOGUE, OBJECTS, zone=ZONE).predicate
    assert compile_js(go_out(rule, "jsonlogic"))(data) is compile_predicate(typed, CONTEXT)(person)
