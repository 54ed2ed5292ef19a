"""What the builder's template needs to draw a tree: choices of fields, operators and values, counts, faults."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tierloom.domain.fields import Field, FieldKind, FieldType
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import TIER
from tierloom.errors import Problem, TierloomError
from tierloom.rules.builder import (
    QUANTIFIERS,
    SCORE,
    SEGMENT,
    Advanced,
    BuilderOperator,
    Condition,
    Group,
    Input,
    Node,
    choices_for,
    field_of,
)
from tierloom.rules.builder.write import SCORE_TYPE
from tierloom.rules.sentence import Sentence, sentence
from tierloom.schemas.regions import is_region, region_text
from tierloom.services import authorize
from tierloom.services.marks import scores_shown
from tierloom.services.workbench import Workbench
from tierloom.text import T, Text
from tierloom.web.i18n import locale, read
from tierloom.web.values import affix, option_pairs

Pairs = list[tuple[str, str]]
_CONTROLS = {
    FieldKind.DATE: "date",
    FieldKind.DATETIME: "datetime-local",
    FieldKind.BOOLEAN: "boolean",
    FieldKind.REGION: "region",
    FieldKind.PERSON: "select",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One node as it is drawn. `control` is how a value is given: text, number, date, select, checks, none."""

    id: str
    kind: str
    count: int | None = None
    fault: Text | None = None
    unfinished: bool = False
    field: str = ""
    operators: Pairs = dataclasses.field(default_factory=list)
    operator: str = ""
    values: tuple[str, ...] = ()
    control: str = "none"
    input: str = "none"
    options: Pairs = dataclasses.field(default_factory=list)
    affix: str = ""
    percent: bool = False
    all: bool = True
    root: bool = False
    relation: str = ""
    quantifier: str = ""
    quantity: str = ""
    counts: bool = True
    table: str = ""
    fields: list[tuple[str, Pairs]] = dataclasses.field(default_factory=list)
    relations: Pairs = dataclasses.field(default_factory=list)
    json: str = ""
    words: Sentence | None = None
    children: "tuple[Shape, ...]" = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws trees over one workspace."""

    bench: Workbench
    counts: Mapping[str, int]
    unfinished: frozenset[str]
    faults: Mapping[str, Text]

    def shape(self, tree: Group, table: str) -> Shape:
        """Return the tree as it is drawn, from its root."""
        return self._shape(tree, self.bench.published.table(table), root=True)

    def _shape(self, node: Node, table: RecordType, *, root: bool = False) -> Shape:
        match node:
            case Condition():
                return self._condition(node, table)
            case Advanced():
                return self._advanced(node, table)
            case Group():
                return self._group(node, table, root=root)

    def _plain(self, node: Node, kind: str) -> Shape:
        """Return what nodes of every kind show: how many meet them, and what is wrong with them."""
        return Shape(node.id, kind, self.counts.get(node.id), self.faults.get(node.id))

    def _group(self, node: Group, table: RecordType, *, root: bool) -> Shape:
        catalogue = self.bench.catalogue
        relation = catalogue.relation(table.key, node.relation) if node.relation else None
        inner = catalogue.table(relation.child) if relation else table
        quantifier = QUANTIFIERS.get(node.quantifier)
        return dataclasses.replace(
            self._plain(node, "group"),
            all=node.all,
            root=root,
            relation=node.relation,
            quantifier=node.quantifier,
            quantity=node.count,
            counts=quantifier is None or quantifier.counts,
            table=inner.key,
            relations=_relations(catalogue, table),
            children=tuple(self._shape(child, inner) for child in node.children),
        )

    def _advanced(self, node: Advanced, table: RecordType) -> Shape:
        """Return a condition that only its JSON can change, in words where they can be found."""
        objects, zone = self.bench.published.objects, self.bench.zone
        try:
            rule = RuleDocument(node.json)
            said = sentence(rule, table.key, self.bench.catalogue, objects, locale(), zone=zone)
        except TierloomError:
            said = None
        return dataclasses.replace(
            self._plain(node, "advanced"),
            json=node.json,
            words=said,
        )

    def _condition(self, node: Condition, table: RecordType) -> Shape:
        chosen = (
            field_of(node.field, table, self.bench.catalogue) if node.field != SEGMENT else None
        )
        offered = choices_for(node.field, table, self.bench.catalogue)
        operator = next((one for one in offered if one.key == node.operator), None)
        return dataclasses.replace(
            self._plain(node, "condition"),
            unfinished=node.id in self.unfinished,
            field=node.field,
            fields=field_choices(self.bench, table),
            operators=[(one.key, read(one.label)) for one in offered],
            operator=node.operator,
            values=tuple(_typed(chosen, operator, text) for text in node.values),
            percent=_is_percent(chosen, operator),
            input=operator.input.value if operator else Input.NONE.value,
            control=_control(chosen, operator, segment=node.field == SEGMENT),
            options=self._options(node, chosen, table),
            affix=_unit(chosen, operator),
            table=table.key,
        )

    def _options(self, node: Condition, chosen: Field | None, table: RecordType) -> Pairs:
        if node.field == SEGMENT:
            return [(one.key, read(one.label)) for one in self.bench.published.segments(table.key)]
        if node.field.startswith(TIER):
            key = node.field.removeprefix(TIER)
            models = (one for one in self.bench.published.tier_models(table.key) if one.key == key)
            return [(tier.key, read(tier.label)) for one in models for tier in one.all_tiers]
        kept = node.values[0] if node.values else ""
        return option_pairs(chosen, kept) if chosen else []


def field_choices(bench: Workbench, table: RecordType) -> list[tuple[str, Pairs]]:
    """Return the fields to choose from, in groups: the table's, calculated ones, those of linked records, segments."""
    readable = authorize.readable_fields(bench.actor, table)
    groups = [
        (read(table.label), _pairs(one for one in readable if one.is_stored)),
        (read(T("Calculated")), _pairs(one for one in readable if not one.is_stored)),
    ]
    for link in readable:
        target = bench.catalogue.tables.get(link.type.target or "")
        if target is not None and link.is_stored:
            beyond = authorize.readable_fields(bench.actor, target)
            groups.append(
                (read(link.label), [(f"{link.key}.{key}", word) for key, word in _pairs(beyond)])
            )
    if scores := scores_shown(bench, table):
        groups.append(
            (read(T("Scores")), [(f"{SCORE}{one.key}", read(one.label)) for one in scores])
        )
    if models := bench.published.tier_models(table.key):
        groups.append(
            (read(T("Tier models")), [(f"{TIER}{one.key}", read(one.label)) for one in models])
        )
    if bench.published.segments(table.key):
        groups.append((read(T("Segments")), [(SEGMENT, read(T("Segment")))]))
    return [(name, pairs) for name, pairs in groups if pairs]


