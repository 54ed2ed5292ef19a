"""Every record that rules can tell apart, as a few small variables, and what the rules say of them.

Each source of the rules has *cells* (`cells`): values that stand for all that no condition can tell from them. A
multiple choice has a variable for each option that is asked about, a text one for each of its parts. A calculation in
a condition is a source of its own; two sources that are compared with each other have a variable that says which is
more. Whatever else a condition asks may be so or not, as it likes. So what cannot be found here cannot be at all, and a
rule check that speaks only then gives no false alarm.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from tierloom.domain.context import RunContext
from tierloom.rules import ir
from tierloom.rules.explain.candidates import names_in
from tierloom.rules.explain.sources import Source
from tierloom.rules.ir import Comparison, Family, Function, TextTest
from tierloom.rules.lint.cells import Answer, Cells, Leaf, Limits, TooMany, cells_of
from tierloom.rules.lint.search import (
    ALWAYS,
    NEVER,
    All,
    Effort,
    Formula,
    Some,
    Within,
    everything,
    meet,
    variables_in,
)
from tierloom.rules.lint.texts import ELSE, excludes, implies
from tierloom.rules.roll_ups import Known
from tierloom.rules.walk import parts as parts_of

YES, NO, UNSURE = 1, 2, 4
NOT_YES = NO | UNSURE
ABSENT, PRESENT = 0b01, 0b10
_LESS, _SAME, _MORE, _UNKNOWN, _NOTHING = (1 << place for place in range(5))
_REACHED: dict[Comparison, int] = {
    Comparison.EQUAL: _SAME,
    Comparison.LESS: _LESS,
    Comparison.LESS_EQUAL: _LESS | _SAME,
    Comparison.GREATER: _MORE,
    Comparison.GREATER_EQUAL: _MORE | _SAME,
}
_WHOLE = (Function.DATE_DIFF, Function.DATE_PART, Function.ANNIVERSARY)

Face = Callable[[int], Formula]
"""What has to be so where a condition gives one of some answers."""


def leaves(predicate: ir.Predicate) -> Iterator[Leaf]:
    """Yield the conditions of an abstracted rule."""
    match predicate:
        case ir.And(parts) | ir.Or(parts):
            for one in parts:
                yield from leaves(one)
        case ir.Not(part):
            yield from leaves(part)
        case ir.Constant() | ir.InSegment():
            return
        case _:
            yield predicate


@dataclass(slots=True)
class Space:
    """The variables of some abstracted rules. With `hold` an answer may be uncertain; `limits` are those of scores."""

    sources: Sequence[Source]
    rules: Sequence[ir.Predicate]
    context: RunContext
    effort: Effort
    hold: bool = False
    limits: Mapping[str, Limits] = field(default_factory=dict)
    domains: list[int] = field(init=False, default_factory=list)
    cells: dict[str, Cells] = field(init=False, default_factory=dict)
    places: dict[str, int] = field(init=False, default_factory=dict)
    """The variable of each source that has cells."""
    options: dict[str, dict[str, int]] = field(init=False, default_factory=dict)
    """The variable of each option of a multiple choice that is asked about; "" is any other."""
    parts: dict[str, dict[ir.Matches, int]] = field(init=False, default_factory=dict)
    """The variable of each part of a text."""
    there: dict[str, int] = field(init=False, default_factory=dict)
    """The variable of each link that says whether it leads to a record."""
    skipped: list[Source] = field(init=False, default_factory=list)
    """Sources about which too much is asked to tell all their values apart."""
    _faces: dict[Leaf, Face] = field(init=False, default_factory=dict)
    _made: dict[ir.ValueNode, Source] = field(init=False, default_factory=dict)
    _relations: dict[tuple[ir.ValueNode, ir.ValueNode], int] = field(
        init=False, default_factory=dict
    )
    _links: list[tuple[frozenset[int], Formula]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        asked: dict[str, list[tuple[Leaf, Leaf]]] = {one.name: [] for one in self.sources}
        for leaf in dict.fromkeys(leaf for rule in self.rules for leaf in leaves(rule)):
            match _sides(leaf):
                case (one,):
                    plain = self._about(leaf, one)
                    asked.setdefault(next(iter(names_in(plain))), []).append((leaf, plain))
                case (left, right) if isinstance(leaf, ir.Compare):
                    self._compared(leaf, left, right)
                case _:
                    self._as_it_likes(leaf)
        for source in (*self.sources, *self._made.values()):
            self._cut(source, asked[source.name])
        self._link_what_is_known()

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def find(self, *wanted: Formula) -> list[int] | None:
        """Return the cells of all variables where what is wanted holds; None where it cannot.

        Raises:
            GaveUp: it takes too much effort.
        """
        spoken = {variable for one in wanted for variable in variables_in(one)}
        links = [one for around, one in self._links if around <= spoken]
        return meet(self.domains, [*wanted, *links], self.effort)

    def says(self, rule: ir.Predicate, wanted: int) -> Formula:
        """Return what has to be so where a rule gives one of the wanted answers."""
        match rule:
            case ir.Constant(value):
                return ALWAYS if wanted & (YES if value else NO) else NEVER
            case ir.Not(part):
                return self.says(part, wanted & UNSURE | _swapped(wanted))
            case ir.And(parts):
                return self._joined(parts, wanted, weak=NO)
            case ir.Or(parts):
                return self._joined(parts, wanted, weak=YES)
            case ir.InSegment(rule=inner):
                return self.says(inner, wanted)
        return self._faces[rule](wanted)

    def _joined(self, parts: Sequence[ir.Predicate], wanted: int, weak: int) -> Formula:
        """Join parts of which one with the answer `weak` decides, and then an uncertain one."""
        strong = weak ^ (YES | NO)
        match wanted:
            case 0:
                return NEVER
            case 7:
                return ALWAYS
            case _ if wanted in (weak, weak | UNSURE):
                return Some(tuple(self.says(one, wanted) for one in parts))
            case _ if wanted in (strong, strong | UNSURE):
                return All(tuple(self.says(one, wanted) for one in parts))
            case 4:
                both = (weak | UNSURE, strong | UNSURE)
                return All(tuple(self._joined(parts, one, weak) for one in both))
            case _:
                return Some(tuple(self._joined(parts, one, weak) for one in (weak, strong)))

    # ── conditions ──────────────────────────────────────────────────────────────────────────────────────────────

    def _new(self, size: int) -> int:
        self.domains.append(everything(size))
        return len(self.domains) - 1

    def _about(self, leaf: Leaf, one: ir.ValueNode) -> Leaf:
        """Return a condition on a plain source: a calculation in it becomes a source of its own."""
        if isinstance(one, ir.Var):
            return leaf
        if one not in self._made:
            name = f"={len(self._made)}"
            self._made[one] = Source(name, ir.Var((name,), _type_of(one)), "", None)
        plain = self._made[one].node
        assert isinstance(plain, ir.Var), "made above"
        match leaf:
            case ir.Compare(left=left):
                return replace(leaf, left=plain) if left == one else replace(leaf, right=plain)
            case _:
                return replace(leaf, value=plain)

    def _compared(self, leaf: ir.Compare, left: ir.ValueNode, right: ir.ValueNode) -> None:
        """Two sources beside each other: one is less, the same, or more, or there are not both."""
        pair, turned = (left, right), (right, left)
        flipped = turned in self._relations and left.type == right.type
        key = turned if flipped else pair
        if key not in self._relations:
            self._relations[key] = self._new(5)
            if left == right:
                self.domains[-1] &= ~(_LESS | _MORE)
        yes = _REACHED[leaf.comparison]
        if flipped:
            yes = yes & _SAME | (_MORE if yes & _LESS else 0) | (_LESS if yes & _MORE else 0)
        unsure = _UNKNOWN if self.hold else 0
        no = everything(5) & ~yes & ~unsure
        self._faces[leaf] = _in_cells(self._relations[key], yes, no, unsure)

    def _as_it_likes(self, leaf: Leaf) -> None:
        variable = self._new(3 if self.hold else 2)
        self._faces[leaf] = _in_cells(variable, YES, NO, UNSURE if self.hold else 0)

    # ── sources ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _cut(self, source: Source, asked: list[tuple[Leaf, Leaf]]) -> None:
        if source.type.family is Family.CHOICES:
            self._options_of(source, asked)
            return
        is_text = source.type.family is Family.TEXT
        parts = [(one, at) for one, at in asked if is_text and isinstance(at, ir.Matches)]
        links: list[Leaf] = []
        plain = [one for one in asked if not (is_text and isinstance(one[1], ir.Matches))]
        if source.type.family is Family.REFERENCE:
            links = [leaf for leaf, at in plain if isinstance(at, ir.IsKnown)]
            plain = [one for one in plain if not isinstance(one[1], ir.IsKnown)]
        try:
            cut = cells_of(
                source,
                [*dict.fromkeys(one for _, one in plain)],
                self.context,
                hold=self.hold,
                limits=self.limits.get(source.name),
            )
        except TooMany:
            self.skipped.append(source)
            for leaf, _ in asked:
                self._as_it_likes(leaf)
            return
        place = self._new(len(cut.values))
        self.cells[source.name], self.places[source.name] = cut, place
        for leaf, one in plain:
            self._faces[leaf] = _in_cells(place, *_masks(cut.answers[one]))
        self._parts_of(source, parts, place, cut)
        for leaf in links:
            self._linked(leaf, source, place, cut)

    def _linked(self, leaf: Leaf, source: Source, place: int, cut: Cells) -> None:
        """Whether a linked record is there; a link may lead to none."""
        there = self.there.setdefault(source.name, len(self.domains))
        if there == len(self.domains):
            self._new(2)
        self._faces[leaf] = _certain(Within(there, PRESENT), Within(there, ABSENT))
        valued = Within(place, self.domains[place] & ~cut.lacking)
        self._link(Some((Within(there, ABSENT), valued)))

    def _options_of(self, source: Source, asked: list[tuple[Leaf, Leaf]]) -> None:
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
                    self._faces[leaf] = _any_of(held, filled, empty, hold=self.hold)
                case ir.IsKnown():
                    self._faces[leaf] = _certain(filled, empty)
                case _:
                    self._as_it_likes(leaf)

    def _parts_of(
        self, source: Source, asked: Sequence[tuple[Leaf, ir.Matches]], place: int, cut: Cells
    ) -> None:
        own = self.parts[source.name] = {part: self._new(2) for _, part in asked}
        here, unknown = self.domains[place], _cells_where(cut, (None,))
        known = Within(place, here & ~unknown)
        for leaf, part in asked:
            self._faces[leaf] = _any_of((own[part],), known, Within(place, unknown), hold=self.hold)
        for part, variable in own.items():
            having = _cells_where(cut, [one for one in cut.values if _has(one, part)])
            self._link(Some((Within(place, here & ~having), Within(variable, PRESENT))))
            maybe = having | _cells_where(cut, (ELSE,))
            self._link(Some((Within(place, maybe), Within(variable, ABSENT))))
        for one, other in combinations(own, 2):
            self._part_beside_part(own, one, other)

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
        self._links.append((frozenset(variables_in(formula)), formula))

    def _link_what_is_known(self) -> None:
        for node, source in self._made.items():
            if source.name in self.places:
                place = self.places[source.name]
                known = self.domains[place] & ~self.cells[source.name].lacking
                self._known_where(place, known, node)
        for pair, variable in self._relations.items():
            for one in pair:
                self._known_where(variable, _LESS | _SAME | _MORE, one)

    def _known_where(self, variable: int, known: int, node: ir.ValueNode) -> None:
        """Where a calculation has a value, what it is made of has one."""
        unknown = Within(variable, self.domains[variable] & ~known)
        for one in _needed(node):
            if one in self.places:
                place = self.places[one]
                has = self.domains[place] & ~self.cells[one].lacking
                self._link(Some((unknown, Within(place, has))))


# ── faces ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _in_cells(variable: int, yes: int, no: int, unsure: int) -> Face:
    def face(wanted: int) -> Formula:
        here = (yes if wanted & YES else 0) | (no if wanted & NO else 0)
        return Within(variable, here | (unsure if wanted & UNSURE else 0))

    return face


def _any_of(variables: Sequence[int], filled: Formula, empty: Formula, *, hold: bool) -> Face:
    """Ask whether any of some two-celled variables is present; uncertain, under hold, where nothing is known."""
    some = Some(tuple(Within(one, PRESENT) for one in variables))
    none = All(tuple(Within(one, ABSENT) for one in variables))
    forms: dict[int, Formula] = {0: NEVER, 7: ALWAYS, YES: some, NOT_YES: none}
    if hold:
        forms |= {NO: All((none, filled)), UNSURE: empty}
        forms |= {YES | UNSURE: Some((some, empty)), YES | NO: filled}
    else:
        forms |= {NO: none, UNSURE: NEVER, YES | UNSURE: some, YES | NO: ALWAYS}
    return forms.__getitem__


def _certain(yes: Formula, no: Formula) -> Face:
    forms = {0: NEVER, YES: yes, NO: no, YES | NO: ALWAYS}
    return lambda wanted: forms[wanted & (YES | NO)]


def _swapped(wanted: int) -> int:
    return (NO if wanted & YES else 0) | (YES if wanted & NO else 0)


def _masks(answers: Sequence[Answer]) -> tuple[int, int, int]:
    found = {True: 0, False: 0, None: 0}
    for place, one in enumerate(answers):
        found[one] |= 1 << place
    return found[True], found[False], found[None]


def _cells_where(cut: Cells, values: Sequence[Known]) -> int:
    return sum(1 << place for place, one in enumerate(cut.values) if one in values)


def _has(value: Known, part: ir.Matches) -> bool:
    if not isinstance(value, str):
        return False
    match part.test:
        case TextTest.CONTAINS:
            return part.needle in value
        case TextTest.STARTS_WITH:
            return value.startswith(part.needle)
        case TextTest.ENDS_WITH:
            return value.endswith(part.needle)


# ── what conditions are about ───────────────────────────────────────────────────────────────────────────────────────


def _sides(leaf: Leaf) -> tuple[ir.ValueNode, ...]:
    """Return what a condition asks about: one value, or two that it compares."""
    if isinstance(leaf, ir.Compare):
        return tuple(one for one in (leaf.left, leaf.right) if names_in(one))
    return (leaf.value,) if names_in(leaf.value) else ()


def _type_of(node: ir.ValueNode) -> ir.ValueType:
    """Return the type of a calculation: only days and the like are sure to be whole."""
    kind = node.type
    is_whole = isinstance(node, ir.Call) and node.function in _WHOLE
    return kind if kind.family is not Family.NUMBER or is_whole else replace(kind, scale=None)


def _needed(node: ir.ValueNode) -> frozenset[str]:
    """Return the sources without which a calculation has no value."""
    match node:
        case ir.Var():
            return names_in(node)
        case ir.Call(function=Function.COALESCE):
            return frozenset()
        case ir.Arithmetic() | ir.Call() | ir.Rounded() | ir.Banded():
            found = (one for one in parts_of(node) if isinstance(one, ir.ValueNode))
            return frozenset[str]().union(*map(_needed, found))
        case _:
            return frozenset()
