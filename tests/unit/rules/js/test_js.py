"""JavaScript's conversions (values worked out with its specification), limits, and the budget."""

import json
import time
from typing import Any

import pytest

from tierloom.domain.rules import RuleDocument
from tierloom.errors import Invalid
from tierloom.rules.js import compile_js


def ask(rule: Any, data: Any = None) -> Any:
    return compile_js(rule)(data)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.0, "1"),
        (-0.5, "-0.5"),
        (100000000000000000000, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e21, "1.5e+21"),
        (123456789.25, "123456789.25"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (1.25e-7, "1.25e-7"),
        (-1e21, "-1e+21"),
        (0.1, "0.1"),
        (1e16, "10000000000000000"),
        (True, "true"),
        ([1, [2, None], "x"], "1,2,,x"),
        ({"a": 1, "b": 2}, "[object Object]"),
        (None, ""),
    ],
)
def test_texts(value: Any, written: str) -> None:
    assert ask({"cat": [{"var": "x"}]}, {"x": value}) == written


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (" 12 ", 12),
        ("", 0),
        ("0x10", 16),
        ("0b11", 3),
        ("0o17", 15),
        ("1e3", 1000),
        (".5", 0.5),
        ("5.", 5),
        ("12px", None),
        ("1_000", None),
        ("١٢", None),
        ("Infinity", None),
        (True, 1),
        (None, 0),
        ([], 0),
        (["7"], 7),
        ([1, 2], None),
        ({}, None),
    ],
)
def test_numbers(value: Any, number: float | None) -> None:
    found = ask({"-": [{"var": "x"}, 0]}, {"x": value})
    assert found == number


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ({"+": ["3.5kg", "1"]}, 4.5),
        ({"+": [True]}, None),
        ({"*": ["7"]}, "7"),
        ({"-": ["4"]}, -4),
        ({"%": [5, 0]}, None),
        ({"%": [-7, 3]}, -1),
        ({"==": ["1", 1]}, True),
        ({"==": [None, 0]}, False),
        ({"==": [None, False]}, False),
        ({"==": [[1, 2], "1,2"]}, True),
        ({"==": [[], []]}, False),
        ({"==": ["0x10", 16]}, True),
        ({"===": [1, 1.0]}, True),
        ({"===": [True, 1]}, False),
        ({"<": ["a", "b"]}, True),
        ({"<": ["\U0001f600", "\uffff"]}, True),
        ({"<": ["10", "9"]}, True),
        ({"<": ["10", 9]}, False),
        ({">=": ["x", 0]}, False),
        ({"<": [1, 2, 2]}, False),
        ({"<=": [1, 2, 2]}, True),
        ({"in": [1, ["1"]]}, False),
        ({"in": [2, "1,2"]}, True),
        ({"substr": ["a😀b", 1, 2]}, "😀"),
        ({"substr": ["abc", -9]}, "abc"),
        ({"substr": ["abc", 1, None]}, ""),
        ({"missing_some": [2, ["a", "b"]]}, ["a", "b"]),
        ({"and": []}, None),
        ({"if": [False, 1]}, None),
        ({"merge": [1, [2, [3]]]}, [1, 2, [3]]),
        ({"log": "x"}, "x"),
        ({"var": "length"}, None),
        ({}, {}),
        ("apple", "apple"),
        ([{"+": [1, 1]}], [2]),
    ],
)
def test_answers(rule: Any, answer: Any) -> None:
    assert ask(rule, {}) == answer


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("list.1", 20),
        ("list.length", 2),
        ("list.2", None),
        ("list.01", None),
        ("list.x", None),
        ("text.1", "é"),
        ("text.length", 2),
        ("deep.x", 1),
        ("keys", None),
        ("__class__", None),
        ("deep.__proto__", None),
        (1, None),
    ],
)
def test_paths(path: Any, value: Any) -> None:
    data = {"list": [10, 20], "text": "aé", "deep": {"x": 1}}
    assert ask({"var": path}, data) == value


