"""The tree as JSON, so that a draft keeps unfinished conditions."""

from collections.abc import Mapping

from tierloom.domain.rules import Json
from tierloom.rules.builder.tree import Advanced, Condition, Group, Node


def tree_to_json(node: Node) -> dict[str, Json]:
    """Return the tree as JSON."""
    match node:
        case Condition():
            return {
                "id": node.id,
                "field": node.field,
                "operator": node.operator,
                "values": list(node.values),
            }
        case Advanced():
            return {"id": node.id, "json": node.json}
        case Group():
            related: dict[str, Json] = {}
            if node.relation:
                related = {
                    "relation": node.relation,
                    "quantifier": node.quantifier,
                    "count": node.count,
                }
            return {
                "id": node.id,
                "all": node.all,
                "negated": node.negated,
                **related,
                "children": [tree_to_json(child) for child in node.children],
            }


def tree_from_json(source: Json) -> Group:
    """Read a tree back.

    Raises:
        ValueError: this is no tree.
    """
    root = _node(source)
    if not isinstance(root, Group):
        raise ValueError("The root of a tree is a group.")
    return root


def _node(source: Json) -> Node:
    match source:
        case {"id": str(name), "all": bool(all_of), "children": list(children), **rest}:
            return Group(
                name,
                all_of,
                tuple(_node(child) for child in children),
                rest.get("negated") is True,
                _text(rest, "relation", ""),
                _text(rest, "quantifier", "at_least"),
                _text(rest, "count", "1"),
            )
        case {"id": str(name), "field": str(field), "operator": str(operator), "values": list(vs)}:
            return Condition(name, field, operator, tuple(str(value) for value in vs))
        case {"id": str(name), "json": str(text)}:
            return Advanced(name, text)
        case _:
            raise ValueError("This is no part of a tree.")


def _text(source: Mapping[object, object], key: str, default: str) -> str:
    found = source.get(key, default)
    return found if isinstance(found, str) else default
