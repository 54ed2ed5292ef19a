"""Writes a rule in another dialect: one walk for all of them, with one record per dialect.

The rule has been typed before, so names and shapes are right; what a dialect cannot say is refused
with its place.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.rules import Json
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.errors import Problem
from tierloom.rules.syntax import Apply, Items, Scalar, Syntax, variable
from tierloom.text import T

_OF_RECORDS = frozenset({"filter", "some", "all", "none", "sum"})
_PREDICATES = frozenset({"and", "or", "xor", "!", "!!"})
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})

Day = Callable[[str], str]
Form = Callable[["Writer", Apply, RecordType], Json]


@dataclass(frozen=True, slots=True)
class Target:
    """One dialect. `same` are the operators that stay as they are, `forms` what others become, and
    `day` is how a day beside a date field is written there.
    """

    key: str
    label: str
    same: frozenset[str]
    forms: Mapping[str, Form]
    day: Day = str


@dataclass(slots=True)
class Writer:
    """Writes one rule; what cannot be said is collected in `problems`."""

    target: Target
    catalogue: Catalogue
    problems: list[Problem] = field(default_factory=list)

    def write(self, node: Syntax, table: RecordType, beside: Field | None = None) -> Json:
        """Write a node; constants are written like the values of the field `beside` them."""
        match node:
            case Scalar(value):
                is_day = isinstance(value, str) and beside and beside.type.kind is FieldKind.DATE
                return self.target.day(cast("str", value)) if is_day else value
            case Items(items):
                return [self.write(one, table, beside) for one in items]
        name = variable(node)
        if name is not None:
            return {"var": name}
        form = self.target.forms.get(node.key)
        if form is not None:
            return form(self, node, table)
        if node.key in self.target.same:
            return self.same(node, table)
        message = T("%(dialect)s has no “%(name)s”.", dialect=self.target.label, name=node.key)
        self.problems.append(Problem("not-in-dialect", node.pointer, message))
        return None

    def same(self, node: Apply, table: RecordType, key: str | None = None) -> Json:
        """Write an operator as it is, or under another key."""
        return _object(key or node.key, self.args(node, table))

    def args(self, node: Apply, table: RecordType) -> list[Json]:
        """Write the arguments of an operator."""
        beside = self.beside(node, table) if node.key in _COMPARISONS else None
        inner = self.inside(node, table)
        made = []
        for place, one in enumerate(node.args):
            here = inner if place else table
            made.append(
                self.question(one, here)
                if node.key in _PREDICATES and node.key != "!!"
                else self.write(one, here, beside)
            )
        return made

    def question(self, node: Syntax, table: RecordType) -> Json:
        """Write a yes/no question; a yes/no field alone is compared with true."""
        if self.field(node, table, FieldKind.BOOLEAN):
            return {"==": [self.write(node, table), True]}
        return self.write(node, table)

    def field(self, node: Syntax, table: RecordType, *kinds: FieldKind) -> Field | None:
        """Return the field that a node reads, of one of these kinds; None for any other node."""
        first, dot, rest = (variable(node) or "").partition(".")
        found = table.find(first)
        if found is not None and dot:
            above = self.catalogue.tables.get(found.type.target or "")
            found = above.find(rest) if above else None
        return found if found and (not kinds or found.type.kind in kinds) else None

    def beside(self, node: Apply, table: RecordType) -> Field | None:
        """Return the first field among the arguments."""
        found = (self.field(one, table) for one in node.args)
        return next((one for one in found if one), None)

    def inside(self, node: Apply, table: RecordType) -> RecordType:
        """Return the table that all arguments but the first are about."""
        if node.key not in _OF_RECORDS:
            return table
        rows = node.args[0]
        while isinstance(rows, Apply) and rows.key == "filter":
            rows = rows.args[0]
        relation = self.catalogue.relation(table.key, variable(rows) or "")
        return self.catalogue.table(relation.child) if relation else table


def _object(key: str, args: list[Json]) -> Json:
    """Builders write `!` and `!!` without a list."""
    return {key: args[0] if key in ("!", "!!") else args}
