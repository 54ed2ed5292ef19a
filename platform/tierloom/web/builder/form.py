"""What the builder's form says: values of every node, then one operation.

Controls are named `<node>.f` (field), `.op`, `.v` (a value; several times), `.all` (all or any), `.rel`, `.q`, `.n`
(related records: which, at least or none, how many). Marks beside a value say how it is given: `.many` (boxes, perhaps
none ticked), `.list` (one text with commas), `.percent` (its sign stands beside it). Buttons are named `op`, with
values such as `del:n3`.
"""

import re

from werkzeug.datastructures import MultiDict

from tierloom.rules.builder import (
    Condition,
    Group,
    add_condition,
    add_group,
    delete,
    duplicate,
    move_down,
    move_in,
    move_out,
    move_up,
    set_all,
    set_field,
    set_operator,
    set_related,
    set_values,
)
from tierloom.rules.builder.placing import move_to
from tierloom.rules.builder.tree import nodes

MAX_VALUES = 1_000
_BARE = re.compile(r"[-−+]?[\d.,，．０-９]+\s*\Z")
_EDITS = {
    "addc": add_condition,
    "addg": add_group,
    "del": delete,
    "dup": duplicate,
    "up": move_up,
    "down": move_down,
    "in": move_in,
    "out": move_out,
}


def read_values(tree: Group, form: MultiDict[str, str]) -> Group:
    """Return the tree with the values of the form's controls."""
    for node in list(nodes(tree)):
        match node:
            case Condition():
                tree = _condition(tree, node, form)
            case Group():
                tree = _group(tree, node, form)
    return tree


def _condition(tree: Group, node: Condition, form: MultiDict[str, str]) -> Group:
    name = node.id
    field = form.get(f"{name}.f", node.field)
    if field != node.field:
        return set_field(tree, name, field)
    operator = form.get(f"{name}.op", node.operator)
    tree = set_operator(tree, name, operator)
    if f"{name}.v" not in form and f"{name}.many" not in form:
        return tree
    given = form.getlist(f"{name}.v")[:MAX_VALUES]
    if f"{name}.list" in form:
        given = [part.strip() for text in given for part in _parts(text)]
    if f"{name}.percent" in form:
        given = [f"{text}%" if _BARE.match(text) else text for text in given]
    return set_values(tree, name, tuple(given))


def _parts(text: str) -> list[str]:
    for sign in "、，;；\n":
        text = text.replace(sign, ",")
    return [part for part in text.split(",") if part.strip()]


def _group(tree: Group, node: Group, form: MultiDict[str, str]) -> Group:
    name = node.id
    if f"{name}.all" in form:
        tree = set_all(tree, name, form[f"{name}.all"] == "all")
    if f"{name}.rel" in form:
        relation, quantifier = form[f"{name}.rel"], form.get(f"{name}.q", node.quantifier)
        tree = set_related(tree, name, relation, quantifier, form.get(f"{name}.n", node.count))
    return tree


def carry_out(tree: Group, op: str) -> Group:
    """Return the tree after an operation such as `addc:n1`; an unknown one changes nothing."""
    name, _, target = op.partition(":")
    if name == "addr":
        node, _, relation = target.partition(":")
        return add_group(tree, node, relation)
    if name == "move":
        node, _, rest = target.partition(":")
        group, _, place = rest.partition(":")
        return move_to(tree, node, group, int(place)) if place.isdecimal() else tree
    edit = _EDITS.get(name)
    return edit(tree, target) if edit else tree
