"""Values worth trying for a source: those at which an answer of some condition turns."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from math import ceil, floor, isfinite

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate, Value
from tierloom.rules import ir
from tierloom.rules.explain.sources import Source
from tierloom.rules.ir import Family
from tierloom.rules.roll_ups import Known
from tierloom.rules.row import Row, compile_value
from tierloom.rules.walk import parts

DOUBLE_SCALE = 2
"""Decimals in which an average is changed: it has none of its own."""
MAX_TOGGLED = 6
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = date(1800, 1, 1), date(2300, 1, 1)
_MOST = 10**13
_COUNTED = frozenset({Aggregate.COUNT, Aggregate.DISTINCT, Aggregate.GAP, Aggregate.SHARE})

Atom = ir.Compare | ir.OneOf | ir.Matches | ir.HasAnyOf | ir.IsKnown | ir.IsTrue


@dataclass(slots=True)
class Values:
    """A record of which only the values of sources matter, by their names."""

    known: dict[str, Known]

    def value(self, key: str) -> Value:
        """Return a source's value."""
        return self.known[key]  # type: ignore[return-value]

    def parent(self, reference: str) -> None:
        """Return no record: links are followed by the sources already."""

    def related(self, relation: str) -> "Sequence[Row]":  # noqa: ARG002
        """Return no records: totals are worked out by the sources already."""
        return ()


def atoms_of(predicate: ir.Predicate) -> Iterator[Atom]:
    """Yield the conditions of an abstracted rule, those inside conditional values included."""
    match predicate:
        case ir.And() | ir.Or() | ir.Not():
            for one in parts(predicate):
                yield from atoms_of(one)  # type: ignore[arg-type]
        case ir.Constant() | ir.InSegment():
            return
        case _:
            yield predicate
            yield from _within(predicate)


def _within(node: ir.Node) -> Iterator[Atom]:
    for one in parts(node):
        if isinstance(one, ir.Predicate):
            yield from atoms_of(one)
        else:
            yield from _within(one)


def names_in(node: ir.Node) -> frozenset[str]:
    """Return the names of the sources in a node."""
    own = frozenset(node.path) if isinstance(node, ir.Var) else frozenset[str]()
    return own.union(*(names_in(one) for one in parts(node)))


