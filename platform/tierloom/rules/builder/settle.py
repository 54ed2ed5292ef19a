"""Brings a tree in line with the catalogue: operators fit their fields, values fit operators."""

from dataclasses import replace

from tierloom.domain.tables import Catalogue, RecordType
from tierloom.rules.builder.operators import SEGMENT_OPERATORS, BuilderOperator, operators_for
from tierloom.rules.builder.tree import SEGMENT, Condition, Group, Node
from tierloom.rules.builder.write import field_of


def settle(root: Group, table: str, catalogue: Catalogue) -> Group:
    """Give a condition whose operator does not fit its field the first that does; cut extra values.

    A condition without a field, or with one that is gone, stays as it is.
    """
    return replace(root, children=_settled(root, catalogue.table(table), catalogue))


def choices_for(field: str, table: RecordType, catalogue: Catalogue) -> tuple[BuilderOperator, ...]:
    """Return what can be asked of the field that a condition names."""
    if field == SEGMENT:
        return SEGMENT_OPERATORS
    found = field_of(field, table, catalogue)
    return operators_for(found.type) if found else ()


def _settled(group: Group, table: RecordType, catalogue: Catalogue) -> tuple[Node, ...]:
    relation = catalogue.relation(table.key, group.relation) if group.relation else None
    inner = catalogue.table(relation.child) if relation else table
    return tuple(_node(child, inner, catalogue) for child in group.children)


def _node(node: Node, table: RecordType, catalogue: Catalogue) -> Node:
    match node:
        case Group():
            return replace(node, children=_settled(node, table, catalogue))
        case Condition():
            choices = choices_for(node.field, table, catalogue)
            if not choices:
                return node
            operator = next((one for one in choices if one.key == node.operator), choices[0])
            values = node.values if operator.arity < 0 else node.values[: operator.arity]
            return replace(node, operator=operator.key, values=values)
        case _:
            return node
