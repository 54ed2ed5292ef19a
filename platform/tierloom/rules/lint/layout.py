"""The variables of some rules, few and small: what they read, cut into what their conditions can tell apart.

Each source has *cells* (`cells`): values that stand for all that no condition can tell from them. A multiple choice has
a variable for each option that is asked about, a text one for each of its parts. A calculation in a condition is a
source of its own; two sources that are compared with each other have a variable that says which is more. Where dates
move past each other with time, a variable says which moment it is (`moments`). Whatever else a condition asks may be so
or not, as it likes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from tierloom.domain.context import RunContext
from tierloom.rules import ir
from tierloom.rules.explain.candidates import names_in
from tierloom.rules.explain.sources import Source
from tierloom.rules.ir import Family
from tierloom.rules.lint.calculations import Calculations, needed
from tierloom.rules.lint.cells import Cells, Limits, Sketch, TooMany, cells_of
from tierloom.rules.lint.conditions import Leaf, constants_in, leaves, sides_of
from tierloom.rules.lint.faces import (
    ABSENT,
    LESS,
    MORE,
    PRESENT,
    SAME,
    SIDES,
    Face,
    any_of,
    as_it_likes,
    by_answers,
    certain,
    compared,
)
from tierloom.rules.lint.moments import Moments, moments_of, reads_clock
from tierloom.rules.lint.search import All, Formula, Some, Within, everything, variables_in
from tierloom.rules.lint.texts import ELSE, excludes, implies
from tierloom.rules.lint.values import lacking, limits_of_field
from tierloom.rules.row import compile_predicate

Asked = tuple[Leaf, Leaf]
"""A condition, and what it asks of a plain source: a calculation in it is a source of its own."""
_DATED = (Family.DATE, Family.DATETIME)
_ASKED_APART: dict[Family, type[Leaf]] = {
    Family.TEXT: ir.Matches,
    Family.REFERENCE: ir.IsKnown,
}
"""Conditions that have variables of their own beside the cells."""


@dataclass(slots=True)
class Layout:
    """The variables of some abstracted rules. With `hold` an answer may be uncertain; `limits` are those of scores."""

    sources: Sequence[Source]
    rules: Sequence[ir.Predicate]
    context: RunContext
    hold: bool = False
    limits: Mapping[str, Limits] = field(default_factory=dict)
    domains: list[int] = field(init=False, default_factory=list)
    faces: dict[Leaf, Face] = field(init=False, default_factory=dict)
    links: list[tuple[frozenset[int], Formula]] = field(init=False, default_factory=list)
    """What goes together, each with the variables that it is about."""
    cells: dict[str, Cells] = field(init=False, default_factory=dict)
    places: dict[str, int] = field(init=False, default_factory=dict)
    """The variable of each source that has cells."""
    options: dict[str, dict[str, int]] = field(init=False, default_factory=dict)
    """The variable of each option of a multiple choice that is asked about; "" is any other."""
    parts: dict[str, dict[ir.Matches, int]] = field(init=False, default_factory=dict)
    """The variable of each part of a text."""
    there: dict[str, int] = field(init=False, default_factory=dict)
    """The variable of each link that says whether it leads to a record."""
    time: int | None = field(init=False, default=None)
    """The variable that says which moment it is, the present one first."""
    timed: set[int] = field(init=False, default_factory=set)
    """The variables whose cells belong to one moment each."""
    skipped: list[Source] = field(init=False, default_factory=list)
    """Sources about which too much is asked to tell all their values apart."""
    _calculations: Calculations = field(init=False, default_factory=Calculations)
    _relations: dict[tuple[ir.ValueNode, ir.ValueNode], int] = field(
        init=False, default_factory=dict
    )
    _moments: Moments = field(init=False)

    def __post_init__(self) -> None:
        asked: dict[str, list[Asked]] = {one.name: [] for one in self.sources}
        for leaf in dict.fromkeys(leaf for rule in self.rules for leaf in leaves(rule)):
            match sides_of(leaf):
                case (one,) if not _moves_unseen(leaf, one):
                    plain = self._calculations.plain(leaf, one)
                    asked.setdefault(next(iter(names_in(plain))), []).append((leaf, plain))
                case (left, right) if isinstance(leaf, ir.Compare):
                    self._compared(leaf, left, right)
                case _:
                    self._as_it_likes(leaf)
        sources = (*self.sources, *self._calculations.made.values())
        self._find_moments(sources, asked)
        for source in sources:
            tangled = source.name in self._moments.tangled
            self._cut(source, self._untangled(source, asked) if tangled else asked[source.name])
        self._link_what_is_known()

    @property
    def mixed(self) -> frozenset[str]:
        """The sources whose dates stand otherwise to each other at another moment."""
        return self._moments.mixed

    # ── conditions ──────────────────────────────────────────────────────────────────────────────────────────────

    def _new(self, size: int) -> int:
        self.domains.append(everything(size))
        return len(self.domains) - 1

    def _compared(self, leaf: ir.Compare, left: ir.ValueNode, right: ir.ValueNode) -> None:
        """Two sources beside each other: one is less, the same, or more, or there are not both."""
        pair, turned = (left, right), (right, left)
        flipped = turned in self._relations and left.type == right.type
        key = turned if flipped else pair
        if key not in self._relations:
            self._relations[key] = self._new(SIDES)
            if left == right:
                self.domains[-1] &= ~(LESS | MORE)
        self.faces[leaf] = compared(
            self._relations[key], leaf.comparison, flipped=flipped, hold=self.hold
        )

    def _as_it_likes(self, leaf: Leaf) -> None:
        self.faces[leaf] = as_it_likes(self._new(3 if self.hold else 2))

    # ── sources ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _find_moments(
        self, sources: Sequence[Source], asked: Mapping[str, Sequence[Asked]]
    ) -> None:
        """Find the moments at which the dates that sources are compared with stand otherwise."""
        edges = {
            one.name: (
                *constants_in([plain for _, plain in asked[one.name]]),
                *(ir.Literal(limit, one.type) for limit in limits_of_field(one)),
            )
            for one in sources
            if one.type.family in _DATED
        }
        self._moments = moments_of(edges, self.context)
        if self.mixed:
            self.time = self._new(len(self._moments.contexts))

    def _untangled(self, source: Source, asked: Mapping[str, Sequence[Asked]]) -> list[Asked]:
        """Leave out the conditions of a source that move with the clock, and pass others at too many moments."""
        self.skipped.append(source)
        kept: list[Asked] = []
        for leaf, plain in asked[source.name]:
            if any(map(reads_clock, constants_in([plain]))):
                self._as_it_likes(leaf)
            else:
                kept.append((leaf, plain))
        return kept

    def _cut(self, source: Source, asked: Sequence[Asked]) -> None:
        family = source.type.family
        if family is Family.CHOICES:
            self._options_of(source, asked)
            return
        plain = [one for one in asked if not isinstance(one[1], _ASKED_APART.get(family, ()))]
        try:
            cut = self._cells_of(source, plain)
        except TooMany:
            self.skipped.append(source)
            for leaf, _ in asked:
                self._as_it_likes(leaf)
            return
        place = self._new(len(cut.values))
        self.cells[source.name], self.places[source.name] = cut, place
        for leaf, one in plain:
            self.faces[leaf] = by_answers(place, cut.answers[one])
        for leaf, one in asked:
            if family is Family.REFERENCE and isinstance(one, ir.IsKnown):
                self._linked(leaf, source, place, cut)
        if family is Family.TEXT:
            self._parts_of(source, asked, place, cut)
        if self.time is not None and source.name in self.mixed:
            self.timed.add(place)
            for moment, here in enumerate(cut.at):
                elsewhere = everything(len(cut.at)) & ~(1 << moment)
                self._link(Some((Within(self.time, elsewhere), Within(place, here))))

    def _cells_of(self, source: Source, asked: Sequence[Asked]) -> Cells:
        contexts = self._moments.contexts
        return cells_of(
            source,
            [*dict.fromkeys(one for _, one in asked)],
            contexts if source.name in self.mixed else contexts[:1],
            lacking(self._calculations.behind(source), {one.name: one for one in self.sources}),
            hold=self.hold,
            limits=self.limits.get(source.name),
        )

    def _linked(self, leaf: Leaf, source: Source, place: int, cut: Cells) -> None:
        """Whether a linked record is there; a link may lead to none."""
        there = self.there.setdefault(source.name, len(self.domains))
        if there == len(self.domains):
            self._new(2)
        self.faces[leaf] = certain(Within(there, PRESENT), Within(there, ABSENT))
        valued = Within(place, self.domains[place] & ~cut.lacking)
        self._link(Some((Within(there, ABSENT), valued)))

    def _options_of(self, source: Source, asked: Sequence[Asked]) -> None:
        found = [one for _, leaf in asked if isinstance(leaf, ir.HasAnyOf) for one in leaf.options]
        others = "" if set(source.type.options) - set(found) else None
        names = dict.fromkeys((*found, *(() if others is None else (others,))))
        own = self.options[source.name] = {one: self._new(2) for one in names}
        filled = Some(tuple(Within(one, PRESENT) for one in own.values()))
        empty = All(tuple(Within(one, ABSENT) for one in own.values()))
        for leaf, plain in asked:
            match plain:
                case ir.HasAnyOf(options=options):
                    held = tuple(own[one] for one in options)
                    self.faces[leaf] = any_of(held, filled, empty, hold=self.hold)
                case ir.IsKnown():
                    self.faces[leaf] = certain(filled, empty)
                case _:
                    self._as_it_likes(leaf)

    def _parts_of(self, source: Source, asked: Sequence[Asked], place: int, cut: Cells) -> None:
        parts = [(leaf, part) for leaf, part in asked if isinstance(part, ir.Matches)]
        own = self.parts[source.name] = {part: self._new(2) for _, part in parts}
        here, unknown = self.domains[place], cut.where(lambda value: value is None)
        known = Within(place, here & ~unknown)
        for leaf, part in parts:
            self.faces[leaf] = any_of((own[part],), known, Within(place, unknown), hold=self.hold)
        for part, variable in own.items():
            having = self._having(part, source, cut)
            self._link(Some((Within(place, here & ~having), Within(variable, PRESENT))))
            maybe = having | cut.where(lambda value: value == ELSE)
            self._link(Some((Within(place, maybe), Within(variable, ABSENT))))
        for one, other in combinations(own, 2):
            self._part_beside_part(own, one, other)

    def _having(self, part: ir.Matches, source: Source, cut: Cells) -> int:
        has = compile_predicate(part, self.context)
        return cut.where(lambda value: has(Sketch({source.name: value})))

    def _part_beside_part(
        self, own: Mapping[ir.Matches, int], one: ir.Matches, other: ir.Matches
    ) -> None:
        for first, second in ((one, other), (other, one)):
            if implies(first, second):
                self._link(Some((Within(own[first], ABSENT), Within(own[second], PRESENT))))
        if excludes(one, other):
            self._link(Some((Within(own[one], ABSENT), Within(own[other], ABSENT))))

    # ── what goes together ──────────────────────────────────────────────────────────────────────────────────────

    def _link(self, formula: Formula) -> None:
        self.links.append((frozenset(variables_in(formula)), formula))

    def _link_what_is_known(self) -> None:
        for node, source in self._calculations.made.items():
            if source.name in self.places:
                place = self.places[source.name]
                known = self.domains[place] & ~self.cells[source.name].lacking
                self._known_where(place, known, node)
        for pair, variable in self._relations.items():
            for one in pair:
                self._known_where(variable, LESS | SAME | MORE, one)

    def _known_where(self, variable: int, known: int, node: ir.ValueNode) -> None:
        """Where a calculation has a value, what it is made of has one."""
        unknown = Within(variable, self.domains[variable] & ~known)
        for one in needed(node):
            if one in self.places:
                place = self.places[one]
                has = self.domains[place] & ~self.cells[one].lacking
                self._link(Some((unknown, Within(place, has))))


def _moves_unseen(leaf: Leaf, one: ir.ValueNode) -> bool:
    """Tell whether a condition asks for something that moves with the clock, and is no date."""
    return one.type.family not in _DATED and any(map(reads_clock, constants_in([leaf])))
