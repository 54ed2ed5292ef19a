"""What the rule check says: findings that hold whatever the data are, each with a made record that shows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tierloom.domain.context import RunContext
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import Catalogue
from tierloom.errors import Severity
from tierloom.rules import ir
from tierloom.rules.builder.edits import delete
from tierloom.rules.builder.read import read_tree
from tierloom.rules.builder.tree import Advanced, Condition, Group, Node, nodes
from tierloom.rules.builder.write import write_tree
from tierloom.rules.check.checker import Objects
from tierloom.rules.compile import compile_rule
from tierloom.rules.explain.sources import Source, abstracted, sources_of
from tierloom.rules.lint.space import Assignment, GaveUp, Space, single_values
from tierloom.rules.roll_ups import Known
from tierloom.text import Label, T, Text

MOST_CONDITIONS = 40
EFFORT = 200_000
"""So many conditions are asked for the rules one by one, and as many for their order; what that has not shown is left
unsaid.
"""


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule with the key and the label of what it belongs to: a tier, a segment, a label."""

    key: str
    label: Label
    rule: RuleDocument


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a rule, or worth knowing.

    `key` names the rule and `node` the condition in its builder's tree, where it is about one. `example` is a record
    that shows it, by the sources that matter; `record` one that is stored. Of information there may be neither. `about`
    is the source whose value is the fault, of a hole.
    """

    code: str
    severity: Severity
    key: str
    message: Text
    node: str = ""
    example: tuple[tuple[Source, Known], ...] = ()
    record: int | None = None
    about: Source | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """Rules about the records of one table, in the order in which they are asked."""

    rules: tuple[NamedRule, ...]
    table: str
    context: RunContext
    objects: Objects

    @property
    def catalogue(self) -> Catalogue:
        """The tables that there are."""
        return self.context.catalogue

    @property
    def zone(self) -> ZoneInfo:
        """The zone of local days."""
        return self.context.zone

    def compiled(self, rule: RuleDocument) -> ir.Predicate:
        """Compile one of the rules, or a part of one.

        Raises:
            Invalid: it has errors.
        """
        return compile_rule(
            rule, self.table, self.catalogue, self.objects, zone=self.zone
        ).predicate


def findings_of_rules(subject: Subject) -> Iterator[Finding]:
    """Check rules one by one: contradictions, what always holds, conditions that change nothing.

    Raises:
        Invalid: a rule has errors.
    """
    for one in subject.rules:
        yield from _rule(subject, one)


def findings_of_order(subject: Subject) -> Iterator[Finding]:
    """Check rules of which the first that holds wins: tiers to which earlier ones leave nothing, holes between tiers.

    Raises:
        Invalid: a rule has errors.
    """
    written = [subject.compiled(one.rule) for one in subject.rules]
    sources = sources_of(written, subject.table, subject.catalogue)
    simple = [abstracted(one, sources) for one in written]
    space = Space(sources, simple, subject.context, EFFORT)
    for place, one in enumerate(subject.rules[1:], 1):
        yield from _quietly(_covered(space, simple, place, one))
    yield from _quietly(_holes(space, subject.rules, simple))


def _quietly(found: Iterator[Finding]) -> Iterator[Finding]:
    """Leave out what a search was too long for."""
    try:
        yield from found
    except GaveUp:
        return


# ── one rule ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rule(subject: Subject, named: NamedRule) -> Iterator[Finding]:
    written = subject.compiled(named.rule)
    sources = sources_of([written], subject.table, subject.catalogue)
    rule = abstracted(written, sources)
    if isinstance(rule, ir.Constant):
        return
    space = Space(sources, [rule], subject.context, EFFORT // len(subject.rules))
    try:
        if space.find(rule) is None:
            yield _contradiction(space, rule, named)
        elif space.find(unwanted=[rule]) is None:
            message = T("“%(name)s” takes every record: its rule always holds.", name=named.label)
            shown = space.values({name: len(space.cells[name]) - 1 for name in space.cells})
            yield Finding("always-true", "warning", named.key, message, example=_listed(shown))
        else:
            yield from _redundant(subject, named, sources, space, rule)
    except GaveUp:
        return


def _contradiction(space: Space, rule: ir.Predicate, named: NamedRule) -> Finding:
    """Show a record that meets all parts of the rule but one."""
    message = T(
        "Nobody can be in “%(name)s”: its conditions contradict one another.", name=named.label
    )
    shown = None
    parts = rule.parts if isinstance(rule, ir.And) else (rule,)
    for place in range(len(parts)):
        others = parts[:place] + parts[place + 1 :]
        found = space.find(*others) if others else None
        shown = space.values(found) if found is not None else None
        if shown is not None:
            break
    else:
        shown = space.values({})
    return Finding("contradiction", "error", named.key, message, example=_listed(shown))


def _redundant(
    subject: Subject,
    named: NamedRule,
    sources: Sequence[Source],
    space: Space,
    rule: ir.Predicate,
) -> Iterator[Finding]:
    """Find conditions without which the rule takes the very same records."""
    root = read_tree(named.rule, subject.table, subject.catalogue, zone=subject.zone)
    for node in list(_own_nodes(root))[:MOST_CONDITIONS]:
        if not _has_siblings(root, node.id):
            continue
        written = write_tree(root, subject.table, subject.catalogue, zone=subject.zone)
        alone = abstracted(subject.compiled(written.parts[node.id]), sources)
        if _asks_only_whether_known(alone):
            continue
        without = delete(root, node.id)
        document = write_tree(without, subject.table, subject.catalogue, zone=subject.zone).document
        rest = abstracted(subject.compiled(document), sources)
        if space.find(rule, unwanted=[rest]) is None and space.find(rest, unwanted=[rule]) is None:
            root, rule = without, rest
            message = T(
                "A condition of “%(name)s” changes nothing: the others decide without it.",
                name=named.label,
            )
            found = space.find(rule, alone) or space.find(rule)
            shown = space.values(found) if found is not None else None
            yield Finding("redundant", "warning", named.key, message, node.id, _listed(shown))


def _own_nodes(root: Group) -> Iterator[Node]:
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


def _has_siblings(root: Group, name: str) -> bool:
    return any(
        isinstance(one, Group)
        and not one.relation
        and len(one.children) > 1
        and any(child.id == name for child in one.children)
        for one in nodes(root)
    )


def _asks_only_whether_known(predicate: ir.Predicate) -> bool:
    """Tell whether a condition only asks if a value is there: said for clarity, and wanted under hold."""
    part = predicate.part if isinstance(predicate, ir.Not) else predicate
    return isinstance(part, ir.IsKnown)


# ── several in order ────────────────────────────────────────────────────────────────────────────────────────────────


def _covered(
    space: Space, rules: Sequence[ir.Predicate], place: int, named: NamedRule
) -> Iterator[Finding]:
    found = space.find(rules[place])
    if found is None or space.find(rules[place], unwanted=rules[:place]) is not None:
        return
    message = T(
        "Nobody can be in “%(name)s”: earlier tiers take everyone whom its rule takes.",
        name=named.label,
    )
    yield Finding(
        "never-reached", "error", named.key, message, example=_listed(space.values(found))
    )


def _holes(
    space: Space, named: Sequence[NamedRule], rules: Sequence[ir.Predicate]
) -> Iterator[Finding]:
    """Find single values that no tier takes, while tiers take what is just below and just above."""
    taken = ir.Or(tuple(rules)) if len(rules) > 1 else rules[0]
    told: set[tuple[str, int]] = set()
    for source in space.sources:
        for low, middle, high in single_values(space, source):
            asked: list[tuple[ir.Predicate, Assignment]] = [
                (taken, {source.name: low}),
                (ir.Not(taken), {source.name: middle}),
                (taken, {source.name: high}),
            ]
            found = space.solve(asked)
            if found is None or (source.name, middle) in told:
                continue
            told.add((source.name, middle))
            chosen = {**found, source.name: low}
            first = next(
                one for one, rule in zip(named, rules, strict=True) if space.answer(rule, chosen)
            )
            shown = space.values({**found, source.name: middle})
            yield _hole(source, first, shown)


def _hole(source: Source, named: NamedRule, shown: dict[Source, Known] | None) -> Finding:
    name = source.field.label if source.field else source.name
    message = T(
        "A hole at “%(field)s”: exactly this value is in no tier, while the values beside it are.",
        field=name,
    )
    example = _listed(shown)
    return Finding("boundary-hole", "warning", named.key, message, example=example, about=source)


def _listed(shown: dict[Source, Known] | None) -> tuple[tuple[Source, Known], ...]:
    return tuple(shown.items()) if shown else ()
