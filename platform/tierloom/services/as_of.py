"""A workspace as it was at the end of a past day.

There are two questions. "Rules of that day" are the placements that were stored then. "Today's rules on that day's
data" are the published rules, evaluated over the records as they were; stays, and tiers given by hand, are left aside.

What records held then is known from the change log's first entry on. Of a day before that, tiers may have been worked
out afterwards (`reconstruction`); then whatever else is shown of records is as it is stored today. A role that is
limited to some records sees those that it may see today, and never more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

import numpy as np

from tierloom.backends import columns as evaluator
from tierloom.domain.people import Grant
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import TierModel
from tierloom.engine.columns import Mask
from tierloom.engine.recoding import recode
from tierloom.engine.results import ABSENT, Codes, Placements, first_placements
from tierloom.engine.run import place
from tierloom.errors import NotFound
from tierloom.schemas import documents
from tierloom.services import authorize, placements
from tierloom.services.runs import reconstruction
from tierloom.services.runs.recalculation import in_order
from tierloom.services.tier_columns import Result
from tierloom.services.workbench import Workbench
from tierloom.store.columns import Snapshot
from tierloom.store.columns.past import cells_at
from tierloom.store.record_reading import StoredRecord
from tierloom.text import T, Text


class Question(StrEnum):
    """Which rules place the records of a past day."""

    THEN = "then"
    TODAY = "today"


class NotKnown(NotFound):
    """Nothing can be said of a day; `nearest` is one of which something can, None where there is none but today."""

    def __init__(self, text: Text, nearest: date | None) -> None:
        super().__init__(text)
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class _Kept:
    name: object
    placed: Placements | None


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the past goes back: of `first` tiers at least are known, from `data` on records as well; None: never."""

    first: date | None
    data: date | None


class PastBench(Workbench):
    """What an actor works with, as of the end of a past day. Nothing is written through it."""

    def __init__(self, today: Workbench, day: date, question: Question, *, known: bool) -> None:
        """`known` tells whether records of that day are known."""
        instant = reconstruction.day_end(day, today.zone)
        super().__init__(today.platform, today.actor, today.uow, instant)
        self.today = today
        self.day = day
        self.question = question
        self.known = known
        self.at = _milliseconds(instant)
        self.published = today.published

    @cached_property
    def snapshot(self) -> Snapshot:
        """The columns of all tables as they were; as they are where that is not known."""
        if not self.known:
            return self.today.snapshot
        workspace = self.actor.workspace
        return self.platform.columns.past(self.uow, workspace, self.catalogue, self.at)

    def _result(self, model: TierModel) -> Result:
        name, _ = super()._result(model)
        ids = self.snapshot.table(model.record_type).ids
        return (name, self.at, self.question), lambda: placements.by_position(
            self.placed(model), ids
        )

    def visible(self, table: str) -> Mask:
        """Records of that day that the actor may see today; whose role is limited sees none that is gone."""
        return self.once(("visible", table), lambda: self._visible(self.published.table(table)))

    def sees_all(self, table: str) -> bool:
        """Tell whether the actor may see every record of the snapshot, which may be today's."""
        return self.known and super().sees_all(table)

    def _visible(self, table: RecordType) -> Mask:
        stored = self.snapshot.table(table.key)
        seen: Mask = np.full(stored.size, self.actor.has(Grant.READ))
        if self.scope(table.key) is not None:
            places = self.today.columns(table.key).positions_of(stored.ids)
            seen = places >= 0
            seen[seen] = self.today.visible(table.key)[places[seen]]
        return seen if self.known else seen & self._there(table)

    def _there(self, table: RecordType) -> Mask:
        """Tell which of today's records were there: by the tiers worked out for them, else by their dates."""
        placed = [self.codes(one) != ABSENT for one in self.published.tier_models(table.key)]
        known = [one for one in placed if one.any()]
        if known:
            found: Mask = np.logical_or.reduce(known)
            return found
        return reconstruction.exists(self.snapshot.table(table.key), self.context)

    def placed(self, model: TierModel) -> Placements | None:
        """Return where the records stood, by the rules that are asked for; None where that is not known."""
        name = "placed", model.key
        return self.once(name, lambda: self._then(model) or self._now(model))

    def stored(self, table: RecordType, ids: Iterable[int]) -> Mapping[int, StoredRecord]:
        """Return records by id with the cells that they held; those that were not there are as if in the bin."""
        found = super().stored(table, ids)
        if not self.known:
            return found
        columns = self.snapshot.table(table.key)
        numbers = np.array(sorted(found), np.int64)
        places = columns.positions_of(numbers)
        there = dict.fromkeys(numbers[places >= 0].tolist())
        cells = {
            one.key: dict(zip(there, cells_at(columns, one, places[places >= 0]), strict=True))
            for one in table.stored_fields
        }
        return {
            number: replace(
                one,
                deleted_at=None,
                cells={**one.cells, **{key: each[number] for key, each in cells.items()}},
                reference_keys={},
            )
            if number in there
            else replace(one, deleted_at=self.at)
            for number, one in found.items()
        }

    def _then(self, model: TierModel) -> Placements | None:
        """Return the stored placements; the last ones that were asked for are kept with the table's columns."""
        if self.question is not Question.THEN:
            return None
        document = self.published.documents["tier_model", model.key]
        cache = self.snapshot.table(model.record_type).cache
        name = self.uow.results.head(document.id), document.published_version, self.at
        kept = cache.get(("then", document.id))
        if not isinstance(kept, _Kept) or kept.name != name:
            kept = cache["then", document.id] = _Kept(name, self._read(model))
        return kept.placed

    def _read(self, model: TierModel) -> Placements | None:
        document = self.published.documents["tier_model", model.key]
        [past] = placements.past(self.platform, self.uow, document.id, [self.at])
        if past is None:
            return None
        if past.rule_version == document.published_version:
            return past.placements
        body = self.uow.documents.body_of(document.id, past.rule_version)
        former = documents.load(body, "tier_model")
        return replace(past.placements, codes=recode(past.placements.codes, former, model))

    def _now(self, model: TierModel) -> Placements | None:
        if self.question is not Question.TODAY:
            return None
        ids = self.snapshot.table(model.record_type).ids
        return first_placements(ids, self._evaluated[model.key], self.at)

    @cached_property
    def _evaluated(self) -> Mapping[str, Codes]:
        """Where the published rules place the records of that day, by tier model."""
        found: dict[str, Codes] = {}
        for model in in_order(self):
            rules = [self.compile_as_system(one.rule, model.record_type) for one in model.tiers]
            predicates = [one.predicate for one in rules]
            columns = self.columns(model.record_type)
            found[model.key] = place(model, predicates, columns, self.context, evaluator)
            self.tier_results.take(model, found[model.key])
        return found


