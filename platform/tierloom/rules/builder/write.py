"""From the builder's tree to a rule's document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tierloom.domain.fields import MAX_SCALE, Field, FieldKind, FieldType
from tierloom.domain.rules import NOBODY, Json, RuleDocument
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import TIER
from tierloom.rules.builder.operators import OPERATORS, QUANTIFIERS, operators_for
from tierloom.rules.builder.patterns import SCORE, fill
from tierloom.rules.builder.tree import SEGMENT, Advanced, Condition, Group, Node
from tierloom.rules.builder.values import DAYS, MAX_DAYS, TIER_TYPE, to_json, type_of_values
from tierloom.rules.syntax import step
from tierloom.text import Label

_UTC = ZoneInfo("UTC")
SCORE_TYPE = FieldType(FieldKind.DECIMAL, scale=MAX_SCALE)


@dataclass(frozen=True, slots=True)
class Written:
    """A tree as a document.

    `unfinished` are the ids of conditions that are left out of it. `parts` has the rule of every
    other node that is about the tree's own records, by id; `places` has every written node's JSON
    pointer.
    """

    document: RuleDocument
    unfinished: tuple[str, ...]
    parts: Mapping[str, RuleDocument]
    places: Mapping[str, str]

    def node_at(self, pointer: str) -> str | None:
        """Return the id of the innermost node at or above a place in the document."""
        around = [
            (len(place), name)
            for name, place in self.places.items()
            if pointer == place or pointer.startswith(f"{place}/")
        ]
        return max(around)[1] if around else None


def write_tree(
    root: Group,
    table: str,
    catalogue: Catalogue,
    *,
    zone: ZoneInfo = _UTC,
    empty: RuleDocument = NOBODY,
) -> Written:
    """Write a tree about records of `table`.

    `empty` is the rule of a tree without a finished condition.

    Raises:
        KeyError: the catalogue has no such table.
    """
    writer = _Writer(catalogue, zone)
    found = writer.node(root, catalogue.table(table), "", "")
    document = empty if found is None else RuleDocument.of(found)
    return Written(document, tuple(writer.unfinished), writer.parts, writer.places)


def field_of(name: str, table: RecordType, catalogue: Catalogue) -> Field | None:
    """Return the field that a condition names; `reference.field` goes one table up.

    A score is asked like a number, whatever its decimals, a tier model's result like a ranked choice. None where there
    is no such field.
    """
    if name.startswith(TIER):
        key = name.removeprefix(TIER)
        return Field("tier", Label.of(key), TIER_TYPE) if key.strip() else None
    if name.startswith(SCORE):
        key = name.removeprefix(SCORE)
        return Field("score", Label.of(key), SCORE_TYPE) if key.strip() else None
    first, dot, rest = name.partition(".")
    found = table.find(first)
    if found is None or found.retired or not dot:
        return None if found is None or found.retired else found
    above = catalogue.tables.get(found.type.target or "")
    field = above.find(rest) if above else None
    return field if field and field.is_stored and not field.retired else None


@dataclass(slots=True)
class _Writer:
    catalogue: Catalogue
    zone: ZoneInfo
    unfinished: list[str] = field(default_factory=list)
    parts: dict[str, RuleDocument] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def node(self, node: Node, table: RecordType, place: str, inside: str) -> Json:
        """Write a node, in the relation `inside`; None where nothing of it is finished."""
        match node:
            case Condition():
                found = self._condition(node, table)
            case Advanced():
                found = _parsed(node.json)
            case Group():
                found = self._group(node, table, place, inside)
        if found is not None:
            self.places[node.id] = place
            if not inside:
                self.parts[node.id] = RuleDocument.of(found)
        elif not isinstance(node, Group):
            self.unfinished.append(node.id)
        return found

    def _condition(self, node: Condition, table: RecordType) -> Json:
        operator = OPERATORS.get(node.operator)
        if operator is None or not operator.is_complete(node.values):
            return None
        if node.field == SEGMENT:
            return fill(operator.pattern, "", list(node.values))
        found = field_of(node.field, table, self.catalogue)
        if found is None or operator not in operators_for(found.type):
            return None
        kind = type_of_values(operator, found.type, self.catalogue)
        values = [to_json(kind, text, self.zone) for text in node.values]
        if any(value is None for value in values):
            return None
        if kind is DAYS and not all(isinstance(n, int) and 0 <= n <= MAX_DAYS for n in values):
            return None
        return fill(operator.pattern, node.field, values)

    def _group(self, node: Group, table: RecordType, place: str, inside: str) -> Json:
        place = step(place, "!", 0) if node.negated else place
        related = bool(node.relation)
        found = (
            self._related(node, table, place)
            if related
            else self._children(node, table, place, inside)
        )
        return {"!": [found]} if node.negated and found is not None else found

    def _children(self, node: Group, table: RecordType, place: str, inside: str) -> Json:
        key = "and" if node.all else "or"
        written: list[Json] = []
        for child in node.children:
            found = self.node(child, table, step(place, key, len(written)), inside)
            if found is not None:
                written.append(found)
        return {key: written} if written else None

    def _related(self, node: Group, table: RecordType, place: str) -> Json:
        relation = self.catalogue.relation(table.key, node.relation)
        quantifier = QUANTIFIERS.get(node.quantifier)
        count = to_json(DAYS, node.count, self.zone) if quantifier and quantifier.counts else 0
        if relation is None or quantifier is None or not isinstance(count, int) or count < 0:
            self.unfinished.append(node.id)
            return None
        rows: Json = {"var": node.relation}
        if node.children:
            child = self.catalogue.table(relation.child)
            below = step(place, quantifier.comparison, 0, "count", 0, "filter", 1)
            asked = self._children(node, child, below, node.relation)
            if asked is None:
                return None
            rows = {"filter": [rows, asked]}
        return {quantifier.comparison: [{"count": [rows]}, count]}


def _parsed(text: str) -> Json:
    try:
        found: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found
