"""From a rule's document to the builder's tree."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tierloom.domain.rules import NOBODY, Json, RuleDocument
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.errors import Invalid
from tierloom.rules.builder.operators import (
    OPERATORS,
    QUANTIFIERS,
    SEGMENT_OPERATORS,
    operators_for,
)
from tierloom.rules.builder.patterns import match_pattern
from tierloom.rules.builder.tree import SEGMENT, Advanced, Condition, Group, Node
from tierloom.rules.builder.values import to_text, type_of_values
from tierloom.rules.builder.write import field_of
from tierloom.rules.normalise import normalise
from tierloom.rules.parse import parse
from tierloom.rules.syntax import plain_json

_UTC = ZoneInfo("UTC")


def read_tree(
    document: RuleDocument,
    table: str,
    catalogue: Catalogue,
    *,
    zone: ZoneInfo = _UTC,
    empty: RuleDocument = NOBODY,
) -> Group:
    """Read a rule as a tree; what it cannot show becomes `Advanced` leaves.

    `empty` is the rule without a condition.

    Raises:
        KeyError: the catalogue has no such table.
    """
    reader = _Reader(catalogue, zone)
    root = reader.new_id()
    if document == empty:
        return Group(root)
    try:
        rule = plain_json(normalise(parse(document)))
    except Invalid:
        return Group(root, children=(Advanced(reader.new_id(), document.json),))
    found = reader.group(rule, catalogue.table(table), root, negated=False)
    if found is None:
        found = Group(root, children=(reader.node(rule, catalogue.table(table)),))
    return found


@dataclass(slots=True)
class _Reader:
    catalogue: Catalogue
    zone: ZoneInfo
    count: int = 0

    def new_id(self) -> str:
        self.count += 1
        return f"n{self.count}"

    def node(self, rule: Json, table: RecordType) -> Node:
        name = self.new_id()
        return (
            self._condition(rule, table, name)
            or self._related(rule, table, name, negated=False)
            or self.group(rule, table, name, negated=False)
            or Advanced(name, RuleDocument.of(rule).json)
        )

    def group(self, rule: Json, table: RecordType, name: str, *, negated: bool) -> Group | None:
        """Read `and`, `or` and `!`; None for anything else, and for what is one condition."""
        match rule:
            case {"and": list(parts)} if self._condition(rule, table, name) is None:
                return self._of(parts, table, name, negated=negated, all_of=True)
            case {"or": list(parts)}:
                return self._of(parts, table, name, negated=negated, all_of=False)
            case {"!": [dict(inner)]} if not negated and "var" not in inner:
                if self._condition(rule, table, name) is not None:
                    return None
                return (
                    self._related(inner, table, name, negated=True)
                    or self.group(inner, table, name, negated=True)
                    or self._of([inner], table, name, negated=True, all_of=True)
                )
        return None

    def _of(
        self, parts: list[Json], table: RecordType, name: str, *, negated: bool, all_of: bool
    ) -> Group:
        return Group(name, all_of, tuple(self.node(one, table) for one in parts), negated)

    # ── conditions ──────────────────────────────────────────────────────────────────────────────

    def _condition(self, rule: Json, table: RecordType, name: str) -> Condition | None:
        for operator in OPERATORS.values():
            found = match_pattern(operator.pattern, rule)
            if found is None:
                continue
            if operator in SEGMENT_OPERATORS:
                return Condition(name, SEGMENT, operator.key, tuple(map(str, found.values)))
            field = field_of(found.field, table, self.catalogue)
            if field is None or operator not in operators_for(field.type):
                continue
            kind = type_of_values(operator, field.type, self.catalogue)
            texts = [to_text(kind, value, self.zone) for value in found.values]
            known = tuple(text for text in texts if text is not None)
            if len(known) == len(texts):
                return Condition(name, found.field, operator.key, known)
        return None

    # ── related records ─────────────────────────────────────────────────────────────────────────

    def _related(self, rule: Json, table: RecordType, name: str, *, negated: bool) -> Group | None:
        rows, quantifier, count = _counted(rule)
        match rows:
            case {"filter": [{"var": str(relation)}, asked]}:
                pass
            case {"var": str(relation)}:
                asked = None
            case _:
                return None
        found = self.catalogue.relation(table.key, relation)
        if found is None:
            return None
        child = self.catalogue.table(found.child)
        inner = Group("") if asked is None else self._asked(asked, child, name)
        return Group(name, inner.all, inner.children, negated, relation, quantifier, count)

    def _asked(self, asked: Json, child: RecordType, name: str) -> Group:
        """Read the condition on related records as the children of their group."""
        found = self.group(asked, child, name, negated=False)
        if found is not None and not found.negated and not found.relation:
            return found
        return Group(name, children=(self.node(asked, child),))


def _counted(rule: Json) -> tuple[Json, str, str]:
    """Return which records are counted, and how many there must be; (None, …) for another rule."""
    match rule:
        case {"some": [rows, asked]}:
            return {"filter": [rows, asked]}, "at_least", "1"
        case {"none": [rows, asked]}:
            return {"filter": [rows, asked]}, "never", "0"
        case {"==": [{"count": [rows]}, 0]}:
            return rows, "never", "0"
    for quantifier in QUANTIFIERS.values():
        match rule:
            case dict() if quantifier.counts and quantifier.comparison in rule:
                match rule[quantifier.comparison]:
                    case [{"count": [rows]}, int(count)] if count >= 0:
                        return rows, quantifier.key, str(count)
    return None, "", ""
