"""Conditions on related records, in the properties of a calculated field: the builder's trees.

The form carries them along: `only.tree` says which records are read, `matching.tree` which of them a share counts. So
a condition may stay unfinished until the field is saved.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from werkzeug.datastructures import MultiDict

from tierloom.domain.fields import RollUp
from tierloom.domain.rules import EVERYBODY, RuleDocument
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.rules.builder import (
    Group,
    Node,
    nodes,
    read_tree,
    settle,
    tree_from_json,
    tree_to_json,
    write_tree,
)
from tierloom.text import T
from tierloom.web.builder.form import carry_out, read_values
from tierloom.web.fields.typed import Typed, invalid

PARTS = {"only": 0, "matching": 1_000}
"""The trees of one form, and where the numbers of their nodes begin: no two controls have one name."""

OPERATIONS = frozenset({"addc", "addg", "addr", "del", "dup", "up", "down", "in", "out"})
_MAX_TREE = 100_000


def carries_trees(texts: Mapping[str, str]) -> bool:
    """Tell whether a form has the builder in it."""
    return any(f"{part}.tree" in texts for part in PARTS)


def trees(
    calculation: RollUp, child: RecordType, catalogue: Catalogue, typed: Typed
) -> dict[str, Group]:
    """Return the trees as the form has them, else as they are stored.

    A button of the builder is carried out in the tree that has its node.

    Raises:
        Invalid: a tree was tampered with.
    """
    stored = {"only": calculation.only, "matching": calculation.matching}
    found = {}
    for part, first in PARTS.items():
        if f"{part}.tree" in typed.texts:
            tree = _sent(part, typed)
        else:
            tree = _numbered(_read(stored[part], child, catalogue), first)
        found[part] = settle(tree, child.key, catalogue)
    return found


def rule_in(part: str, tree: Group, child: RecordType, catalogue: Catalogue) -> RuleDocument | None:
    """Return the rule that a tree stands for, None for a tree without conditions.

    Raises:
        Invalid: a condition is not finished.
    """
    if not tree.children:
        return None
    written = write_tree(tree, child.key, catalogue)
    if written.unfinished:
        raise invalid(part, T("Finish the condition, or delete it."))
    return written.document


def tree_text(tree: Group) -> str:
    """Write a tree for the form to carry."""
    return json.dumps(tree_to_json(tree), ensure_ascii=False)


def _sent(part: str, typed: Typed) -> Group:
    form = typed.texts if isinstance(typed.texts, MultiDict) else MultiDict(typed.texts)
    try:
        text = form[f"{part}.tree"]
        if len(text) > _MAX_TREE:
            raise ValueError
        tree = tree_from_json(json.loads(text))
    except (ValueError, RecursionError):
        raise invalid(part, T("The conditions could not be read. Open the field again.")) from None
    tree = read_values(tree, form)
    operation, _, about = form.get("op", "").partition(":")
    mine = {one.id for one in nodes(tree)}
    if operation in OPERATIONS and about.partition(":")[0] in mine:
        tree = carry_out(tree, form["op"])
    return tree


def _read(rule: RuleDocument | None, child: RecordType, catalogue: Catalogue) -> Group:
    return read_tree(rule or EVERYBODY, child.key, catalogue, empty=EVERYBODY)


def _numbered(node: Group, first: int) -> Group:
    """Return the tree with the numbers of its nodes moved up by `first`."""

    def moved(one: Node) -> Node:
        name = f"n{int(one.id[1:]) + first}"
        if isinstance(one, Group):
            return replace(one, id=name, children=tuple(map(moved, one.children)))
        return replace(one, id=name)

    made = moved(node)
    assert isinstance(made, Group)
    return made
