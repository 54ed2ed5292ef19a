"""`days_since(x) < N` becomes `x > today − N`: one comparison with a date, worked out once per run.

Only days may be moved to the other side, never months.
"""

from datetime import date

from tierloom.rules import ir
from tierloom.rules.ir import Comparison, Function
from tierloom.rules.types import INTEGER

_FURTHEST = 500_000
_FLIPPED = {
    Comparison.EQUAL: Comparison.EQUAL,
    Comparison.LESS: Comparison.GREATER,
    Comparison.LESS_EQUAL: Comparison.GREATER_EQUAL,
    Comparison.GREATER: Comparison.LESS,
    Comparison.GREATER_EQUAL: Comparison.LESS_EQUAL,
}


def window(node: ir.Node) -> ir.Node:
    """Rewrite a comparison of days since a date with a whole number of days.

    A number so large that `today − N` could leave the calendar stays as it is.
    """
    match node:
        case ir.Compare(
            comparison,
            ir.Call(Function.DATE_DIFF, (ir.Today(kind) as today, day), _, "day"),
            ir.Literal(int() as days),
        ) if not isinstance(days, bool) and abs(days) <= _FURTHEST and _moves(day):
            edge = ir.Call(Function.DATE_ADD, (today, ir.Literal(-days, INTEGER)), kind, "day")
            return ir.Compare(_FLIPPED[comparison], day, edge)
        case _:
            return node


def _moves(day: ir.ValueNode) -> bool:
    return not (isinstance(day, ir.Literal) and not isinstance(day.value, date))
