"""Values of a source that conditions may tell apart: what it is compared with, and what lies around and between."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from itertools import pairwise

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Aggregate, Link, Value
from tierloom.rules import ir
from tierloom.rules.explain.candidates import Finder, Values, atoms_of, may_be
from tierloom.rules.explain.sources import Source
from tierloom.rules.ir import Family
from tierloom.rules.lint.conditions import Leaf, constants_in
from tierloom.rules.lint.texts import ELSE
from tierloom.rules.roll_ups import NONE, Known
from tierloom.rules.row import compile_value
from tierloom.rules.walk import parts as parts_of
from tierloom.schemas.regions import is_region, regions

_MOMENT = timedelta(milliseconds=1)
_LAST_DAY = date.max.toordinal()
_FAR = 10**12


# ── those that are known ────────────────────────────────────────────────────────────────────────────────────────────


def known_values(source: Source, asked: Sequence[Leaf], context: RunContext) -> Iterator[Value]:
    """Yield values of a source, one at least of each sort that some conditions can tell apart."""
    constants = [compile_value(one, context)(Values({})) for one in constants_in(asked)]
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
            yield from _around(source, asked, constants, context)


def limits_of_field(source: Source) -> list[Value]:
    """Return the limits of a field: what is asked beyond them says something about these."""
    if source.field is None or not source.field.is_stored:
        return []
    kind = source.field.type
    found = [one for one in (kind.minimum, kind.maximum) if one is not None]
    return [one for one in found if may_be(source, one)]


def _around(
    source: Source, asked: Sequence[Leaf], constants: Sequence[Value], context: RunContext
) -> Iterator[Value]:
    within = tuple(atom for one in asked for atom in atoms_of(one))
    if isinstance(source.node, ir.Calculated):  # nothing holds it to the limits of its field
        source = replace(source, field=None)
    found = Finder(within, context).find(source, Values({source.name: None}))
    found += (*limits_of_field(source), *_far_out(source, constants))
    if source.type.family is Family.NUMBER and source.type.scale is None:
        yield from (one for one in _dense((*found, *constants)) if may_be(source, one))
    else:
        yield from found


def _classes(value: ir.ValueNode, options: Sequence[str]) -> Sequence[str]:
    """Return the classes of bands, which may be fewer than the options of their field."""
    return value.classes if isinstance(value, ir.Banded) else options


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


def _dense(values: Sequence[Value]) -> list[Value]:
    """Return numbers of a source without declared decimals, an average say, one between each two, and farther ones."""
    rising = sorted({one for one in values if isinstance(one, (int, float))})
    if not rising:
        return []
    between = [(low + high) / 2 for low, high in pairwise(rising)]
    low, high = rising[0], rising[-1]
    return [*rising, *between, low - abs(low) - 1, high + abs(high) + 1]


def _regions(asked: Sequence[Leaf], named: list[str]) -> Iterator[str]:
    """Yield all regions that conditions can tell apart: those named, their districts, and those of the table.

    A district that the table lacks differs from others of its city only where it is named itself.
    """
    named += [one.needle.ljust(6, "0") for one in asked if isinstance(one, ir.Matches)]
    districts = (f"{one[:4]}{last:02}" for one in named for last in range(100))
    yield from dict.fromkeys((*filter(is_region, (*named, *districts)), *regions()))


# ── none at all ─────────────────────────────────────────────────────────────────────────────────────────────────────


def lacking(value: ir.ValueNode, sources: Mapping[str, Source]) -> tuple[Known, ...]:
    """Return what a value may be when there is none; in a calculation of a rule, `sources` are what it reads.

    A count always has a value, and so has a score that never waits. What comes of related records, directly or by a
    calculation, is unknown or, where there are no such records, nothing.
    """
    match value:
        case ir.Calculated(value=inner):
            return lacking(inner, sources)
        case ir.Scored(value=inner, hold=False) if _has_points(inner):
            return ()
        case ir.RollUpOf(aggregate=Aggregate.COUNT):
            return ()
        case ir.RollUpOf() if _may_be_none(value, sources):
            return (NONE, None)
        case _:
            return (None, NONE) if _may_be_none(value, sources) else (None,)


def _may_be_none(value: ir.ValueNode, sources: Mapping[str, Source]) -> bool:
    """Tell whether a value may come of related records of which there are none."""
    match value:
        case ir.Var((name,)) if name in sources:
            return _may_be_none(sources[name].node, {})
        case ir.Calculated(value=inner):
            return _may_be_none(inner, sources)
        case ir.RollUpOf(aggregate=how):
            return how not in (Aggregate.COUNT, Aggregate.SUM)
        case ir.Arithmetic() | ir.Call() | ir.Rounded() | ir.Banded() | ir.If():
            below = (one for one in parts_of(value) if isinstance(one, ir.ValueNode))
            return any(_may_be_none(one, sources) for one in below)
        case _:
            return False


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
