"""What the rule check finds in documents, as JSON objects."""

from collections.abc import Iterator
from typing import Any

from tierloom.commands.lines import Answer, located, problem_json
from tierloom.commands.proofs import json_value
from tierloom.domain.context import RunContext
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.scores import Score
from tierloom.domain.tiers import Segment, TierModel
from tierloom.errors import Problem
from tierloom.rules.check.checker import Objects
from tierloom.rules.compile import check_rule
from tierloom.rules.lint.findings import Finding
from tierloom.rules.lint.things import Ruled, findings_of, named_rules
from tierloom.rules.roll_ups import NONE, Known
from tierloom.rules.scores import check_score
from tierloom.text import Translator


def findings_json(
    thing: Ruled, context: RunContext, objects: Objects, words: Translator
) -> Iterator[Answer]:
    """Check a thing's rules: one object for each finding, or one with the problems of what cannot be checked."""
    problems = [*_problems(thing, context, objects)]
    if problems:
        yield {"of": thing.key, "problems": [problem_json(one, words) for one in problems]}
        return
    for one in findings_of(thing, context, objects):
        yield _finding_json(thing, one, words)


def _problems(thing: Ruled, context: RunContext, objects: Objects) -> Iterator[Problem]:
    """Yield the errors of each rule, with its place in the document."""
    catalogue, zone = context.catalogue, context.zone
    if isinstance(thing, Score):
        compiled_score, problems = check_score(thing, catalogue, objects, zone=zone)
        if compiled_score is None:
            yield from problems
        return
    for place, one in enumerate(named_rules(thing)):
        compiled, problems = check_rule(one.rule, thing.record_type, catalogue, objects, zone=zone)
        if compiled is None:
            yield from located(problems, _place(thing, place))


def _place(thing: TierModel | Segment | LabelSet, number: int) -> str:
    match thing:
        case TierModel():
            return f"/tiers/{number}/rule"
        case LabelSet():
            return f"/labels/{number}/rule"
        case Segment():
            return "/rule"


def _finding_json(thing: Ruled, finding: Finding, words: Translator) -> Answer:
    found: dict[str, Any] = {
        "of": thing.key,
        "code": finding.code,
        "severity": finding.severity,
        "tier": finding.key,
        "node": finding.node or None,
        "message": words.read(finding.message),
        "example": {one.name: _example(value) for one, value in finding.example},
    }
    return found


def _example(value: Known) -> Any:
    return None if value is NONE else json_value(value)
