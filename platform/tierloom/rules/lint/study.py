"""Rules taken apart for the rule check: each as a whole, by its conditions, and in one space with all the others."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tierloom.rules import ir
from tierloom.rules.builder.read import read_tree
from tierloom.rules.builder.tree import Advanced, Condition, Group, Node, nodes, parent_of
from tierloom.rules.builder.write import write_tree
from tierloom.rules.explain.candidates import names_in
from tierloom.rules.explain.sources import Source, abstracted, sources_of
from tierloom.rules.lint.conditions import leaves
from tierloom.rules.lint.examples import Asked, Examples, Shown
from tierloom.rules.lint.faces import ANY_ANSWER, turned
from tierloom.rules.lint.findings import NamedRule, Subject
from tierloom.rules.lint.reach import limits_of
from tierloom.rules.lint.search import Effort, Formula
from tierloom.rules.lint.space import Space, space_of

EFFORT = 800_000
EACH = 200_000
"""So many looks at clauses are taken for all questions together, and for each: what they do not answer is told."""


@dataclass(frozen=True, slots=True)
class Built:
    """A rule: as a whole, as the builder's tree, and the rules of the conditions in it, by their nodes."""

    named: NamedRule
    whole: ir.Predicate
    root: Group
    conditions: Mapping[str, ir.Predicate]

    def asked_at(
        self, name: str, left_out: Collection[str], wanted: int
    ) -> Iterator[tuple[ir.Predicate, int]]:
        """Yield what has to be so for one condition or group to decide whether the rule gives a wanted answer.

        Beside it and above it, what all have to meet is met, and what any may meet is not; it is itself the other way.
        `wanted` are the highest answers: yes, or whatever is not no. Some conditions are left out of the rule already.
        """
        node: Node = self.root
        while isinstance(node, Group) and node.id != name:
            wanted = ANY_ANSWER & ~turned(wanted) if node.negated else wanted
            around, node = node, next(one for one in node.children if _holds(one, name))
            for other in around.children:
                rule = None if other is node else self._joined(other, left_out)
                if rule is not None:
                    yield rule, wanted if around.all else ANY_ANSWER & ~wanted
            mine = self._joined(node, left_out) if node.id == name else None
            if mine is not None:
                yield mine, ANY_ANSWER & ~wanted if around.all else wanted

    def _joined(self, node: Node, left_out: Collection[str]) -> ir.Predicate | None:
        if node.id in left_out:
            return None
        if not isinstance(node, Group) or node.id in self.conditions:
            return self.conditions.get(node.id)
        parts = [
            one
            for one in (self._joined(child, left_out) for child in node.children)
            if one is not None
        ]
        if not parts:
            return None
        joined = parts[0] if len(parts) == 1 else (ir.And if node.all else ir.Or)(tuple(parts))
        return ir.Not(joined) if node.negated else joined

    def beside(self, name: str, left_out: Collection[str]) -> int:
        """Return how many conditions and groups are left beside one of them."""
        around = parent_of(self.root, name)
        others = [one for one in around.children if one.id != name] if around else []
        return self._left(others, left_out)

    def candidates(self, left_out: Collection[str]) -> Iterator[tuple[Node, ir.Predicate]]:
        """Yield conditions, the last ones first, and after them what is left of groups: each might be needless.

        `left_out` may grow meanwhile.
        """
        for one in own_nodes(self.root):
            if one.id in self.conditions:
                yield one, self.conditions[one.id]
        for one in reversed([*nodes(self.root)]):
            if isinstance(one, Group) and self._left(one.children, left_out) > 1:
                rule = self._joined(one, left_out)
                if rule is not None and one.id not in self.conditions:
                    yield one, rule

    def _left(self, some: Sequence[Node], left_out: Collection[str]) -> int:
        return sum(self._joined(one, left_out) is not None for one in some)


def _holds(node: Node, name: str) -> bool:
    return any(one.id == name for one in nodes(node))


@dataclass(frozen=True, slots=True)
class Study:
    """The rules of a subject in one space, with what makes records of it."""

    subject: Subject
    rules: tuple[Built, ...]
    sources: tuple[Source, ...]
    space: Space
    examples: Examples

    def find(self, *wanted: Formula) -> list[int] | None:
        """Return cells where what is wanted holds; None where it cannot.

        Raises:
            GaveUp: it takes too much effort.
        """
        return self.space.find(*wanted)

    def says(self, rule: ir.Predicate, wanted: int) -> Formula:
        """Return what has to be so where a rule gives one of the wanted answers."""
        return self.space.says(rule, wanted)

    def shown(
        self, found: Sequence[int], asked: Asked, about: Sequence[ir.Predicate]
    ) -> Shown | None:
        """Return a record at which rules answer as asked, by what some of them read."""
        made = self.examples.made(found, asked)
        return None if made is None else self.about(made, about)

    def about(self, made: Shown, about: Sequence[ir.Predicate]) -> Shown:
        """Return what some rules read of a record."""
        names = {name for rule in about for leaf in leaves(rule) for name in names_in(leaf)}
        return {one: value for one, value in made.items() if one.name in names}


def studied(subject: Subject) -> Study:
    """Take the rules of a subject apart.

    Raises:
        Invalid: a rule has errors.
    """
    effort = Effort(EFFORT, EACH)
    found = [
        (one, subject.compiled(one.rule), *_taken_apart(subject, one)) for one in subject.rules
    ]
    written = [rule for _, whole, _, conditions in found for rule in (whole, *conditions.values())]
    sources = sources_of(written, subject.table, subject.catalogue)
    rules = tuple(
        Built(
            named,
            abstracted(whole, sources),
            root,
            {name: abstracted(one, sources) for name, one in conditions.items()},
        )
        for named, whole, root, conditions in found
    )
    space = space_of(
        sources,
        [rule for one in rules for rule in (one.whole, *one.conditions.values())],
        subject.context,
        effort,
        hold=subject.hold,
        limits=limits_of(sources, subject, effort),
    )
    return Study(subject, rules, sources, space, Examples(space.layout))


def _taken_apart(subject: Subject, named: NamedRule) -> tuple[Group, dict[str, ir.Predicate]]:
    root = read_tree(named.rule, subject.table, subject.catalogue, zone=subject.zone)
    written = write_tree(root, subject.table, subject.catalogue, zone=subject.zone)
    return root, {
        one.id: subject.compiled(written.parts[one.id])
        for one in own_nodes(root)
        if one.id in written.parts
    }


def own_nodes(root: Group) -> Iterator[Node]:
    """Yield the conditions about the record itself, the last ones first: of two alike, the later one is too many."""
    found = [one for one in nodes(root) if isinstance(one, (Condition, Advanced)) or one.relation]
    inside = {
        below.id
        for group in found
        if isinstance(group, Group)
        for below in nodes(group)
        if below is not group
    }
    yield from (one for one in reversed(found) if one.id not in inside)
