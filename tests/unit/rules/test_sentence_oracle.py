"""Sentences as somebody would say them, written by hand in both languages before the program said them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.rules import world
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import Catalogue
from tierloom.rules import packs
from tierloom.rules.builder.operators import OPERATORS, QUANTIFIERS
from tierloom.rules.builder.read import read_tree
from tierloom.rules.builder.tree import Condition, Group, nodes
from tierloom.rules.check.checker import Objects
from tierloom.rules.compile import compile_rule
from tierloom.rules.sentence import sentence
from tierloom.rules.trial import world_of

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "sentences.json").read_text("utf-8")
)
SHOP = world_of("shop", packs.read_pack("shop"))
WORLDS = {
    "shop": (SHOP.catalogue, SHOP.objects),
    "world": (world.CATALOGUE, world.OBJECTS),
}


def place(case: dict[str, Any]) -> tuple[str, Catalogue, Objects]:
    return (case.get("table", "customers"), *WORLDS[case["about"]])


@pytest.mark.parametrize("case", CASES, ids=lambda one: one["name"].replace(" ", "-"))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_rule_is_said_as_people_say_it(case: dict[str, Any], language: str) -> None:
    rule, locale = RuleDocument.of(case["rule"]), {"zh": "zh_Hans_CN", "en": "en"}[language]
    compile_rule(rule, *place(case), zone=world.ZONE)
    assert str(sentence(rule, *place(case), locale, zone=world.ZONE)) == case[language]


def test_every_question_of_the_builder_is_among_them() -> None:
    asked, counted = set(), set()
    for case in CASES:
        table, catalogue, _ = place(case)
        for one in nodes(read_tree(RuleDocument.of(case["rule"]), table, catalogue)):
            if isinstance(one, Condition):
                asked.add(one.operator)
            elif isinstance(one, Group) and one.relation:
                counted.add(one.quantifier)
    assert asked == set(OPERATORS)
    assert counted == set(QUANTIFIERS)
    assert len(CASES) >= 40
