"""Whom a write concerns: the records of a tier model's table whose rules read what was written."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import TIER, TierModel
from tierloom.rules import ir
from tierloom.rules.walk import parts
from tierloom.services.workbench import Workbench

MOST = 200
"""More records than these are left to a run over all."""


@dataclass(frozen=True, slots=True)
class _Hop:
    """From records of a table to those that they point at (`up`), or to those that point at them."""

    source: str
    target: str
    reference: str
    up: bool


_Path = tuple[_Hop, ...]


@dataclass(slots=True)
class Reach:
    """Whom writes concern as things are now; what was looked up is kept."""

    bench: Workbench
    _paths: dict[str, dict[str, set[_Path]]] = field(default_factory=dict)
    _followed: dict[tuple[_Hop, frozenset[int]], frozenset[int]] = field(default_factory=dict)

    def of(self, model: TierModel, table: str, ids: frozenset[int]) -> frozenset[int] | None:
        """Return the records of a tier model that records of `table` may concern; None for too many."""
        if model.key not in self._paths:
            self._paths[model.key] = paths_to(self.bench, model)
        found = frozenset[int]()
        for path in self._paths[model.key].get(table, ()):
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


def paths_to(bench: Workbench, model: TierModel) -> dict[str, set[_Path]]:
    """Return by table on which ways its records come to those of a tier model whose rules read them."""
    found: dict[str, set[_Path]] = {model.record_type: {()}}
    walk = _Walk(bench)
    for tier in model.tiers:
        rule = bench.compile_as_system(tier.rule, model.record_type)
        for path in walk.paths(rule.predicate, model.record_type, ()):
            found.setdefault(path[0].source, set()).add(path)
    return found


@dataclass(slots=True)
class _Walk:
    """Goes through rules, down to what calculated fields, segments, scores and other tier models read; once each."""

    bench: Workbench
    _been: set[tuple[str, str, str, _Path]] = field(default_factory=set)

    def paths(self, node: ir.Node, table: str, path: _Path) -> Iterator[_Path]:
        """Yield the ways to the records read by a node, which is about records of `table` at the end of `path`."""
        match node:
            case ir.Var((name,)) if name.startswith(TIER):
                yield from self._of_tiers(name.removeprefix(TIER), table, path)
            case ir.Var(names):
                yield from self._up(names, table, path)
            case ir.RollUpOf(rows=rows, operand=operand):
                hop = _Hop(rows.child, table, rows.reference, up=True)
                yield (hop, *path)
                for one in (rows.only, operand):
                    if one is not None:
                        yield from self.paths(one, rows.child, (hop, *path))
            case ir.Calculated(key=key, value=below) if self._is_new("field", key, table, path):
                yield from self.paths(below, table, path)
            case ir.Scored(key=key, value=below) if self._is_new("score", key, table, path):
                yield from self.paths(below, table, path)
            case ir.InSegment(key=key, rule=below) if self._is_new("segment", key, table, path):
                yield from self.paths(below, table, path)
            case _:
                for one in parts(node):
                    yield from self.paths(one, table, path)

    def _of_tiers(self, key: str, table: str, path: _Path) -> Iterator[_Path]:
        if self._is_new("tier", key, table, path):
            for tier in self.bench.published.tier_model(key).tiers:
                rule = self.bench.compile_as_system(tier.rule, table)
                yield from self.paths(rule.predicate, table, path)

    def _up(self, names: tuple[str, ...], table: str, path: _Path) -> Iterator[_Path]:
        """Go up the links of a path; a link at its end is unknown while the other record is not there."""
        for name in names:
            target = self.bench.published.table(table).field(name).type.target
            if target is None:
                return
            path, table = (_Hop(target, table, name, up=False), *path), target
            yield path

    def _is_new(self, kind: str, key: str, table: str, path: _Path) -> bool:
        known = len(self._been)
        self._been.add((kind, key, table, path))
        return len(self._been) > known


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
