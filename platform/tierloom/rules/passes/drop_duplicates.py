"""The same condition twice in one group counts once."""

from tierloom.rules import ir


def drop_duplicates(node: ir.Node) -> ir.Node:
    """Keep the first of equal parts of a group; a group of one part is that part."""
    match node:
        case ir.And(parts):
            kept = tuple(dict.fromkeys(parts))
            return kept[0] if len(kept) == 1 else ir.And(kept)
        case ir.Or(parts):
            kept = tuple(dict.fromkeys(parts))
            return kept[0] if len(kept) == 1 else ir.Or(kept)
        case _:
            return node
