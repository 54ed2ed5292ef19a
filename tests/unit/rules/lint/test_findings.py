"""The rule check finds what is wrong, shows it by a record, and is silent about what is right."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from random import Random

import pytest

from tests.unit.rules.lint.comparing import at_least, below, more
from tests.unit.rules.lint.showing import TIERS_OF_TESTS, shows
from tests.unit.rules.world import (
    CATALOGUE,
    CONTEXT,
    CUSTOMERS,
    MONEY,
    OBJECTS,
    TODAY,
    Record,
    certainly,
    compiled,
    customer,
    var,
    words,
)
from tierloom.domain.fields import Field, Formula
from tierloom.domain.rules import Json, RuleDocument
from tierloom.rules.lint import cells, study
from tierloom.rules.lint.findings import Finding, NamedRule, Subject
from tierloom.rules.lint.things import findings_of_rules
from tierloom.rules.row import compile_kleene, compile_predicate


def check(*rules: Json, hold: bool = False) -> list[Finding]:
    named = tuple(
        NamedRule(key, words(key, key.title()), RuleDocument.of(rule))
        for key, rule in zip(TIERS_OF_TESTS, rules, strict=False)
    )
    subject = Subject(named, "customers", CONTEXT, OBJECTS, hold=hold)
    return list(findings_of_rules(subject, in_order=True))


def codes(*rules: Json, hold: bool = False) -> list[tuple[str, str]]:
    return [(one.code, one.key) for one in check(*rules, hold=hold)]


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


AVERAGE: Json = {"avg": [var("orders"), var("amount")]}
SINCE_MARCH: Json = {">=": [var("last"), "2025-03-10"]}
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
    # Averages and calculations go as far as money does.
    ({">": [AVERAGE, 500_000_000_000]}, {"<": [AVERAGE, -500_000_000_000]}),
    ({">": [{"*": [var("spend"), 1000]}, 500_000_000_000]},),
    # Today both ask for the same, in two weeks they do not; nor do a month and thirty days.
    ({"and": [SINCE_MARCH, {"<=": [DAYS, 30]}]},),
    ({"<=": [DAYS, 35]}, SINCE_MARCH),
    ({"and": [{">=": [var("last"), "2025-06-01"]}, {">=": [DAYS, 0]}]},),
    ({"and": [{">=": [var("last"), {"date_add": [{"today": []}, -1, "month"]}]}, {"<=": [DAYS, 30]}]},),
    ({">": [var("last"), "2025-03-10"]}, {">": [DAYS, 21]}),
    ({"and": [{"<=": [var("visits"), 2]}, {"<": [var("visits"), {"date_part": [{"today": []}, "month"]}]}]},),
    # What a rule names was not forgotten.
    ({"!=": [var("visits"), 5]},),
    ({"!": [{"in": [var("visits"), [3, 5]]}]}, at_least("spend", 5)),
    (more("visits", 5), below("visits", 5), {"and": [{"==": [var("visits"), 5]}, var("plus")]}),
]  # fmt: skip


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


@pytest.mark.parametrize("hold", [False, True])
def test_nothing_is_said_that_a_record_disproves(*, hold: bool) -> None:
    """Under hold nobody is in a tier while an earlier one is uncertain."""
    random, everybody = Random(13), list(records())
    compile_rule = compile_kleene if hold else compile_predicate
    for _ in range(150):
        rules = [small(random) for _ in range(3)]
        asked = [compile_rule(compiled(one).predicate, CONTEXT) for one in rules]
        found = check(*rules, hold=hold)
        for place, (key, ask) in enumerate(zip(TIERS_OF_TESTS, asked, strict=True)):
            told = {one.code for one in found if one.key == key}
            held = [ask(one) for one in everybody]
            assert ("contradiction" in told) == (True not in held)
            assert ("always-true" in told) == (set(held) == {True})
            free = [one for one in everybody if all(other(one) is False for other in asked[:place])]
            never = place > 0 and True in held and not any(ask(one) for one in free)
            assert ("never-reached" in told) == never


# ── under hold ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_under_hold_what_needs_a_value_does_not_always_hold() -> None:
    either: Json = {"or": [at_least("visits", 3), {"!": [at_least("visits", 3)]}]}
    assert codes(either) == [("always-true", "gold")]
    assert codes(either, hold=True) == []
    # Without the visits it is uncertain, so it does change something.
    rule: Json = {"and": [at_least("spend", 500), either]}
    assert codes(rule, hold=True) == []
    assert ("redundant", "gold") in codes(rule)
    # Strictly who has no visits is in gold; under hold nobody knows.
    neither: Json = {"and": [{"!": [at_least("visits", 3)]}, {"!": [below("visits", 3)]}]}
    assert codes(neither) == []
    assert codes(neither, hold=True) == [("contradiction", "gold")]


NEVER_ORDERED: list[tuple[Json, ...]] = [
    # Who never ordered has no idle days, no average and nothing worked out of them: which is known, and not uncertain.
    ({"and": [{"==": [var("idle"), None]}, {"!": [at_least("idle", 100)]}]},),
    ({"and": [{"==": [var("newest"), None]}, {"!": [{">=": [var("newest"), "2025-01-01"]}]}]},),
    ({"!": [{"or": [{">=": [{"*": [AVERAGE, 2]}, 100]}, {"<": [{"*": [AVERAGE, 2]}, 100]}]}]},),
    ({"!": [{"or": [{">=": [{"-": [AVERAGE, var("spend")]}, 5]}, {"<": [{"-": [AVERAGE, var("spend")]}, 5]}]}]},),
]  # fmt: skip


@pytest.mark.parametrize("rules", NEVER_ORDERED)
def test_under_hold_what_there_is_none_of_is_certain(rules: tuple[Json, ...]) -> None:
    assert codes(*rules, hold=True) == []
    assert certainly(rules[0], customer(spend=10.0)) is True


# ── conditions of other sorts ───────────────────────────────────────────────────────────────────────────────────────

YEARS: Json = {"date_diff": [{"today": []}, var("born"), "year"]}
RATIO: Json = {"/": [var("spend"), var("debt")]}
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
    (({"and": [{">": [RATIO, 2]}, {"<=": [RATIO, 1]}]},), "contradiction", "gold"),
    (({">": [RATIO, 1]}, {"==": [RATIO, 2]}), "never-reached", "silver"),
    # More parts of a text, and more options, than could be tried in every combination.
    (({"and": [*MANY_PARTS, {"!": [{"in": ["art7", var("name")]}]}]},), "contradiction", "gold"),
    (({"and": [{"in": ["vip", var("name")]}, *NOT_SO_MANY, {"==": [var("name"), "svip"]}]},), "redundant", "gold"),
    # No condition of the group is needless beside the other, and the group is.
    (({"and": [at_least("spend", 500), {"or": [var("plus"), {"!": [var("plus")]}]}]},), "redundant", "gold"),
    (({"==": [var("owner"), 1]}, {"and": [{"in": [var("owner"), [1]]}, var("plus")]}), "never-reached", "silver"),
    # What is so at all times to come, though dates move past each other.
    (({"and": [{"<": [var("last"), "2025-02-01"]}, {"<=": [DAYS, 30]}]},), "contradiction", "gold"),
    (({">=": [var("last"), "2025-02-01"]}, {"<=": [DAYS, 30]}), "never-reached", "silver"),
    (({"and": [{">=": [var("last"), "2024-01-01"]}, {"<=": [DAYS, 30]}]},), "redundant", "gold"),
    (({"and": [{"!=": [var("owner"), 1]}, at_least("spend", 5), at_least("spend", 3)]},), "redundant", "gold"),
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


def test_nothing_holds_a_calculation_to_the_limits_of_its_field() -> None:
    gain = Field(
        "gain",
        words("净额", "Gain"),
        replace(MONEY, minimum=0, maximum=100),
        calculation=Formula(RuleDocument.of(GAIN)),
    )
    table = replace(CUSTOMERS, fields=(*CUSTOMERS.fields, gain))
    catalogue = replace(CATALOGUE, tables={**CATALOGUE.tables, "customers": table})
    named = NamedRule("gold", words("gold", "Gold"), RuleDocument.of(more("gain", 200)))
    context = replace(CONTEXT, catalogue=catalogue)
    subject = Subject((named,), "customers", context, OBJECTS)
    assert list(findings_of_rules(subject, in_order=True)) == []


def test_what_contradicts_is_named() -> None:
    [found] = check({"and": [at_least("spend", 500), var("plus"), at_least("stars", 6)]})
    assert str(found.message) == "Nobody can be in “Gold”: what it asks of “Rating” is never so."
    assert found.node == "n4"
    [found] = check({"and": [at_least("spend", 500), var("plus"), below("spend", 100)]})
    assert found.node in ("n2", "n4")


def test_dates_that_meet_too_often_are_told() -> None:
    """What does not move with the day is checked all the same, and of the rest nothing is said."""
    since: list[Json] = [{">=": [var("last"), f"2026-0{month}-01"]} for month in range(1, 8)]
    within: list[Json] = [{"<=": [{"days_since": [var("last")]}, days]} for days in (3, 9, 30, 90)]
    one: Json = {"and": [since[6], {"<": [var("last"), "2026-01-01"]}]}
    found = check({"or": [*since, *within]}, one)
    assert [(finding.code, finding.key) for finding in found] == [
        *[("redundant", "gold")] * 6,
        ("contradiction", "silver"),
        ("not-checked", ""),
    ]
    assert "Last order" in str(found[-1].message)


def test_lists_too_long_to_tell_apart_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST_ASKED", 3)
    rule: Json = {"and": [{"in": [var("city"), ["sh", "bj"]]}, {"==": [var("city"), "sz"]}]}
    [found] = check(rule)
    assert (found.code, found.severity) == ("not-checked", "info")
    assert "City" in str(found.message)