def _pairs(fields: Iterable[Field]) -> Pairs:
    return [(one.key, read(one.label)) for one in fields]


def _relations(catalogue: Catalogue, table: RecordType) -> Pairs:
    return [
        (one.name, read(catalogue.table(one.child).label)) for one in catalogue.relations(table.key)
    ]


def _control(chosen: Field | None, operator: BuilderOperator | None, *, segment: bool) -> str:
    if operator is None or operator.input is Input.NONE:
        return "none"
    if segment:
        return "select"
    if operator.input is Input.DAYS:
        return "days"
    if chosen is None:
        return "none"
    return _value_control(chosen.type, operator)


def _value_control(kind: FieldType, operator: BuilderOperator) -> str:
    if kind.options:
        return "checks" if operator.input is Input.MANY else "select"
    if operator.input is Input.MANY:
        return "list"
    return _CONTROLS.get(kind.kind, "number" if kind.kind.is_number else "text")


def _is_percent(chosen: Field | None, operator: BuilderOperator | None) -> bool:
    """Tell whether the values are percentages: their sign then stands beside the control, not in it."""
    return bool(
        chosen
        and chosen.type.kind is FieldKind.PERCENT
        and operator
        and operator.input is not Input.DAYS
    )


def _typed(chosen: Field | None, operator: BuilderOperator | None, text: str) -> str:
    """Return a value as its control shows it: 12 for "12%", 5000 for "5000.00"."""
    if chosen is None:
        return text
    if _is_percent(chosen, operator):
        return text.rstrip().removesuffix("%").rstrip()
    if chosen.type is SCORE_TYPE and "." in text:
        return text.rstrip("0").rstrip(".")
    if chosen.type.kind is FieldKind.REGION:
        return _region(text, operator)
    if chosen.type.kind is FieldKind.MONEY and chosen.type.scale:
        return text.removesuffix("." + "0" * chosen.type.scale)
    return text


def _region(text: str, operator: BuilderOperator | None) -> str:
    """Return a region's name; names in a list have no commas."""
    alone = operator is None or operator.input is not Input.MANY
    return region_text(text, locale(), commas=alone) if is_region(text) else text


def _unit(chosen: Field | None, operator: BuilderOperator | None) -> str:
    if operator is None or operator.input is Input.NONE:
        return ""
    if operator.input is Input.DAYS:
        return read(T("days"))
    if chosen is None:
        return ""
    return "%" if _is_percent(chosen, operator) else affix(chosen)


def faults_by_node(problems: Iterable[Problem], tree_key: str) -> dict[str, Text]:
    """Return the first fault of each node from problems whose pointers begin with `/<tree>/<node>`."""
    found: dict[str, Text] = {}
    for problem in problems:
        parts = problem.pointer.split("/")
        if len(parts) > 2 and parts[1] == tree_key:
            found.setdefault(parts[2], problem.message)
    return found
