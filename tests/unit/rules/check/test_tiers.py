"""The operator `tier`: types, order, circles, words, and the same answer by rows and by columns."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.unit.backends.memory_columns import Tables
from tests.unit.rules.world import (
    CATALOGUE,
    CONTEXT,
    CUSTOMERS,
    OBJECTS,
    ZONE,
    customer,
    var,
    words,
)
from tierloom.backends import columns as evaluator
from tierloom.domain.fields import Field, FieldKind, FieldType, Formula
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.scores import RuleCriterion, Score, ScoreGroup
from tierloom.domain.tables import Catalogue
from tierloom.domain.tiers import NOT_ENOUGH_DATA, DefaultTier, Segment, Slot, Tier, TierModel
from tierloom.engine.results import ABSENT
from tierloom.engine.rows import SnapshotRow
from tierloom.rules.builder.read import read_tree
from tierloom.rules.builder.tree import Condition
from tierloom.rules.builder.write import write_tree
from tierloom.rules.check.checker import Objects
from tierloom.rules.compile import check_rule, compile_rule
from tierloom.rules.row import compile_kleene, compile_predicate
from tierloom.rules.sentence import sentence
from tierloom.services.tier_columns import TierResults

RICH: Json = {">=": [var("spend"), 500]}
TIERS = ("gold", "silver", "rest")


def model(key: str, *rules: Json, table: str = "customers") -> TierModel:
    labels = (words("黄金", "Gold"), words("白银", "Silver"))
    tiers = tuple(
        Tier(name, label, "star", Slot.GOLD, RuleDocument.of(rule))
        for name, label, rule in zip(TIERS, labels, rules, strict=False)
    )
    return TierModel(
        key,
        words("价值分层", "Value tiers"),
        table,
        tiers,
        DefaultTier("rest", words("其他", "Rest")),
    )


VALUE = model("value", RICH, {"==": [var("plus"), True]})
KNOWN = replace(
    OBJECTS, tier_models={"value": VALUE, "trade": model("trade", True, table="orders")}
)


def tier(key: str = "value") -> Json:
    return {"tier": [key]}


def problem(
    rule: Json, objects: Objects = KNOWN, catalogue: Catalogue = CATALOGUE
) -> tuple[str, str, str]:
    compiled, problems = check_rule(rule, "customers", catalogue, objects, zone=ZONE)
    assert compiled is None
    return problems[0].code, problems[0].pointer, str(problems[0].message)


def test_it_says_which_results_a_rule_reads() -> None:
    rule: Json = {"and": [{">=": [tier(), "silver"]}, {"segment": ["best"]}]}
    best = Segment(
        "best", words("最好", "Best"), "customers", RuleDocument.of({"==": [tier("other"), "gold"]})
    )
    objects = replace(
        KNOWN,
        segments={"best": best},
        tier_models={**KNOWN.tier_models, "other": model("other", RICH)},
    )
    found = compile_rule(rule, "customers", CATALOGUE, objects, zone=ZONE)
    assert found.tiers == {"value", "other"}
    assert found.reads == frozenset(), "a result is read, not what its rules read"
    assert not found.time_dependent


@pytest.mark.parametrize(
    ("rule", "code", "pointer"),
    [
        ({"==": [{"tier": ["gone"]}, "gold"]}, "unknown-tier-model", "/==/0"),
        ({"==": [{"tier": ["trade"]}, "gold"]}, "unknown-tier-model", "/==/0"),
        ({"==": [{"tier": [var("name")]}, "gold"]}, "unknown-tier-model", "/==/0"),
        ({"==": [{"tier": ["value"]}, "bronze"]}, "wrong-type", "/==/1"),
        ({">": [{"+": [{"tier": ["value"]}, 1]}, 2]}, "wrong-type", "/>/0/+/0"),
        ({"tier": ["value"]}, "not-a-question", ""),
        ({"me": []}, "unknown-operator", ""),
    ],
)  # fmt: skip
def test_what_is_refused(rule: Json, code: str, pointer: str) -> None:
    assert problem(rule)[:2] == (code, pointer)


def test_a_circle_is_refused_by_naming_the_loop() -> None:
    reads_b: Json = {">=": [tier("b"), "gold"]}
    a, alone = model("a", reads_b), model("a", {">=": [tier("a"), "gold"]})
    assert problem({"==": [tier("a"), "gold"]}, Objects(tier_models={"a": alone}))[2].endswith(
        "a → a."
    )
    through_segment = Segment(
        "s", words("s", "s"), "customers", RuleDocument.of({"==": [tier("a"), "gold"]})
    )
    b = model("b", {"segment": ["s"]})
    objects = Objects({"s": through_segment}, {}, {"a": a, "b": b})
    assert problem({"==": [tier("a"), "gold"]}, objects)[2].endswith("a → b → s → a.")
    points = ScoreGroup(
        words("g", "g"),
        (RuleCriterion(words("c", "c"), RuleDocument.of({"==": [tier("a"), "gold"]}), 5),),
    )
    objects = Objects(
        {}, {"p": Score("p", words("p", "p"), "customers", (points,))},
        {"a": a, "b": model("b", {">": [{"score": ["p"]}, 1]})},
    )  # fmt: skip
    assert problem({"==": [tier("a"), "gold"]}, objects)[2].endswith("a → b → p → a.")
    formula = Formula(RuleDocument.of({"==": [tier("a"), "gold"]}))
    field = Field("good", words("好", "Good"), FieldType(FieldKind.BOOLEAN), calculation=formula)
    table = replace(CUSTOMERS, fields=(*CUSTOMERS.fields, field))
    objects = Objects(tier_models={"a": a, "b": model("b", {"==": [var("good"), True]})})
    catalogue = Catalogue({**CATALOGUE.tables, "customers": table})
    assert problem({"==": [tier("a"), "gold"]}, objects, catalogue)[2].endswith("a → b → good → a.")


def test_a_faulty_model_is_named() -> None:
    wrong = model("wrong", {">": [var("nothing"), 1]})
    code, pointer, message = problem(
        {"==": [tier("wrong"), "gold"]}, Objects(tier_models={"wrong": wrong})
    )
    assert (code, pointer) == ("unknown-field", "/==/0")
    assert message.startswith("The tier model “Value tiers” has a problem:")


RULES: list[tuple[Json, str, str, str]] = [
    ({"==": [tier(), "gold"]}, "is", "the tier in “Value tiers” is Gold", "价值分层为黄金"),
    ({"!=": [tier(), "gold"]}, "is_not", "the tier in “Value tiers” is not Gold", "价值分层不为黄金"),
    ({"in": [tier(), ["gold", "rest"]]}, "any_of", "the tier in “Value tiers” is Gold or Rest", "价值分层为黄金或其他"),
    ({">=": [tier(), "silver"]}, "at_least", "the tier in “Value tiers” is at least Silver", "价值分层不低于白银"),
    ({"<": [tier(), "silver"]}, "less_than", "the tier in “Value tiers” is less than Silver", "价值分层小于白银"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "operator", "english", "chinese"), RULES)
def test_the_builder_shows_and_says_it(
    rule: Json, operator: str, english: str, chinese: str
) -> None:
    document = RuleDocument.of(rule)
    root = read_tree(document, "customers", CATALOGUE, zone=ZONE)
    (shown,) = root.children
    assert isinstance(shown, Condition)
    assert (shown.field, shown.operator) == ("tier:value", operator)
    written = write_tree(root, "customers", CATALOGUE, zone=ZONE)
    assert written.unfinished == ()
    assert written.document == RuleDocument.of({"and": [rule]})
    for locale, said in (("en", english), ("zh_Hans_CN", chinese)):
        assert str(sentence(document, "customers", CATALOGUE, KNOWN, locale, zone=ZONE)) == said


PLACED = (0, 1, 2, NOT_ENOUGH_DATA, ABSENT)


def customers(count: int) -> Tables:
    """So many customers of whom nothing is known."""
    tables = Tables(CATALOGUE, {"orders": []})
    for number in range(1, count + 1):
        tables.add("customers", number, {})
    return tables


def asked(placed: int, operator: str, wanted: str) -> bool:
    """The answer by hand: the first tier is the highest; whoever was not placed fulfils only what is not so."""
    mine, theirs = 2 - placed, 2 - TIERS.index(wanted)
    if placed < 0:
        return operator == "!="
    return {
        "==": mine == theirs, "!=": mine != theirs, "<": mine < theirs,
        "<=": mine <= theirs, ">": mine > theirs, ">=": mine >= theirs,
    }[operator]  # fmt: skip


def test_rows_and_columns_agree_with_the_order_by_hand() -> None:
    tables = customers(5)
    codes = np.array(PLACED, np.int8)
    results = TierResults(lambda _: VALUE, lambda _: ("first", lambda: codes))
    columns = results.over(tables.columns("customers"))
    for operator, wanted in product(("==", "!=", "<", "<=", ">", ">="), TIERS):
        predicate = compile_rule(
            {operator: [tier(), wanted]}, "customers", CATALOGUE, KNOWN, zone=ZONE
        ).predicate
        by_hand = [asked(one, operator, wanted) for one in PLACED]
        assert evaluator.mask(predicate, columns, CONTEXT).tolist() == by_hand
        ask, hold = compile_predicate(predicate, CONTEXT), compile_kleene(predicate, CONTEXT)
        found = evaluator.kleene(predicate, columns, CONTEXT)
        for place, code in enumerate(PLACED):
            given: Any = customer(**{"tier:value": TIERS[code] if code >= 0 else None})
            for row in (given, SnapshotRow(columns, place, CATALOGUE)):
                assert ask(row) is by_hand[place]
                assert hold(row) is (by_hand[place] if code >= 0 else None)
            assert bool(found.uncertain[place]) is (code < 0)


def test_a_new_result_is_never_taken_for_the_former_one() -> None:
    tables = customers(2)
    stored = tables.columns("customers")
    predicate = compile_rule(
        {"or": [{"==": [tier(), "gold"]}, RICH]}, "customers", CATALOGUE, KNOWN, zone=ZONE
    ).predicate
    for name, codes in (("1", [0, 1]), ("2", [1, 0]), ("3", [1, 1])):
        made = np.array(codes, np.int8)
        results = TierResults(lambda _: VALUE, lambda _, n=name, c=made: (n, lambda: c))  # type: ignore[misc]
        again = TierResults(lambda _: VALUE, lambda _, n=name, c=made: (n, lambda: c))  # type: ignore[misc]
        for one in (results, again):
            assert evaluator.mask(predicate, one.over(stored), CONTEXT).tolist() == [
                c == 0 for c in codes
            ]
        results.take(VALUE, np.array([0, 0], np.int8))
        assert evaluator.mask(predicate, results.over(stored), CONTEXT).tolist() == [True, True]