def steps(kind: ir.ValueType, before: Known, after: Value) -> float:
    """Return how far a change goes, in steps of its type: the last decimal, a day, a rank.

    A change of an unranked choice or of yes and no counts 1, so does filling in what is not known.
    """
    match before, after:
        case (tuple(), tuple()):
            return len(set(before) ^ set(after))
        case (bool(), _) | (_, bool()):
            return 1
        case (int() | float(), int() | float()):
            return abs(after - before) * float(10 ** _scale(kind))
        case (datetime(), datetime()):
            return abs(after - before) / _DAY
        case (date(), date()):
            return abs((after - before).days)
        case (str(), str()) if kind.ranked and before in kind.options:
            return abs(kind.options.index(after) - kind.options.index(before))
        case _:
            return 1


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds values to try under the conditions `atoms`; those of dates and numbers depend on the other sources."""

    atoms: tuple[Atom, ...]
    context: RunContext

    def find(self, source: Source, values: Values) -> list[Value]:
        """Return other values for a source, the nearest to its present one first."""
        before = values.known[source.name]
        found = {one for one in self._all(source, values) if one != before and may_be(source, one)}
        rising = sorted(found, key=lambda one: _order(source.type, one))
        return sorted(rising, key=lambda one: steps(source.type, before, one))

    def _all(self, source: Source, values: Values) -> Iterator[Value]:
        match source.type.family:
            case Family.BOOLEAN:
                yield from (False, True)
            case Family.CHOICE:
                yield from source.type.options
            case Family.CHOICES:
                yield from self._choices(source, values)
            case Family.NUMBER | Family.DATE | Family.DATETIME:
                grid = _grid(source.type)
                if _number(values.value(source.name)) is None:
                    yield self._filled(source)
                for atom in self.atoms:
                    if source.name in names_in(atom):
                        yield from self._turns(atom, source, values, grid)

    def _filled(self, source: Source) -> Value:
        """Return what a date or number may be if any will do: today, now, or the number nearest to 0."""
        match source.type.family:
            case Family.DATE:
                return self.context.today
            case Family.DATETIME:
                return self.context.as_of
        low = source.field.type.minimum if source.field else None
        return max(low, 0) if isinstance(low, (int, float)) else 0

    def _choices(self, source: Source, values: Values) -> Iterator[Value]:
        """Yield what comes of putting in or taking out some of the options that are asked about."""
        now = values.known[source.name]
        held = set(now) if isinstance(now, tuple) else set()
        asked = [
            option
            for atom in self.atoms
            if isinstance(atom, ir.HasAnyOf) and source.name in names_in(atom)
            for option in atom.options
        ]
        offered = list(dict.fromkeys(asked))
        others = [one for one in source.type.options if one not in offered and one not in held]
        for count in range(min(len(offered), MAX_TOGGLED) + 1):
            for toggled in combinations(offered, count):
                mine = held ^ set(toggled) or set(others[:1])
                if mine:
                    yield tuple(one for one in source.type.options if one in mine)

    def _turns(self, atom: Atom, source: Source, values: Values, grid: "_Grid") -> Iterator[Value]:
        match atom:
            case ir.Compare(left=left, right=right):
                pairs = [(left, right)]
            case ir.OneOf(value=value, choices=choices):
                pairs = [(value, ir.Literal(one, value.type)) for one in choices]
            case _:
                return
        for left, right in pairs:
            for at in self._edges(left, right, source, values, grid):
                for near in (floor(at) - 1, floor(at), ceil(at), ceil(at) + 1):
                    if grid.low <= near <= grid.high:
                        yield grid.value(near)

    def _edges(
        self,
        left: ir.ValueNode,
        right: ir.ValueNode,
        source: Source,
        values: Values,
        grid: "_Grid",
    ) -> list[float]:
        """Return the places on the grid where a comparison of two values turns."""
        plain = ir.Var((source.name,), source.type)
        for one, other in ((left, right), (right, left)):
            if one == plain and source.name not in names_in(other):
                return grid.places(compile_value(other, self.context)(values))
        return self._searched(left, right, source, values, grid)

    def _searched(
        self,
        left: ir.ValueNode,
        right: ir.ValueNode,
        source: Source,
        values: Values,
        grid: "_Grid",
    ) -> list[float]:
        """Find where the difference of two expressions changes its sign, if it rises or falls throughout."""
        one, other = compile_value(left, self.context), compile_value(right, self.context)

        def sign(place: int) -> int | None:
            tried = Values({**values.known, source.name: grid.value(place)})
            a, b = _number(one(tried)), _number(other(tried))
            return None if a is None or b is None else (a > b) - (a < b)

        first, last = sign(grid.low), sign(grid.high)
        if first is None or last is None or first == last:
            return []
        rising = 1 if last > first else -1
        whole = range(grid.low, grid.high + 1)

        def place_of(least: int) -> float:
            return whole[bisect_left(whole, least, key=lambda at: (sign(at) or 0) * rising)]

        return [place_of(0), place_of(1)] if last * rising > 0 else [place_of(0)]


@dataclass(frozen=True, slots=True)
class _Grid:
    """The values that a field can hold, numbered."""

    low: int
    high: int
    value: Callable[[int], Value]
    places: Callable[[Value], list[float]]


def _grid(kind: ir.ValueType) -> _Grid:
    match kind.family:
        case Family.DATE:
            low, high = _FIRST.toordinal(), _LAST.toordinal()
            return _Grid(low, high, date.fromordinal, _places_of_date)
        case Family.DATETIME:
            return _Grid(-_MOST, _MOST, _moment, _places_of_moment)
        case _:
            return _number_grid(_scale(kind))


def _number_grid(scale: int) -> _Grid:
    def value(place: int) -> Value:
        return place / 10**scale if scale else place

    def places(found: Value) -> list[float]:
        known = _number(found)
        if known is None or not isfinite(known):
            return []
        at = known * 10**scale
        # What is held in doubles is meant in decimals: 0.07 * 100 is 7.000000000000001.
        return [round(at) if abs(at - round(at)) < 1e-6 else at]

    return _Grid(-_MOST, _MOST, value, places)


def _places_of_date(found: Value) -> list[float]:
    return [found.toordinal()] if isinstance(found, date) else []


def _places_of_moment(found: Value) -> list[float]:
    return (
        [round((found - _EPOCH) / timedelta(milliseconds=1))] if isinstance(found, datetime) else []
    )


def _moment(place: int) -> Value:
    return _EPOCH + timedelta(milliseconds=place)


def _number(value: Value) -> float | None:
    match value:
        case datetime():
            return value.timestamp()
        case date():
            return value.toordinal()
        case int() | float():
            return value
        case _:
            return None


def _scale(kind: ir.ValueType) -> int:
    return DOUBLE_SCALE if kind.scale is None else kind.scale


def _order(kind: ir.ValueType, value: Value) -> tuple[int, ...] | float:
    match value:
        case str():
            return kind.options.index(value)
        case tuple():
            return tuple(kind.options.index(one) for one in value)
        case _:
            return _number(value) or 0


def may_be(source: Source, value: Value) -> bool:
    """Tell whether a source can have this value: inside the limits of its field, no count below zero."""
    number = _number(value)
    if number is None:
        return True
    kind = source.field.type if source.field else None
    low, high = (_number(kind.minimum), _number(kind.maximum)) if kind else (None, None)
    node = source.node.value if isinstance(source.node, ir.Calculated) else source.node
    if isinstance(node, ir.RollUpOf) and node.aggregate in _COUNTED:
        low = max(low or 0, 0)
        high = 1 if node.aggregate is Aggregate.SHARE else high
    return (low is None or number >= low) and (high is None or number <= high)
