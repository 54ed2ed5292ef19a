"""What a rule reads of a record: its fields, calculated fields, scores and totals, taken as values of their own.

Explanations stop there. That a customer spent too little is said; from which orders the sum comes, the record's page
shows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tierloom.domain.fields import Field
from tierloom.domain.tables import Catalogue
from tierloom.domain.tiers import TIER
from tierloom.rules import ir
from tierloom.rules.walk import parts, substitute

SourceNode = ir.Var | ir.Calculated | ir.Scored | ir.RollUpOf


@dataclass(frozen=True, slots=True)
class Source:
    """A value that a rule reads.

    `name` is the field's key (`company.city` of a linked record); `field` and `table` say whose it is. A score and a
    tier model's result have no field, neither has a total that a rule works out itself: its table is the child's.
    """

    name: str
    node: SourceNode
    table: str
    field: Field | None

    @property
    def type(self) -> ir.ValueType:
        """The type of its values."""
        return self.node.type

    @property
    def is_own(self) -> bool:
        """Whether it belongs to the record itself, not to one that it points to."""
        return not isinstance(self.node, ir.Var) or len(self.node.path) == 1


def sources_of(
    predicates: Sequence[ir.Predicate], table: str, catalogue: Catalogue
) -> tuple[Source, ...]:
    """Return what rules about records of `table` read, segments expanded: by the table's order of fields, each once."""
    found: dict[SourceNode, Source] = {}
    for predicate in predicates:
        for node in _nodes(predicate):
            if node not in found:
                found[node] = _source(node, table, catalogue, len(found))
    order = {one.key: place for place, one in enumerate(catalogue.table(table).fields)}
    return tuple(sorted(found.values(), key=lambda one: order.get(one.name, len(order))))


def abstracted(predicate: ir.Predicate, sources: Sequence[Source]) -> ir.Predicate:
    """Return the rule over its sources: each becomes a plain field with the source's name."""
    names = {one.node: ir.Var((one.name,), one.type) for one in sources}

    def change(node: ir.Node) -> ir.Node | None:
        match node:
            case ir.Var() | ir.Calculated() | ir.Scored() | ir.RollUpOf():
                return names[node]
            case ir.InSegment(rule=rule):
                return substitute(rule, change)
            case _:
                return None

    return substitute(predicate, change)


def _nodes(node: ir.Node) -> Iterator[SourceNode]:
    match node:
        case ir.Var() | ir.Calculated() | ir.Scored() | ir.RollUpOf():
            yield node
        case ir.InSegment(rule=rule):
            yield from _nodes(rule)
        case _:
            for one in parts(node):
                yield from _nodes(one)


def _source(node: SourceNode, table: str, catalogue: Catalogue, number: int) -> Source:
    match node:
        case ir.Var((name,)) if name.startswith(TIER):
            return Source(name, node, table, None)
        case ir.Var(path):
            return _stored(path, node, table, catalogue)
        case ir.Calculated(table=owner, key=key):
            return Source(key, node, owner, catalogue.table(owner).field(key))
        case ir.Scored(key=key):
            return Source(f"score:{key}", node, table, None)
        case ir.RollUpOf(rows=rows):
            return Source(f"@{number}", node, rows.child, None)


def _stored(path: tuple[str, ...], node: ir.Var, table: str, catalogue: Catalogue) -> Source:
    for reference in path[:-1]:
        table = catalogue.table(table).field(reference).type.target or table
    return Source(".".join(path), node, table, catalogue.table(table).field(path[-1]))
