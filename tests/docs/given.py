"""Records written down in documents and packs, as rows that rules can be asked about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tierloom.domain.context import RunContext
from tierloom.domain.fields import Field, FieldKind, Link, Value
from tierloom.domain.rules import Json
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import NOT_ENOUGH_DATA, TIER, OnMissing, TierModel
from tierloom.rules.compile import Objects, compile_rule
from tierloom.rules.row import compile_kleene, compile_predicate

ZONE = ZoneInfo("Asia/Shanghai")


def context(day: date, catalogue: Catalogue) -> RunContext:
    """The run at noon of a day."""
    return RunContext(datetime(day.year, day.month, day.day, 12, tzinfo=ZONE), ZONE, catalogue)


class GivenRow:
    """A record given as JSON: related records are lists under their relation's name."""

    def __init__(self, table: RecordType, given: Mapping[str, Json], catalogue: Catalogue) -> None:
        known = {one.key for one in table.stored_fields}
        known |= {one.name for one in catalogue.relations(table.key)}
        known |= {one for one in given if one.startswith(TIER)}
        assert set(given) <= known, f"{set(given) - known} is neither a stored field nor a relation"
        self.table, self.given, self.catalogue = table, given, catalogue

    def value(self, key: str) -> Value:
        if key.startswith(TIER):
            placed = self.given.get(key)
            return None if placed is None else str(placed)
        return _value(self.table.field(key), self.given.get(key))

    def parent(self, reference: str) -> "GivenRow | None":
        above = self.given.get(reference)
        target = self.table.field(reference).type.target
        if not isinstance(above, dict) or target is None:
            return None
        return GivenRow(self.catalogue.table(target), above, self.catalogue)

    def related(self, relation: str) -> "Sequence[GivenRow]":
        found = self.catalogue.relation(self.table.key, relation)
        rows = self.given.get(relation) or []
        assert found is not None
        assert isinstance(rows, list)
        child = self.catalogue.table(found.child)
        given = [GivenRow(child, one, self.catalogue) for one in rows if isinstance(one, dict)]
        return sorted(given, key=lambda one: str(one.given.get(child.date_field or "") or ""))


def _value(field: Field, given: Json) -> Value:
    if given is None:
        return None
    match field.type.kind:
        case FieldKind.DATE:
            return date.fromisoformat(str(given))
        case FieldKind.DATETIME:
            return datetime.fromisoformat(str(given)).astimezone(UTC)
        case FieldKind.CHOICES:
            assert isinstance(given, list)
            return tuple(map(str, given))
        case FieldKind.REFERENCE:
            return Link(1, str(given))
    assert isinstance(given, bool | int | float | str)
    return given


def holds(rule: Json, row: GivenRow, run: RunContext, objects: Objects | None = None) -> bool:
    """Ask a rule about a row, strictly."""
    compiled = compile_rule(rule, row.table.key, run.catalogue, objects, zone=run.zone)
    return compile_predicate(compiled.predicate, run)(row)


def tier_of(
    model: TierModel, row: GivenRow, run: RunContext, objects: Objects | None = None
) -> str | int:
    """Return the key of a row's tier: of the first one that is not certainly false."""
    for tier in model.tiers:
        compiled = compile_rule(tier.rule, row.table.key, run.catalogue, objects, zone=run.zone)
        make = compile_kleene if model.on_missing is OnMissing.HOLD else compile_predicate
        answer = make(compiled.predicate, run)(row)
        if answer is None:
            return NOT_ENOUGH_DATA
        if answer:
            return tier.key
    return model.default.key
