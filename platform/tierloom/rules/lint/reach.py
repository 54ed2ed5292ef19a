"""How low and how high a score can be: never outside, and exactly so far as the search for it comes to an end.

A score adds up points, each kind of which hangs on conditions. The most of it is sought among the outcomes that
conditions allow together: thirty points for the young and twenty for the old are never fifty.
"""

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from math import inf

from tierloom.rules import ir
from tierloom.rules.arithmetic import rounded
from tierloom.rules.explain.sources import Source, abstracted, sources_of
from tierloom.rules.lint.cells import Limits
from tierloom.rules.lint.faces import NO, NOT_YES, YES
from tierloom.rules.lint.findings import Subject
from tierloom.rules.lint.search import ALWAYS, NEVER, All, Effort, Formula, GaveUp, Some
from tierloom.rules.lint.space import Space, space_of
from tierloom.rules.walk import parts as parts_of

Outcome = tuple[Formula, float]
_MOST_TRIES = 2_000


def limits_of(sources: Sequence[Source], subject: Subject, effort: Effort) -> dict[str, Limits]:
    """Return how low and how high each score among some sources can be."""
    found: dict[str, Limits] = {}
    for one in sources:
        if isinstance(one.node, ir.Scored):
            points = points_of(one.node.value, one.node.hold, subject, effort)
            low, high = points.extreme(highest=False).bound, points.extreme(highest=True).bound
            if -inf < low <= high < inf:
                found[one.name] = low, high
    return found


@dataclass(frozen=True, slots=True)
class Extreme:
    """A bound of a score, and cells where it is reached; without them it may lie farther out than any record."""

    bound: float
    at: list[int] | None


@dataclass(slots=True)
class Points:
    """A score's value over its sources, in a space of its own."""

    value: ir.ValueNode
    space: Space
    _outcomes: dict[int, list[Outcome]] = field(init=False, default_factory=dict)
    _tries: int = field(init=False, default=_MOST_TRIES)

    def outcomes(self, node: ir.If) -> list[Outcome]:
        """Return what has to be so for each of the points that conditions can give."""
        if id(node) not in self._outcomes:
            points = {
                _points(one) for one in (*(value for _, value in node.branches), node.otherwise)
            }
            self._outcomes[id(node)] = [
                (gives(self.space, node, one), one) for one in sorted(points)
            ]
        return self._outcomes[id(node)]

    def extreme(self, *, highest: bool) -> Extreme:
        """Return the most, or the least, that the score can be."""
        sign = 1 if highest else -1
        choices = sorted({id(one): one for one in _choices(self.value)}.values(), key=self._spread)
        first = self._bound(self.value, {}, sign)
        self._tries = _MOST_TRIES
        try:
            found = self._farthest(choices[::-1], {}, (), sign, None)
        except GaveUp:
            return Extreme(first, None)
        return found or Extreme(first, None)

    def _spread(self, node: ir.If) -> float:
        values = [value for _, value in self.outcomes(node)]
        return max(values) - min(values)

    def _farthest(
        self,
        choices: Sequence[ir.If],
        chosen: Mapping[int, float],
        so: tuple[Formula, ...],
        sign: int,
        best: Extreme | None,
    ) -> Extreme | None:
        """Return the farthest out that there is behind some choices; `best` where nothing is farther."""
        self._tries -= 1
        if self._tries < 0:
            raise GaveUp
        bound = self._bound(self.value, chosen, sign)
        if best is not None and bound * sign <= best.bound * sign:
            return best
        if not choices:
            return Extreme(bound, self.space.find(*so))
        first, *others = choices
        for formula, value in sorted(self.outcomes(first), key=lambda one: -one[1] * sign):
            if self.space.find(*so, formula) is not None:
                now = {**chosen, id(first): value}
                best = self._farthest(others, now, (*so, formula), sign, best)
        return best

    def _bound(self, node: ir.ValueNode, chosen: Mapping[int, float], sign: int) -> float:
        """Return how far out a value can be at most, where some points are given already."""
        match node:
            case ir.Literal(int() | float() as value):
                return value
            case ir.If():
                if id(node) in chosen:
                    return chosen[id(node)]
                return max((one for _, one in self.outcomes(node)), key=lambda one: one * sign)
            case ir.Arithmetic(ir.Sign.ADD, parts):
                # One after the other, as the score does: `sum` may be more exact.
                return reduce(operator.add, (self._bound(one, chosen, sign) for one in parts))
            case ir.Call(ir.Function.MIN, args):
                return min(self._bound(one, chosen, sign) for one in args)
            case ir.Call(ir.Function.MAX, args):
                return max(self._bound(one, chosen, sign) for one in args)
            case ir.Rounded(value, kind):
                found = rounded(self._bound(value, chosen, sign), kind.scale or 0)
                return inf * sign if found is None else found
            case _:
                return inf * sign


def points_of(value: ir.ValueNode, hold: bool, subject: Subject, effort: Effort) -> Points:
    """Return points in a space of their own; other scores that they hang on have limits too."""
    asked = ir.IsKnown(value)
    sources = sources_of([asked], subject.table, subject.catalogue)
    simple = abstracted(asked, sources)
    assert isinstance(simple, ir.IsKnown), "only its sources have changed"
    conditions = [one for node in _choices(simple.value) for one, _ in node.branches]
    limits = limits_of(sources, subject, effort)
    space = space_of(sources, conditions, subject.context, effort, hold=hold, limits=limits)
    return Points(simple.value, space)


def gives(space: Space, node: ir.If, points: float) -> Formula:
    """Return what has to be so for conditions to give just these points.

    Under hold one of them may be uncertain, where all that may come of it agree.
    """
    found: Formula = ALWAYS if _points(node.otherwise) == points else NEVER
    for condition, value in reversed(node.branches):
        if _points(value) != points:
            found = NEVER if found == NEVER else All((space.says(condition, NO), found))
        elif found == NEVER:
            found = space.says(condition, YES)
        else:
            found = Some((space.says(condition, YES), All((space.says(condition, NOT_YES), found))))
    return found


def branches(space: Space, node: ir.If) -> Iterator[Outcome]:
    """Yield what has to be so for each branch, and its points: its condition holds, and none before it."""
    before: list[Formula] = []
    for condition, value in node.branches:
        yield All((*before, space.says(condition, YES))), _points(value)
        before.append(space.says(condition, NO))
    yield All(tuple(before)), _points(node.otherwise)


def _points(value: ir.ValueNode) -> float:
    match value:
        case ir.Literal(int() | float() as points):
            return points
        case _:
            raise ValueError(f"Points are constants, this is {value!r}.")


def _choices(node: ir.ValueNode) -> Iterator[ir.If]:
    if isinstance(node, ir.If):
        yield node
        return
    for one in parts_of(node):
        if isinstance(one, ir.ValueNode):
            yield from _choices(one)
