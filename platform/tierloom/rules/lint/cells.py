"""The values of one source that its conditions can tell apart: its cells, and what each condition says of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from itertools import pairwise

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate, Link, Value
from tierloom.rules import ir
from tierloom.rules.explain.candidates import Finder, Values, atoms_of, may_be, names_in
from tierloom.rules.explain.sources import Source
from tierloom.rules.ir import Family
from tierloom.rules.lint.texts import ELSE
from tierloom.rules.roll_ups import NONE, Known
from tierloom.rules.row import Row, compile_kleene, compile_predicate, compile_value
from tierloom.schemas.regions import is_region, regions

Leaf = ir.Compare | ir.OneOf | ir.Matches | ir.HasAnyOf | ir.IsKnown | ir.IsTrue
Answer = bool | None
"""What a condition says: yes, no, or (under hold) that it is uncertain."""
Limits = tuple[float, float]

MOST_ASKED = 300_000
"""So many answers are worked out for one source. More of them (long lists in many conditions) would take too long."""
_MOMENT = timedelta(milliseconds=1)
_LAST_DAY = date.max.toordinal()
_FAR = 10**12


@dataclass(slots=True)
class Sketch:
    """A record of which only the values of sources matter, by their names. What it links to is there."""

    known: Mapping[str, Known]

    def value(self, key: str) -> Value:
        """Return a source's value."""
        return self.known[key]  # type: ignore[return-value]

    def parent(self, reference: str) -> "Sketch | None":
        """Return some record where there is a link."""
        return self if isinstance(self.known[reference], Link) else None

    def related(self, relation: str) -> Sequence[Row]:  # noqa: ARG002
        """Return no records: totals are worked out by the sources already."""
        return ()


class TooMany(Exception):
    """A source has too many values that conditions could tell apart."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A value of each cell, known ones first; what each condition says there; and how to find the cell of a value."""

    values: tuple[Known, ...]
    answers: Mapping[Leaf, tuple[Answer, ...]]
    tests: tuple[Callable[[Row], Answer], ...]
    name: str

    @property
    def lacking(self) -> int:
        """The set of cells without a value."""
        return sum(1 << n for n, one in enumerate(self.values) if one is None or one is NONE)

    def place(self, value: Known) -> int | None:
        """Return the cell that a value is in; None where no value of its cell was found."""
        row = Sketch({self.name: value})
        said = tuple(test(row) for test in self.tests)
        for cell in range(len(self.values)):
            if said == tuple(one[cell] for one in self.answers.values()):
                return cell
        return None


def cells_of(
    source: Source,
    asked: Sequence[Leaf],
    context: RunContext,
    *,
    hold: bool = False,
    limits: Limits | None = None,
) -> Cells:
    """Cut the values of a source into cells; `limits` are those of a number whose field declares none.

    Raises:
        TooMany: conditions could tell too many of them apart.
    """
    compiled = compile_kleene if hold else compile_predicate
    tests = tuple(compiled(one, context) for one in asked)
    found = list(
        dict.fromkeys(one for one in _known(source, asked, context) if _within(one, limits))
    )
    found += (one for one in limits or () if one not in found)
    values: list[Known] = [*found, *_lacking(source)]
    if len(values) * len(tests) > MOST_ASKED:
        raise TooMany
    kept: dict[tuple[tuple[Answer, ...], Known], Known] = {}
    for value in values:
        row = Sketch({source.name: value})
        # What has no value is a cell of its own, whatever conditions say of it.
        said = tuple([test(row) for test in tests])
        kept.setdefault((said, value if value is None or value is NONE else True), value)
    answers = {leaf: tuple(said[place] for said, _ in kept) for place, leaf in enumerate(asked)}
    return Cells(tuple(kept.values()), answers, tests, source.name)


def _within(value: Value, limits: Limits | None) -> bool:
    match value:
        case bool():
            return True
        case int() | float():
            return limits is None or limits[0] <= value <= limits[1]
        case _:
            return True


