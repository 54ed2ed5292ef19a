"""An `and` in an `and` is one `and`; a double negation is none."""

from tierloom.rules import ir


def flatten(node: ir.Node) -> ir.Node:
    """Bring nested groups of one kind to one level."""
    match node:
        case ir.And(parts):
            return ir.And(
                tuple(
                    one
                    for part in parts
                    for one in (part.parts if isinstance(part, ir.And) else (part,))
                )
            )
        case ir.Or(parts):
            return ir.Or(
                tuple(
                    one
                    for part in parts
                    for one in (part.parts if isinstance(part, ir.Or) else (part,))
                )
            )
        case ir.Not(ir.Not(part)):
            return part
        case _:
            return node
