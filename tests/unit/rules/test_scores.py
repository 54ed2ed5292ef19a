"""Scores against sums worked out by hand: caps, floors, bands, what is unknown, circles."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rules.world import CATALOGUE, CONTEXT, TODAY, ZONE, Record, customer, var, words
from tierloom.domain.fields import Value
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.scores import BandsCriterion, RuleCriterion, Score, ScoreGroup
from tierloom.domain.tiers import OnMissing, Segment
from tierloom.errors import Invalid
from tierloom.rules.compile import Objects, check_rule, compile_rule
from tierloom.rules.row import compile_kleene, compile_predicate, compile_value
from tierloom.rules.scores import check_score, compile_score
from tierloom.rules.sentence import sentence
from tierloom.text import Label

NAME = words("评分项", "Criterion")
RICH: Json = {">=": [var("spend"), 500]}
SPEND = BandsCriterion(NAME, "spend", (100, 1000), (0, 10, 25))


def rule(asked: Json, points: float) -> RuleCriterion:
    return RuleCriterion(NAME, RuleDocument.of(asked), points)


def score(*groups: ScoreGroup, key: str = "worth", hold: bool = False, scale: int = 0) -> Score:
    missing = OnMissing.HOLD if hold else OnMissing.SKIP
    return Score(key, words("客户价值", "Customer worth"), "customers", groups, scale, missing)


def group(
    *criteria: RuleCriterion | BandsCriterion, cap: float | None = None, floor: float | None = None
) -> ScoreGroup:
    return ScoreGroup(NAME, criteria, cap, floor)


def points(made: Score, row: Record) -> Value:
    return compile_value(compile_score(made, CATALOGUE, zone=ZONE).value, CONTEXT)(row)


def objects(*scores: Score) -> Objects:
    return Objects(scores={one.key: one for one in scores})


def test_groups_are_capped_and_floored_before_they_are_added() -> None:
    made = score(
        group(SPEND, rule(RICH, 30), cap=40),
        group(rule({"<": [var("visits"), 3]}, -25), floor=-10),
    )
    assert points(made, customer(spend=2000, visits=9)) == 40  # 25 + 30, capped
    assert points(made, customer(spend=600, visits=1)) == 30  # 10 + 30 - 10
    assert points(made, customer(spend=50, visits=1)) == -10


@pytest.mark.parametrize(
    ("closed", "at", "expected"), [(False, 100, 10), (True, 100, 0), (True, 100.01, 10)]
)
def test_a_value_at_a_cut(closed: bool, at: float, expected: int) -> None:
    assert points(score(group(replace(SPEND, right_closed=closed))), customer(spend=at)) == expected


def test_bands_of_a_date_go_by_the_days_since_it() -> None:
    made = score(group(BandsCriterion(NAME, "last", (30, 90), (20, 10, -5))))
    days = [(0, 20), (29, 20), (30, 10), (89, 10), (90, -5)]
    for ago, expected in days:
        assert points(made, customer(last=TODAY.fromordinal(TODAY.toordinal() - ago))) == expected


def test_unknown_gives_nothing_or_leaves_the_score_unknown() -> None:
    parts = (group(SPEND, rule({">": [var("age"), 30]}, 5)),)
    assert points(score(*parts), customer(age=40)) == 5
    assert points(score(*parts, hold=True), customer(age=40)) is None
    assert points(score(*parts, hold=True), customer(spend=200)) is None
    assert points(score(*parts, hold=True), customer(spend=200, age=20)) == 10


def test_a_score_keeps_its_own_way_with_what_is_unknown() -> None:
    asked: Json = {"!": [{">=": [{"score": ["worth"]}, 5]}]}
    for hold, kleene in ((False, True), (True, None)):
        known = objects(score(group(SPEND), hold=hold))
        compiled = compile_rule(asked, "customers", CATALOGUE, known, zone=ZONE)
        assert compile_kleene(compiled.predicate, CONTEXT)(customer()) is kleene
        assert compile_predicate(compiled.predicate, CONTEXT)(customer()) is True
        assert compiled.scores == {"worth"}
        assert ("customers", "spend") in compiled.reads


def test_decimals_do_not_leave_the_noise_of_doubles() -> None:
    made = score(group(*(rule(True, 0.1) for _ in range(3))), scale=1)
    assert points(made, customer()) == 0.3


amounts = st.one_of(st.none(), st.integers(0, 3000))
criteria = st.one_of(
    st.tuples(
        st.sampled_from(["spend", "age"]), st.integers(0, 3000), st.integers(-50, 50).filter(bool)
    ),
)
caps = st.one_of(st.none(), st.integers(0, 60))
floors = st.one_of(st.none(), st.integers(-60, 0))
groups_of = st.lists(
    st.tuples(st.lists(criteria, min_size=1, max_size=4), caps, floors), min_size=1, max_size=3
)


@given(groups_of, amounts, amounts, st.booleans())
def test_against_a_sum_by_hand(
    given_groups: list[tuple[list[tuple[str, int, int]], int | None, int | None]],
    spend: int | None,
    age: int | None,
    hold: bool,
) -> None:
    values = {"spend": spend, "age": age}
    total: int | None = 0
    made = []
    for wanted, cap, floor in given_groups:
        made.append(
            group(*(rule({">=": [var(f), n]}, p) for f, n, p in wanted), cap=cap, floor=floor)
        )
        if total is None or (hold and any(values[f] is None for f, _, _ in wanted)):
            total = None
            continue
        at = {name: -1 if value is None else value for name, value in values.items()}
        reached = sum(p for f, n, p in wanted if at[f] >= n)
        reached = reached if floor is None else max(floor, reached)
        total += reached if cap is None else min(cap, reached)
    whole = score(*made, hold=hold)
    row = customer(spend=spend, age=age)
    assert points(whole, row) == total
    compiled = compile_score(whole, CATALOGUE, zone=ZONE)
    parts = [compile_value(one.value, CONTEXT)(row) for one in compiled.groups]
    if total is not None:
        assert sum(one for one in parts if isinstance(one, int | float)) == total


def test_circles_are_refused_by_naming_the_loop() -> None:
    one = score(group(rule({">": [{"score": ["b"]}, 1]}, 1)), key="a")
    other = score(group(rule({">": [{"score": ["a"]}, 1]}, 1)), key="b")
    _, found = check_score(one, CATALOGUE, objects(one, other), zone=ZONE)
    assert [problem.code for problem in found] == ["circle"]
    assert "a → b → a" in str(found[0].message) or "b → a → b" in str(found[0].message)
    _, found = check_rule(
        {">": [{"score": ["a"]}, 1]}, "customers", CATALOGUE, objects(one, other), zone=ZONE
    )
    assert [problem.code for problem in found] == ["circle"]


def test_a_circle_through_a_segment_is_seen() -> None:
    made = score(group(rule({"segment": ["good"]}, 1)))
    good = Segment(
        "good", Label.of("Good"), "customers", RuleDocument.of({">": [{"score": ["worth"]}, 1]})
    )
    known = Objects({"good": good}, {"worth": made})
    with pytest.raises(Invalid) as caught:
        compile_score(made, CATALOGUE, known, zone=ZONE)
    assert caught.value.problems[0].code == "circle"


@pytest.mark.parametrize(
    ("criterion", "place", "code"),
    [
        (rule({">": [var("nothing"), 1]}, 1), "/groups/0/criteria/1/rule", "unknown-field"),
        (
            BandsCriterion(NAME, "nothing", (1,), (0, 1)),
            "/groups/0/criteria/1/field",
            "unknown-field",
        ),
        (BandsCriterion(NAME, "city", (1,), (0, 1)), "/groups/0/criteria/1/field", "wrong-type"),
    ],
)
def test_problems_have_a_place(
    criterion: RuleCriterion | BandsCriterion, place: str, code: str
) -> None:
    _, found = check_score(score(group(SPEND, criterion)), CATALOGUE, zone=ZONE)
    assert [(one.code, one.pointer.startswith(place)) for one in found] == [(code, True)]


def test_rules_name_scores_of_their_own_table_only() -> None:
    known = objects(score(group(SPEND)))
    for table, key in (("customers", "worths"), ("orders", "worth")):
        _, found = check_rule({">": [{"score": [key]}, 1]}, table, CATALOGUE, known, zone=ZONE)
        assert [one.code for one in found] == ["unknown-score"]


def test_the_sentence_says_the_scores_name() -> None:
    known = objects(score(group(SPEND)))
    asked = RuleDocument.of({">=": [{"score": ["worth"]}, 60]})
    said = {
        lang: str(sentence(asked, "customers", CATALOGUE, known, lang))
        for lang in ("en", "zh_Hans_CN")
    }
    assert said == {"en": "customer worth is at least 60", "zh_Hans_CN": "客户价值不低于 60"}
