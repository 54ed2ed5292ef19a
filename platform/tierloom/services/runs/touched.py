"""Whom a write concerns: the records of a tier model's table whose rules read what was written."""

from collections.abc import Iterable, Iterator
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
    walk = _Walk(bench, {model.record_type: {()}})
    for tier in model.tiers:
        rule = bench.compile_as_system(tier.rule, model.record_type)
        walk.go(rule.predicate, model.record_type, ())
    return walk.found


@dataclass(slots=True)
class _Walk:
    """Goes through rules, down to what calculated fields, segments, scores and other tier models read; once each."""

    bench: Workbench
    found: dict[str, set[_Path]]
    _been: set[tuple[str, str, str, _Path]] = field(default_factory=set)

    def go(self, node: ir.Node, table: str, path: _Path) -> None:
        """Note the ways to the records read by a node, which is about records of `table` at the end of `path`."""
        match node:
            case ir.Literal():
                return
            case ir.Var(names):
                self._var(names, node.type, table, path)
            case ir.RollUpOf(rows=rows, operand=operand):
                path = self._hop(_Hop(rows.child, table, rows.reference, up=True), path)
                for one in (rows.only, operand):
                    if one is not None:
                        self.go(one, rows.child, path)
            case ir.Calculated(key=key, value=below):
                self._once("field", key, (below,), table, path)
            case ir.Scored(key=key, value=below):
                self._once("score", key, (below,), table, path)
            case ir.InSegment(key=key, rule=below):
                self._once("segment", key, (below,), table, path)
            case _:
                for one in parts(node):
                    self.go(one, table, path)

    def _once(self, kind: str, key: str, below: Iterable[ir.Node], table: str, path: _Path) -> None:
        if (known := (kind, key, table, path)) not in self._been:
            self._been.add(known)
            for one in below:
                self.go(one, table, path)

    def _var(self, names: tuple[str, ...], type_: ir.ValueType, table: str, path: _Path) -> None:
        """Go up the links that a path has; one at its end is unknown while the other record is not there."""
        if names[0].startswith(TIER):
            key = names[0].removeprefix(TIER)
            self._once("tier", key, self._rules(key), table, path)
        elif len(names) > 1 or type_.family is ir.Family.REFERENCE:
            for name in names:
                target = self.bench.published.table(table).field(name).type.target
                if target is not None:
                    path = self._hop(_Hop(target, table, name, up=False), path)
                    table = target

    def _rules(self, tier_model: str) -> Iterator[ir.Node]:
        model = self.bench.published.tier_model(tier_model)
        for tier in model.tiers:
            yield self.bench.compile_as_system(tier.rule, model.record_type).predicate

    def _hop(self, hop: _Hop, path: _Path) -> _Path:
        longer = (hop, *path)
        self.found.setdefault(hop.source, set()).add(longer)
        return longer


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
