"""The parts of a score while it is being designed: criteria with the builder's trees, in groups.

A criterion has no key of its own. It is named by its place, `<group>-<criterion>`, both from 0; when criteria move,
their trees move with them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from tierloom.domain.rules import NOBODY, RuleDocument
from tierloom.domain.scores import BandsCriterion, Criterion, RuleCriterion, Score, ScoreGroup
from tierloom.rules.builder import Group
from tierloom.text import Label

Trees = Mapping[str, Group]
Parts = tuple[Score, Trees]
FIRST = "0-0"
_ROOT = "n1"


def key_of(group: int, criterion: int) -> str:
    """Return the name of the criterion at a place."""
    return f"{group}-{criterion}"


def place_of(key: str) -> tuple[int, int] | None:
    """Return the place that a name means, None where it is no name."""
    group, _, criterion = key.partition("-")
    if group.isdecimal() and criterion.isdecimal():
        return int(group), int(criterion)
    return None


def places(score: Score) -> Iterator[tuple[str, Criterion]]:
    """Yield every criterion with its name."""
    for g, group in enumerate(score.groups):
        for c, criterion in enumerate(group.criteria):
            yield key_of(g, c), criterion


def criterion_at(score: Score, key: str) -> Criterion:
    """Return the criterion of a name.

    Raises:
        KeyError: there is none.
    """
    return dict(places(score))[key]


def rules_of_score(score: Score) -> dict[str, RuleDocument]:
    """Return the rules of a score by the names of their criteria."""
    return {key: one.rule for key, one in places(score) if isinstance(one, RuleCriterion)}


def with_rule_of_score(score: Score, key: str, rule: RuleDocument) -> Score:
    """Return the score with the rule of one criterion replaced."""
    return changed(
        score, key, lambda one: replace(one, rule=rule) if isinstance(one, RuleCriterion) else one
    )


def changed(score: Score, key: str, change: Callable[[Criterion], Criterion]) -> Score:
    """Return the score with one criterion changed."""
    groups = tuple(
        replace(
            group,
            criteria=tuple(
                change(one) if key_of(g, c) == key else one for c, one in enumerate(group.criteria)
            ),
        )
        for g, group in enumerate(score.groups)
    )
    return replace(score, groups=groups)


# ── adding, removing, moving ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Line:
    criterion: Criterion
    tree: Group | None


_Lines = list[tuple[ScoreGroup, list[_Line]]]


def _lines(score: Score, trees: Trees) -> _Lines:
    return [
        (group, [_Line(one, trees.get(key_of(g, c))) for c, one in enumerate(group.criteria)])
        for g, group in enumerate(score.groups)
    ]


def _joined(score: Score, lines: _Lines) -> Parts:
    """Put the lines together again; a group without criteria is gone.

    Raises:
        ValueError: no criterion is left.
    """
    kept = [(group, found) for group, found in lines if found]
    groups = tuple(
        replace(group, criteria=tuple(one.criterion for one in found)) for group, found in kept
    )
    trees = {
        key_of(g, c): one.tree
        for g, (_, found) in enumerate(kept)
        for c, one in enumerate(found)
        if one.tree is not None
    }
    return replace(score, groups=groups), trees


def add(score: Score, trees: Trees, group: int, criterion: Criterion) -> Parts:
    """Add a criterion at the end of a group; a rule's tree is empty yet."""
    lines = _lines(score, trees)
    tree = Group(_ROOT) if isinstance(criterion, RuleCriterion) else None
    lines[group][1].append(_Line(criterion, tree))
    return _joined(score, lines)


def add_group(score: Score, trees: Trees, label: Label, criterion: Criterion) -> Parts:
    """Add a group with its first criterion."""
    wider = replace(score, groups=(*score.groups, ScoreGroup(label, (criterion,))))
    tree = {key_of(len(score.groups), 0): Group(_ROOT)}
    return wider, {**trees, **(tree if isinstance(criterion, RuleCriterion) else {})}


def remove(score: Score, trees: Trees, key: str) -> Parts:
    """Remove a criterion, and its group with the last one.

    Raises:
        ValueError: it is the only criterion of the score.
    """
    lines = _lines(score, trees)
    g, c = _known(score, key)
    del lines[g][1][c]
    return _joined(score, lines)


def remove_group(score: Score, trees: Trees, group: int) -> Parts:
    """Remove a group.

    Raises:
        ValueError: it is the only one.
    """
    lines = _lines(score, trees)
    del lines[group]
    return _joined(score, lines)


def move(score: Score, trees: Trees, key: str, by: int) -> tuple[Parts, str]:
    """Move a criterion up (-1) or down (1), over the edge of its group into the next; also its new name."""
    lines = _lines(score, trees)
    g, c = _known(score, key)
    inside = 0 <= c + by < len(lines[g][1])
    if not inside and not 0 <= g + by < len(lines):
        return (score, trees), key
    line = lines[g][1].pop(c)
    target, place = (g, c + by) if inside else (g + by, len(lines[g + by][1]) if by < 0 else 0)
    lines[target][1].insert(place, line)
    if not lines[g][1] and target > g:
        target -= 1
    return _joined(score, lines), key_of(target, place)


def move_group(score: Score, trees: Trees, group: int, by: int) -> Parts:
    """Move a group up (-1) or down (1); the outermost stay."""
    lines = _lines(score, trees)
    if not 0 <= group + by < len(lines):
        return score, trees
    lines.insert(group + by, lines.pop(group))
    return _joined(score, lines)


def copy(score: Score, trees: Trees, key: str) -> Parts:
    """Put a copy of a criterion right after it."""
    lines = _lines(score, trees)
    g, c = _known(score, key)
    lines[g][1].insert(c + 1, lines[g][1][c])
    return _joined(score, lines)


def _known(score: Score, key: str) -> tuple[int, int]:
    place = place_of(key)
    if place is None or key not in dict(places(score)):
        raise ValueError(f"There is no criterion {key!r}.")
    return place


# ── bands ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def add_cut(bands: BandsCriterion) -> BandsCriterion:
    """Add a class at the upper end: as far from the last cut as that is from the one before, with its points."""
    last = bands.cuts[-1]
    step = last - bands.cuts[-2] if len(bands.cuts) > 1 else abs(last) or 1
    return replace(bands, cuts=(*bands.cuts, last + step), points=(*bands.points, bands.points[-1]))


def remove_cut(bands: BandsCriterion, place: int) -> BandsCriterion:
    """Remove a cut, with the points of the class above it.

    Raises:
        ValueError: it is the only one.
    """
    return replace(
        bands, cuts=_without(bands.cuts, place), points=_without(bands.points, place + 1)
    )


def _without(values: Iterable[float], place: int) -> tuple[float, ...]:
    return tuple(value for number, value in enumerate(values) if number != place)


def new_rule(label: Label, points: float = 10) -> RuleCriterion:
    """Return a criterion whose rule has no condition yet."""
    return RuleCriterion(label, NOBODY, points)
