"""How finely time can change a rule's answer: at any instant, at midnights only, or not at all."""

from enum import IntEnum

from tierloom.domain.fields import FieldKind
from tierloom.domain.tables import Catalogue
from tierloom.rules import ir
from tierloom.rules.walk import parts


class Grain(IntEnum):
    """The finer one is the greater."""

    NEVER = 0
    DAY = 1
    INSTANT = 2


def grain_of(node: ir.Node, catalogue: Catalogue) -> Grain:
    """Return how finely time can change what a node says of any record."""
    match node:
        case ir.Now():
            return Grain.INSTANT
        case ir.Today() | ir.Call(ir.Function.ANNIVERSARY):
            return Grain.DAY
        case ir.Calculated(value=below) | ir.Scored(value=below) | ir.InSegment(rule=below):
            return grain_of(below, catalogue)
        case ir.RollUpOf(rows=rows, operand=operand):
            asked = [one for one in (rows.only, operand) if one is not None]
            return max([_of_rows(rows, catalogue), *(grain_of(one, catalogue) for one in asked)])
    return max((grain_of(one, catalogue) for one in parts(node)), default=Grain.NEVER)


def _of_rows(rows: ir.Related, catalogue: Catalogue) -> Grain:
    """Return how finely related records begin to exist, and leave a window."""
    if rows.date_field is None:
        return Grain.NEVER
    kind = catalogue.table(rows.child).field(rows.date_field).type.kind
    return Grain.INSTANT if kind is FieldKind.DATETIME else Grain.DAY
