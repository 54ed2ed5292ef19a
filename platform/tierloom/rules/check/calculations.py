"""Calculated fields: roll-ups, times since and until, formulas and bands, as nodes."""

from tierloom.domain.fields import (
    Aggregate,
    Bands,
    Calculation,
    Field,
    Formula,
    RollUp,
    TimeSince,
    TimeUntil,
)
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import RecordType
from tierloom.errors import Invalid
from tierloom.rules import ir
from tierloom.rules.check.checker import Checker, Scope, refuse
from tierloom.rules.check.sources import (
    as_day,
    elsewhere,
    operand_of,
    relation_rows,
    roll_up,
    source,
)
from tierloom.rules.ir import Family, ValueType
from tierloom.rules.normalise import normalise
from tierloom.rules.parse import parse
from tierloom.rules.passes import simplified
from tierloom.rules.syntax import Apply
from tierloom.rules.types import DATE, INTEGER, name_of, value_type
from tierloom.text import T


def calculated(checker: Checker, table: RecordType, field: Field, pointer: str) -> ir.Calculated:
    """Compile a calculated field.

    Raises:
        Invalid: its calculation has problems, or gives something else than the field's type.
    """
    if field.calculation is None:
        raise ValueError(f"{field.key!r} is not calculated.")
    expected = value_type(field.type)
    try:
        value = _value(checker, table, field.calculation, expected, pointer)
    except Invalid as invalid:
        raise elsewhere(T("The field “%(name)s”", name=field.label), pointer, invalid) from invalid
    if not _is_declared(value.type, expected):
        message = T(
            "The field “%(name)s” is declared as %(kind)s, its calculation gives %(given)s.",
            name=field.label,
            kind=name_of(expected),
            given=name_of(value.type),
        )
        raise refuse("wrong-calculation", pointer, message)
    return ir.Calculated(table.key, field.key, value, value.type)


def _is_declared(given: ValueType, expected: ValueType) -> bool:
    if (given.family, given.currency) != (expected.family, expected.currency):
        return False
    return set(given.options) <= set(expected.options)


def _value(
    checker: Checker,
    table: RecordType,
    calculation: Calculation,
    expected: ValueType,
    pointer: str,
) -> ir.ValueNode:
    match calculation:
        case RollUp():
            return _rolled(checker, table, calculation, pointer)
        case TimeSince(key, unit):
            day = as_day(source(checker, table, key, pointer), pointer)
            return ir.Call(ir.Function.DATE_DIFF, (ir.Today(DATE), day), INTEGER, unit.value)
        case TimeUntil(key, unit, yearly):
            day = as_day(source(checker, table, key, pointer), pointer)
            if yearly:
                return ir.Call(ir.Function.ANNIVERSARY, (day,), INTEGER)
            return ir.Call(ir.Function.DATE_DIFF, (day, ir.Today(DATE)), INTEGER, unit.value)
        case Formula(rule):
            return _formula(checker, rule, Scope(table), expected)
        case Bands():
            return _banded(checker, table, calculation, expected, pointer)


# ── roll-ups ────────────────────────────────────────────────────────────────────────────────────


def _rolled(checker: Checker, table: RecordType, calculation: RollUp, pointer: str) -> ir.RollUpOf:
    every = relation_rows(checker, table, calculation.relation, pointer)
    child = checker.catalogue.table(every.child)
    aggregate = calculation.aggregate
    if every.date_field is None and (calculation.window_days or aggregate is Aggregate.GAP):
        message = T("%(table)s has no date field, so it has no last days.", table=child.label)
        raise refuse("no-date-field", pointer, message)
    scope = Scope(child, depth=1)
    rows = ir.Related(
        every.relation,
        every.child,
        every.reference,
        every.date_field,
        _only(checker, calculation.only, scope),
        calculation.window_days,
    )
    return roll_up(aggregate, rows, _operand(checker, calculation, every, scope, pointer), pointer)


def _operand(
    checker: Checker, calculation: RollUp, every: ir.Related, scope: Scope, pointer: str
) -> ir.ValueNode | None:
    matching = _only(checker, calculation.matching, scope)
    if matching is not None:
        return ir.Truth(matching)
    if calculation.aggregate is Aggregate.GAP and every.date_field is not None:
        return as_day(source(checker, scope.table, every.date_field, pointer), pointer)
    key = calculation.operand
    if key is None:
        return None
    return operand_of(checker, calculation.aggregate, scope.table, key, pointer)


def _only(checker: Checker, document: RuleDocument | None, scope: Scope) -> ir.Predicate | None:
    return None if document is None else checker.compile_document(checker, document, scope)


# ── formulas and bands ──────────────────────────────────────────────────────────────────────────


def _formula(
    checker: Checker, document: RuleDocument, scope: Scope, expected: ValueType
) -> ir.ValueNode:
    """Compile an expression; a number is rounded once, to the field's decimals.

    Its warnings belong to its own page.
    """
    syntax = normalise(parse(document))
    if not isinstance(syntax, Apply):
        message = T("A formula works something out of fields; this is a constant.")
        raise refuse("unexpected-constant", syntax.pointer, message)
    before = list(checker.warnings)
    value = checker.value(syntax, scope)
    checker.warnings = before
    checker.require_size(value, scope.table.key)
    value = simplified(value)
    if value.type.family is Family.NUMBER and expected.family is Family.NUMBER:
        scale = expected.scale
        rounded = ValueType(Family.NUMBER, scale=scale, currency=value.type.currency)
        return ir.Rounded(value, rounded)
    return value


def _banded(
    checker: Checker, table: RecordType, bands: Bands, expected: ValueType, pointer: str
) -> ir.ValueNode:
    value = source(checker, table, bands.source, pointer)
    if value.type.family is not Family.NUMBER:
        message = T("A number is needed here, this is %(kind)s.", kind=name_of(value.type))
        raise refuse("wrong-type", pointer, message)
    return ir.Banded(value, bands.cuts, bands.classes, bands.right_closed, expected)
