"""The rule check finds what is wrong, shows it by a record, and is silent about what is right."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import product
from random import Random

import pytest

from tests.unit.rules.world import CONTEXT, OBJECTS, TODAY, Record, customer, var, words
from tierloom.domain.fields import Value
from tierloom.domain.rules import Json, RuleDocument
from tierloom.rules.compile import compile_rule
from tierloom.rules.explain.candidates import Values
from tierloom.rules.explain.sources import abstracted, sources_of
from tierloom.rules.lint import findings
from tierloom.rules.lint.findings import (
    Finding,
    NamedRule,
    Subject,
    findings_of_order,
    findings_of_rules,
)
from tierloom.rules.row import compile_predicate

TIERS_OF_TESTS = ("gold", "silver", "bronze")


def subject(*rules: Json) -> Subject:
    named = tuple(
        NamedRule(key, words(key, key.title()), RuleDocument.of(rule))
        for key, rule in zip(TIERS_OF_TESTS, rules, strict=False)
    )
    return Subject(named, "customers", CONTEXT, OBJECTS)


def check(*rules: Json) -> list[Finding]:
    found = subject(*rules)
    return [*findings_of_rules(found), *findings_of_order(found)]


def codes(*rules: Json) -> list[tuple[str, str]]:
    return [(one.code, one.key) for one in check(*rules)]


def at_least(field: str, number: float) -> Json:
    return {">=": [var(field), number]}


def below(field: str, number: float) -> Json:
    return {"<": [var(field), number]}


# ── one of each kind ────────────────────────────────────────────────────────────────────────────────────────────────

DAYS: Json = {"days_since": [var("last")]}
FAULTS: list[tuple[tuple[Json, ...], str, str]] = [
    (({"and": [at_least("spend", 500), below("spend", 300)]},), "contradiction", "gold"),
    (({"and": [{"==": [var("city"), "sh"]}, {"==": [var("city"), "bj"]}]},), "contradiction", "gold"),
    (({"and": [var("plus"), {"!": [var("plus")]}]},), "contradiction", "gold"),
    (({"and": [{"==": [var("spend"), None]}, at_least("spend", 1)]},), "contradiction", "gold"),
    (({"or": [at_least("visits", 3), {"!": [at_least("visits", 3)]}]},), "always-true", "gold"),
    (({"or": [{"==": [var("city"), None]}, {"!!": [var("city")]}]},), "always-true", "gold"),
    ((at_least("spend", 300), at_least("spend", 5000)), "never-reached", "silver"),
    ((at_least("spend", 300), var("plus"), {"and": [var("plus"), below("visits", 3)]}), "never-reached", "bronze"),
    (({"and": [at_least("spend", 500), at_least("spend", 300)]},), "redundant", "gold"),
    (({"or": [at_least("spend", 500), {"and": [at_least("spend", 500), var("plus")]}]},), "redundant", "gold"),
    (({"and": [{"in": [var("city"), ["sh", "bj"]]}, {"!=": [var("city"), "sz"]}]},), "redundant", "gold"),
    (({"and": [{"within": [var("home"), "440000"]}, {"within": [var("home"), "310000"]}]},), "contradiction", "gold"),
    (({"within": [var("home"), "440000"]}, {"within": [var("home"), "440300"]}), "never-reached", "silver"),
    (({"and": [{"within": [var("home"), "440300"]}, {"within": [var("home"), "440000"]}]},), "redundant", "gold"),
    (({"and": [{"starts_with": [var("name"), "a"]}, {"==": [var("name"), "b"]}]},), "contradiction", "gold"),
    (({"and": [{"starts_with": [var("name"), "ab"]}, {"!": [{"in": ["b", var("name")]}]}]},), "contradiction", "gold"),
    (({"and": [{"ends_with": [var("name"), "x"]}, {"ends_with": [var("name"), "y"]}]},), "contradiction", "gold"),
    (({"in": ["vip", var("name")]}, {"starts_with": [var("name"), "vip-"]}), "never-reached", "silver"),
    (({"and": [{"==": [var("name"), "vip-1"]}, {"starts_with": [var("name"), "vip"]}]},), "redundant", "gold"),
    (({">": [var("visits"), 5]}, {"<": [var("visits"), 5]}), "boundary-hole", "gold"),
    (({"<": [DAYS, 90]}, {">": [DAYS, 90]}), "boundary-hole", "silver"),
    (({">": [var("spend"), 5000]}, {"and": [below("spend", 5000), var("plus")]}), "boundary-hole", "gold"),
    ((at_least("recent", 6), {"<=": [3, var("recent"), 4]}, {"<=": [0, var("recent"), 2]}), "boundary-hole", "silver"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "code", "key"), FAULTS)
def test_a_fault_is_found_and_shown(rules: tuple[Json, ...], code: str, key: str) -> None:
    found = [one for one in check(*rules) if one.code == code]
    assert found
    if code != "boundary-hole":
        assert {one.key for one in found} == {key}
    for one in found:
        shows(one, rules)


CLEAN: list[tuple[Json, ...]] = [
    (at_least("spend", 5000), at_least("spend", 1000), at_least("visits", 1)),
    (at_least("spend", 5000), {"and": [at_least("spend", 1000), below("spend", 5000)]}),
    ({"<": [{"days_since": [var("last")]}, 90]}, {">=": [{"days_since": [var("last")]}, 180]}),
    ({"and": [{"!=": [var("spend"), None]}, below("spend", 100)]},),
    ({"<=": [100, var("spend"), 500]}, {"in": ["VIP", var("name")]}),
    ({"some": [var("tags"), {"in": [{"var": ""}, ["tea"]]}]}, {"segment": ["spenders"]}),
    ({">=": [{"count": [{"filter": [var("orders"), at_least("amount", 100)]}]}, 3]},),
    ({">": [var("spend"), var("debt")]}, {"<": [var("spend"), var("debt")]}),
    ({"==": [{"%": [var("visits"), 2]}, 0]}, {"==": [{"%": [var("visits"), 2]}, 1]}),
    # Of no orders there is no average, no last one, no share.
    ({">=": [{"avg": [var("orders"), var("amount")]}, 100]}, at_least("visits", 3)),
    ({">=": [{"share": [var("orders"), at_least("amount", 100)]}, 0.5]}, at_least("visits", 3)),
    ({"<": [{"max_of": [var("orders"), var("day")]}, "2025-01-01"]}, at_least("visits", 3)),
    # Averages and shares lie between hundredths too.
    (
        {
            "and": [
                {">": [{"avg": [var("orders"), var("amount")]}, 33.33]},
                {"<": [{"avg": [var("orders"), var("amount")]}, 33.34]},
            ]
        },
    ),
    ({"<": [0.333, {"share": [var("orders"), at_least("amount", 100)]}, 0.334]},),
    ({"==": [{"avg": [var("orders"), var("amount")]}, 33.333]},),
    # A city is within its province, and a district that is left out does not empty the city.
    (
        {"==": [var("home"), "440300"]},
        {"within": [var("home"), "440300"]},
        {"within": [var("home"), ["440000", "310000"]]},
    ),
    ({"and": [{"within": [var("home"), "440300"]}, {"!=": [var("home"), "440305"]}]},),
    # Parts of a text go together unless it is plain that they do not: both of these may overlap.
    (
        {
            "and": [
                {"starts_with": [var("name"), "ab"]},
                {"ends_with": [var("name"), "bc"]},
                {"in": ["x", var("name")]},
            ]
        },
    ),
    (
        {"starts_with": [var("name"), "vip-"]},
        {"in": ["vip", var("name")]},
        {"==": [var("name"), "x"]},
    ),
    (
        {"or": [{"in": ["a", var("name")]}, {"in": ["b", var("name")]}]},
        {"and": [{"!!": [var("name")]}, at_least("visits", 3)]},
    ),
    # Constants that are worked out.
    (
        {"==": [var("name"), {"lower": ["ABC"]}]},
        {"==": [var("name"), {"cat": ["d", {"today": []}]}]},
    ),
    # There is no count below 0, so nothing is missing there.
    ({"<=": [0, var("recent"), 2]}, {">": [var("recent"), 2]}),
]


@pytest.mark.parametrize("rules", CLEAN)
def test_what_is_right_raises_no_alarm(rules: tuple[Json, ...]) -> None:
    assert codes(*rules) == []


def test_what_takes_too_much_effort_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The editor asks after every change: a rule of many conditions must not keep it waiting."""
    rules: tuple[Json, ...] = (
        {"and": [at_least("spend", 500), at_least("spend", 300)]},
        at_least("spend", 900),
    )
    assert codes(*rules) == [("redundant", "gold"), ("never-reached", "silver")]
    monkeypatch.setattr(findings, "EFFORT", 1)
    assert codes(*rules) == []


