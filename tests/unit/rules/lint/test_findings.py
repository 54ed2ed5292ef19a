"""The rule check finds what is wrong, shows it by a record, and is silent about what is right."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from random import Random

import pytest

from tests.unit.rules.lint.showing import TIERS_OF_TESTS, shows
from tests.unit.rules.world import CONTEXT, OBJECTS, TODAY, Record, customer, var, words
from tierloom.domain.rules import Json, RuleDocument
from tierloom.rules.compile import compile_rule
from tierloom.rules.lint import cells, study
from tierloom.rules.lint.findings import Finding, NamedRule, Subject
from tierloom.rules.lint.things import findings_of_rules
from tierloom.rules.row import compile_kleene, compile_predicate


def subject(*rules: Json) -> Subject:
    named = tuple(
        NamedRule(key, words(key, key.title()), RuleDocument.of(rule))
        for key, rule in zip(TIERS_OF_TESTS, rules, strict=False)
    )
    return Subject(named, "customers", CONTEXT, OBJECTS)


def check(*rules: Json) -> list[Finding]:
    return list(findings_of_rules(subject(*rules), in_order=True))


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
    # Who is linked to somebody, who is to nobody, and whom no advice would make so old.
    (
        {"!!": [var("owner")]},
        {"==": [var("born"), "0001-01-01"]},
        {"<": [var("born"), "1700-01-01"]},
    ),
    ({"==": [var("spend"), 9999999999999.99]}, {">": [var("spend"), 9999999999990]}),
    # There is no count below 0, so nothing is missing there.
    ({"<=": [0, var("recent"), 2]}, {">": [var("recent"), 2]}),
]


@pytest.mark.parametrize("rules", CLEAN)
def test_what_is_right_raises_no_alarm(rules: tuple[Json, ...]) -> None:
    assert codes(*rules) == []


def test_what_takes_too_much_effort_is_told_as_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The editor asks after every change: a rule of many conditions must not keep it waiting."""
    rules: tuple[Json, ...] = (
        {"and": [at_least("spend", 500), at_least("spend", 300)]},
        at_least("spend", 900),
    )
    assert codes(*rules) == [("redundant", "gold"), ("never-reached", "silver")]
    monkeypatch.setattr(study, "EFFORT", 1)
    found = check(*rules)
    assert {(one.code, one.severity) for one in found} == {("not-checked", "info")}
    assert [one.key for one in found] == ["gold", "silver", "silver"]
    assert "whether anybody can meet the rule of “Gold”" in str(found[0].message)


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


# ── under hold ──────────────────────────────────────────────────────────────────────────────────────────────────────


def checked_under_hold(*rules: Json) -> list[tuple[str, str]]:
    found = findings_of_rules(replace(subject(*rules), hold=True), in_order=True)
    return [(one.code, one.key) for one in found]


def test_under_hold_what_needs_a_value_does_not_always_hold() -> None:
    either: Json = {"or": [at_least("visits", 3), {"!": [at_least("visits", 3)]}]}
    assert codes(either) == [("always-true", "gold")]
    assert checked_under_hold(either) == []
    # Without the visits it is uncertain, so it does change something.
    rule: Json = {"and": [at_least("spend", 500), either]}
    assert checked_under_hold(rule) == []
    assert ("redundant", "gold") in codes(rule)
    # Strictly who has no name is in gold; under hold nobody knows.
    neither: Json = {"and": [{"!": [at_least("visits", 3)]}, {"!": [below("visits", 3)]}]}
    assert codes(neither) == []
    assert checked_under_hold(neither) == [("contradiction", "gold")]


