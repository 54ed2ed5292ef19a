"""Every record that rules can tell apart, and what the rules say of them.

A record is a choice of cells, one for each variable of a layout (`layout`). Where the layout knows too little, a record
may be what no real one can be; so what cannot be found here cannot be at all, and a rule check that speaks only then
gives no false alarm.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from tierloom.domain.context import RunContext
from tierloom.rules import ir
from tierloom.rules.explain.sources import Source
from tierloom.rules.lint.cells import Limits
from tierloom.rules.lint.faces import ANY_ANSWER, NO, UNSURE, YES, turned
from tierloom.rules.lint.layout import Layout
from tierloom.rules.lint.search import (
    ALWAYS,
    NEVER,
    All,
    Effort,
    Formula,
    Some,
    Within,
    meet,
    variables_in,
)

_NOW = 0b1


@dataclass(frozen=True, slots=True)
class Space:
    """What can be asked about the variables of some rules, and how much effort is left for it."""

    layout: Layout
    effort: Effort

    def find(self, *wanted: Formula) -> list[int] | None:
        """Return the cells of all variables where what is wanted holds, now if possible; None where it never can.

        Raises:
            GaveUp: it takes too much effort.
        """
        layout = self.layout
        spoken = {variable for one in wanted for variable in variables_in(one)}
        if layout.time is None or spoken.isdisjoint(layout.timed):
            return self._meet(spoken, wanted)
        spoken.add(layout.time)
        now = self._meet(spoken, [Within(layout.time, _NOW), *wanted])
        return self._meet(spoken, wanted) if now is None else now

    def _meet(self, spoken: Set[int], wanted: Sequence[Formula]) -> list[int] | None:
        links = [one for around, one in self.layout.links if around <= spoken]
        return meet(self.layout.domains, [*wanted, *links], self.effort)

    def says(self, rule: ir.Predicate, wanted: int) -> Formula:
        """Return what has to be so where a rule gives one of the wanted answers."""
        match rule:
            case ir.Constant(value):
                return ALWAYS if wanted & (YES if value else NO) else NEVER
            case ir.Not(part):
                return self.says(part, turned(wanted))
            case ir.And(parts):
                return self._joined(parts, wanted, weak=NO)
            case ir.Or(parts):
                return self._joined(parts, wanted, weak=YES)
            case ir.InSegment(rule=inner):
                return self.says(inner, wanted)
        return self.layout.faces[rule](wanted)

    def _joined(self, parts: Sequence[ir.Predicate], wanted: int, weak: int) -> Formula:
        """Join parts of which one with the answer `weak` decides, and then an uncertain one."""
        strong = weak ^ (YES | NO)
        match wanted:
            case 0:
                return NEVER
            case _ if wanted == ANY_ANSWER:
                return ALWAYS
            case _ if wanted in (weak, weak | UNSURE):
                return Some(tuple(self.says(one, wanted) for one in parts))
            case _ if wanted in (strong, strong | UNSURE):
                return All(tuple(self.says(one, wanted) for one in parts))
            case _ if wanted == UNSURE:
                both = (weak | UNSURE, strong | UNSURE)
                return All(tuple(self._joined(parts, one, weak) for one in both))
            case _:
                return Some(tuple(self._joined(parts, one, weak) for one in (weak, strong)))


def space_of(
    sources: Sequence[Source],
    rules: Sequence[ir.Predicate],
    context: RunContext,
    effort: Effort,
    *,
    hold: bool = False,
    limits: Mapping[str, Limits] | None = None,
) -> Space:
    """Return the space of abstracted rules; with `hold` an answer may be uncertain, `limits` are those of scores."""
    return Space(Layout(sources, rules, context, hold, limits or {}), effort)
