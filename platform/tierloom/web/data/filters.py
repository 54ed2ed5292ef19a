"""The list's filter: the chips that say it, and the builder that changes it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tierloom.domain.rules import EVERYBODY, RuleDocument
from tierloom.domain.views import View
from tierloom.errors import Invalid, Problem
from tierloom.rules.builder import (
    Condition,
    Group,
    Node,
    read_tree,
    tree_from_json,
    write_tree,
)
from tierloom.rules.phrases import Part
from tierloom.rules.sentence import sentence_of
from tierloom.services.workbench import Workbench
from tierloom.text import T
from tierloom.web.data.inputs import GridState
from tierloom.web.i18n import locale

MAX_TREE = 200_000


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in words, and the address of the list without it."""

    parts: tuple[Part, ...]
    without: str

    @property
    def text(self) -> str:
        """The condition as plain text."""
        return "".join(part.text for part in self.parts)


def tree_of(bench: Workbench, table: str, rule: RuleDocument) -> Group:
    """Return a filter as the builder's tree; its root holds all of its conditions, or any of them."""
    return read_tree(rule, table, bench.catalogue, zone=bench.zone, empty=EVERYBODY)


def opened_tree(bench: Workbench, table: str, rule: RuleDocument) -> Group:
    """Return the tree to begin with: an empty filter offers its first condition at once."""
    tree = tree_of(bench, table, rule)
    return tree if tree.children else replace(tree, children=(Condition("n2"),))


def sent_tree(text: str) -> Group:
    """Read the tree that the filter's form carries along.

    Raises:
        Invalid: it was tampered with.
    """
    try:
        if len(text) > MAX_TREE:
            raise ValueError
        return tree_from_json(json.loads(text))
    except (ValueError, RecursionError):
        raise Invalid(
            [Problem("bad-tree", "/tree", T("The filter could not be read. Open it again."))]
        ) from None


def chips(bench: Workbench, state: GridState, base: str, view: View | None) -> list[Chip]:
    """Return a chip for each condition of the list's filter, in words."""
    rule = state.rule(view)
    if rule == EVERYBODY:
        return []
    tree = tree_of(bench, state.table, rule)
    plain = tree.all and not tree.negated and not tree.relation
    found: Iterable[tuple[Node, Group]] = (
        ((one, _without(tree, one)) for one in tree.children) if plain else [(tree, Group(tree.id))]
    )
    table, objects = state.table, bench.published.objects
    return [
        Chip(
            sentence_of(node, table, bench.catalogue, objects, locale(), zone=bench.zone).parts,
            state.href(
                base, filter=address_of(bench, table, written_rule(bench, table, rest), view)
            ),
        )
        for node, rest in found
    ]


def _without(tree: Group, node: Node) -> Group:
    return replace(tree, children=tuple(one for one in tree.children if one is not node))


def written_rule(bench: Workbench, table: str, tree: Group) -> RuleDocument:
    """Write a filter's tree; unfinished conditions are left out."""
    return write_tree(tree, table, bench.catalogue, zone=bench.zone, empty=EVERYBODY).document


def address_of(bench: Workbench, table: str, rule: RuleDocument, view: View | None) -> str:
    """Return what stands for a rule in the address: nothing for what the list does anyway."""
    usual = written_rule(bench, table, tree_of(bench, table, view.filter)) if view else EVERYBODY
    return "" if rule == usual else rule.json
