"""What the rule check says of scores, and of rules that compare them: worked out by hand for each."""

from collections.abc import Sequence
from itertools import product
from random import Random

import pytest

from tests.unit.rules.lint.comparing import at_least, below
from tests.unit.rules.world import CONTEXT, OBJECTS, customer, var, words
from tierloom.domain.rules import Json, RuleDocument
from tierloom.domain.scores import BandsCriterion, Criterion, RuleCriterion, Score, ScoreGroup
from tierloom.domain.tiers import DefaultTier, OnMissing, Slot, Tier, TierModel
from tierloom.rules import ir
from tierloom.rules.compile import Objects
from tierloom.rules.lint.findings import Finding, Subject
from tierloom.rules.lint.reach import points_of
from tierloom.rules.lint.search import Effort
from tierloom.rules.lint.things import findings_of
from tierloom.rules.row import compile_value
from tierloom.rules.scores import compile_score


def points(name: str, rule: Json, given: float) -> RuleCriterion:
    return RuleCriterion(words(name, name), RuleDocument.of(rule), given)


def bands(
    field: str, cuts: Sequence[float], given: Sequence[float], *, right_closed: bool = False
) -> BandsCriterion:
    return BandsCriterion(words(field, field), field, tuple(cuts), tuple(given), right_closed)


def group(*criteria: Criterion, cap: float | None = None, floor: float | None = None) -> ScoreGroup:
    return ScoreGroup(words("组", "Group"), criteria, cap, floor)


def score(*groups: ScoreGroup, scale: int = 0, hold: bool = False) -> Score:
    missing = OnMissing.HOLD if hold else OnMissing.SKIP
    return Score("value", words("价值分", "Value"), "customers", groups, scale, missing)


def check(thing: Score) -> list[Finding]:
    return list(findings_of(thing, CONTEXT, OBJECTS))


def told(thing: Score) -> list[tuple[str, str, str]]:
    return [(one.code, one.severity, one.key) for one in check(thing)]


YOUNG, OLD = points("young", below("age", 30), 10), points("old", at_least("age", 30), 20)
SPENT = points("spent", at_least("spend", 500), 30)


def test_a_clean_score_raises_no_alarm() -> None:
    assert told(score(group(YOUNG, OLD, SPENT), group(bands("visits", (3, 10), (0, 5, 15))))) == []


def test_a_criterion_that_can_never_hold_is_an_error() -> None:
    never = points("never", {"and": [at_least("age", 60), below("age", 30)]}, 5)
    [found] = check(score(group(YOUNG, never)))
    assert (found.code, found.severity, found.key) == ("contradiction", "error", "0-1")
    assert (
        str(found.message)
        == "“never” never gives its points: its conditions contradict one another."
    )
    age = next(value for source, value in found.example if source.name == "age")
    assert isinstance(age, int)
    assert (age >= 60) != (age < 30)


def test_a_criterion_that_always_holds_is_a_warning() -> None:
    always = points("always", {"or": [at_least("age", 30), {"!": [at_least("age", 40)]}]}, 5)
    [found] = check(score(group(YOUNG, always)))
    assert (found.code, found.severity, found.key) == ("always-true", "warning", "0-1")
    assert str(found.message) == "Every record gets the points of “always”: its rule always holds."
    assert found.example


def test_a_condition_that_changes_nothing_is_a_warning() -> None:
    twice = points("twice", {"and": [at_least("spend", 500), at_least("spend", 300)]}, 5)
    assert told(score(group(YOUNG, twice))) == [("redundant", "warning", "0-1")]


