"""What a rule depends on: fields, segments, scores, tier models, and time."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tierloom.domain.tables import Catalogue
from tierloom.domain.tiers import TIER
from tierloom.rules import ir
from tierloom.rules.walk import parts

Read = tuple[str, str]
"""A table's key and a field's."""


@dataclass(slots=True)
class Facts:
    """`tiers` are the tier models whose results are read. `size` counts each node as often as it is evaluated,
    segments, scores and calculations expanded.
    """

    reads: set[Read] = field(default_factory=set)
    segments: set[str] = field(default_factory=set)
    scores: set[str] = field(default_factory=set)
    tiers: set[str] = field(default_factory=set)
    time_dependent: bool = False
    size: int = 0

    def add(self, other: "Facts") -> None:
        """Take over what a part depends on."""
        self.reads |= other.reads
        self.segments |= other.segments
        self.scores |= other.scores
        self.tiers |= other.tiers
        self.time_dependent |= other.time_dependent
        self.size += other.size


class FactFinder:
    """Collects facts; what is shared (segments, scores, calculated fields) is walked once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: dict[tuple[str, int], Facts] = {}

    def facts(self, node: ir.Node, table: str) -> Facts:
        """Return what `node`, about records of `table`, depends on."""
        found = Facts()
        self._collect(node, table, found)
        return found

    def _collect(self, node: ir.Node, table: str, found: Facts) -> None:
        found.size += 1
        match node:
            case ir.Literal():
                return
            case ir.Var((name,)) if name.startswith(TIER):
                found.tiers.add(name.removeprefix(TIER))
            case ir.Var(path):
                found.reads.update(self._path(path, table))
            case ir.Today() | ir.Now() | ir.Call(ir.Function.ANNIVERSARY):
                found.time_dependent = True
            case ir.Calculated(key=key, value=value):
                found.reads.add((node.table, key))
                found.add(self._shared(value, node.table))
            case ir.InSegment(key, rule):
                found.segments.add(key)
                found.add(self._shared(rule, table))
            case ir.Scored(key, value):
                found.scores.add(key)
                found.add(self._shared(value, table))
            case ir.RollUpOf(rows=rows, operand=operand):
                found.add(self._related(rows, operand))
            case _:
                pass
        for one in parts(node):
            self._collect(one, table, found)

    def _shared(self, node: ir.Node, table: str) -> Facts:
        name = (table, id(node))
        if name not in self._known:
            self._known[name] = self.facts(node, table)
        return self._known[name]

    def _related(self, rows: ir.Related, operand: ir.Node | None) -> Facts:
        found = Facts(reads={(rows.child, rows.reference)})
        if rows.date_field is not None:
            found.reads.add((rows.child, rows.date_field))
            found.time_dependent = True
        for one in (rows.only, operand):
            if one is not None:
                found.add(self.facts(one, rows.child))
        return found

    def _path(self, path: tuple[str, ...], table: str) -> Iterator[Read]:
        *references, key = path
        for one in references:
            yield table, one
            table = self._catalogue.table(table).field(one).type.target or table
        yield table, key
