"""Every record that rules can tell apart, as a small space, and a search for one that answers as wanted.

Each source of the rules has a few *cells*: values that stand for all that no condition can tell from them. A condition
over several sources, over many parts of a text, or over a calculation is *free*: taken as true or as false whatever the
values are. So what cannot be found here cannot be at all, and a rule check that speaks only then gives no false alarm.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate, Link, Value
from tierloom.rules import ir
from tierloom.rules.explain.candidates import Finder, Values, atoms_of, may_be, names_in
from tierloom.rules.explain.sources import Source
from tierloom.rules.ir import Family
from tierloom.rules.lint.texts import (
    ELSE,
    MOST_PARTS,
    UNSHOWN,
    Signature,
    as_shown,
    other_texts,
    texts_with_parts,
)
from tierloom.rules.roll_ups import NONE, Known
from tierloom.rules.row import Row, compile_predicate, compile_value
from tierloom.schemas.regions import is_region, regions

_TINY = 1e-9
_MEASURED = (Family.NUMBER, Family.DATE, Family.DATETIME)
_CLEAR = (
    *_MEASURED,
    *(Family.BOOLEAN, Family.CHOICE, Family.CHOICES, Family.TEXT, Family.REFERENCE, Family.REGION),
)

Leaf = ir.Compare | ir.OneOf | ir.Matches | ir.HasAnyOf | ir.IsKnown | ir.IsTrue
Assignment = Mapping[str, int]


class GaveUp(Exception):
    """The searches in a space have taken all the effort that they may."""


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
    """The cells of the sources that some abstracted rules read. Rules are asked under strict semantics."""

    sources: Sequence[Source]
    rules: Sequence[ir.Predicate]
    context: RunContext
    effort: int
    cells: dict[str, list[Known]] = field(init=False)
    _answers: dict[Leaf, list[bool]] = field(init=False, default_factory=dict)
    _free: dict[Leaf, str] = field(init=False, default_factory=dict)
    _signatures: dict[str, dict[tuple[bool, ...], int]] = field(init=False, default_factory=dict)
    _tests: dict[str, list[Callable[[Row], bool]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        found = dict.fromkeys(leaf for rule in self.rules for leaf in leaves(rule))
        by_name: dict[str, list[Leaf]] = {one.name: [] for one in self.sources}
        for leaf in found:
            if _is_plain(leaf):
                by_name[next(iter(names_in(leaf)))].append(leaf)
            else:
                self._set_free(leaf)
        self.cells = {one.name: self._cells(one, by_name[one.name]) for one in self.sources}

    # ── searching ───────────────────────────────────────────────────────────────────────────────────────────────

    def find(
        self, *wanted: ir.Predicate, unwanted: Sequence[ir.Predicate] = ()
    ) -> Assignment | None:
        """Return cells at which every wanted rule holds and no unwanted one does, None where there are none.

        Free conditions are keys of the answer too, by their place.

        Raises:
            GaveUp: it takes too much effort.
        """
        asked = [*wanted, *(ir.Not(one) for one in unwanted)]
        return self.solve([(one, {}) for one in asked])

    def solve(
        self, asked: Sequence[tuple[ir.Predicate, Assignment]], fixed: Assignment | None = None
    ) -> Assignment | None:
        """Return cells at which every rule holds, each with some sources moved to cells of its own.

        Raises:
            GaveUp: it takes too much effort.
        """
        names = self._order([one for one, _ in asked])
        moved = {name for _, own in asked for name in own}
        size = sum(1 for one, _ in asked for _ in leaves(one))
        kept = [one for one in names if one not in moved]
        return self._search(asked, kept, dict(fixed or {}), size)

    def _order(self, rules: Sequence[ir.Predicate]) -> list[str]:
        times: dict[str, int] = {}
        for rule in rules:
            for leaf in leaves(rule):
                for name in [self._free[leaf]] if leaf in self._free else names_in(leaf):
                    times[name] = times.get(name, 0) + 1
        return sorted(times, key=lambda name: -times[name])

    def _search(
        self,
        asked: Sequence[tuple[ir.Predicate, Assignment]],
        names: list[str],
        chosen: dict[str, int],
        size: int,
    ) -> Assignment | None:
        self.effort -= size
        if self.effort < 0:
            raise GaveUp
        answers = [self.answer(rule, {**chosen, **own}) for rule, own in asked]
        if any(one is False for one in answers):
            return None
        if all(answers):
            return chosen
        name = next(one for one in names if one not in chosen)
        for cell in range(len(self.cells.get(name, (False, True)))):
            found = self._search(asked, names, {**chosen, name: cell}, size)
            if found is not None:
                return found
        return None

    def answer(self, rule: ir.Predicate, chosen: Assignment) -> bool | None:
        """Return a rule's answer where some sources have cells; None while it depends on the others."""
        match rule:
            case ir.Constant(value):
                return value
            case ir.Not(part):
                found = self.answer(part, chosen)
                return None if found is None else not found
            case ir.And(parts):
                return _joined([self.answer(one, chosen) for one in parts], stop=False)
            case ir.Or(parts):
                return _joined([self.answer(one, chosen) for one in parts], stop=True)
            case ir.InSegment(rule=inner):
                return self.answer(inner, chosen)
        if rule in self._free:
            cell = chosen.get(self._free[rule])
            return None if cell is None else bool(cell)
        [name] = names_in(rule)
        return self._answers[rule][chosen[name]] if name in chosen else None

    def values(self, chosen: Assignment) -> dict[Source, Known] | None:
        """Return the values at some cells, sources that do not matter at their first known one.

        None where a free condition was decided: which values do that is not known here.
        """
        if any(name not in self.cells for name in chosen):
            return None
        found = {one: self.cells[one.name][chosen.get(one.name, 0)] for one in self.sources}
        if UNSHOWN in found.values():
            return None
        return {one: as_shown(value) for one, value in found.items()}

    def _set_free(self, leaf: Leaf) -> None:
        self._free.setdefault(leaf, f"?{len(self._free)}")

    # ── cells ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _cells(self, source: Source, asked: list[Leaf]) -> list[Known]:
        """Return values that stand for all others, those that are known first, and keep what the conditions say."""
        is_text = source.type.family is Family.TEXT
        many = is_text and sum(isinstance(one, ir.Matches) for one in asked) > MOST_PARTS
        if many or source.type.family not in _CLEAR:
            for one in asked:
                self._set_free(one)
            return [None]
        tests = [compile_predicate(one, self.context) for one in asked]

        def signature(value: Known) -> Signature:
            return tuple(test(Values({source.name: value})) for test in tests)

        kept: dict[Signature, Known] = {}
        for value in self._known(source, asked):
            kept.setdefault(signature(value), value)
        for other in other_texts(asked, signature(ELSE)) if is_text else ():
            kept.setdefault(other, UNSHOWN)
        for value in _lacking(source):
            kept.setdefault(signature(value), value)
        for place, one in enumerate(asked):
            self._answers[one] = [answers[place] for answers in kept]
        self._signatures[source.name] = {answers: place for place, answers in enumerate(kept)}
        self._tests[source.name] = tests
        return list(kept.values())

    def cell_of(self, source: Source, value: Known) -> int | None:
        """Return the cell that a value is in, None where the source never has such a value (a count below 0)."""
        row = Values({source.name: value})
        tests = self._tests[source.name]
        return self._signatures[source.name].get(tuple(test(row) for test in tests))

    def _known(self, source: Source, asked: list[Leaf]) -> Iterator[Known]:
        match source.type.family:
            case Family.TEXT | Family.REFERENCE:
                yield from dict.fromkeys(self._constants(asked))
                yield Link(-1, ELSE) if source.type.family is Family.REFERENCE else ELSE
                yield from texts_with_parts(asked)
            case Family.REGION:
                yield from _regions(asked, [str(one) for one in self._constants(asked)])
            case _:
                within = tuple(atom for one in asked for atom in atoms_of(one))
                nothing = Values({source.name: None})
                found = Finder(within, self.context).find(source, nothing)
                if source.type.family is Family.NUMBER and source.type.scale is None:
                    edges = (one for one in self._constants(asked) if may_be(source, one))
                    found = _dense((*found, *edges))
                yield from found

    def _constants(self, asked: list[Leaf]) -> Iterator[Value]:
        """Yield what a source is compared with, worked out where it is not written."""
        for one in asked:
            match one:
                case ir.Compare(left=left, right=right):
                    for side in (left, right):
                        if not names_in(side):
                            yield compile_value(side, self.context)(Values({}))
                case ir.OneOf(choices=choices):
                    yield from choices
                case _:
                    pass