def test_data_are_never_run() -> None:
    data = {"names": [{"var": "secret"}], "secret": "x"}
    assert ask({"missing": {"var": "names"}}, data) == [{"var": "secret"}]
    assert ask({"map": [{"var": "names"}, {"var": ""}]}, data) == [{"var": "secret"}]


def test_what_is_not_reached_is_not_refused() -> None:
    assert ask({"if": [True, 1, {"frobnicate": []}]}) == 1
    with pytest.raises(Invalid) as caught:
        ask({"if": [False, 1, {"frobnicate": []}]})
    assert [(one.code, one.pointer) for one in caught.value.problems] == [
        ("unknown-operator", "/if/2")
    ]


DOUBLING = {
    "text": {"cat": [{"var": "accumulator"}, {"var": "accumulator"}]},
    "list": {"merge": [{"var": "accumulator"}, {"var": "accumulator"}]},
}
MANY: list[Any] = [0] * 900
REFUSED: dict[str, tuple[str, str]] = {
    "deep": ('{"!":[' * 10_000 + "1" + "]}" * 10_000, "too-deep"),
    "two keys": ('{"!":[true],"!!":[false]}', "not-an-operator"),
    "twice": ('{"!":[true],"!":[false]}', "duplicate-key"),
    "5,000 digits": ('{"+":[' + "9" * 5000 + "]}", "bad-number"),
    "NaN": ('{"+":[NaN]}', "bad-number"),
    "infinite": ('{"+":[1e999]}', "bad-number"),
    "surrogate": ('{"cat":["\\ud800"]}', "bad-character"),
    "surrogate in a key": ('{"\\ud800":[]}', "bad-character"),
    "method": ('{"method":[{"var":""},"__class__"]}', "unknown-operator"),
    "try": ('{"try":[1]}', "unknown-operator"),
    "not JSON": ('{"+":', "not-json"),
    "nothing to multiply": ('{"*":[]}', "wrong-arity"),
    "doubling text": (
        json.dumps({"reduce": [{"var": "many"}, DOUBLING["text"], "x"]}),
        "over-budget",
    ),
    "doubling list": (
        json.dumps({"reduce": [{"var": "many"}, DOUBLING["list"], [1]]}),
        "over-budget",
    ),
    "doubling by sharing": (
        json.dumps(
            {"reduce": [{"var": "many"}, [{"var": "accumulator"}, {"var": "accumulator"}], 1]}
        ),
        "over-budget",
    ),
    "sharing, then writing": (
        json.dumps(
            {
                "cat": {
                    "reduce": [{"var": "few"}, [{"var": "accumulator"}, {"var": "accumulator"}], 1]
                }
            }
        ),
        "over-budget",
    ),
    "nesting without end": (
        json.dumps({"cat": {"reduce": [{"var": "many"}, [{"var": "accumulator"}], 1]}}),
        "over-budget",
    ),
    "loops in loops": (
        json.dumps({"map": [{"var": "many"}, {"map": [{"var": "many"}, 1]}]}).replace(
            '{"map": [{"var": "many"}, 1]}',
            '{"reduce": [[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25],'
            '{"+":[1,{"var":"accumulator"}]},0]}',
        ),
        "over-budget",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_quickly(name: str) -> None:
    source, code = REFUSED[name]
    took = []
    for _ in range(3):
        begin = time.thread_time()
        with pytest.raises(Invalid) as caught:
            compile_js(RuleDocument(source))({"many": MANY, "few": MANY[:60]})
        took.append(time.thread_time() - begin)
    assert caught.value.problems[0].code == code
    assert min(took) < 0.05


def test_a_budget_is_for_one_evaluation() -> None:
    evaluate = compile_js({"reduce": [{"var": ""}, {"+": [1, {"var": "accumulator"}]}, 0]})
    assert [evaluate([0] * 1000) for _ in range(5)] == [1000] * 5
    small = compile_js({"cat": ["a", "b", "c"]}, size=2)
    with pytest.raises(Invalid, match="too many steps"):
        small({})


def test_deep_data_are_refused() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    for rule in ({"var": ""}, {"cat": {"var": ""}}, {"==": [{"var": ""}, 1]}):
        with pytest.raises(Invalid):
            ask(rule, deep)