def reach(bench: Workbench, table: str | None = None) -> Reach:
    """Return how far the past goes back, of a table or of the workspace."""
    authorize.require(bench.actor, Grant.READ)
    tables = [one for one in bench.catalogue if table in (None, one.key)]
    log = [bench.uow.changes.begins(one.id) for one in tables]
    models = (one for each in tables for one in bench.published.tier_models(each.key))
    results = [
        bench.uow.results.begins(bench.published.documents["tier_model", one.key].id)
        for one in models
    ]
    data = _first(bench, log)
    days = [one for one in (data, _first(bench, results)) if one]
    return Reach(min(days, default=None), data)


def as_of(
    bench: Workbench, day: date, table: str | None = None, question: Question = Question.THEN
) -> Workbench:
    """Return the workbench of a past day; of today, the one at hand.

    Raises:
        NotKnown: the day is still to come, or nothing is known of it.
    """
    authorize.require(bench.actor, Grant.READ)
    today = bench.context.today
    if day == today:
        return bench
    if day > today:
        raise NotKnown(T("%(day)s is still to come.", day=day.isoformat()), None)
    found = reach(bench, table)
    if found.first is None or day < found.first:
        message = T("Nothing is known of %(day)s yet.", day=day.isoformat())
        raise NotKnown(message, found.first if found.first and found.first < today else None)
    known = found.data is not None and found.data <= day
    if question is Question.TODAY and not known:
        message = T(
            "The records of %(day)s are not known: their history begins later.", day=day.isoformat()
        )
        raise NotKnown(message, found.data if found.data and found.data < today else None)
    return PastBench(bench, day, question, known=known)


def month_ends(first: date, today: date) -> tuple[date, ...]:
    """Return the last days of the months from that of `first` on, before `today`."""
    found = []
    day = today.replace(day=1) - timedelta(days=1)
    while day >= first:
        found.append(day)
        day = day.replace(day=1) - timedelta(days=1)
    return tuple(reversed(found))


def _first(bench: Workbench, instants: list[int | None]) -> date | None:
    known = [one for one in instants if one is not None]
    if not known:
        return None
    return datetime.fromtimestamp(min(known) / 1000, UTC).astimezone(bench.zone).date()


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
