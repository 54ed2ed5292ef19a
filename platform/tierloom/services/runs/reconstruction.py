"""Tiers of the months before the first calculation, worked out from records that say when they happened.

At an instant of the past, records dated later do not exist. A record exists from the earliest date that it has: that
of its table's date field, or that of a related record, or of one related to that. A record without any date has always
been there. What is stored on a record itself is taken as it is today: nobody knows what it was then. Therefore a tier
model whose rules read no date field is not rebuilt: its line would be flat, and say nothing. Nor is one with a stay
policy: how long somebody had been in a tier before the first of these instants, nobody knows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from tierloom.backends import columns as evaluator
from tierloom.domain.context import RunContext
from tierloom.domain.fields import FieldKind
from tierloom.domain.tiers import TierModel
from tierloom.engine.columns import Columns, Mask, NumberColumn, ReferenceColumn
from tierloom.engine.results import Placements, diff, first_placements, settle
from tierloom.engine.run import place
from tierloom.rules.dates import start_of_day
from tierloom.services.workbench import Workbench
from tierloom.store.uow import UnitOfWork

CAUSE = "reconstructed"
"""The cause of runs and moves that were worked out afterwards."""
MONTHS = 12
DAYS = 7
LARGEST = 250_000
"""Tables with more records begin with their first result: rebuilding would keep everybody waiting."""
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Past:
    """Who was where at an instant (milliseconds): record ids, ascending, and their placement codes."""

    at: int
    ids: NDArray[np.int64]
    codes: NDArray[np.int8]


def month_ends(now: datetime, zone: ZoneInfo, count: int = MONTHS) -> list[datetime]:
    """Return the last instants of the last local months before `now`, the earliest first."""
    day = now.astimezone(zone).date().replace(day=1)
    found = []
    for _ in range(count):
        found.append(day)
        day = (day - timedelta(days=1)).replace(day=1)
    return [_before(one, zone) for one in reversed(found)]


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """Return the last instant of a local day."""
    return _before(day + timedelta(days=1), zone)


def instants(now: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return what is rebuilt: the last month-ends, and the ends of the days since the last of them, a week at least.

    Thus a list of this month's or this week's moves tells their days.
    """
    today = now.astimezone(zone).date()
    days = max(DAYS, today.day - 1)
    ends = (day_end(today - timedelta(days=back), zone) for back in range(1, days + 1))
    return sorted({*month_ends(now, zone), *ends})


def _before(day: date, zone: ZoneInfo) -> datetime:
    return start_of_day(day, zone) - timedelta(milliseconds=1)


def rebuild(bench: Workbench, model: TierModel) -> list[Past]:
    """Return where the records of a tier model stood in the past; nothing where its rules do not tell."""
    columns = bench.columns(model.record_type)
    if not 0 < columns.size <= LARGEST or model.stay or not _tells_of_time(bench, model):
        return []
    rules = [bench.compile(tier.rule, model.record_type).predicate for tier in model.tiers]
    found = []
    for at in instants(bench.context.as_of, bench.zone):
        then = RunContext(at, bench.zone, bench.catalogue)
        there = exists(columns, then)
        codes = place(model, rules, columns, then, evaluator)
        found.append(Past(_milliseconds(at), columns.ids[there], codes[there]))
    return found


def _tells_of_time(bench: Workbench, model: TierModel) -> bool:
    rules = [bench.compile(tier.rule, model.record_type) for tier in model.tiers]
    if any(one.tiers for one in rules):
        return False  # Where the other tier model had placed the records then, these columns do not say.
    return any(
        bench.catalogue.table(table).date_field == key for one in rules for table, key in one.reads
    )


def exists(columns: Columns, context: RunContext) -> Mask:
    """Tell which records are there at the context's instant, the end of a local day."""
    dated, there = _evidence(columns, context, frozenset())
    return there | ~dated


def _evidence(columns: Columns, context: RunContext, above: frozenset[str]) -> tuple[Mask, Mask]:
    """Return which records have a date, their own or a related record's, and which have one that is not later."""
    table = columns.record_type
    dated, there = _own_date(columns, context)
    for relation in context.catalogue.relations(table.key):
        if relation.child in above | {table.key}:
            continue
        children = columns.children(relation).columns
        parents = children.column(relation.reference)
        assert isinstance(parents, ReferenceColumn), "A relation goes by a reference."
        for mine, theirs in zip(
            (dated, there), _evidence(children, context, above | {table.key}), strict=True
        ):
            mine[parents.positions[theirs & (parents.positions >= 0)]] = True
    return dated, there


def _own_date(columns: Columns, context: RunContext) -> tuple[Mask, Mask]:
    field = columns.record_type.find(columns.record_type.date_field or "")
    if field is None or field.retired or not field.is_stored:
        return np.zeros(columns.size, np.bool_), np.zeros(columns.size, np.bool_)
    column = columns.column(field.key)
    assert isinstance(column, NumberColumn), "A date field holds dates."
    by_day = field.type.kind is FieldKind.DATE
    last = (context.today - _EPOCH).days if by_day else _milliseconds(context.as_of)
    return ~np.isnan(column.values), column.values <= last


def store(
    uow: UnitOfWork, workspace: int, object_id: int, rule_version: int, pasts: Sequence[Past]
) -> Placements:
    """Store a past as a baseline and moves, before the first result; return the placements at its end."""
    runs = {one.at: _run(uow, workspace, one.at) for one in pasts}
    first, *later = pasts
    placed = first_placements(first.ids, first.codes, first.at)
    uow.results.save_baseline(workspace, object_id, rule_version, runs[first.at], first.at, placed)
    for one, after in _steps(placed, later):
        uow.results.append_moves(
            workspace, object_id, rule_version, runs[one.at], CAUSE, one.at, diff(placed, after)
        )
        placed = after
    return placed


def _steps(placed: Placements, pasts: Sequence[Past]) -> Iterator[tuple[Past, Placements]]:
    for one in pasts:
        placed = settle(placed, one.ids, one.codes, one.at)
        yield one, placed


def _run(uow: UnitOfWork, workspace: int, at: int) -> int:
    run = uow.results.start_run(workspace, CAUSE, at, uow.now)
    uow.results.finish_run(run, uow.now)
    return run


def is_rebuilt(bench: Workbench, model: TierModel, at: datetime) -> bool:
    """Tell whether a tier model's placements of an instant were worked out afterwards."""
    document = bench.published.documents["tier_model", model.key].id
    seen = bench.uow.results.observed_since(document, CAUSE)
    return seen is None or _milliseconds(at) < seen


def instant_of(bench: Workbench, model: TierModel, at: datetime) -> datetime:
    """Return the instant whose placements stand for those of `at`: itself, unless they were worked out afterwards.

    Between the instants that were, nobody knows who moved when: the last one before it counts.
    """
    if not is_rebuilt(bench, model, at):
        return at
    rebuilt = bench.uow.results.instants(bench.actor.workspace, CAUSE)
    last = max((one for one in rebuilt if one <= _milliseconds(at)), default=None)
    return at if last is None else datetime.fromtimestamp(last / 1000, UTC).astimezone(bench.zone)


def _milliseconds(moment: datetime) -> int:
    return round(moment.astimezone(UTC).timestamp() * 1000)
