"""Scores: points that nobody can get, limits that never matter, a sum that is the same for everybody."""

from collections.abc import Iterator

from tierloom.domain.scores import BandsCriterion, Score, ScoreGroup
from tierloom.errors import Severity
from tierloom.rules import ir
from tierloom.rules.lint.examples import Ask, Examples, Shown
from tierloom.rules.lint.faces import YES
from tierloom.rules.lint.findings import Finding, Subject, in_words, not_checked, proven
from tierloom.rules.lint.reach import Points, branches, points_of
from tierloom.rules.lint.search import Effort, GaveUp
from tierloom.rules.lint.study import EACH, EFFORT
from tierloom.rules.scores import CompiledGroup, CompiledScore, compile_score
from tierloom.text import T, Text


def about_points(score: Score, subject: Subject) -> Iterator[Finding]:
    """Check what the criteria of a score give together.

    Raises:
        Invalid: the score has errors.
    """
    compiled = compile_score(score, subject.catalogue, subject.objects, zone=subject.zone)
    effort = Effort(EFFORT, EACH)
    for g, (group, made) in enumerate(zip(score.groups, compiled.groups, strict=True)):
        for c, one in enumerate(group.criteria):
            if isinstance(one, BandsCriterion):
                value = made.criteria[c].value
                points = points_of(value, made.criteria[c].hold, subject, effort)
                yield from _bands(points, one, f"{g}-{c}")
        yield from _limits(group, made, f"{g}-0", subject, effort)
    yield from _always_the_same(compiled, subject, effort)


# ── bands ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _bands(points: Points, bands: BandsCriterion, key: str) -> Iterator[Finding]:
    """Find classes that no value is in. The branches go from the highest class down to the lowest, then to none."""
    node = points.value
    assert isinstance(node, ir.If), "bands are asked one by one"
    asked = [*branches(points.space, node)][:-1][::-1]
    try:
        reached = [points.space.find(formula) for formula, _ in asked]
    except GaveUp:
        yield not_checked(
            key, T("whether the bands of “%(name)s” can be reached.", name=bands.label)
        )
        return
    for place, found in enumerate(reached):
        if found is not None:
            continue
        message = T(
            "Nobody can get the points of “%(name)s” for %(range)s.",
            name=bands.label,
            range=range_of(bands, place),
        )
        # Nothing is lost where there would be no points.
        severity: Severity = "warning" if bands.points[place] else "info"
        shown = _nearest(points, node, reached, place)
        yield proven("unreachable-band", severity, key, message, shown)


def range_of(bands: BandsCriterion, place: int) -> Text:
    """Say which values a class has."""
    low = in_words(bands.cuts[place - 1]) if place else ""
    high = in_words(bands.cuts[place]) if place < len(bands.cuts) else ""
    if not low:
        return T("%(n)s or less", n=high) if bands.right_closed else T("less than %(n)s", n=high)
    if not high:
        return T("more than %(n)s", n=low) if bands.right_closed else T("%(n)s or more", n=low)
    if bands.right_closed:
        return T("more than %(low)s up to %(high)s", low=low, high=high)
    return T("%(low)s up to less than %(high)s", low=low, high=high)


def _nearest(
    points: Points, node: ir.If, reached: list[list[int] | None], place: int
) -> Shown | None:
    """Make a record in the class nearest to one that nobody is in."""
    examples = Examples(points.space.layout)
    near = sorted(range(len(reached)), key=lambda other: abs(other - place))
    for other in near:
        found = reached[other]
        if found is not None:
            asked = node.branches[len(reached) - 1 - other][0]
            return examples.made(found, [Ask(asked, YES)])
    return None


# ── sums ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _limits(
    group: ScoreGroup, made: CompiledGroup, key: str, subject: Subject, effort: Effort
) -> Iterator[Finding]:
    """Tell of limits that what a group's criteria give never comes to."""
    if group.cap is None and group.floor is None:
        return
    free = ir.Arithmetic(ir.Sign.ADD, tuple(one.value for one in made.criteria), made.value.type)
    points = points_of(free, made.value.hold, subject, effort)
    for limit, highest in ((group.cap, True), (group.floor, False)):
        if limit is None:
            continue
        bound = points.extreme(highest=highest).bound
        if bound <= limit if highest else bound >= limit:
            said = T("at most %(n)s", n=in_words(limit)), T("at least %(n)s", n=in_words(limit))
            message = T(
                "The limit of “%(name)s”, %(limit)s, never matters: its criteria stay within it by themselves.",
                name=group.label,
                limit=said[0] if highest else said[1],
            )
            yield Finding("unused-limit", "info", key, message)


def _always_the_same(
    compiled: CompiledScore, subject: Subject, effort: Effort
) -> Iterator[Finding]:
    points = points_of(compiled.value.value, compiled.value.hold, subject, effort)
    low, high = points.extreme(highest=False), points.extreme(highest=True)
    if low.bound != high.bound or high.at is None:
        return
    same = in_words(high.bound)
    message = T("The score is %(n)s for every record: it tells nobody apart.", n=same)
    if compiled.value.hold:
        message = T("The score is %(n)s wherever it is known: it tells nobody apart.", n=same)
    yield proven(
        "always-same", "warning", "", message, Examples(points.space.layout).made(high.at, [])
    )
