"""The rule check of models as large as people build them: faults are found, right ones raise no alarm, all in time."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from random import Random

import pytest

from tests.properties.models import Model, any_record, any_rule, clean_model, faulty_model
from tests.properties.worlds import world
from tests.unit.rules.lint.showing import shows
from tests.unit.rules.world import AS_OF, CONTEXT, OBJECTS, ZONE, Record, compiled, words
from tierloom.domain.rules import Json, RuleDocument
from tierloom.rules import ir
from tierloom.rules.builder.edits import delete
from tierloom.rules.builder.read import read_tree
from tierloom.rules.builder.write import write_tree
from tierloom.rules.explain.sources import abstracted, sources_of
from tierloom.rules.lint.faces import NO, UNSURE, YES
from tierloom.rules.lint.findings import Finding, NamedRule, Subject
from tierloom.rules.lint.search import Effort
from tierloom.rules.lint.space import space_of
from tierloom.rules.lint.things import findings_of_rules
from tierloom.rules.row import compile_kleene, compile_predicate
from tierloom.rules.walk import substitute

MODELS = 3 * int(os.environ.get("TIERLOOM_TEST_WORLDS", "8"))
"""Faulty models, and as many right ones, of eight tiers with twelve conditions each."""
SECONDS = 1.0
"""The most that checking one of them may take of a processor."""
RECORDS = 150
RULES = 40
BITS = {True: YES, False: NO, None: UNSURE}


def key(place: int) -> str:
    return f"t{place}"


def check(rules: Sequence[Json], *, hold: bool = False) -> list[Finding]:
    named = tuple(
        NamedRule(key(n), words(key(n), f"T{n}"), RuleDocument.of(one))
        for n, one in enumerate(rules)
    )
    subject = Subject(named, "customers", CONTEXT, OBJECTS, hold=hold)
    start = time.process_time()
    found = list(findings_of_rules(subject, in_order=True))
    assert time.process_time() - start < SECONDS
    return found


@pytest.mark.parametrize("hold", [False, True])
def test_of_many_faults_in_large_models_nearly_all_are_found_and_shown(*, hold: bool) -> None:
    # Under hold nothing holds of a record about which nothing is known.
    random, impossible = Random(21), ("always-true",) if hold else ()
    missed: list[Model] = []
    models = MODELS // 3 if hold else MODELS
    for _ in range(models):
        model = faulty_model(random, without=impossible)
        found = check(model.rules, hold=hold)
        alarms = [one for one in found if one.severity != "info"]
        if model.fault not in {one.code for one in alarms}:
            missed.append(model)
        for one in alarms:
            shows(one, model.rules, [key(n) for n in range(8)])
    assert len(missed) <= models * 0.05, [one.fault for one in missed]


@pytest.mark.parametrize("hold", [False, True])
def test_large_models_that_are_right_raise_no_alarm(*, hold: bool) -> None:
    random = Random(22)
    for _ in range(MODELS // 3 if hold else MODELS):
        model = clean_model(random)
        assert check(model.rules, hold=hold) == []


@pytest.mark.parametrize("hold", [False, True])
def test_nothing_is_said_of_any_model_that_a_record_disproves(*, hold: bool) -> None:
    """Rules at random have faults of all sorts; records at random do not contradict what is said, now or later."""
    random = Random(23)
    said = 0
    for _ in range(MODELS // 2):
        rules = [any_rule(random, random.choice((1, 2, 4, 8))) for _ in range(6)]
        records = [any_record(random) for _ in range(RECORDS)]
        found = check(rules, hold=hold)
        later = AS_OF + timedelta(days=random.randrange(1, 60))
        for moment in (AS_OF, later):
            ask = partial(asked, records=records, moment=moment, hold=hold)
            answers = [ask(rule) for rule in rules]
            for finding in found:
                disproves(finding, answers)
            for place, rule in enumerate(rules):
                assert ask(without(rule, needless(found, place))) == answers[place]
        for finding in found:
            if finding.code == "boundary-hole" and not hold:
                shows(finding, rules, [key(n) for n in range(len(rules))])
        said += len(found)
    assert said > MODELS


def disproves(finding: Finding, answers: Sequence[Sequence[bool | None]]) -> None:
    """Look for a record that does not go with a finding."""
    if finding.key == "":
        return
    place = int(finding.key.removeprefix("t"))
    match finding.code:
        case "contradiction":
            assert True not in answers[place]
        case "always-true":
            assert {*answers[place]} == {True}
        case "never-reached":
            free = ({*said} <= {False} for said in zip(*answers[:place], strict=True))
            assert not any(
                mine and nobody for mine, nobody in zip(answers[place], free, strict=True)
            )


def needless(found: Sequence[Finding], place: int) -> list[str]:
    return [one.node for one in found if one.key == key(place) and one.code == "redundant"]


def without(rule: Json, needless: Sequence[str]) -> Json:
    """Return the rule without the conditions that are said to change nothing."""
    tree = read_tree(RuleDocument.of(rule), "customers", CONTEXT.catalogue, zone=ZONE)
    for one in needless:
        tree = delete(tree, one)
    left = write_tree(tree, "customers", CONTEXT.catalogue, zone=ZONE).document
    found: Json = json.loads(left.json)
    return found


def asked(
    rule: Json, records: Sequence[Record], moment: datetime, *, hold: bool
) -> list[bool | None]:
    compile_rule = compile_kleene if hold else compile_predicate
    context = replace(CONTEXT, as_of=moment)
    return [*map(compile_rule(compiled(rule).predicate, context), records)]


# ── conditions of all sorts ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hold", [False, True])
@pytest.mark.parametrize("seed", range(max(1, MODELS // 12)))
def test_what_records_answer_can_be_found(seed: int, *, hold: bool) -> None:
    """Of rules with every operator, two at a time: whatever a record answers is among what the space allows."""
    made = world(seed, RULES)
    answers = made.by_row(hold=hold)
    random, impossible = Random(seed), 0
    for _ in range(RULES):
        pair = random.sample(range(RULES), 2)
        rules = [worked_out(made.rules[one]) for one in pair]
        sources = sources_of(rules, "customers", made.context.catalogue)
        if len({one.name for one in sources}) < len(sources):
            continue  # Two made-up scores with one key: there are none such in a workspace.
        simple = [abstracted(one, sources) for one in rules]
        space = space_of(sources, simple, made.context, Effort(10**6, 10**5), hold=hold)
        given = {*zip(*(answers[one] for one in pair), strict=True)}
        for wanted in product((True, False, None) if hold else (True, False), repeat=2):
            formulas = [
                space.says(rule, BITS[answer]) for rule, answer in zip(simple, wanted, strict=True)
            ]
            if space.find(*formulas) is None:
                impossible += 1
                assert wanted not in given
    assert impossible


def worked_out(rule: ir.Predicate) -> ir.Predicate:
    """Return a rule with what its segments and calculated fields say in place of them: no table has these."""

    def change(node: ir.Node) -> ir.Node | None:
        match node:
            case ir.Calculated(value=value):
                return substitute(value, change)
            case ir.InSegment(rule=inner):
                return substitute(inner, change)
            case _:
                return None

    return substitute(rule, change)
