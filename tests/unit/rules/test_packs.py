"""Starter rules are bilingual, and answer what the tests inside them say."""

import math
from datetime import date

import pytest

from tests.docs.given import GivenRow, context, holds, tier_of
from tierloom.domain.context import RunContext
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.rules import EVERYBODY
from tierloom.domain.scores import BandsCriterion, RuleCriterion, Score
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import NOT_ENOUGH_DATA, Segment, TierModel
from tierloom.domain.views import View
from tierloom.rules import packs
from tierloom.rules.compile import Objects, check_rule, compile_field
from tierloom.rules.lint.things import findings_of
from tierloom.rules.packs import Entry, Example
from tierloom.rules.row import compile_value
from tierloom.rules.templates.reading import read_template, template_names
from tierloom.rules.trial import world_of
from tierloom.schemas import packs as tables

ENTRIES = [(name, entry) for name in packs.pack_names() for entry in packs.read_pack(name)]
EXAMPLES = [
    pytest.param(name, entry, example, id=f"{name}-{entry.thing.key}-{number}")
    for name, entry in ENTRIES
    for number, example in enumerate(entry.examples)
]


def catalogue(name: str) -> Catalogue:
    if name in template_names():
        return packs.figures_catalogue(read_template(name))
    found = [one for one in tables.read_pack(name) if isinstance(one, RecordType)]
    return Catalogue({one.key: one for one in found})


def objects(name: str) -> Objects:
    found = [one.thing for one in packs.read_pack(name) if isinstance(one.thing, Segment)]
    return Objects(segments={one.key: one for one in found})


def rules_of(entry: Entry) -> list[object]:
    match entry.thing:
        case TierModel(tiers=tiers):
            return [one.rule for one in tiers]
        case View(filter=rule):
            return [] if rule == EVERYBODY else [rule]
        case Segment(rule=rule):
            return [rule]
        case LabelSet(labels=labels):
            return [one.rule for one in labels]
        case Score(groups=groups):
            made = [one for group in groups for one in group.criteria]
            return [one.rule for one in made if isinstance(one, RuleCriterion)]


def points_of(score: Score, row: GivenRow, run: RunContext, known: Objects) -> float:
    """Add the points up by hand: criterion by criterion, each group within its limits."""
    total = 0.0
    for group in score.groups:
        points = 0.0
        for one in group.criteria:
            match one:
                case RuleCriterion(rule=rule, points=given):
                    points += given * holds(rule, row, run, known)
                case BandsCriterion(source=key, cuts=cuts, points=steps):
                    field = run.catalogue.table(score.record_type).field(key)
                    node = compile_field(field, score.record_type, run.catalogue, zone=run.zone)
                    value = compile_value(node, run)(row)
                    if isinstance(value, (int, float)):
                        points += steps[sum(value >= cut for cut in cuts)]
        low = -math.inf if group.floor is None else group.floor
        total += max(low, min(math.inf if group.cap is None else group.cap, points))
    return total


@pytest.mark.parametrize(("name", "entry", "example"), EXAMPLES)
def test_example(name: str, entry: Entry, example: Example) -> None:
    assert entry.as_of is not None
    known = catalogue(name)
    run = context(entry.as_of, known)
    row = GivenRow(known.table(entry.thing.record_type), example.given, known)
    match entry.thing:
        case TierModel() as model:
            found = tier_of(model, row, run, objects(name))
            answer = packs.NOT_ENOUGH_DATA if found == NOT_ENOUGH_DATA else found
        case Segment(rule=rule) | View(filter=rule):
            answer = holds(rule, row, run, objects(name))
        case LabelSet(labels=labels):
            answer = tuple(one.key for one in labels if holds(one.rule, row, run, objects(name)))
        case Score() as score:
            answer = points_of(score, row, run, objects(name))
    assert answer == example.answer


@pytest.mark.parametrize(("name", "entry"), ENTRIES)
def test_rules_have_examples_of_every_answer(name: str, entry: Entry) -> None:
    answers = {one.answer for one in entry.examples}
    if isinstance(entry.thing, TierModel):
        assert {one.key for one in entry.thing.all_tiers} <= answers
    elif isinstance(entry.thing, LabelSet):
        given = [key for answer in answers if isinstance(answer, tuple) for key in answer]
        assert {one.key for one in entry.thing.labels} == set(given)
        assert () in answers
    elif isinstance(entry.thing, Score):
        assert len(answers) > 2
    elif rules_of(entry):
        assert answers == {True, False}


@pytest.mark.parametrize(("name", "entry"), ENTRIES)
def test_rules_check_without_a_problem(name: str, entry: Entry) -> None:
    for rule in rules_of(entry):
        compiled, problems = check_rule(
            rule, entry.thing.record_type, catalogue(name), objects(name)
        )
        assert compiled is not None
        assert problems == ()


PLANTED = {("dealer", "frequency", "boundary-hole", "sometimes")}
"""The faults that docs/samples.md tells of."""


def test_the_rule_check_finds_the_planted_fault_and_no_other() -> None:
    found = set()
    for name, entry in ENTRIES:
        if isinstance(entry.thing, TierModel | Segment | LabelSet):
            run = context(entry.as_of or date(2026, 11, 21), catalogue(name))
            for one in findings_of(entry.thing, run, world_of(name, packs.read_pack(name)).objects):
                found.add((name, entry.thing.key, one.code, one.key))
    assert found == PLANTED


@pytest.mark.parametrize(("name", "entry"), ENTRIES)
def test_labels_are_bilingual(name: str, entry: Entry) -> None:
    thing = entry.thing
    labels = [thing.label]
    if isinstance(thing, TierModel):
        labels += [one.label for one in thing.all_tiers] + [thing.purpose]
    elif isinstance(thing, LabelSet):
        labels += [one.label for one in thing.labels] + [thing.purpose]
    assert [set(label.words) for label in labels if label] == [{"zh", "en"}] * len(labels)


def test_an_unknown_pack_is_named() -> None:
    with pytest.raises(ValueError, match=r"No pack 'shoes'\. Known: .*shop"):
        packs.read_pack("shoes")
