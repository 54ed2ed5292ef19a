"""The records that are linked to a table's, taken for purchases, and figures that can be worked out from them."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from tierloom.domain.fields import (
    WITHOUT_OPERAND,
    Aggregate,
    DataClass,
    Field,
    FieldKind,
    FieldType,
    RollUp,
    TimeSince,
    TimeUnit,
)
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import Catalogue, RecordType, Relation
from tierloom.rules.templates.values import Figure, Of
from tierloom.schemas.naming import make_key
from tierloom.services import authorize, consistency
from tierloom.services.imports.proposing.concepts import concept_of
from tierloom.services.tables import calculation_reads
from tierloom.services.templates import matching
from tierloom.services.workbench import Workbench

_YEAR = range(360, 370)
_VOID = ("取消", "退款", "退货", "作废", "失败", "cancel", "refund", "return", "void", "fail")
_NAMES = frozenset({"orders", "purchases", "transactions", "sales"})


@dataclass(frozen=True, slots=True)
class Purchases:
    """Purchases as a table sees them: `fields` hold their figures; `only` says which of them count."""

    relation: Relation
    table: RecordType
    fields: Mapping[str, Field]
    only: RuleDocument | None


def purchases_of(
    bench: Workbench, table: RecordType, figures: tuple[Figure, ...]
) -> Purchases | None:
    """Return the linked records that look most like purchases, None where nothing dated is linked.

    `figures` are those of purchases. What the actor cannot read all of is no base for a figure.
    """
    found = [
        Purchases(one, child, fields, _only(table, one, child))
        for one in bench.catalogue.relations(table.key)
        for child in (bench.catalogue.table(one.child),)
        if bench.scope(child.key) is None
        for fields in (_figures(bench, child, figures),)
        if "purchase_date" in fields
    ]
    return max(found, key=_likely, default=None)


def _likely(one: Purchases) -> tuple[bool, bool, int]:
    return "purchase_amount" in one.fields, one.table.key in _NAMES, len(one.fields)


def _figures(bench: Workbench, child: RecordType, figures: tuple[Figure, ...]) -> dict[str, Field]:
    fields = authorize.readable_fields(bench.actor, child)
    assigned = matching.assign(figures, fields, lambda *_: False)
    found = {key: one.field for key, one in assigned.items()}
    dated = child.find(child.date_field) if child.date_field else None
    if dated and dated in fields:
        # What orders the records is when they happened, whatever it is called.
        found["purchase_date"] = dated
    money = [one for one in fields if one.type.kind is FieldKind.MONEY]
    if "purchase_amount" not in found and len(money) == 1:
        found["purchase_amount"] = money[0]
    return found


def _only(table: RecordType, relation: Relation, child: RecordType) -> RuleDocument | None:
    """Return which purchases count: as for the table's other figures, else those that were not called off."""
    known = Counter(
        one.calculation.only
        for one in table.live_fields
        if isinstance(one.calculation, RollUp) and one.calculation.relation == relation.name
    )
    if known:
        return known.most_common(1)[0][0]
    for field in child.live_fields:
        concept = concept_of(str(field.label)) or concept_of(field.label.read("zh"))
        if field.type.kind is FieldKind.CHOICE and concept and concept.key == "status":
            void = [
                option.key
                for option in field.type.options
                if any(word in f"{option.key}{option.label.words}".casefold() for word in _VOID)
            ]
            if void:
                return RuleDocument.of({"!": {"in": [{"var": field.key}, [*void]]}})
    return None


# ── figures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_worked(bought: Purchases | None, table: RecordType, figure: Figure, field: Field) -> bool:
    """Tell whether a field is worked out from the purchases just as a figure is."""
    total = figure.total
    if bought is None or total is None:
        return False
    match field.calculation:
        case RollUp() as one:
            same_window = (one.window_days in _YEAR) if total.window_days else not one.window_days
            operand = bought.fields.get(total.of)
            return (
                one.relation == bought.relation.name
                and one.aggregate is total.aggregate
                and same_window
                and one.operand == (operand.key if operand else None)
            )
        case TimeSince(source, TimeUnit.DAY) if figure.is_date:
            since = table.find(source)
            return since is not None and is_worked(bought, table, figure, since)
    return False


def working(bought: Purchases | None, table: RecordType) -> matching.Worked:
    """Return `is_worked` for one table."""
    return partial(is_worked, bought, table)


def calculated(
    bench: Workbench,
    bought: Purchases | None,
    table: RecordType,
    figure: Figure,
    taken: Collection[str],
) -> Field | None:
    """Return the calculated field that would hold a figure, under a key not in `taken`; None where none can."""
    total = figure.total
    if bought is None or total is None or figure.of is not Of.RECORD:
        return None
    operand = bought.fields.get(total.of)
    if (total.aggregate in WITHOUT_OPERAND) != (operand is None):
        return None
    rolled = RollUp(
        total.aggregate,
        bought.relation.name,
        operand.key if operand else None,
        total.window_days,
        bought.only,
    )
    made = Field(
        make_key(figure.key, taken),
        figure.label,
        _type(total.aggregate, operand),
        calculation=rolled,
        wording=figure.wording,
        unit=figure.unit,
    )
    return replace(made, data_class=_care(bench.catalogue, table, made))


def _type(aggregate: Aggregate, operand: Field | None) -> FieldType:
    if operand is None:
        return FieldType(FieldKind.INTEGER)
    if aggregate is Aggregate.AVERAGE and operand.type.kind is FieldKind.INTEGER:
        return FieldType(FieldKind.DECIMAL, scale=2)
    return replace(operand.type, minimum=None, maximum=None, max_length=None, pattern=None)


def _care(catalogue: Catalogue, table: RecordType, field: Field) -> DataClass:
    tables = Catalogue({**catalogue.tables, table.key: table}, catalogue.version)
    reads = calculation_reads(tables, table, field)
    classes = [one.data_class for one in _fields(tables, reads)]
    return consistency.strictest((field.data_class, *classes))


def _fields(catalogue: Catalogue, reads: Collection[tuple[str, str]]) -> Iterator[Field]:
    for key, name in reads:
        found = catalogue.table(key).find(name)
        if found is not None:
            yield found
