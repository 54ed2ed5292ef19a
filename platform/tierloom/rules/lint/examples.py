"""Records made to show a fault: the values of sources, tried on the rules before anybody is shown them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tierloom.rules import ir
from tierloom.rules.explain.candidates import Finder, Values, atoms_of, names_in
from tierloom.rules.explain.sources import Source
from tierloom.rules.ir import Family
from tierloom.rules.lint.cells import Sketch
from tierloom.rules.lint.conditions import leaves
from tierloom.rules.lint.faces import ABSENT, NO, PRESENT, YES, Answer, bit_of
from tierloom.rules.lint.layout import Layout
from tierloom.rules.lint.search import cells_in
from tierloom.rules.lint.texts import ELSE, as_shown, texts_with
from tierloom.rules.roll_ups import Known
from tierloom.rules.row import Row, compile_kleene, compile_predicate

MOST_TRIES = 400
ALL_TRIES = 3_000
"""So many records are tried where a calculation has to come out as wanted: for one example, and for all together."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A rule with the answers that it may give, for some sources with other values than the record's."""

    rule: ir.Predicate
    wanted: int
    moved: Mapping[str, Known] = field(default_factory=dict)


Asked = Sequence[Ask]
Shown = dict[Source, Known]


@dataclass(slots=True)
class Examples:
    """Makes records out of the cells that a search has found."""

    layout: Layout
    _left: int = ALL_TRIES
    _compiled: dict[int, tuple[ir.Predicate, Callable[[Row], Answer]]] = field(default_factory=dict)

    def made(self, found: Sequence[int], asked: Asked) -> Shown | None:
        """Return values of all sources at which rules give answers that they may; None where none were found."""
        values = {one.name: self._value(one, found) for one in self.layout.sources}
        shown = values if self.agree(values, asked) else self._moved(values, found, asked)
        if shown is None:
            return None
        return {one: as_shown(shown[one.name]) for one in self.layout.sources}

    def agree(self, values: Mapping[str, Known], asked: Asked) -> bool:
        """Tell whether rules give answers that they may."""
        plain = Sketch(values)
        return all(
            bit_of(self._test(one.rule)(Sketch({**values, **one.moved}) if one.moved else plain))
            & one.wanted
            for one in asked
        )

    def _test(self, rule: ir.Predicate) -> Callable[[Row], Answer]:
        known = self._compiled.get(id(rule))
        if known is None:
            compiled = compile_kleene if self.layout.hold else compile_predicate
            known = self._compiled[id(rule)] = (rule, compiled(rule, self.layout.context))
        return known[1]

    # ── values ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _value(self, source: Source, found: Sequence[int]) -> Known:
        """Return a value for a source: none where it does not matter and need not be."""
        layout = self.layout
        if source.name in layout.options:
            return self._options(source, found)
        if source.name not in layout.places:
            return None
        place, cut = layout.places[source.name], layout.cells[source.name]
        here = found[place]
        there = layout.there.get(source.name)
        if there is not None and found[there] == PRESENT:
            here = here & ~cut.lacking or here
        elif any(found[one] == PRESENT for one in layout.parts.get(source.name, {}).values()):
            here = here & (1 << cut.values.index(ELSE)) or here
        elif here == layout.domains[place] and here & cut.lacking:
            here &= cut.lacking
        value = cut.values[next(cells_in(here))]
        return self._text(source, found) if value == ELSE else value

    def _options(self, source: Source, found: Sequence[int]) -> Known:
        own = self.layout.options[source.name]
        held = {one for one, variable in own.items() if found[variable] == PRESENT}
        if "" in held:
            held |= {next(one for one in source.type.options if one not in own)}
        return tuple(one for one in source.type.options if one in held) or None

    def _text(self, source: Source, found: Sequence[int]) -> Known:
        own = self.layout.parts.get(source.name, {})
        having = [one for one, variable in own.items() if found[variable] == PRESENT]
        lacking = [one for one, variable in own.items() if found[variable] == ABSENT]
        if not having:
            return ELSE
        rule = [*(Ask(one, YES) for one in having), *(Ask(one, NO) for one in lacking)]
        for text in texts_with(having):
            if self.agree({name: text for one in own for name in names_in(one)}, rule):
                return text
        return ELSE

    # ── calculations ────────────────────────────────────────────────────────────────────────────────────────────

    def _moved(
        self, values: dict[str, Known], found: Sequence[int], asked: Asked
    ) -> dict[str, Known] | None:
        """Return other values at which calculations come out as wanted.

        Each source follows those before it; of a quotient it is the lower one that has to go first.
        """
        movable = self._to_move(asked)
        for order in (movable, movable[::-1]):
            allowed = min(MOST_TRIES // 2, self._left)
            tries = _Tries(allowed)
            shown = next(self._tried(values, order, found, asked, tries), None)
            self._left -= allowed - max(tries.left, 0)
            if shown is not None:
                return shown
        return None

    def _to_move(self, asked: Asked) -> list[Source]:
        """Return the sources that calculations read, and those compared with one another."""
        names: set[str] = set()
        for one in asked:
            for leaf in leaves(one.rule):
                own = names_in(leaf)
                if len(own) > 1 or not _is_plain(leaf):
                    names |= own
        return [source for source in self.layout.sources if source.name in names]

    def _tried(
        self,
        values: dict[str, Known],
        movable: Sequence[Source],
        found: Sequence[int],
        asked: Asked,
        tries: "_Tries",
    ) -> Iterator[dict[str, Known]]:
        if tries.over():
            return
        if self.agree(values, asked):
            yield values
            return
        if not movable:
            return
        first, *others = movable
        atoms = tuple(dict.fromkeys(atom for one in asked for atom in atoms_of(one.rule)))
        for value in self._near(first, values, found, atoms):
            yield from self._tried({**values, first.name: value}, others, found, asked, tries)

    def _near(
        self,
        source: Source,
        values: dict[str, Known],
        found: Sequence[int],
        atoms: Sequence[ir.Compare | ir.OneOf | ir.Matches | ir.HasAnyOf | ir.IsKnown | ir.IsTrue],
    ) -> list[Known]:
        """Return values worth trying for a source, inside the cells that were found for it."""
        tried: list[Known] = [values[source.name]]
        if source.name not in self.layout.places:
            return tried
        place, cut = self.layout.places[source.name], self.layout.cells[source.name]
        tried += [cut.values[cell] for cell in cells_in(found[place])]
        start = next((one for one in tried if one is not None), None)
        own = tuple(one for one in atoms if source.name in names_in(one))
        turns = Finder(own, self.layout.context).find(
            source, Values({**values, source.name: start})
        )
        # Nothing can be divided by the number nearest to nothing, which is tried above.
        for value in (*turns, *((1,) if source.type.family is Family.NUMBER else ())):
            cell = cut.place(value)
            if cell is not None and found[place] >> cell & 1:
                tried.append(value)
        return list(dict.fromkeys(tried))


@dataclass(slots=True)
class _Tries:
    left: int

    def over(self) -> bool:
        self.left -= 1
        return self.left < 0


def _is_plain(leaf: ir.Predicate) -> bool:
    """Tell whether a condition asks about one source itself."""
    match leaf:
        case ir.Compare(left=left, right=right):
            return isinstance(left, ir.Var) or isinstance(right, ir.Var)
        case ir.OneOf(value=value) | ir.Matches(value=value) | ir.HasAnyOf(value=value):
            return isinstance(value, ir.Var)
        case ir.IsKnown(value) | ir.IsTrue(value):
            return isinstance(value, ir.Var)
        case _:
            return False
