"""Against panzi-json-logic, in the part of the language in which it says what JavaScript says.

Left out, because it differs there: texts beside numbers, nothing beside anything, remainders, a
`reduce` that starts from a calculation.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from json_logic import jsonLogic  # type: ignore[import-untyped]

from tierloom.rules.js import compile_js

DATA: Any = {
    "n": 3,
    "m": -2,
    "list": [1, 2, 3, 5],
    "text": "aé王",
    "flag": True,
    "rows": [{"v": 1}, {"v": 4}],
}

TWICE = {"+": [{"var": "accumulator"}, {"*": [{"var": "current"}, 2]}]}

numbers = st.recursive(
    st.one_of(st.integers(-9, 9), st.sampled_from([{"var": "n"}, {"var": "m"}, {"var": "list.2"}])),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from("+*-"), inner, inner).map(lambda t: {t[0]: [t[1], t[2]]}),
        st.tuples(st.sampled_from(["min", "max"]), st.lists(inner, min_size=1, max_size=3)).map(
            lambda t: {t[0]: t[1]}
        ),
        st.integers(-3, 3).map(lambda start: {"reduce": [{"var": "list"}, TWICE, start]}),
    ),
    max_leaves=4,
)  # fmt: skip
texts = st.one_of(
    st.sampled_from(["", "a", "王", {"var": "text"}]),
    st.tuples(st.sampled_from(["a", {"var": "text"}]), st.integers(-4, 4)).map(
        lambda t: {"substr": list(t)}
    ),
    st.lists(st.sampled_from(["x", {"var": "text"}]), min_size=1, max_size=3).map(
        lambda parts: {"cat": parts}
    ),
)
compare = st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "===", "!=="])
answers = st.recursive(
    st.one_of(
        st.tuples(compare, numbers, numbers).map(lambda t: {t[0]: [t[1], t[2]]}),
        st.tuples(st.sampled_from(["<", "<="]), numbers, numbers, numbers).map(
            lambda t: {t[0]: list(t[1:])}
        ),
        st.tuples(st.sampled_from(["==", "!=", "<"]), texts, texts).map(
            lambda t: {t[0]: [t[1], t[2]]}
        ),
        numbers.map(lambda one: {"in": [one, {"var": "list"}]}),
        st.tuples(st.sampled_from(["some", "all", "none"]), st.integers(0, 5)).map(
            lambda t: {t[0]: [{"var": "rows"}, {">": [{"var": "v"}, t[1]]}]}
        ),
        st.just({"var": "flag"}),
    ),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)).map(
            lambda t: {t[0]: t[1]}
        ),
        inner.map(lambda one: {"!": [one]}),
        st.tuples(inner, inner, inner).map(lambda t: {"if": list(t)}),
    ),
    max_leaves=4,
)
lists = st.one_of(
    st.tuples(st.sampled_from(["filter", "map"]), st.integers(0, 5)).map(
        lambda t: {t[0]: [{"var": "list"}, {">": [{"var": ""}, t[1]]}]}
    ),
    st.lists(st.one_of(numbers, st.just({"var": "list"})), max_size=3).map(lambda parts: {"merge": parts}),
    st.just({"missing": ["n", "nobody", "rows.0.v"]}),
    st.integers(0, 3).map(lambda n: {"missing_some": [n, ["n", "nobody", "text"]]}),
)  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(numbers, texts, answers, lists))
def test_both_say_the_same(rule: Any) -> None:
    assert compile_js(rule)(DATA) == jsonLogic(rule, DATA)
