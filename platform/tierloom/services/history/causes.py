"""Why records moved between two instants: the cause of each one's last move, and of an import, which one it was.

An import is told by time: a run that it brought about stores its moves soon after its last rows are in.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from tierloom.domain.tiers import TierModel
from tierloom.engine.columns import Mask
from tierloom.services.history.imports import import_named
from tierloom.services.runs.touched import paths_to
from tierloom.services.workbench import Workbench

IMPORT, UNDO = "import", "undo"
_BEFORE = timedelta(days=1)
"""So long before the first day an import may have ended whose moves come after it."""
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Source:
    """An import, or its undoing: its number, and its file's name where the actor may see imports."""

    number: int
    file: str = ""
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody moved. Its `key` is a cause, or an import or its undoing with the import's number."""

    cause: str
    source: Source | None = None

    @property
    def key(self) -> str:
        """What stands for it in an address."""
        if self.source is None:
            return self.cause
        return f"{UNDO if self.source.undone else self.cause}:{self.source.number}"


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why records moved last between two instants, by record id."""

    by_record: Mapping[int, Reason]

    def of(self, record: int) -> Reason | None:
        """Return why a record moved, None where no move of it is stored."""
        return self.by_record.get(record)

    def counted(self, ids: Iterable[int]) -> list[tuple[Reason, int]]:
        """Count reasons among some records, the most frequent first; a cause stands before its single imports."""
        found = Counter(reason for one in ids if (reason := self.by_record.get(one)))
        causes = Counter[str]()
        for reason, count in found.items():
            causes[reason.cause] += count
        told: list[tuple[Reason, int]] = []
        for cause, count in causes.most_common():
            told.append((Reason(cause), count))
            told += [
                pair for pair in found.most_common() if pair[0].cause == cause and pair[0].source
            ]
        return told

    def chosen(self, key: str, ids: NDArray[np.int64]) -> Mask:
        """Tell which of some records moved for a reason, by its key."""
        wanted = [record for record, one in self.by_record.items() if key in (one.cause, one.key)]
        return np.isin(ids, wanted)


def reasons(bench: Workbench, model: TierModel, start: datetime, end: datetime) -> Reasons:
    """Return why records moved from one tier to another after `start`, until `end`."""
    document = bench.published.documents["tier_model", model.key].id
    stored = bench.uow.results.last_causes(document, _milliseconds(start), _milliseconds(end))
    imports = _Imports(bench, model, start, max((at for _, at in stored.values()), default=0))
    made: dict[tuple[str, int], Reason] = {}
    return Reasons(
        {
            record: made.setdefault(pair, Reason(pair[0]))
            if pair[0] != IMPORT
            else imports.of(pair[1])
            for record, pair in stored.items()
        }
    )


class _Imports:
    """The imports whose rows a tier model could read, by when they were done."""

    def __init__(self, bench: Workbench, model: TierModel, start: datetime, until: int) -> None:
        self._bench = bench
        self._reasons: dict[int, Reason] = {}
        self._ended: list[tuple[int, Source]] = sorted(
            self._found(model, _milliseconds(start - _BEFORE), until), key=lambda one: one[0]
        )

    def of(self, stored_at: int) -> Reason:
        """Return the last import before moves were stored."""
        if stored_at not in self._reasons:
            place = bisect_right([at for at, _ in self._ended], stored_at)
            source = self._ended[place - 1][1] if place else None
            self._reasons[stored_at] = Reason(IMPORT, source)
        return self._reasons[stored_at]

    def _found(self, model: TierModel, after: int, until: int) -> Iterator[tuple[int, Source]]:
        if not until:
            return
        read = paths_to(self._bench, model)
        types = [self._bench.catalogue.table(key).id for key in read]
        changes = self._bench.uow.changes.between(after, until, types, (IMPORT, UNDO), _MOST)
        last: dict[tuple[str, str], int] = {}
        for change in changes:
            name = change.cause.kind, change.cause.ref
            last[name] = max(last.get(name, 0), change.at)
        for (kind, ref), at in last.items():
            if ref.isdecimal():  # samples are not imported by anybody
                batch = import_named(self._bench, ref)
                yield at, Source(int(ref), batch.file_name if batch else "", kind == UNDO)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
