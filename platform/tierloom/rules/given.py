"""Records given as JSON, as rows that rules can be asked about: in tests of packs, on the command line.

A record has JSON values by field key; dates and times are ISO texts, options their keys. Related
records are a list under their relation, a link is the other record (or its key) under the reference. The result of a
tier model is a tier's key under `tier:<key of the model>`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from tierloom.domain.fields import MAX_DIGITS, NUMBERS, Field, FieldKind, Link, Value
from tierloom.domain.rules import Json
from tierloom.domain.tables import Catalogue, RecordType, Relation
from tierloom.domain.tiers import TIER
from tierloom.errors import Invalid, Problem
from tierloom.rules.check.literals import read_day, read_instant
from tierloom.rules.syntax import step
from tierloom.schemas.parsing import BadText, parse_text
from tierloom.text import T

__all__ = ["GivenRow", "read_record"]

_MAX_DEPTH = 4


class GivenRow:
    """One record: what a rule reads of it, and the records around it."""

    def __init__(
        self,
        values: Mapping[str, Value],
        parents: "Mapping[str, GivenRow]",
        related: "Mapping[str, Sequence[GivenRow]]",
    ) -> None:
        self.values, self.parents, self.relations = values, parents, related
        self.holders: dict[str, GivenRow] = {}
        """The record under whose relation this one is given, by the reference that leads there."""

    def value(self, key: str) -> Value:
        """Return a stored field's value."""
        found = self.values.get(key)
        return Link(1, "") if found is None and key in self.holders else found

    def parent(self, reference: str) -> "GivenRow | None":
        """Return the record that a reference points to."""
        return self.parents.get(reference) or self.holders.get(reference)

    def related(self, relation: str) -> "Sequence[GivenRow]":
        """Return related records by date, undated ones first; those of one date as they were given."""
        return self.relations.get(relation, ())


def read_record(
    given: Json, table: str, catalogue: Catalogue, zone: ZoneInfo, pointer: str = ""
) -> GivenRow:
    """Read a record of `table`. Keys that name nothing are passed over.

    Raises:
        Invalid: values that are not of their field's type, or given for a calculated field; with
            the place of each.
        KeyError: the catalogue has no such table.
    """
    problems: list[Problem] = []
    found = _Reader(catalogue, zone, problems).record(given, catalogue.table(table), pointer, 0)
    if problems:
        raise Invalid(problems)
    return found


class _Reader:
    def __init__(self, catalogue: Catalogue, zone: ZoneInfo, problems: list[Problem]) -> None:
        self.catalogue, self.zone, self.problems = catalogue, zone, problems

    def record(self, given: Json, table: RecordType, pointer: str, depth: int) -> GivenRow:
        if not isinstance(given, dict) or depth > _MAX_DEPTH:
            self._refuse("wrong-type", pointer, given, table.label)
            return GivenRow({}, {}, {})
        values: dict[str, Value] = {}
        parents: dict[str, GivenRow] = {}
        related: dict[str, Sequence[GivenRow]] = {}
        for key, inner in given.items():
            below, field = step(pointer, key), table.find(key)
            relation = self.catalogue.relation(table.key, key)
            if field is not None and not field.retired:
                values[key] = self._value(field, inner, below)
                above = self._above(field, inner, below, depth)
                if above:
                    parents[key] = above
            elif key.startswith(TIER) and isinstance(inner, str):
                values[key] = inner
            elif relation is not None:
                related[key] = self._related(relation, inner, below, depth)
        return _joined(GivenRow(values, parents, related), table, self.catalogue)

    def _related(
        self, relation: Relation, given: Json, pointer: str, depth: int
    ) -> Sequence[GivenRow]:
        child = self.catalogue.table(relation.child)
        if not isinstance(given, list):
            if given is not None:
                self._refuse("wrong-type", pointer, given, child.label)
            return ()
        rows = [
            self.record(one, child, step(pointer, place), depth + 1)
            for place, one in enumerate(given)
        ]
        return sorted(rows, key=lambda row: _order(row, child.date_field))

    def _above(self, field: Field, given: Json, pointer: str, depth: int) -> GivenRow | None:
        target = self.catalogue.tables.get(field.type.target or "")
        if target is None or given is None:
            return None
        if isinstance(given, dict):
            return self.record(given, target, pointer, depth + 1)
        return GivenRow({target.key_field: str(given)} if target.key_field else {}, {}, {})

    def _value(self, field: Field, given: Json, pointer: str) -> Value:
        if field.calculation is not None:
            message = T("“%(name)s” is worked out; nobody gives it.", name=field.label)
            self.problems.append(Problem("calculated", pointer, message))
            return None
        if given is None or given == [] or (isinstance(given, str) and not given.strip()):
            return None
        found = _read(field, given, self.zone)
        if found is None:
            self._refuse("wrong-type", pointer, given, field.label)
        return found

    def _refuse(self, code: str, pointer: str, given: Json, what: object) -> None:
        shown = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
        message = T("“%(value)s” is no value of “%(name)s”.", value=shown, name=what)
        self.problems.append(Problem(code, pointer, message))


def _joined(row: GivenRow, table: RecordType, catalogue: Catalogue) -> GivenRow:
    """Lead the links of related records back to the record under which they are given."""
    for relation in catalogue.relations(table.key):
        for one in row.related(relation.name):
            one.holders[relation.reference] = row
    return row


def _order(row: GivenRow, date_field: str | None) -> tuple[bool, str]:
    """Order by date; a date with time stands in UTC, so that text order is time order."""
    when = row.value(date_field) if date_field else None
    return when is not None, when.isoformat() if isinstance(when, date) else ""


def _read(field: Field, given: Json, zone: ZoneInfo) -> Value:
    """Return the value, None where it is of another type."""
    kind = field.type.kind
    match given:
        case bool():
            return given if kind is FieldKind.BOOLEAN else None
        case int() | float():
            return _number(field, given) if kind in NUMBERS else None
        case str():
            return _text(field, given, zone)
        case list() if kind is FieldKind.CHOICES:
            return _options(field, given)
        case dict() if kind is FieldKind.REFERENCE:
            return Link(1, "")
    return None


def _number(field: Field, given: float) -> Value:
    number = Decimal(repr(given)).normalize()
    decimals = -int(number.as_tuple().exponent)
    digits = number.adjusted() + 1 + field.type.scale
    return given if decimals <= field.type.scale and digits <= MAX_DIGITS else None


def _options(field: Field, given: Sequence[Json]) -> Value:
    if not set(map(str, given)) <= set(field.type.option_keys):
        return None
    return tuple(one for one in field.type.option_keys if one in given)


def _text(field: Field, given: str, zone: ZoneInfo) -> Value:
    match field.type.kind:
        case FieldKind.DATE:
            return read_day(given)
        case FieldKind.DATETIME:
            return read_instant(given, zone)
        case FieldKind.CHOICE:
            return given if given in field.type.option_keys else None
        case FieldKind.REFERENCE:
            return Link(1, given)
        case kind if kind in NUMBERS or kind in (FieldKind.BOOLEAN, FieldKind.CHOICES):
            return None
    try:
        return parse_text(field.type, given, zone)
    except BadText:
        return None
