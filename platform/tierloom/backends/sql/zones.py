"""Local time without an engine's own time zones: the zone's changes are written into the statement.

A zone whose clocks change for ever would need changes without end: it is refused.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from tierloom.backends.sql import civil
from tierloom.backends.sql.plan import Plan
from tierloom.backends.sql.refused import Refused
from tierloom.backends.sql.terms import DOUBLE, Sql, all_of, case, cast, is_null, tree, whole
from tierloom.rules.dates import FIRST_INSTANT, LAST_INSTANT
from tierloom.text import T

DAY = 86_400_000
_ELAPSED = {"hour": 3_600_000, "minute": 60_000}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FROM, _UNTIL, _SETTLED = 1800, 2101, 2038
_ALWAYS = -(10**15)

Change = tuple[int, int]
"""A second since 1970, and the offset in seconds that begins then."""


def local_day(plan: Plan, instant: Sql) -> Sql:
    """Return the local date of an instant, in days since 1970-01-01."""
    local = plan.let(_local(plan, instant))
    return plan.script.engine.floor(plan.let(_days(plan, local)))


def shift(plan: Plan, instant: Sql, amount: Sql, unit: str) -> Sql:
    """Add elapsed hours or minutes, or days, weeks, months or years of the local calendar."""
    if unit in _ELAPSED:
        return within(plan, instant + cast(amount * whole(_ELAPSED[unit]), DOUBLE))
    local = plan.let(_local(plan, instant))
    day = plan.let(plan.script.engine.floor(plan.let(_days(plan, local))))
    moved = plan.let(civil.shift(plan, day, amount, unit))
    in_day = local - cast(day * whole(DAY), DOUBLE)
    return within(plan, _utc(plan, plan.let(cast(moved * whole(DAY), DOUBLE) + in_day)))


def truncate(plan: Plan, instant: Sql, unit: str) -> Sql:
    """Return the instant at which the local minute, hour, day, week, month or year began."""
    floor, let = plan.script.engine.floor, plan.let
    local = let(_local(plan, instant))
    if unit in _ELAPSED:
        size = _ELAPSED[unit]
        began = floor(let(plan.script.engine.ratio(local, cast(whole(size), DOUBLE))))
        inside = let(local - cast(let(began) * whole(size), DOUBLE))
        return within(plan, instant - inside)
    day = let(floor(let(_days(plan, local))))
    began = let(civil.start(plan, day, unit))
    return within(plan, _utc(plan, let(cast(began * whole(DAY), DOUBLE))))


def within(plan: Plan, instant: Sql) -> Sql:
    """Make unknown what leaves what instants can be."""
    first, last = (
        (one - _EPOCH) // timedelta(milliseconds=1) for one in (FIRST_INSTANT, LAST_INSTANT)
    )
    found = plan.let(instant)
    return case([(all_of([found >= whole(first), found <= whole(last)]), found)])


def _days(plan: Plan, local: Sql) -> Sql:
    return plan.script.engine.ratio(local, cast(whole(DAY), DOUBLE))


def _local(plan: Plan, instant: Sql) -> Sql:
    """Return the local clock, as milliseconds of a clock that showed 0 at 1970-01-01 00:00."""
    offsets = [(at * 1000, whole(offset * 1000)) for at, offset in _changes(plan)]
    return instant + tree(offsets, instant)


def _utc(plan: Plan, local: Sql) -> Sql:
    """Return the instant at which local clocks show this time.

    In an overlap it is the earlier one, in a gap the first instant after it.
    """
    changes = _changes(plan)
    breaks: list[tuple[int, Sql]] = [(changes[0][0] * 1000, local - whole(changes[0][1] * 1000))]
    for (_, before), (at, after) in pairwise(changes):
        if after > before:
            breaks.append(((at + before) * 1000, cast(whole(at * 1000), DOUBLE)))
        breaks.append(((at + max(before, after)) * 1000, local - whole(after * 1000)))
    return case([(is_null(local), local)], tree(breaks, local))


def _changes(plan: Plan) -> tuple[Change, ...]:
    zone = plan.script.context.zone
    changes = changes_of(zone)
    if datetime.fromtimestamp(max(changes[-1][0], 0), UTC).year >= _SETTLED:
        raise Refused(
            T(
                "Local times of the zone %(zone)s cannot be worked out: its clocks change year after year.",
                zone=zone.key,
            )
        )
    return changes


@lru_cache(maxsize=64)
def changes_of(zone: ZoneInfo) -> tuple[Change, ...]:
    """Return the changes of a zone's clocks in the years 1800 to 2100."""
    day = 86_400
    start, end = (
        int((datetime(y, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) for y in (_FROM, _UNTIL)
    )
    offset = _offset(zone, start)
    found = [(_ALWAYS, offset)]
    for second in range(start, end, day):
        following = _offset(zone, second + day)
        if following != offset:
            found.append((_first(zone, second, second + day, offset), following))
            offset = following
    return tuple(found)


def _first(zone: ZoneInfo, before: int, after: int, offset: int) -> int:
    """Return the first second without the old offset."""
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, second: int) -> int:
    found = (_EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset() or timedelta()
    return int(found.total_seconds())
