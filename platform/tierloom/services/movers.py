"""The people behind a count of moves: a page of them, or all of them for a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from tierloom.domain.fields import Field
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import TierModel
from tierloom.engine.columns import Mask, Positions
from tierloom.errors import Invalid, Problem
from tierloom.services.history.causes import Reason, Reasons, Source, reasons
from tierloom.services.history.moves import KINDS, Moves, Place, moves_between, place_of
from tierloom.services.overview import leading_figure
from tierloom.services.runs import reconstruction
from tierloom.services.shown import RecordView, view_of, views_at
from tierloom.services.trends import values_of
from tierloom.services.workbench import Workbench
from tierloom.text import T

PAGE = 50
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which moves: from the end of one local day to the end of another (today: now), of a kind, from and to a tier.

    `cause` is the key of a reason (`causes.Reason`), empty for all.
    """

    model: str
    start: date
    end: date
    kind: str = "moved"
    origin: str = ""
    target: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Mover:
    """A record that moved. `record` is None for one that is erased; `when` and `cause` are of its last move.

    `source` is the import that brought it about.
    """

    id: int
    record: RecordView | None
    origin: Place
    target: Place
    entered: bool
    left: bool
    when: datetime | None
    cause: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Movers:
    """A page of those who moved, with the exact `total`; whoever brings most comes first.

    `counts` are those of all kinds of moves between the two days, for the reason asked for. `reasons` counts why those
    of the kind moved, whatever the reason asked for. `rebuilt`: the tiers of the first day were worked out afterwards.
    `told` are the days whose tiers stand for those of the two days; they are others where tiers were worked out for
    some days only.
    """

    asked: Asked
    model: TierModel
    table: RecordType
    figure: Field | None
    total: int
    counts: dict[str, int]
    rebuilt: bool
    told: tuple[date, date]
    rows: tuple[Mover, ...]
    reasons: tuple[tuple[Reason, int], ...] = ()


def movers(bench: Workbench, asked: Asked, offset: int = 0, limit: int = PAGE) -> Movers:
    """Return a page of those who moved, of the records that the actor may see.

    Raises:
        Invalid: the days are not in order.
        NotFound: no such tier model, tier or kind of move, or nothing is known of that day.
    """
    found, why, figure, places = _found(bench, asked)
    reason = _for_reason(found, why, asked.cause)
    order = places[reason[places]]
    table = bench.published.table(found.model.record_type)
    here = order[max(0, offset) : max(0, offset) + limit]
    rows = tuple(_rows(bench, table, found, why, here, figure))
    counts = {kind: int((found.of_kind(kind) & reason).sum()) for kind in KINDS}
    rebuilt = reconstruction.is_rebuilt(bench, found.model, found.start)
    moved = places[found.origin[places] != found.target[places]]
    counted = tuple(why.counted(found.ids[moved].tolist()))
    told = _told(bench, found.model, asked.start), _told(bench, found.model, asked.end)
    return Movers(
        asked, found.model, table, figure, len(order), counts, rebuilt, told, rows, counted
    )


def chunks(bench: Workbench, asked: Asked) -> Iterator[list[Mover]]:
    """Yield all who moved, in the same order."""
    found, why, figure, order = _found(bench, asked)
    order = order[_for_reason(found, why, asked.cause)[order]]
    table = bench.published.table(found.model.record_type)
    for start in range(0, len(order), CHUNK):
        yield _rows(bench, table, found, why, order[start : start + CHUNK], figure)


def shown_fields(table: RecordType, figure: Field | None) -> tuple[Field, ...]:
    """Return the fields that the list of moves shows: who it is, and the figure."""
    found = [one for one in (table.name_field, figure) if one]
    return tuple(dict.fromkeys(found))


def _found(bench: Workbench, asked: Asked) -> tuple[Moves, Reasons, Field | None, Positions]:
    """Return the moves, why they were, the figure, and the places of those asked for, whatever the reason, in order."""
    if not asked.start < asked.end <= bench.context.today:
        message = T("The first day must be before the second, and that not after today.")
        raise Invalid([Problem("bad-days", "/from", message)])
    model = bench.published.tier_model(asked.model)
    start, end = (reconstruction.day_end(one, bench.zone) for one in (asked.start, asked.end))
    found = moves_between(bench, model, start, end)
    why = reasons(bench, model, found.start, found.end)
    chosen = np.flatnonzero(found.chosen(asked.kind, asked.origin, asked.target))
    figure = leading_figure(bench, model)
    if figure:
        values = values_of(bench, model.record_type, figure, found.ids[chosen])
        values = np.nan_to_num(values, nan=-np.inf)
        chosen = chosen[np.lexsort((found.ids[chosen], -values))]
    return found, why, figure, chosen


def _told(bench: Workbench, model: TierModel, day: date) -> date:
    """Return the day whose tiers stand for those of a day."""
    if day >= bench.context.today:
        return day
    at = reconstruction.day_end(day, bench.zone)
    return reconstruction.instant_of(bench, model, at).astimezone(bench.zone).date()


def _for_reason(found: Moves, why: Reasons, cause: str) -> Mask:
    """Tell who moved for a reason, by its key; without one, everybody, also who has not moved."""
    if not cause:
        return np.ones(found.ids.size, np.bool_)
    return why.chosen(cause, found.ids) & found.of_kind("moved")


def _rows(
    bench: Workbench,
    table: RecordType,
    found: Moves,
    why: Reasons,
    places: Positions,
    figure: Field | None,
) -> list[Mover]:
    ids = found.ids[places]
    records = _records(bench, table, ids, shown_fields(table, figure))
    document = bench.published.documents["tier_model", found.model.key].id
    after, until = (round(one.timestamp() * 1000) for one in (found.start, found.end))
    stored = bench.uow.results.moves_between(document, after, until, ids.tolist())
    last = {one.record: one for one in stored}
    rows = []
    for record_id, origin, target in zip(
        ids.tolist(), found.origin[places].tolist(), found.target[places].tolist(), strict=True
    ):
        move = last.get(record_id) if origin != target else None
        reason = why.of(record_id) if move else None
        rows.append(
            Mover(
                record_id,
                records.get(record_id),
                place_of(found.model, origin),
                place_of(found.model, target),
                origin < -1,
                target < -1,
                datetime.fromtimestamp(move.effective_at / 1000, UTC) if move else None,
                move.cause if move else "",
                reason.source if reason else None,
            )
        )
    return rows


def _records(
    bench: Workbench, table: RecordType, ids: Positions, fields: tuple[Field, ...]
) -> dict[int, RecordView]:
    positions = bench.columns(table.key).positions_of(ids)
    found = {one.id: one for one in views_at(bench, table, positions[positions >= 0], fields)}
    binned = bench.uow.records(table).fetch(ids[positions < 0].tolist())
    return found | {one.id: view_of(bench, table, one, fields) for one in binned.values()}
