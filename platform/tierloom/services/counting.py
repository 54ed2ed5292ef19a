"""Counting a rule that somebody is building: each of its parts, and all together."""

from collections.abc import Iterator, Mapping
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
    total, faults = None, dict[str, Text]()
    try:
        total = count_of(bench.matching(written.document, table))
    except Invalid as error:
        for problem in error.problems:
            faults.setdefault(written.node_at(problem.pointer) or "", problem.message)
    nodes = dict(node_counts(bench, table, written, bench.visible(table)))
    return Counted(written.document, total, nodes, frozenset(written.unfinished), faults)


def node_counts(
    bench: Workbench, table: str, written: Written, visible: Mask
) -> Iterator[tuple[str, int]]:
    """Yield how many records meet each node of a tree, taken alone; nodes with errors have no count."""
    compiled: dict[str, ir.Predicate] = {}
    for node, rule in written.parts.items():
        try:
            compiled[node] = bench.compile(rule, table).predicate
        except TierloomError:
            continue
    masks = evaluator.masks(tuple(compiled.values()), bench.columns(table), bench.context)
    for node, mask in zip(compiled, masks, strict=True):
        yield node, count_of(mask & visible)


def count_of(mask: Mask) -> int:
    """Return how many records a mask takes."""
    return int(np.count_nonzero(mask))
