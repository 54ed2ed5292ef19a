"""Each pass alone against its fixture file; all of them never change an answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.unit.rules.generated import customers, rules
from tests.unit.rules.notation import show
from tests.unit.rules.world import CATALOGUE, CONTEXT, OBJECTS, ZONE, Record, compiled
from tierloom.rules import ir
from tierloom.rules.check.calculations import calculated
from tierloom.rules.check.checker import Checker, Scope
from tierloom.rules.check.rules import RULES
from tierloom.rules.normalise import normalise
from tierloom.rules.parse import parse
from tierloom.rules.passes import PASSES
from tierloom.rules.row import compile_kleene
from tierloom.rules.walk import rewrite

FIXTURES = Path(__file__).parents[3] / "rules"
BY_NAME = {one.__name__: one for one in PASSES}


def unchanged(source: Any) -> ir.Predicate:
    """Check a rule without any pass."""

    def inner(checker: Checker, document: Any, scope: Scope) -> ir.Predicate:
        return checker.predicate(normalise(parse(document)), scope)

    checker = Checker(CATALOGUE, OBJECTS, ZONE, RULES, inner, calculated)
    return inner(checker, source, Scope(CATALOGUE.table("customers")))


def pairs() -> Iterator[Any]:
    for name in BY_NAME:
        lines = (FIXTURES / f"{name}.txt").read_text("utf-8").splitlines()
        kept = [line for line in lines if line and not line.startswith("#")]
        for before, after in zip(kept[::2], kept[1::2], strict=True):
            yield pytest.param(name, before, after, id=f"{name}: {after}")


@pytest.mark.parametrize(("name", "before", "after"), list(pairs()))
def test_the_pass(name: str, before: str, after: str) -> None:
    assert show(rewrite(unchanged(before), BY_NAME[name])) == after


@settings(max_examples=150, deadline=None, derandomize=True)
@given(rules, customers())
def test_passes_keep_the_meaning(rule: Any, person: Record) -> None:
    before = compile_kleene(unchanged(rule), CONTEXT)(person)
    assert compile_kleene(compiled(rule).predicate, CONTEXT)(person) is before