def test_under_hold_nothing_is_said_that_a_record_disproves() -> None:
    random, everybody = Random(14), list(records())
    for _ in range(100):
        rules = [small(random) for _ in range(3)]
        asked = [
            compile_kleene(
                compile_rule(
                    RuleDocument.of(one), "customers", CONTEXT.catalogue, OBJECTS, zone=CONTEXT.zone
                ).predicate,
                CONTEXT,
            )
            for one in rules
        ]
        found = checked_under_hold(*rules)
        for place, (key, ask) in enumerate(zip(TIERS_OF_TESTS, asked, strict=True)):
            told = {code for code, about in found if about == key}
            held = [ask(one) for one in everybody]
            assert ("contradiction" in told) == (True not in held)
            assert ("always-true" in told) == (set(held) == {True})
            free = [one for one in everybody if all(other(one) is False for other in asked[:place])]
            never = place > 0 and True in held and not any(ask(one) for one in free)
            assert ("never-reached" in told) == never


# ── conditions of other sorts ───────────────────────────────────────────────────────────────────────────────────────

YEARS: Json = {"date_diff": [{"today": []}, var("born"), "year"]}
GAIN: Json = {"-": [var("spend"), var("debt")]}
MANY_PARTS: list[Json] = [{"in": [f"part{n}", var("name")]} for n in range(9)]
NOT_SO_MANY: list[Json] = [{"!=": [var("name"), f"no{n}"]} for n in range(9)]
OTHERS: list[tuple[tuple[Json, ...], str, str]] = [
    # A calculation is a value of its own, and so is what two fields are to each other.
    (({"and": [{">=": [YEARS, 60]}, {"<": [YEARS, 30]}]},), "contradiction", "gold"),
    (({"and": [{">": [GAIN, 500]}, {">": [GAIN, 300]}]},), "redundant", "gold"),
    (({">": [GAIN, 300]}, {">": [GAIN, 500]}), "never-reached", "silver"),
    (({"and": [{">": [var("spend"), var("debt")]}, {">=": [var("debt"), var("spend")]}]},), "contradiction", "gold"),
    (({">=": [var("spend"), var("debt")]}, {"==": [var("debt"), var("spend")]}), "never-reached", "silver"),
    (({"and": [{">": [GAIN, 500]}, {"==": [var("debt"), None]}]},), "contradiction", "gold"),
    # More parts of a text, and more options, than could be tried in every combination.
    (({"and": [*MANY_PARTS, {"!": [{"in": ["art7", var("name")]}]}]},), "contradiction", "gold"),
    (({"and": [{"in": ["vip", var("name")]}, *NOT_SO_MANY, {"==": [var("name"), "svip"]}]},), "redundant", "gold"),
    # No condition of the group is needless beside the other, and the group is.
    (({"and": [at_least("spend", 500), {"or": [var("plus"), {"!": [var("plus")]}]}]},), "redundant", "gold"),
    (({"==": [var("owner"), 1]}, {"and": [{"in": [var("owner"), [1]]}, var("plus")]}), "never-reached", "silver"),
    # A field's own limits: stars go from 1 to 5.
    (({"and": [at_least("stars", 6), var("plus")]},), "contradiction", "gold"),
    (({"or": [at_least("stars", 6), var("plus")]},), "redundant", "gold"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "code", "key"), OTHERS)
def test_faults_in_conditions_of_other_sorts_are_found(
    rules: tuple[Json, ...], code: str, key: str
) -> None:
    found = [one for one in check(*rules) if one.code == code]
    assert {one.key for one in found} == {key}
    for one in found:
        shows(one, rules)


def test_what_contradicts_is_named() -> None:
    [found] = check({"and": [at_least("spend", 500), var("plus"), at_least("stars", 6)]})
    assert str(found.message) == "Nobody can be in “Gold”: what it asks of “Rating” is never so."
    assert found.node == "n4"
    [found] = check({"and": [at_least("spend", 500), var("plus"), below("spend", 100)]})
    assert found.node in ("n2", "n4")


def test_lists_too_long_to_tell_apart_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST_ASKED", 3)
    rule: Json = {"and": [{"in": [var("city"), ["sh", "bj"]]}, {"==": [var("city"), "sz"]}]}
    [found] = check(rule)
    assert (found.code, found.severity) == ("not-checked", "info")
    assert "City" in str(found.message)
