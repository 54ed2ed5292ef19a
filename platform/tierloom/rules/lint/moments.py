"""Moments to come at which the dates that rules name stand otherwise to each other than now.

On the last of May, "since the first of May" and "within thirty days" ask the same; a week later they do not. So what is
said of rules for good has to be so at each of these moments. Of most sources either no date moves with the day or all
do alike: those stand at all times as they stand now. Of a few there may be too many moments to look at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Value
from tierloom.rules import ir
from tierloom.rules.dates import local_date, start_of_day
from tierloom.rules.explain.candidates import Values
from tierloom.rules.row import compile_value
from tierloom.rules.walk import parts

Edges = tuple[ir.ValueNode, ...]
"""The dates, or the instants, that a source is compared with."""
Places = tuple[int | None, ...]

_CLAMPED = range(-3, 4)
"""By so many days more or less a month moves a date, as months are not equally long."""
_FOUR_YEARS = range(1, 1_462)
_SOME_DAYS = (*_FOUR_YEARS[:31], *_FOUR_YEARS[31::61])
"""Days ahead, by one of which a date that does not move day by day is seen not to."""
_FARTHEST = 500_000
"""What lies so many days ahead is never overtaken."""
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


_MOST_MEETINGS = 24
_MOST_MOMENTS = 64


@dataclass(frozen=True, slots=True)
class Moments:
    """The present moment first, then others; the sources whose dates stand otherwise at these, and those whose dates
    do so at too many others.
    """

    contexts: tuple[RunContext, ...]
    mixed: frozenset[str] = frozenset()
    tangled: frozenset[str] = frozenset()


def reads_clock(node: ir.Node) -> bool:
    """Tell whether a value depends on the day, or on the time of the day."""
    return isinstance(node, ir.Today | ir.Now) or any(map(reads_clock, parts(node)))


def moments_of(asked: Mapping[str, Edges], context: RunContext) -> Moments:
    """Find the moments for some sources, by what each of them is compared with."""
    different = {name: tuple(dict.fromkeys(edges)) for name, edges in asked.items()}
    moving = {
        name: edges
        for name, edges in different.items()
        if len(edges) > 1 and any(map(reads_clock, edges))
    }
    tangled = frozenset(name for name, edges in moving.items() if _is_tangled(edges, context))
    followed = {name: edges for name, edges in moving.items() if name not in tangled}
    if not followed:
        return Moments((context,), tangled=tangled)
    found: dict[tuple[Places, ...], RunContext] = {}
    for moment in _tried([*followed.values()], context):
        found.setdefault(tuple(_order(edges, moment) for edges in followed.values()), moment)
    seen = zip(*found, strict=True)
    mixed = frozenset(
        name for name, orders in zip(followed, seen, strict=True) if len({*orders}) > 1
    )
    if len(found) > _MOST_MOMENTS:
        return Moments((context,), tangled=tangled | mixed)
    return Moments(tuple(found.values()), mixed, tangled)


def _is_tangled(edges: Edges, context: RunContext) -> bool:
    """Tell whether dates that move may meet too many that do not, or too many move each in their own way."""
    moving = [one for one in edges if reads_clock(one)]
    if len(moving) * (len(edges) - len(moving)) > _MOST_MEETINGS:
        return True
    return len(edges) > _MOST_MEETINGS and not _move_with_the_day(moving, context)


def _tried(compared: Sequence[Edges], context: RunContext) -> Iterator[RunContext]:
    """Yield the present moment, and then those around which a date may move past another one."""
    yield context
    with_times = any(one.type.family is ir.Family.DATETIME for edges in compared for one in edges)
    if with_times:
        yield from (_later(context, timedelta(hours=hour)) for hour in range(1, 48))
    for days in sorted({ahead for edges in compared for ahead in _days_ahead(edges, context)}):
        later = _later(context, days * _DAY)
        yield later
        if with_times:
            start, end = (start_of_day(later.today + by * _DAY, context.zone) for by in (0, 1))
            yield replace(context, as_of=start)
            yield replace(context, as_of=end - timedelta(milliseconds=1))


def _days_ahead(edges: Edges, context: RunContext) -> set[int]:
    """Return in how many days the dates of a source may stand otherwise, and days between those."""
    moving = [one for one in edges if reads_clock(one)]
    fixed = _days_of([one for one in edges if not reads_clock(one)], context)
    now = _days_of(moving, context)
    meeting = {
        at - mine + by
        for at, mine, by in product(fixed, now, _CLAMPED)
        if at is not None and mine is not None
    }
    if not _move_with_the_day(moving, context):
        meeting |= {*_FOUR_YEARS}
    ahead = sorted(one for one in meeting if 0 < one < _FARTHEST)
    return {*ahead, *((one + other) // 2 for one, other in pairwise(ahead))}


def _move_with_the_day(edges: Sequence[ir.ValueNode], context: RunContext) -> bool:
    """Tell whether dates move by just as much as the clock, as those do that are so many days from today."""
    now = [*_values(edges, context)]
    for days in _SOME_DAYS:
        by = days * _DAY
        for one, other in zip(now, _values(edges, _later(context, by)), strict=True):
            if not isinstance(one, date) or not isinstance(other, date) or other - one != by:
                return False
    return True


def _later(context: RunContext, by: timedelta) -> RunContext:
    return replace(context, as_of=context.as_of + by)


# ── how dates stand to each other ───────────────────────────────────────────────────────────────────────────────────


def _order(edges: Edges, context: RunContext) -> Places:
    """Number dates as they come after each other: by one where there is nothing between two, else by two."""
    steps = [_steps(one) for one in _values(edges, context)]
    rising = sorted({one for one in steps if one is not None})
    places, last = dict.fromkeys(rising[:1], 0), 0
    for one, other in pairwise(rising):
        last += 1 if other - one < 2 else 2
        places[other] = last
    return tuple(None if one is None else places[one] for one in steps)


def _steps(value: Value) -> float | None:
    """Return the day or the millisecond that a date or an instant is."""
    match value:
        case datetime():
            return (value - _EPOCH) // _MICROSECOND / 1000
        case date():
            return value.toordinal()
        case _:
            return None


def _days_of(edges: Sequence[ir.ValueNode], context: RunContext) -> Places:
    return tuple(_day(value, context) for value in _values(edges, context))


def _day(value: Value, context: RunContext) -> int | None:
    match value:
        case datetime():
            return local_date(value, context.zone).toordinal()
        case date():
            return value.toordinal()
        case _:
            return None


def _values(edges: Sequence[ir.ValueNode], context: RunContext) -> Iterator[Value]:
    return (compile_value(one, context)(Values({})) for one in edges)
