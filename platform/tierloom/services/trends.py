"""How the sizes of tiers went, month by month, and who is newly at risk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from tierloom.backends import columns as evaluator
from tierloom.domain.fields import Field
from tierloom.domain.tiers import TierModel
from tierloom.engine.columns import NumberColumn
from tierloom.errors import NotFound
from tierloom.services.history.moves import Moves, Trail, at_risk, trail
from tierloom.services.runs import reconstruction
from tierloom.services.workbench import Workbench
from tierloom.text import T

WEEK = 7
MONTHS = 24
DAYS = 30


@dataclass(frozen=True, slots=True)
class Point:
    """The sizes of the tiers (and `not_enough_data`) at the end of a day; `rebuilt` if worked out afterwards.

    `moved` counts who moved since the point before it, `before`; None at the first one.
    """

    day: date
    sizes: dict[str, int]
    rebuilt: bool
    before: date | None = None
    moved: int | None = None

    @property
    def total(self) -> int:
        """All records that were there."""
        return sum(self.sizes.values())


@dataclass(frozen=True, slots=True)
class Trend:
    """Month-ends in order, today last, and the moves since the last month-end."""

    points: tuple[Point, ...]
    moves: Moves

    @property
    def since(self) -> Point:
        """The last month-end."""
        return self.points[-2]

    def change(self, tier: str) -> int:
        """Return by how much a tier has grown since the last month-end."""
        return self.points[-1].sizes[tier] - self.since.sizes[tier]

    @property
    def growth(self) -> int:
        """By how much the table has grown since the last month-end."""
        return self.points[-1].total - self.since.total


@dataclass(frozen=True, slots=True)
class Week:
    """What happened from the end of `day`, a week ago, until `today`: `count` records made moves of a `kind`.

    `kind` is "risk" where a tier stands for churn risk, else "down". `amount` is what the model's figure adds up to for
    them, None where there is none.
    """

    model: TierModel
    day: date
    today: date
    kind: str
    count: int
    figure: Field | None
    amount: float | None


def trend_and_week(
    bench: Workbench, model: TierModel, figure: Field | None
) -> tuple[Trend | None, Week | None]:
    """Return how a model's tiers went, and what happened this week; None where the past is not known.

    Of tiers that were worked out for month-ends alone nobody knows in which week they moved; looking back at a day
    between two of them is to look at the earlier one.
    """
    at, zone = bench.context.as_of, bench.zone
    now = reconstruction.instant_of(bench, model, at)
    ends = reconstruction.month_ends(now, zone)
    week_ago = reconstruction.day_end(bench.context.today - timedelta(days=WEEK), zone)
    found = trail(bench, model, (*ends, week_ago, now))
    last = len(ends) + 1
    trend = _trend(bench, model, found, len(ends)) if found.known[last - 2] else None
    known = found.known[last - 1] and found.known[last]
    own = known and len(_worked_out(bench, model, [week_ago, at])) == 2
    return trend, _week(bench, found.between(last - 1, last), figure) if own else None


def _trend(bench: Workbench, model: TierModel, found: Trail, months: int) -> Trend | None:
    numbers = [one for one in range(len(found.instants)) if one != months and found.known[one]]
    points = _points(bench, model, found, numbers)
    return Trend(points, found.between(months - 1, months + 1))


def over_time(bench: Workbench, model: TierModel, by: str) -> tuple[Point, ...]:
    """Return how the sizes of a model's tiers went, at month-ends or at the ends of days, the present last.

    Where they were worked out afterwards, only the days for which they were.

    Raises:
        NotFound: there is no such interval; known are "month" and "day".
    """
    now, zone = bench.context.as_of, bench.zone
    match by:
        case "month":
            ends = reconstruction.month_ends(now, zone, MONTHS)
        case "day":
            days = (bench.context.today - timedelta(days=back) for back in range(DAYS, 0, -1))
            ends = [reconstruction.day_end(one, zone) for one in days]
        case _:
            raise NotFound(T("There is no interval “%(by)s”.", by=by))
    told = _worked_out(bench, model, ends)
    found = trail(bench, model, (*told, now))
    return _points(bench, model, found, [one for one, known in enumerate(found.known) if known])


def _worked_out(bench: Workbench, model: TierModel, ends: Sequence[datetime]) -> list[datetime]:
    """Return those instants whose tiers are their own: calculated then, or worked out afterwards for them."""
    worked_out = {*bench.uow.results.instants(bench.actor.workspace, reconstruction.CAUSE)}
    return [
        one
        for one in ends
        if not reconstruction.is_rebuilt(bench, model, one)
        or round(one.timestamp() * 1000) in worked_out
    ]


def _points(
    bench: Workbench, model: TierModel, found: Trail, numbers: Sequence[int]
) -> tuple[Point, ...]:
    points: list[Point] = []
    for place, number in enumerate(numbers):
        at = found.instants[number]
        moved = found.codes[numbers[place - 1]] != found.codes[number]
        points.append(
            Point(
                at.astimezone(bench.zone).date(),
                found.sizes(number),
                reconstruction.is_rebuilt(bench, model, at),
                points[-1].day if points else None,
                int(moved.sum()) if points else None,
            )
        )
    return tuple(points)


def _week(bench: Workbench, moves: Moves, figure: Field | None) -> Week:
    kind = "risk" if at_risk(moves.model) else "down"
    chosen = moves.ids[moves.of_kind(kind)]
    day = moves.start.astimezone(bench.zone).date()
    amount = None if figure is None else amount_of(bench, moves.model.record_type, figure, chosen)
    return Week(moves.model, day, bench.context.today, kind, len(chosen), figure, amount)


def amount_of(bench: Workbench, table: str, figure: Field, ids: NDArray[np.int64]) -> float:
    """Add up a figure for some records; unknown values and records in the bin count nothing."""
    return float(np.nansum(values_of(bench, table, figure, ids)))


def values_of(
    bench: Workbench, table: str, figure: Field, ids: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return a number of some records; NaN where it is unknown, and for records in the bin."""
    columns = bench.columns(table)
    column = evaluator.value(bench.value_of(figure, table), columns, bench.context).column
    values = np.full(ids.size, np.nan)
    positions = columns.positions_of(ids)
    if isinstance(column, NumberColumn):
        values[positions >= 0] = column.values[positions[positions >= 0]]
    return values
