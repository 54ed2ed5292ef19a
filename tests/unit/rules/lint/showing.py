"""What an example of the rule check has to show: the rules are asked about its values."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from tests.unit.rules.world import CONTEXT, OBJECTS
from tierloom.domain.fields import Value
from tierloom.domain.rules import Json, RuleDocument
from tierloom.rules.compile import compile_rule
from tierloom.rules.explain.candidates import Values
from tierloom.rules.explain.sources import abstracted, sources_of
from tierloom.rules.lint.findings import Finding
from tierloom.rules.row import compile_predicate

TIERS_OF_TESTS = ("gold", "silver", "bronze")


def answers(finding: Finding, *rules: Json) -> list[bool]:
    """Ask rules about the values of an example."""
    written = [
        compile_rule(
            RuleDocument.of(one), "customers", CONTEXT.catalogue, OBJECTS, zone=CONTEXT.zone
        )
        for one in rules
    ]
    predicates = [one.predicate for one in written]
    sources = sources_of(predicates, "customers", CONTEXT.catalogue)
    known = {source.node: value for source, value in finding.example}
    row = Values({one.name: known.get(one.node) for one in sources})
    return [compile_predicate(abstracted(one, sources), CONTEXT)(row) for one in predicates]


def shows(finding: Finding, rules: Sequence[Json], keys: Sequence[str] = TIERS_OF_TESTS) -> None:
    """Tell whether the example shows what the finding says."""
    assert finding.example
    place = keys.index(finding.key)
    held = answers(finding, *rules)
    match finding.code:
        case "contradiction":
            rule = rules[place]
            assert isinstance(rule, dict)
            assert not held[place]
            parts = next(iter(rule.values()))
            assert isinstance(parts, list)
            assert answers(finding, *parts).count(False) == 1
        case "always-true":
            assert held[place]
        case "never-reached":
            assert held[place]
            assert any(held[:place])
        case "redundant":
            assert held[place]
        case "boundary-hole":
            assert not any(held)
            for by in (-1, 1):
                moved = tuple(
                    (one, nudged(known, by) if one == finding.about else known)
                    for one, known in finding.example
                )
                assert any(answers(replace(finding, example=moved), *rules))


def nudged(value: object, by: int) -> Value:
    """Return the value next to another one."""
    match value:
        case bool() | None:
            return None
        case int():
            return value + by
        case float():
            return round(value + by / 100, 2)
        case date():
            return value + timedelta(days=by)
        case _:
            return None
