"""What the properties of a roll-up show of the related records: their fields, and conditions on them."""

from collections.abc import Mapping
from dataclasses import dataclass

from tierloom.domain.fields import Field, RollUp
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.errors import Invalid
from tierloom.rules.builder import write_tree
from tierloom.services.workbench import Workbench
from tierloom.text import Label
from tierloom.web.builder.describe import Drawing, Shape
from tierloom.web.fields.conditions import tree_text, trees
from tierloom.web.fields.typed import Typed


@dataclass(frozen=True, slots=True)
class Condition:
    """One tree: as the form carries it, and as it is drawn."""

    text: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class RelatedPart:
    """The related table's fields to work on, and the conditions by their part of the form."""

    table: RecordType
    operands: list[tuple[str, Label]]
    conditions: Mapping[str, Condition]


def related_part(
    bench: Workbench, catalogue: Catalogue, table: RecordType, field: Field | None, typed: Typed
) -> RelatedPart | None:
    """Return what the form shows, None where the field is no roll-up."""
    if field is None or not isinstance(field.calculation, RollUp):
        return None
    relation = catalogue.relation(table.key, typed.text("relation") or field.calculation.relation)
    if relation is None or relation.child not in bench.catalogue.tables:
        return None
    child = catalogue.table(relation.child)
    try:
        found = trees(field.calculation, child, catalogue, typed)
    except Invalid:
        found = trees(field.calculation, child, catalogue, Typed({}))
    conditions = {}
    for part, tree in found.items():
        unfinished = frozenset(write_tree(tree, child.key, catalogue).unfinished)
        shape = Drawing(bench, {}, unfinished, {}).shape(tree, child.key)
        conditions[part] = Condition(tree_text(tree), shape)
    return RelatedPart(child, [(one.key, one.label) for one in child.live_fields], conditions)