def _is_plain(leaf: Leaf) -> bool:
    """Tell whether a condition compares one source with constants: its cells are then all that there are."""
    match leaf:
        case ir.Compare(left=left, right=right):
            return (isinstance(left, ir.Var) and not names_in(right)) or (
                isinstance(right, ir.Var) and not names_in(left)
            )
        case _:
            return isinstance(leaf.value, ir.Var)


def _dense(values: Sequence[Value]) -> list[Value]:
    """Return numbers of a source without declared decimals, an average say, and one between each two."""
    rising = sorted({one for one in values if isinstance(one, (int, float))})
    between = [(low + high) / 2 for low, high in pairwise(rising)]
    return [*rising, *between]


def _regions(asked: list[Leaf], named: list[str]) -> Iterator[str]:
    """Yield all regions that conditions can tell apart: those named, their districts, and those of the table.

    A district that the table lacks differs from others of its city only where it is named itself.
    """
    named += [one.needle.ljust(6, "0") for one in asked if isinstance(one, ir.Matches)]
    districts = (f"{one[:4]}{last:02}" for one in named for last in range(100))
    yield from dict.fromkeys((*filter(is_region, (*named, *districts)), *regions()))


def _lacking(source: Source) -> tuple[Known, ...]:
    """Return what a source may be when it has no value: a count always has one."""
    node = source.node.value if isinstance(source.node, ir.Calculated) else source.node
    if not isinstance(node, ir.RollUpOf):
        return (None,)
    match node.aggregate:
        case Aggregate.COUNT:
            return ()
        case Aggregate.SUM:
            return (None,)
        case _:
            return (NONE, None)


def _joined(answers: list[bool | None], *, stop: bool) -> bool | None:
    if stop in answers:
        return stop
    return None if None in answers else not stop


def single_values(space: Space, source: Source) -> Iterator[tuple[int, int, int]]:
    """Yield the cells of a date or number that are one value alone, between the cells just below and just above it."""
    if source.type.family not in _MEASURED:
        return
    cells = space.cells[source.name]
    for middle, value in enumerate(cells):
        if isinstance(value, (int, float, date)) and not isinstance(value, bool):
            low = space.cell_of(source, _moved(value, source.type, -1))
            high = space.cell_of(source, _moved(value, source.type, 1))
            if low is not None and high is not None and low != middle != high:
                yield low, middle, high


def _moved(value: float | date, kind: ir.ValueType, by: int) -> Known:
    match value:
        case datetime():
            return value + timedelta(milliseconds=by)
        case date():
            return value + timedelta(days=by)
        case number:
            if kind.scale is None:
                return number + by * _TINY
            return round(number + by / 10.0**kind.scale, kind.scale)
