"""Whom a write concerns: the records of a tier model's table whose rules read what was written."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import TierModel
from tierloom.services.workbench import Workbench

MOST = 200
"""More records than these are left to a run over all."""
_LONGEST = 3


@dataclass(frozen=True, slots=True)
class _Hop:
    """From records of a table to those that they point at (`up`), or to those that point at them."""

    source: str
    target: str
    reference: str
    up: bool


def tables_read(bench: Workbench, model: TierModel) -> frozenset[str]:
    """Return the tables that a tier model's rules read, its own among them."""
    rules = (bench.compile_as_system(one.rule, model.record_type) for one in model.tiers)
    return frozenset({model.record_type, *(name for rule in rules for name, _ in rule.reads)})


@dataclass(slots=True)
class Reach:
    """Whom writes concern as things are now; what was looked up is kept."""

    bench: Workbench
    _followed: dict[tuple[_Hop, frozenset[int]], frozenset[int]] = field(default_factory=dict)

    def of(self, model: TierModel, table: str, ids: frozenset[int]) -> frozenset[int] | None:
        """Return the records of a tier model that records of `table` may concern; None for too many."""
        read = tables_read(self.bench, model)
        if table not in read:
            return frozenset()
        found = ids if table == model.record_type else frozenset()
        for path in _paths(_hops(self.bench, read), table, model.record_type):
            reached = ids
            for hop in path:
                reached = self._follow(hop, reached)
                if len(reached) > MOST:
                    return None
            found |= reached
        return found if len(found) <= MOST else None

    def _follow(self, hop: _Hop, ids: frozenset[int]) -> frozenset[int]:
        if (hop, ids) not in self._followed:
            self._followed[hop, ids] = _follow(self.bench, hop, ids)
        return self._followed[hop, ids]


def _hops(bench: Workbench, tables: frozenset[str]) -> list[_Hop]:
    found = []
    for key in sorted(tables):
        for one in bench.published.table(key).stored_fields:
            if (target := one.type.target) in tables and target is not None:
                found.append(_Hop(key, target, one.key, up=True))
                found.append(_Hop(target, key, one.key, up=False))
    return found


def _paths(
    hops: list[_Hop], source: str, target: str, been: tuple[_Hop, ...] = ()
) -> Iterator[tuple[_Hop, ...]]:
    """Yield the ways between two tables that pass no table twice; a table may point at itself once."""
    if been and source == target:
        yield been
    if len(been) == _LONGEST:
        return
    passed = {one.source for one in been}
    for hop in hops:
        if hop.source == source and hop.target not in passed and hop not in been:
            yield from _paths(hops, hop.target, target, (*been, hop))


def _follow(bench: Workbench, hop: _Hop, ids: frozenset[int]) -> frozenset[int]:
    if not ids:
        return ids
    if hop.up:
        stored = bench.uow.records(_table(bench, hop.source)).fetch(sorted(ids)).values()
        pointed = (one.cells.get(hop.reference) for one in stored)
        return frozenset(one for one in pointed if isinstance(one, int))
    found = bench.uow.records(_table(bench, hop.target)).related_ids(hop.reference, sorted(ids))
    return frozenset(one for several in found.values() for one in several)


def _table(bench: Workbench, key: str) -> RecordType:
    return bench.published.table(key)
