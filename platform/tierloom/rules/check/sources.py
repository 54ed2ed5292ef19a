"""Fields as sources of values: stored ones, calculated ones, and those one reference up."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from tierloom.domain.fields import Aggregate, Field
from tierloom.domain.scores import Score
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import Segment, TierModel
from tierloom.errors import Invalid, Problem
from tierloom.rules import ir
from tierloom.rules.check.checker import Checker, Scope, refuse
from tierloom.rules.check.literals import cast
from tierloom.rules.ir import Family, ValueType
from tierloom.rules.syntax import Apply, Scalar, Syntax
from tierloom.rules.types import DATE, DOUBLE, INTEGER, name_of, value_type
from tierloom.text import T, Text

_FIELDS_SHOWN = 30
Named = TypeVar("Named", Segment, Score, TierModel)
_ORDERED = (Family.NUMBER, Family.DATE, Family.DATETIME)


def source(checker: Checker, table: RecordType, key: str, pointer: str) -> ir.Var | ir.Calculated:
    """Return the node that reads a field of `table`.

    Raises:
        Invalid: there is no such field, it was deleted, or its calculation has problems.
    """
    found = _field(checker, table, key, pointer)
    if found.calculation is None:
        return ir.Var((key,), value_type(found.type))
    made = checker.once(
        "field", table.key, key, pointer, lambda: checker.calculate(checker, table, found, pointer)
    )
    assert isinstance(made, ir.Calculated)
    return made


def object_named(
    known: Mapping[str, Named], node: Apply, scope: Scope
) -> tuple[Named | None, str | None, Text | None]:
    """Return the object about the table at hand whose key is the argument of `node`; the key; whom to pick instead."""
    (name,) = node.args
    key = name.value if isinstance(name, Scalar) and isinstance(name.value, str) else None
    here = [one.key for one in known.values() if one.record_type == scope.table.key]
    names = ", ".join(here[:_FIELDS_SHOWN])
    hint = T("Pick one of: %(names)s.", names=names) if here else None
    return known[key] if key in here else None, key, hint


def lookup(checker: Checker, scope: Scope, name: str, pointer: str) -> ir.Var | ir.Calculated:
    """Return the node for a name in a rule: a field, or `reference.field` one table up.

    Raises:
        Invalid: the name leads nowhere.
    """
    first, dot, rest = name.partition(".")
    if not dot:
        return source(checker, scope.table, first, pointer)
    reference = _field(checker, scope.table, first, pointer)
    target = _target(checker, reference, name, pointer)
    if "." in rest:
        raise refuse(
            "path-too-long", pointer, T("A path goes up one link at most: %(name)s.", name=name)
        )
    above = _field(checker, target, rest, pointer)
    if not above.is_stored:
        message = T("“%(name)s” is a calculated field of another table.", name=name)
        hint = T("Only stored fields can be reached through a link.")
        raise refuse("calculated-above", pointer, message, hint)
    return ir.Var((first, rest), value_type(above.type))


def declared(checker: Checker, scope: Scope, value: ir.ValueNode) -> Field | None:
    """Return the stored field that a value reads directly, None for anything else."""
    match value:
        case ir.Var((key,)):
            return scope.table.find(key)
        case ir.Var((reference, key)):
            target = scope.table.field(reference).type.target
            return checker.catalogue.table(target).find(key) if target else None
        case _:
            return None


def key_of(checker: Checker, value: ir.ValueNode, pointer: str) -> ir.ValueNode:
    """Replace a reference by the key of the record that it points to; other values stay.

    Raises:
        Invalid: the target table has no key field.
    """
    if not isinstance(value, ir.Var) or value.type.family is not Family.REFERENCE:
        return value
    target = checker.catalogue.tables.get(value.type.target or "")
    key = target.find(target.key_field) if target and target.key_field else None
    if key is None or not key.is_stored or len(value.path) > 1:
        message = T("“%(name)s” cannot be compared.", name=".".join(value.path))
        hint = T("Choose a key field for the other table first.")
        raise refuse("no-key-field", pointer, message, hint)
    return ir.Var((*value.path, key.key), value_type(key.type))


def relation_rows(checker: Checker, table: RecordType, name: str, pointer: str) -> ir.Related:
    """Return all related records under this name, up to `as_of`.

    Raises:
        Invalid: the table has no such related records.
    """
    relation = checker.catalogue.relation(table.key, name)
    if relation is None:
        known = [one.name for one in checker.catalogue.relations(table.key)]
        message = T("%(table)s has no related records “%(name)s”.", table=table.label, name=name)
        hint = T("Pick one of: %(names)s.", names=", ".join(known)) if known else None
        raise refuse("unknown-relation", pointer, message, hint)
    child = checker.catalogue.table(relation.child)
    return ir.Related(relation.name, relation.child, relation.reference, child.date_field)


def roll_up(
    aggregate: Aggregate, rows: ir.Related, operand: ir.ValueNode | None, pointer: str
) -> ir.RollUpOf:
    """Type an aggregate over related records.

    Raises:
        Invalid: the operand cannot be aggregated so.
    """
    if operand is None:
        return ir.RollUpOf(aggregate, rows, None, INTEGER)
    kind = operand.type
    if not _fits(aggregate, kind):
        message = T(
            "“%(name)s” cannot be used on %(kind)s.", name=aggregate.value, kind=name_of(kind)
        )
        raise refuse("wrong-aggregate", pointer, message)
    match aggregate:
        case Aggregate.AVERAGE:
            kind = ValueType(Family.NUMBER, currency=kind.currency)
        case Aggregate.SHARE:
            kind = DOUBLE
        case Aggregate.DISTINCT | Aggregate.GAP:
            kind = INTEGER
    return ir.RollUpOf(aggregate, rows, operand, kind)


def operand_of(
    checker: Checker, aggregate: Aggregate, child: RecordType, key: str, pointer: str
) -> ir.ValueNode:
    """Return the node that reads what an aggregate works on; links are told apart by the others' keys.

    Raises:
        Invalid: there is no such field, or it has problems.
    """
    value = source(checker, child, key, pointer)
    return key_of(checker, value, pointer) if aggregate is Aggregate.DISTINCT else value


def _fits(aggregate: Aggregate, kind: ValueType) -> bool:
    match aggregate:
        case Aggregate.SUM | Aggregate.AVERAGE:
            return kind.family is Family.NUMBER and kind.scale is not None
        case Aggregate.MINIMUM | Aggregate.MAXIMUM:
            return kind.family in _ORDERED
    return kind.family is not Family.REFERENCE


def elsewhere(what: Text, pointer: str, invalid: Invalid) -> Invalid:
    """Bring a problem of another document home to the place that uses it."""
    first = invalid.problems[0]
    message = T("%(what)s has a problem: %(problem)s", what=what, problem=first.message)
    if first.code == "circle" or first.message.message == message.message:
        return Invalid([replace(first, pointer=pointer)])
    return Invalid([Problem(first.code, pointer, message, first.hint)])


def _field(checker: Checker, table: RecordType, key: str, pointer: str) -> Field:
    found = table.find(key)
    if found is not None and not found.retired:
        return found
    if found is not None:
        message = T("The field “%(name)s” was deleted.", name=found.label)
        raise refuse("deleted-field", pointer, message, T("Restore it, or use another field."))
    message = T("%(table)s has no field “%(name)s”.", table=table.label, name=key[:60])
    if checker.catalogue.relation(table.key, key):
        hint = T("These are related records: use count, sum, some or none.")
    else:
        names = [one.key for one in table.live_fields[:_FIELDS_SHOWN]]
        hint = T("Pick one of: %(names)s.", names=", ".join(names))
    raise refuse("unknown-field", pointer, message, hint)


def _target(checker: Checker, reference: Field, name: str, pointer: str) -> RecordType:
    target = checker.catalogue.tables.get(reference.type.target or "")
    if target is None:
        message = T("“%(name)s” does not lead to another table.", name=name)
        raise refuse("unknown-field", pointer, message)
    return target


def whole_number(checker: Checker, node: Syntax, scope: Scope) -> ir.ValueNode:
    """Read a whole number: a constant, or a value without decimals.

    Raises:
        Invalid: it is something else.
    """
    value = cast(checker, node, INTEGER) if isinstance(node, Scalar) else checker.value(node, scope)
    if value.type.family is Family.NUMBER and value.type.scale == 0 and not value.type.currency:
        return value
    raise refuse("wrong-type", node.pointer, T("A whole number is needed here."))


def as_day(value: ir.ValueNode, pointer: str) -> ir.ValueNode:
    """Return the local date of a date or a date with time.

    Raises:
        Invalid: the value is neither.
    """
    if value.type.family is Family.DATE:
        return value
    if value.type.family is Family.DATETIME:
        return ir.Call(ir.Function.DATE_OF, (value,), DATE)
    message = T("A date is needed here, this is %(kind)s.", kind=name_of(value.type))
    raise refuse("wrong-type", pointer, message)
