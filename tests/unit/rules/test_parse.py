"""Limits and shapes: every refusal has a place, comes quickly, and never recurses too deep."""

import json
import time
from typing import Any

import pytest

from tierloom.domain.rules import RuleDocument
from tierloom.errors import Invalid
from tierloom.rules.parse import parse
from tierloom.rules.syntax import Apply, Items, Scalar


def problems(source: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        parse(source)
    return [(one.code, one.pointer) for one in caught.value.problems]


def nested(depth: int) -> str:
    return '{"!":[' * depth + "true" + "]}" * depth


def test_nodes_have_pointers() -> None:
    assert parse('{"in":[{"var":"a/b"},["x","y"]]}') == Apply(
        "in",
        (
            Apply("var", (Scalar("a/b", "/in/0/var"),), "/in/0"),
            Items((Scalar("x", "/in/1/0"), Scalar("y", "/in/1/1")), "/in/1"),
        ),
        "",
    )


def test_slash_and_tilde_are_escaped() -> None:
    assert parse('{"/":[1,{"%":[2,1]}]}').args[1].pointer == "/~1/1"  # type: ignore[union-attr]


def test_text_document_and_parsed_json_are_the_same() -> None:
    rule = {"and": [{">=": [{"var": "a"}, 1.5]}, {"!": {"var": "b"}}]}
    assert parse(rule) == parse(json.dumps(rule)) == parse(RuleDocument.of(rule))  # type: ignore[arg-type]


REFUSED = {
    "deep": (nested(17), "too-deep"),
    "very deep": (nested(40_000)[: 250 * 1024], "too-deep"),
    "deep lists": ("[" * 100_000, "too-deep"),
    "long": ('"' + "x" * (256 * 1024) + '"', "rule-too-long"),
    "many parts": (
        json.dumps({"or": [{"==": [{"var": "a"}, n]} for n in range(200)]}),
        "too-many-parts",
    ),
    "many arguments": (json.dumps({"+": [1] * 600}), "too-many-parts"),
    "long literals": (
        json.dumps({"in": [{"var": "a"}, ["y" * 700 + str(n) for n in range(100)]]}),
        "too-many-values",
    ),
    "long list": (json.dumps({"in": [{"var": "a"}, list(range(1001))]}), "list-too-long"),
    "5,000 digits": ('{"==":[{"var":"a"},' + "9" * 5000 + "]}", "bad-number"),
    "5,000 decimals": ('{"==":[{"var":"a"},0.' + "1" * 5000 + "]}", "bad-number"),
    "16 digits": ('{"==":[{"var":"a"},1234567890123456]}', "bad-number"),
    "infinite": ('{"==":[{"var":"a"},1e999]}', "bad-number"),
    "tiny": ('{"==":[{"var":"a"},1e-300]}', "bad-number"),
    "NaN": ('{"==":[{"var":"a"},NaN]}', "bad-number"),
    "-Infinity": ('{"==":[{"var":"a"},-Infinity]}', "bad-number"),
    "twice": ('{"!":[true],"!":[false]}', "duplicate-key"),
    "two keys": ('{"!":[true],"!!":[false]}', "not-an-operator"),
    "no key": ("{}", "not-an-operator"),
    "surrogate": ('{"==":[{"var":"a"},"\\ud800"]}', "bad-character"),
    "raw surrogate": ('{"==":[{"var":"a"},"\ud800"]}', "bad-character"),
    "zero": ('{"==":[{"var":"a"},"\\u0000"]}', "bad-character"),
    "not JSON": ('{"==":[', "not-json"),
    "nothing": ("", "not-json"),
    "open text": ('"' + '\\"' * 100_000, "not-json"),
    "operator in a list": ('{"in":[{"var":"a"},[{"var":"b"}]]}', "list-of-constants"),
    "list in a list": ('{"in":[{"var":"a"},[["x"]]]}', "list-of-constants"),
    "arity": ('{"==":[{"var":"a"}]}', "wrong-arity"),
    "bare arity": ('{"==":{"var":"a"}}', "wrong-arity"),
    "empty and": ('{"and":[]}', "wrong-arity"),
    "unknown": ('{"frobnicate":[1]}', "unknown-operator"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_quickly(name: str) -> None:
    source, code = REFUSED[name]
    took = []
    for _ in range(3):
        begin = time.thread_time()
        found = problems(source)
        took.append(time.thread_time() - begin)
    assert found[0][0] == code
    assert min(took) < 0.05


@pytest.mark.parametrize(
    "name",
    [
        "log",
        "method",
        "map",
        "merge",
        "try",
        "throw",
        "val",
        "me",
        "__class__",
    ],
)
def test_operators_outside_the_table_are_refused_by_name(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse({"and": [{name: [1]}]})
    (problem,) = caught.value.problems
    assert problem.pointer == "/and/0"
    assert name in str(problem.message)


def test_all_unknown_operators_are_reported_together() -> None:
    rule: Any = {"and": [{"foo": [1]}, {"or": [{"bar": []}, {"!": [{"baz": {}}]}]}]}
    assert problems(rule) == [
        ("unknown-operator", "/and/0"),
        ("unknown-operator", "/and/1/or/0"),
        ("unknown-operator", "/and/1/or/1/!/0"),
    ]


def test_lists_of_literals_do_not_count_as_parts() -> None:
    assert isinstance(parse({"in": [{"var": "a"}, list(range(1000))]}), Apply)


def test_an_endless_python_structure_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert problems({"and": endless}) == [("too-deep", "")]
    assert problems({"==": [{1, 2}, 1]}) == [("not-json", "/==/0")]