@pytest.mark.parametrize(
    ("made", "severity", "said"),
    [
        # Stars go from 1 to 5.
        (bands("stars", (2, 6), (1, 2, 9)), "warning", "6 or more"),
        (bands("stars", (1, 3), (4, 2, 9)), "warning", "less than 1"),
        (bands("stars", (1, 3), (0, 2, 9)), "info", "less than 1"),
        (bands("stars", (0, 1, 3), (0, 4, 2, 9), right_closed=True), "info", "0 or less"),
        # There is no whole number of visits between two and a quarter and two and a half.
        (bands("visits", (2.25, 2.5), (1, 7, 9)), "warning", "2.25 up to less than 2.5"),
        (bands("visits", (2.25, 2.5), (1, 7, 9), right_closed=True), "warning", "more than 2.25 up to 2.5"),
        (bands("recent", (0, 4), (7, 1, 9)), "warning", "less than 0"),
    ],
)  # fmt: skip
def test_points_that_nobody_can_get_are_told(
    made: BandsCriterion, severity: str, said: str
) -> None:
    found = check(score(group(SPENT, made)))
    assert [(one.code, one.severity, one.key) for one in found][:1] == [
        ("unreachable-band", severity, "0-1")
    ]
    assert str(found[0].message).endswith(f" for {said}.")
    assert found[0].example


def test_limits_that_never_matter_are_information() -> None:
    found = check(score(group(YOUNG, OLD, SPENT, cap=50, floor=0)))
    assert [(one.code, one.severity) for one in found] == [
        ("unused-limit", "info"),
        ("unused-limit", "info"),
    ]
    # Ten or twenty for the age, and thirty: never sixty, and fifty is reached.
    assert "at most 50" in str(found[0].message)
    assert "at least 0" in str(found[1].message)
    assert told(score(group(YOUNG, OLD, SPENT, cap=49))) == []


def test_a_score_that_is_the_same_for_everybody_is_a_warning() -> None:
    both = points("one", at_least("age", 30), 10), points("other", {"!": [at_least("age", 30)]}, 10)
    [found] = check(score(group(*both)))
    assert (found.code, found.severity) == ("always-same", "warning")
    assert "10 for every record" in str(found.message)
    assert told(score(group(SPENT, cap=-5))) == [("always-same", "warning", "")]


# ── rules that compare a score ──────────────────────────────────────────────────────────────────────────────────────


def model(made: Score, *rules: Json) -> list[Finding]:
    tiers = tuple(
        Tier(f"t{n}", words(f"t{n}", f"T{n}"), "star", Slot.TEAL, RuleDocument.of(rule))
        for n, rule in enumerate(rules)
    )
    rest = DefaultTier("rest", words("其余", "Rest"))
    thing = TierModel("tried", words("试", "Tried"), "customers", tiers, rest)
    objects = Objects(OBJECTS.segments, {made.key: made})
    return list(findings_of(thing, CONTEXT, objects))


def scored(comparison: str, number: float) -> Json:
    return {comparison: [{"score": ["value"]}, number]}


THRESHOLDS: list[tuple[Json, list[tuple[str, str]]]] = [
    (scored(">=", 50), []),
    (scored(">=", 51), [("contradiction", "error")]),
    (scored(">", 50), [("contradiction", "error")]),
    (scored("<", 0), [("contradiction", "error")]),
    (scored(">=", 0), [("always-true", "warning")]),
    (scored("<=", 50), [("always-true", "warning")]),
    ({"or": [scored(">=", 60), var("plus")]}, [("redundant", "warning")]),
    ({"and": [scored("<=", 50), var("plus")]}, [("redundant", "warning")]),
]


@pytest.mark.parametrize(("rule", "codes"), THRESHOLDS)
def test_a_threshold_that_a_score_never_comes_to(rule: Json, codes: list[tuple[str, str]]) -> None:
    found = model(score(group(YOUNG, OLD, SPENT)), rule)
    assert [(one.code, one.severity) for one in found] == codes
    assert all(one.example for one in found)


def test_what_a_score_can_be_is_said() -> None:
    [found] = model(score(group(YOUNG, OLD, SPENT)), scored(">=", 60))
    assert (
        str(found.message) == "Nobody can be in “T0”: “Value” is never less than 0 or more than 50."
    )
    [(source, value)] = found.example
    assert (source.name, value) == ("score:value", 50)


def test_a_score_that_waits_for_what_is_unknown_is_not_always_there() -> None:
    made = score(group(YOUNG, OLD, SPENT), hold=True)
    # Without the age nobody knows it; with it, one of the two groups of age gives points.
    assert [one.code for one in model(made, scored(">=", 10))] == []
    assert [one.code for one in model(made, scored("<", 10))] == ["contradiction"]