# ── many, seeded ────────────────────────────────────────────────────────────────────────────────────────────────────

Condition = tuple[Json, str]


def draw(random: Random) -> Condition:
    """A condition and the field that it is about."""
    number = random.randrange(2, 40) * 25
    day = random.randrange(20, 300)
    options: list[Callable[[], Condition]] = [
        lambda: (at_least("spend", number), "spend"),
        lambda: (below("debt", number), "debt"),
        lambda: (at_least("visits", number // 25), "visits"),
        lambda: ({"<": [{"days_since": [var("last")]}, day]}, "last"),
        lambda: ({"in": [var("city"), random.sample(["sh", "bj", "sz"], 2)]}, "city"),
        lambda: (var("plus"), "plus"),
        lambda: ({">=": [var("tier"), "silver"]}, "tier"),
        lambda: (at_least("total", number), "total"),
        lambda: (at_least("recent", number // 100 + 1), "recent"),
        lambda: ({"some": [var("tags"), {"in": [{"var": ""}, ["tea"]]}]}, "tags"),
        lambda: (below("idle", day), "idle"),
    ]
    return random.choice(options)()


def clean_rule(random: Random) -> Json:
    """Conditions about different fields: none can contradict or make another needless."""
    taken: dict[str, Json] = {}
    while len(taken) < random.choice((1, 2, 3)):
        rule, field = draw(random)
        taken.setdefault(field, rule)
    parts: list[Json] = list(taken.values())
    return parts[0] if len(parts) == 1 else {random.choice(("and", "or")): parts}


def clean_model(random: Random) -> list[Json]:
    """A ladder over one amount, falling; each step but the first with a condition more."""
    high = random.randrange(50, 90) * 100
    low = random.randrange(5, 40) * 100
    extra, _ = draw(random)
    shapes: list[list[Json]] = [
        [at_least("age", 90), clean_rule(random)],
        [{"and": [at_least("spend", high), {"!=": [var("name"), "x"]}]}, at_least("spend", low)],
        [at_least("rate", 0.5), {"and": [at_least("spend", low), below("spend", high)]}],
        [{"and": [at_least("dollars", high), extra]}, at_least("dollars", low)],
    ]
    return random.choice(shapes)


def faulty_model(random: Random) -> tuple[list[Json], str]:
    """A model with one fault put in."""
    number, gap = random.randrange(10, 60), random.randrange(1, 9)
    field = random.choice(("visits", "age", "recent"))
    beside, _ = draw(random)
    while field in str(beside):
        beside, _ = draw(random)
    city: Json = {"==": [var("city"), "sh"]}
    shapes: list[tuple[list[Json], str]] = [
        ([{"and": [at_least(field, number + gap), below(field, number), beside]}], "contradiction"),
        ([{"and": [city, {"==": [var("city"), "bj"]}]}, beside], "contradiction"),
        ([{"or": [at_least(field, number), {"!": [at_least(field, number + gap)]}]}], "always-true"),
        ([at_least(field, number), {"and": [at_least(field, number + gap), beside]}], "never-reached"),
        ([beside, at_least(field, number), {"and": [beside, city]}], "never-reached"),
        ([{"and": [at_least(field, number), at_least(field, number + gap), beside]}], "redundant"),
        ([{"or": [city, {"in": [var("city"), ["sh", "bj"]]}]}], "redundant"),
        ([{">": [var(field), number]}, {"<": [var(field), number]}], "boundary-hole"),
        ([
            {"<": [{"days_since": [var("last")]}, number]},
            {">": [{"days_since": [var("last")]}, number]},
        ], "boundary-hole"),
        ([{"and": [{">": [var(field), number]}, beside]}, below(field, number)], "boundary-hole"),
    ]  # fmt: skip
    return random.choice(shapes)


def test_of_many_faults_nearly_all_are_found_and_shown() -> None:
    random, missed = Random(11), []
    for _ in range(220):
        rules, code = faulty_model(random)
        found = [one for one in check(*rules) if one.code == code]
        if not found:
            missed.append((code, rules))
        for one in found:
            shows(one, rules)
    assert len(missed) <= 11, missed[:3]


def test_many_clean_models_raise_no_alarm() -> None:
    random = Random(12)
    for _ in range(220):
        rules = clean_model(random)
        assert codes(*rules) == [], rules


# ── what an example has to show ─────────────────────────────────────────────────────────────────────────────────────


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
    known = {source.name: value for source, value in finding.example}
    row = Values({one.name: known.get(one.name) for one in sources})
    return [compile_predicate(abstracted(one, sources), CONTEXT)(row) for one in predicates]


def shows(finding: Finding, rules: tuple[Json, ...] | list[Json]) -> None:
    """Tell whether the example shows what the finding says."""
    assert finding.example
    place = TIERS_OF_TESTS.index(finding.key)
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
            beside = [False, False]
            for index, by in enumerate((-1, 1)):
                for source, value in finding.example:
                    moved = tuple(
                        (one, nudged(known, by) if one == source else known)
                        for one, known in finding.example
                    )
                    if nudged(value, by) is not None:
                        near = Finding("", "info", finding.key, finding.message, example=moved)
                        beside[index] |= any(answers(near, *rules))
            assert beside == [True, True]


def nudged(value: object, by: int) -> Value:
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


# ── every record of a small world ───────────────────────────────────────────────────────────────────────────────────


def records() -> Iterator[Record]:
    days = [None, *(TODAY - timedelta(days=n) for n in range(4))]
    for visits, last, plus in product([None, 0, 1, 2, 3, 4], days, [None, False, True]):
        yield customer(visits=visits, last=last, plus=plus)


def small(random: Random) -> Json:
    atoms: list[Json] = [
        {random.choice(("<", "<=", ">", ">=", "==")): [var("visits"), random.choice((1, 2, 3))]},
        {random.choice(("<", ">=")): [{"days_since": [var("last")]}, random.choice((1, 2))]},
        var("plus"),
        {"!": [var("plus")]},
    ]
    parts = random.sample(atoms, 2)
    return {random.choice(("and", "or")): [*parts, {"!": [random.choice(atoms)]}]}


def test_nothing_is_said_that_a_record_disproves() -> None:
    random, everybody = Random(13), list(records())
    for _ in range(150):
        rules = [small(random) for _ in range(3)]
        asked = [
            compile_predicate(
                compile_rule(
                    RuleDocument.of(one), "customers", CONTEXT.catalogue, OBJECTS, zone=CONTEXT.zone
                ).predicate,
                CONTEXT,
            )
            for one in rules
        ]
        found = check(*rules)
        for place, (key, ask) in enumerate(zip(TIERS_OF_TESTS, asked, strict=True)):
            told = {one.code for one in found if one.key == key}
            held = [ask(one) for one in everybody]
            assert ("contradiction" in told) == (not any(held))
            assert ("always-true" in told) == all(held)
            free = [one for one in everybody if not any(other(one) for other in asked[:place])]
            never = place > 0 and any(held) and not any(ask(one) for one in free)
            assert ("never-reached" in told) == never
