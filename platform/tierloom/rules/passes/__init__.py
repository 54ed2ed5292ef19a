"""Passes: each keeps a rule's meaning, two-valued and three-valued, and makes it smaller.

They run in this order; each has a file of before/after pairs in `tests/rules/`.
"""

from collections.abc import Callable
from typing import TypeVar

from tierloom.rules import ir
from tierloom.rules.passes.drop_duplicates import drop_duplicates
from tierloom.rules.passes.flatten import flatten
from tierloom.rules.passes.fold_constants import fold_constants
from tierloom.rules.passes.window import window
from tierloom.rules.walk import rewrite

PASSES: tuple[Callable[[ir.Node], ir.Node], ...] = (
    window,
    fold_constants,
    flatten,
    drop_duplicates,
)
"""Each changes one node, its parts already changed."""

_LEAVES = (ir.Var, ir.Literal)
_Some = TypeVar("_Some", bound=ir.Node)


def simplified(node: _Some) -> _Some:
    """Run all passes over a node, in one walk: each part has passed all before the whole comes."""
    return rewrite(node, _passed)


def _passed(node: ir.Node) -> ir.Node:
    if isinstance(node, _LEAVES):  # most nodes are these, and no pass is about them
        return node
    for one in PASSES:
        node = one(node)
    return node
