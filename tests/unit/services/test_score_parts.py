"""Criteria that are added, moved and removed take their trees with them."""

import pytest

from tierloom.domain.rules import RuleDocument
from tierloom.domain.scores import BandsCriterion, RuleCriterion, Score, ScoreGroup
from tierloom.rules.builder import Condition, Group
from tierloom.services import score_parts
from tierloom.services.score_parts import Trees, criterion_at, places
from tierloom.text import Label


def rule(name: str) -> RuleCriterion:
    return RuleCriterion(Label.of(name), RuleDocument.of({"!!": [{"var": name}]}), 1)


def tree(name: str) -> Group:
    return Group("n1", children=(Condition("n2", name, "filled"),))


BANDS = BandsCriterion(Label.of("d"), "d", (1, 3), (0, 5, 9))
SCORE = Score(
    "s", Label.of("S"), "t",
    (ScoreGroup(Label.of("one"), (rule("a"), rule("b"))), ScoreGroup(Label.of("two"), (rule("c"), BANDS))),
)  # fmt: skip
TREES: Trees = {"0-0": tree("a"), "0-1": tree("b"), "1-0": tree("c")}


def names(score: Score, trees: Trees) -> dict[str, str]:
    """What stands where; every rule has the tree of its own field."""
    for key, one in places(score):
        expected = None if isinstance(one, BandsCriterion) else tree(str(one.label))
        assert trees.get(key) == expected
    assert {*trees} <= {key for key, _ in places(score)}
    return {key: str(one.label) for key, one in places(score)}


@pytest.mark.parametrize(
    ("key", "by", "after", "now"),
    [
        ("0-0", 1, "b a | c d", "0-1"),
        ("0-1", 1, "a | b c d", "1-0"),
        ("1-0", -1, "a b c | d", "0-2"),
        ("1-1", -1, "a b | d c", "1-0"),
        ("0-0", -1, "a b | c d", "0-0"),
        ("1-1", 1, "a b | c d", "1-1"),
    ],
)
def test_moves(key: str, by: int, after: str, now: str) -> None:
    (score, trees), at = score_parts.move(SCORE, TREES, key, by)
    names(score, trees)
    said = " | ".join(" ".join(str(one.label) for one in group.criteria) for group in score.groups)
    assert (said, at) == (after, now)


def test_a_group_goes_with_its_last_criterion() -> None:
    score, trees = score_parts.remove(*score_parts.remove(SCORE, TREES, "0-0"), "0-0")
    assert names(score, trees) == {"0-0": "c", "0-1": "d"}
    (moved, _), at = score_parts.move(*score_parts.remove(SCORE, TREES, "0-0"), "0-0", 1)
    assert (len(moved.groups), at, str(criterion_at(moved, at).label)) == (1, "0-0", "b")


def test_the_last_criterion_stays() -> None:
    score, trees = score_parts.remove_group(SCORE, TREES, 0)
    score, trees = score_parts.remove(score, trees, "0-0")
    with pytest.raises(ValueError, match="no criteria"):
        score_parts.remove(score, trees, "0-0")


def test_groups_and_copies() -> None:
    assert names(*score_parts.move_group(SCORE, TREES, 1, -1)) == {
        "0-0": "c",
        "0-1": "d",
        "1-0": "a",
        "1-1": "b",
    }
    assert score_parts.move_group(SCORE, TREES, 1, 1) == (SCORE, TREES)
    assert names(*score_parts.copy(SCORE, TREES, "0-1"))["0-2"] == "b"
    score, trees = score_parts.add_group(
        SCORE, TREES, Label.of("three"), score_parts.new_rule(Label.of("e"))
    )
    assert (trees["2-0"], str(score.groups[2].label)) == (Group("n1"), "three")
    score, trees = score_parts.add(score, trees, 0, BANDS)
    assert "0-2" not in trees


def test_cuts() -> None:
    wider = score_parts.add_cut(BANDS)
    assert (wider.cuts, wider.points) == ((1, 3, 5), (0, 5, 9, 9))
    fewer = score_parts.remove_cut(BANDS, 0)
    assert (fewer.cuts, fewer.points) == ((3,), (0, 9))
    with pytest.raises(ValueError, match="cut points"):
        score_parts.remove_cut(fewer, 0)
