"""What nobody should send is refused within 50 ms, in both modes, as JSON text and as parsed JSON."""

import json
import time
from typing import Any

import pytest

from tests.unit.rules.world import CATALOGUE, OBJECTS
from tierloom.domain.rules import RuleDocument
from tierloom.errors import Invalid
from tierloom.rules.compile import compile_rule
from tierloom.rules.convert import import_rule
from tierloom.rules.js import compile_js

DOUBLING = {
    "reduce": [
        [0] * 900,
        {"cat": [{"var": "accumulator"}, {"var": "accumulator"}]},
        "x",
    ]
}
BOTH: dict[str, str] = {
    "10,000 deep": '{"!":[' * 10_000 + "true" + "]}" * 10_000,
    "10,000 brackets": "[" * 10_000 + "]" * 10_000,
    "two keys": '{"!":[{"var":"plus"}],"!!":[{"var":"plus"}]}',
    "5,000 digits": '{"==":[{"var":"visits"},' + "9" * 5_000 + "]}",
    "5,000 digits of an exponent": '{"==":[{"var":"visits"},1e' + "9" * 5_000 + "]}",
    "a key twice": '{"!":[{"var":"plus"}],"!":[{"var":"plus"}]}',
    "half a character": '{"==":[{"var":"name"},"\\ud83d"]}',
    "method": '{"method":[{"var":"name"},"__class__"]}',
    "doubling": json.dumps({"==": [DOUBLING, 1]}),
    "NaN": '{"==":[{"var":"visits"},NaN]}',
    "infinite": '{"==":[{"var":"visits"},-Infinity]}',
    "300 KiB": '{"==":[{"var":"name"},"' + "x" * 300_000 + '"]}',
    "a million parts": '{"or":[' + ",".join(['{"var":"plus"}'] * 15_000) + "]}",
    "not JSON": '{"==":[',
}
STRICT: dict[str, str] = {
    "computed name": '{"==":[{"var":{"cat":["na","me"]}},"x"]}',
    "dunder": '{"==":[{"var":"__class__"},"x"]}',
    "length": '{">":[{"var":"name.length"},1]}',
    "map": '{"map":[{"var":"orders"},{"var":"amount"}]}',
    "overflow": json.dumps({">": [{"*": [{"var": "visits"}] * 400}, 1]}),
    "deep conditions on related records": '{"some":[{"var":"orders"},' * 3 + "true" + "]}" * 3,
}


def quickly(ask: Any) -> None:
    took = []
    for _ in range(3):
        begin = time.thread_time()
        with pytest.raises(Invalid) as caught:
            ask()
        took.append(time.thread_time() - begin)
        assert caught.value.problems
    assert min(took) < 0.05


@pytest.mark.parametrize("name", [*BOTH, *STRICT])
def test_strict(name: str) -> None:
    document = RuleDocument((BOTH | STRICT)[name])
    quickly(lambda: compile_rule(document, "customers", CATALOGUE, OBJECTS))
    quickly(lambda: import_rule(document, "customers", CATALOGUE, OBJECTS))


@pytest.mark.parametrize("name", BOTH)
def test_js(name: str) -> None:
    document = RuleDocument(BOTH[name])
    quickly(lambda: compile_js(document)({"name": "x", "visits": 1, "plus": False}))


def test_parsed_json_is_measured_too() -> None:
    deep: Any = True
    for _ in range(10_000):
        deep = {"!": [deep]}
    for rule in (
        deep,
        {"==": [{"var": "visits"}, 10**5000]},
        {"==": [{"var": "visits"}, float("nan")]},
    ):
        quickly(lambda rule=rule: compile_rule(rule, "customers", CATALOGUE, OBJECTS))
        quickly(lambda rule=rule: compile_js(rule)({}))


def test_a_computed_name_is_read_in_js_mode() -> None:
    rule: Any = {"var": {"cat": ["na", "me"]}}
    assert compile_js(rule)({"name": "x"}) == "x"
    assert compile_js({"var": {"cat": ["__cla", "ss__"]}})({"name": "x"}) is None
