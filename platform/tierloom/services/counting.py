"""Counting a rule that somebody is building: each of its parts, and all together."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tierloom.backends import columns as evaluator
from tierloom.domain.rules import EVERYBODY, RuleDocument
from tierloom.engine.columns import Mask
from tierloom.errors import Invalid, TierloomError
from tierloom.rules import ir
from tierloom.rules.builder import Group, Written, write_tree
from tierloom.services.workbench import Workbench
from tierloom.text import Text

_WHOLE = ""
"""Instead of a node: the rule that all of them make."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A tree as a rule, with its counts over the records that the actor may see.

    `total` is None where the rule has errors; `nodes` counts by node, each taken alone; `faults` are by node, those of
    the rule as a whole under "".
    """

    rule: RuleDocument
    total: int | None
    nodes: Mapping[str, int]
    unfinished: frozenset[str]
    faults: Mapping[str, Text]


def count_filter(bench: Workbench, table: str, tree: Group) -> Counted:
    """Count a filter. One without a finished condition lets every record through."""
    written = write_tree(tree, table, bench.catalogue, zone=bench.zone, empty=EVERYBODY)
    visible = bench.visible(table)
    faults: dict[str, Text] = {}
    asked = _parts(bench, table, written)
    try:
        asked[_WHOLE] = bench.compile(written.document, table).predicate
    except Invalid as error:
        for problem in error.problems:
            faults.setdefault(written.node_at(problem.pointer) or "", problem.message)
    counts = _counts(bench, table, asked, visible)
    total = counts.pop(_WHOLE, None)
    return Counted(written.document, total, counts, frozenset(written.unfinished), faults)


def node_counts(bench: Workbench, table: str, written: Written, visible: Mask) -> dict[str, int]:
    """Return how many records meet each node of a tree, taken alone; nodes with errors have no count."""
    return _counts(bench, table, _parts(bench, table, written), visible)


def _parts(bench: Workbench, table: str, written: Written) -> dict[str, ir.Predicate]:
    """Compile each node of a tree, leaving out those with errors."""
    found: dict[str, ir.Predicate] = {}
    for node, rule in written.parts.items():
        try:
            found[node] = bench.compile(rule, table).predicate
        except TierloomError:
            continue
    return found


def _counts(
    bench: Workbench, table: str, asked: Mapping[str, ir.Predicate], visible: Mask
) -> dict[str, int]:
    masks = evaluator.masks(tuple(asked.values()), bench.columns(table), bench.context)
    if not visible.all():
        masks = [mask & visible for mask in masks]
    return dict(zip(asked, map(count_of, masks), strict=True))


def count_of(mask: Mask) -> int:
    """Return how many records a mask takes."""
    return int(np.count_nonzero(mask))