AGELESS = points("ageless", {"==": [var("age"), None]}, 10)


def test_what_is_uncertain_does_no_harm_where_all_that_may_come_of_it_agree() -> None:
    made = score(group(points("nothing", at_least("age", 30), 0), AGELESS), hold=True)
    assert model(made, scored(">=", 10), scored("<", 10)) == []
    assert told(made) == []
    # Who has no age may be in any of the bands, or in none.
    made = score(group(bands("age", (10, 20), (5, 5, 5)), AGELESS), hold=True)
    assert [one.code for one in model(made, scored(">=", 6))] == ["contradiction"]
    [found] = check(made)
    assert str(found.message) == "The score is 5 wherever it is known: it tells nobody apart."


def test_who_never_ordered_is_in_none_of_the_bands_of_idle_days() -> None:
    never = points("never", {"==": [var("idle"), None]}, 10)
    made = score(group(bands("idle", (10, 20), (5, 6, 7)), never), hold=True)
    assert model(made, scored("==", 10)) == []


def test_a_score_is_rounded_as_scores_are() -> None:
    # 1.115 is a little less than that, and a hundred times it a little more than 111.5.
    made = score(group(points("spent", at_least("spend", 1), 1.115)), scale=2)
    assert model(made, scored("==", 1.12)) == []
    assert [one.code for one in model(made, scored("==", 1.11))] == []
    assert [one.code for one in model(made, scored(">", 1.12))] == ["contradiction"]


# ── how far scores go ───────────────────────────────────────────────────────────────────────────────────────────────


def drawn(random: Random) -> Score:
    """A score over three fields, whose criteria hang together."""

    def rule() -> Json:
        number = random.choice((1, 2, 3))
        atoms: list[Json] = [
            at_least("visits", number), below("visits", number), var("plus"), {"!": [var("plus")]},
            {"==": [var("city"), "sh"]}, {"!=": [var("city"), "bj"]}, {"==": [var("visits"), None]},
        ]  # fmt: skip
        return {random.choice(("and", "or")): random.sample(atoms, 2)}

    groups = []
    for _ in range(random.choice((1, 2))):
        some: list[Criterion] = [
            points("p", rule(), random.randrange(-20, 40)) for _ in range(random.choice((1, 2, 3)))
        ]
        some.append(bands("visits", (1, 3), [random.randrange(-9, 20) for _ in range(3)]))
        cap = random.choice((None, random.randrange(0, 40)))
        groups.append(group(*some, cap=cap, floor=random.choice((None, -5))))
    return score(*groups, hold=random.random() < 0.3)


def test_how_low_and_how_high_a_score_goes_is_exact() -> None:
    random = Random(17)
    everybody = [
        customer(visits=visits, plus=plus, city=city)
        for visits, plus, city in product(
            [None, 0, 1, 2, 3, 4], [None, False, True], [None, "sh", "bj", "sz"]
        )
    ]
    subject = Subject((), "customers", CONTEXT, OBJECTS)
    for _ in range(60):
        made = compile_score(drawn(random), CONTEXT.catalogue, OBJECTS, zone=CONTEXT.zone).value
        ask = compile_value(made, CONTEXT)
        known = [value for value in map(ask, everybody) if isinstance(value, (int, float))]
        found = points_of(made.value, made.hold, subject, Effort(10**6, 10**5))
        assert found.extreme(highest=True).bound == max(known)
        assert found.extreme(highest=False).bound == min(known)


def test_a_score_without_end_is_bounded_from_outside() -> None:
    random = Random(18)
    made = compile_score(drawn(random), CONTEXT.catalogue, OBJECTS, zone=CONTEXT.zone).value
    found = points_of(
        made.value, made.hold, Subject((), "customers", CONTEXT, OBJECTS), Effort(0, 0)
    )
    exact = points_of(
        made.value, made.hold, Subject((), "customers", CONTEXT, OBJECTS), Effort(10**6, 10**5)
    )
    for highest, sign in ((True, 1), (False, -1)):
        assert found.extreme(highest=highest).at is None
        outer, inner = (one.extreme(highest=highest).bound for one in (found, exact))
        assert outer * sign >= inner * sign
    assert isinstance(made, ir.Scored)