def _known(source: Source, asked: Sequence[Leaf], context: RunContext) -> Iterator[Value]:
    constants = [*_constants(asked, context)]
    match source.type.family:
        case Family.TEXT | Family.PERSON:
            yield from constants
            yield ELSE
        case Family.REFERENCE:
            yield from constants
            yield Link(-1, ELSE)
        case Family.REGION:
            yield from _regions(asked, [str(one) for one in constants])
        case Family.CHOICE if isinstance(source.node, ir.Calculated):
            yield from _classes(source.node.value, source.type.options)
        case _:
            within = tuple(atom for one in asked for atom in atoms_of(one))
            found = Finder(within, context).find(source, Values({source.name: None}))
            found += (*_declared(source), *_far_out(source, constants))
            if source.type.family is Family.NUMBER and source.type.scale is None:
                edges = (one for one in constants if may_be(source, one))
                found = _dense((*found, *edges))
            yield from found


def _classes(value: ir.ValueNode, options: Sequence[str]) -> Sequence[str]:
    """Return the classes of bands, which may be fewer than the options of their field."""
    return value.classes if isinstance(value, ir.Banded) else options


def _declared(source: Source) -> list[Value]:
    """Return the limits of a field: what is asked beyond them says something about these."""
    if source.field is None:
        return []
    kind = source.field.type
    found = [one for one in (kind.minimum, kind.maximum) if one is not None]
    return [one for one in found if may_be(source, one)]


def _far_out(source: Source, constants: Sequence[Value]) -> Iterator[Value]:
    """Yield what lies around constants that are farther out than what anybody would be advised to come to."""
    for one in constants:
        match one:
            case datetime() if MINYEAR < one.year < MAXYEAR:
                yield from (one - _MOMENT, one, one + _MOMENT)
            case datetime():
                yield one
            case date():
                near = (one.toordinal() + by for by in (-1, 0, 1))
                yield from (date.fromordinal(day) for day in near if 1 <= day <= _LAST_DAY)
            case bool():
                pass
            case int() | float() if source.type.scale is not None:
                unit = 10**source.type.scale
                if abs(one) * unit > _FAR:
                    near = (round(one * unit) + by for by in (-1, 0, 1))
                    yield from (n / unit if source.type.scale else n for n in near)


def _constants(asked: Sequence[Leaf], context: RunContext) -> Iterator[Value]:
    """Yield what a source is compared with, worked out where it is not written."""
    for one in asked:
        match one:
            case ir.Compare(left=left, right=right):
                for side in (left, right):
                    if not names_in(side):
                        yield compile_value(side, context)(Values({}))
            case ir.OneOf(choices=choices):
                yield from choices
            case _:
                pass


def _dense(values: Sequence[Value]) -> list[Value]:
    """Return numbers of a source without declared decimals, an average say, and one between each two."""
    rising = sorted({one for one in values if isinstance(one, (int, float))})
    between = [(low + high) / 2 for low, high in pairwise(rising)]
    return [*rising, *between]


def _regions(asked: Sequence[Leaf], named: list[str]) -> Iterator[str]:
    """Yield all regions that conditions can tell apart: those named, their districts, and those of the table.

    A district that the table lacks differs from others of its city only where it is named itself.
    """
    named += [one.needle.ljust(6, "0") for one in asked if isinstance(one, ir.Matches)]
    districts = (f"{one[:4]}{last:02}" for one in named for last in range(100))
    yield from dict.fromkeys((*filter(is_region, (*named, *districts)), *regions()))


def _lacking(source: Source) -> tuple[Known, ...]:
    """Return what a source may be when it has no value: a count always has one, and so has a score that never waits."""
    node = source.node.value if isinstance(source.node, ir.Calculated) else source.node
    match node:
        case ir.Scored(value=value, hold=False) if _has_points(value):
            return ()
        case ir.RollUpOf(aggregate=Aggregate.COUNT):
            return ()
        case ir.RollUpOf(aggregate=Aggregate.SUM):
            return (None,)
        case ir.RollUpOf():
            return (NONE, None)
        case _:
            return (None,)


def _has_points(value: ir.ValueNode) -> bool:
    """Tell whether a sum of points is there whatever is unknown."""
    match value:
        case ir.Literal(value=points):
            return points is not None
        case ir.If(branches, otherwise):
            return all(map(_has_points, (*(one for _, one in branches), otherwise)))
        case ir.Rounded(value=inner):
            return _has_points(inner)
        case ir.Arithmetic(sign=ir.Sign.ADD, parts=parts):
            return all(map(_has_points, parts))
        case ir.Call(function=ir.Function.MIN | ir.Function.MAX, args=args):
            return all(map(_has_points, args))
        case _:
            return False
