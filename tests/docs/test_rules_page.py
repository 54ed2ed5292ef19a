"""docs/rules.md is true: every example is evaluated, every operator and limit is there."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.docs.given import GivenRow, context, holds
from tierloom.domain.fields import MAX_DIGITS, Aggregate, Field, FieldKind, FieldType
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.scores import BandsCriterion, RuleCriterion, Score, ScoreGroup
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import Segment, TierModel
from tierloom.resources import folder
from tierloom.rules import parse
from tierloom.rules.check.checker import MAX_CHILD_DEPTH
from tierloom.rules.compile import Objects
from tierloom.rules.dialects.targets import TARGETS
from tierloom.rules.js.budget import MAX_BYTES, MAX_STEPS
from tierloom.rules.operators import ALIASES, BANNED, FOREIGN, OPERATORS, PLANNED
from tierloom.rules.packs import read_pack as read_rules
from tierloom.schemas.packs import read_pack as read_tables
from tierloom.text import Label

PAGE = (Path(__file__).resolve().parents[2] / "docs/rules.md").read_text("utf-8")
DAY = date(2026, 11, 21)
ROW = re.compile(
    r"^\| `(\S+)` \| (.+?) \| `(\{.*?\})` \| `(\{.*?\})` \| (yes|no) \|$", re.MULTILINE
)
EXAMPLES = ROW.findall(PAGE)

TABLES = [one for one in read_tables("shop") if isinstance(one, RecordType)]
HOME = Field("home", Label({"zh": "所在地区", "en": "Home"}), FieldType(FieldKind.REGION))
CATALOGUE = Catalogue(
    {
        one.key: replace(one, fields=(*one.fields, HOME)) if one.key == "customers" else one
        for one in TABLES
    }
)
SEGMENTS = [one.thing for one in read_rules("shop") if isinstance(one.thing, Segment)]
POINTS = Score(
    "loyalty",
    Label.of("Loyalty"),
    "customers",
    (
        ScoreGroup(
            Label.of("Loyalty"),
            (
                RuleCriterion(
                    Label.of("Plus"), RuleDocument.of({"==": [{"var": "plus_member"}, True]}), 20
                ),
                BandsCriterion(Label.of("Orders"), "order_count", (5,), (0, 10)),
            ),
        ),
    ),
)
MODELS = [one.thing for one in read_rules("shop") if isinstance(one.thing, TierModel)]
OBJECTS = Objects(
    segments={one.key: one for one in SEGMENTS},
    scores={"loyalty": POINTS},
    tier_models={one.key: one for one in MODELS},
)


def used(rule: Json) -> set[str]:
    """Operators of a rule."""
    match rule:
        case dict():
            return set(rule).union(*map(used, rule.values()))
        case list():
            return set().union(*map(used, rule))
    return set()


def paragraph(start: str) -> str:
    """The paragraph of the page that begins with these words, up to an aside."""
    (found,) = [one for one in PAGE.split("\n\n") if one.startswith(start)]
    return found.partition("(")[0]


def quoted(words: str) -> list[str]:
    """What stands in code marks."""
    return re.findall(r"`([^`]+)`", words)


def test_every_table_row_is_an_example() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert len(rows) == len(EXAMPLES) > 40


@pytest.mark.parametrize(("operator", "words", "rule", "record", "answer"), EXAMPLES)
def test_example(operator: str, words: str, rule: str, record: str, answer: str) -> None:
    run = context(DAY, CATALOGUE)
    row = GivenRow(CATALOGUE.table("customers"), json.loads(record), CATALOGUE)
    assert operator in used(json.loads(rule)), words
    assert holds(json.loads(rule), row, run, OBJECTS) is (answer == "yes")


def test_every_operator_has_an_example() -> None:
    assert {one[0] for one in EXAMPLES} == set(OPERATORS)


def test_every_operator_is_defined() -> None:
    (exactly,) = [one for one in PAGE.split("\n## ") if one.startswith("Every operator, exactly")]
    assert set(OPERATORS) <= set(quoted(exactly))


def test_examples_of_related_records_upwards() -> None:
    run = context(DAY, CATALOGUE)
    order = GivenRow(
        CATALOGUE.table("orders"),
        {"customer": {"customer_no": "C00001", "city": "wuhan"}},
        CATALOGUE,
    )
    written = [json.loads(one) for one in quoted(PAGE.split("The other way")[1]) if one[0] == "{"]
    assert written[0] == {"var": "customer.city"}
    assert holds({"==": [written[0], "wuhan"]}, order, run)
    assert holds(written[1], order, run)


def test_what_is_refused_is_named() -> None:
    assert set(quoted(paragraph("Cannot be used yet"))) == PLANNED
    assert set(quoted(paragraph("Never taken"))) == BANNED


def test_spellings_are_named() -> None:
    pairs = quoted(paragraph("Also read"))
    assert dict(zip(pairs[::2], pairs[1::2], strict=True)) == dict(ALIASES)


def test_operators_of_other_builders_are_named() -> None:
    section = PAGE.split("## Rules of other builders")[1].split("\n## ")[0]
    assert set(FOREIGN) <= set(quoted(section))
    assert {f"`{one}`" for one in TARGETS} <= set(
        re.findall(r"`\w+`", section.replace("--to ", "`"))
    )


def test_limits_of_the_javascript_mode() -> None:
    section = PAGE.split("## The JavaScript mode")[1].split("\n## ")[0]
    (words,) = [one for one in section.split("\n\n") if "steps" in one]
    assert f"{MAX_STEPS:,} steps" in words
    assert f"{MAX_BYTES // 10**6} MB" in words


def test_limits_are_those_of_the_parser() -> None:
    numbers = [
        int(one.replace(",", "")) for one in re.findall(r"\d[\d,]*", paragraph("A rule has"))
    ]
    assert numbers == [
        parse.MAX_BYTES // 1024,
        parse.MAX_NODES,
        parse.MAX_DEPTH,
        parse.MAX_LIST,
        parse.MAX_LITERAL_BYTES // 1024,
        MAX_CHILD_DEPTH,
        MAX_DIGITS,
    ]


def test_every_kind_of_calculation_is_named() -> None:
    section = PAGE.split("## Calculated fields")[1].split("\n## ")[0]
    meta = json.loads((folder("schemas") / "meta/record_type.json").read_text("utf-8"))
    kinds = meta["$defs"]["calculation"]["properties"]["kind"]["enum"]
    assert re.findall(r"^\* `(\w+)`:", section, re.MULTILINE) == kinds
    named = set(quoted(section))
    assert {one.value for one in Aggregate} <= named
    for kind in kinds:
        assert set(meta["$defs"][kind]["properties"]) - {"kind"} <= named
