"""The compiler and the row evaluator against an independent interpreter of SEMANTICS.md."""

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.unit.rules.generated import customers, rules
from tests.unit.rules.oracle import Oracle
from tests.unit.rules.world import CONTEXT, Record, compiled
from tierloom.rules.row import compile_kleene, compile_predicate

SLOW = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@SLOW
@given(rules, st.lists(customers(), min_size=1, max_size=8))
def test_strict_and_hold_answer_as_the_semantics_say(rule: Any, people: list[Record]) -> None:
    predicate = compiled(rule).predicate
    strict, kleene = compile_predicate(predicate, CONTEXT), compile_kleene(predicate, CONTEXT)
    for person in people:
        assert strict(person) is Oracle(hold=False).ask(rule, person)
        assert kleene(person) is Oracle(hold=True).ask(rule, person)


@SLOW
@given(rules, st.lists(customers(), min_size=1, max_size=8))
def test_a_rule_and_its_negation_share_all_records(rule: Any, people: list[Record]) -> None:
    one = compile_predicate(compiled(rule).predicate, CONTEXT)
    other = compile_predicate(compiled({"!": [{"and": [rule]}]}).predicate, CONTEXT)
    assert sum(map(one, people)) + sum(map(other, people)) == len(people)


@SLOW
@given(rules, customers())
def test_what_hold_is_certain_of_holds_strictly_too(rule: Any, person: Record) -> None:
    """Without unknown values, hold and strict are one."""
    predicate = compiled(rule).predicate
    uncertain = compile_kleene(predicate, CONTEXT)(person)
    complete = all(value not in (None, "", ()) for value in person.values.values()) and all(
        value is not None for one in person.orders for value in one.values.values()
    )
    if complete and "/" not in repr(rule) and "%" not in repr(rule):
        assert uncertain is compile_predicate(predicate, CONTEXT)(person)
