"""Related records (`count`, `sum`, `some`, `none` … over `filter`) and other rules (`segment`)."""

from tierloom.domain.fields import WITHOUT_OPERAND, Aggregate
from tierloom.domain.tables import RecordType
from tierloom.errors import Invalid
from tierloom.rules import ir
from tierloom.rules.check.checker import MAX_CHILD_DEPTH, Checker, Rule, Scope, refuse
from tierloom.rules.check.literals import cast
from tierloom.rules.check.membership import require_values
from tierloom.rules.check.sources import (
    elsewhere,
    lookup,
    object_named,
    operand_of,
    relation_rows,
    roll_up,
)
from tierloom.rules.ir import Comparison, Family
from tierloom.rules.syntax import Apply, Items, Scalar, Syntax, variable
from tierloom.rules.types import INTEGER
from tierloom.text import T


def _rows(checker: Checker, node: Syntax, scope: Scope) -> tuple[ir.Related, RecordType]:
    """Read S: the name of related records, or a `filter` over such."""
    name = variable(node)
    if name is not None:
        found = relation_rows(checker, scope.table, name, node.pointer)
        return found, checker.catalogue.table(found.child)
    if isinstance(node, Apply) and node.key == "filter":
        rows, child = _rows(checker, node.args[0], scope)
        return _where(checker, rows, child, node.args[1], scope), child
    message = T("Related records are needed here: their name, or a filter over them.")
    raise refuse("no-records", node.pointer, message)


def _where(
    checker: Checker, rows: ir.Related, child: RecordType, node: Syntax, scope: Scope
) -> ir.Related:
    asked = checker.predicate(node, _inside(scope, child, node))
    only = asked if rows.only is None else ir.And((rows.only, asked))
    return ir.Related(rows.relation, rows.child, rows.reference, rows.date_field, only)


def _inside(scope: Scope, child: RecordType, node: Syntax) -> Scope:
    inside = scope.inside(child)
    if inside.depth > MAX_CHILD_DEPTH:
        message = T(
            "Conditions on related records are nested more than %(n)s deep.", n=MAX_CHILD_DEPTH
        )
        raise refuse("too-deep", node.pointer, message)
    return inside


def _aggregate(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    rows, child = _rows(checker, node.args[0], scope)
    aggregate = Aggregate(node.key)
    operand = None
    if len(node.args) > 1:
        name = variable(node.args[1])
        if name is None:
            message = T("Name a field of the related records here.")
            raise refuse("computed-operand", node.args[1].pointer, message)
        operand = operand_of(checker, aggregate, child, name, node.args[1].pointer)
    return roll_up(aggregate, rows, operand, node.pointer)


def _share(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    """Type the share of records for which a condition holds: the average of its answers."""
    rows, child = _rows(checker, node.args[0], scope)
    matching = checker.predicate(node.args[1], _inside(scope, child, node.args[1]))
    return roll_up(Aggregate.SHARE, rows, ir.Truth(matching), node.pointer)


def _filter(_checker: Checker, node: Apply, _scope: Scope) -> ir.ValueNode:
    message = T("A filter gives records, not a value.")
    hint = T("Wrap it in count, sum, some or none.")
    raise refuse("records-as-value", node.pointer, message, hint)


# ── some, all, none ─────────────────────────────────────────────────────────────────────────────


def _quantified(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    where, asked = node.args
    name = variable(where)
    if name is not None and scope.table.find(name.partition(".")[0]):
        return _options(checker, node, name, scope)
    rows, child = _rows(checker, where, scope)
    found = _where(checker, rows, child, asked, scope)
    if node.key == "some":
        return _at_least_one(found)
    if node.key == "none":
        return ir.Not(_at_least_one(found))
    inside = scope.inside(child)
    failing = ir.Not(checker.predicate(asked, inside))
    only = failing if rows.only is None else ir.And((rows.only, failing))
    misfits = ir.Related(rows.relation, rows.child, rows.reference, rows.date_field, only)
    return ir.And((_at_least_one(rows), ir.Not(_at_least_one(misfits))))


def _at_least_one(rows: ir.Related) -> ir.Predicate:
    counted = ir.RollUpOf(Aggregate.COUNT, rows, None, INTEGER)
    return ir.Compare(Comparison.GREATER_EQUAL, counted, ir.Literal(1, INTEGER))


def _options(checker: Checker, node: Apply, name: str, scope: Scope) -> ir.Predicate:
    """Ask about the options of a multiple choice: each is named by `{"var": ""}`."""
    value = lookup(checker, scope, name, node.args[0].pointer)
    match node.args[1]:
        case Apply("in", (Apply() as each, Items() as items)) if variable(each) == "":
            require_values(items)
        case Apply("==", (Apply() as each, Scalar() as item)) if variable(each) == "":
            items = Items((item,), item.pointer)
        case other:
            message = T("Ask about the options with “in” and a list of them.")
            raise refuse("wrong-options", other.pointer, message)
    if value.type.family is not Family.CHOICES:
        message = T("“%(name)s” is no multiple choice.", name=name)
        raise refuse("wrong-type", node.args[0].pointer, message)
    wanted = {str(cast(checker, item, value.type).value) for item in items.items}
    chosen = tuple(one for one in value.type.options if one in wanted)
    others = tuple(one for one in value.type.options if one not in wanted)
    has = ir.HasAnyOf(value, chosen)
    if node.key == "none":
        return ir.Not(has)
    if node.key == "some" or not others:
        return has
    return ir.And((has, ir.Not(ir.HasAnyOf(value, others))))


# ── other rules ─────────────────────────────────────────────────────────────────────────────────


def _segment(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    segment, key, hint = object_named(checker.objects.segments, node, scope)
    if segment is None:
        message = T("%(table)s has no segment “%(name)s”.", table=scope.table.label, name=key)
        raise refuse("unknown-segment", node.pointer, message, hint)
    try:
        rule = checker.once(
            "segment",
            segment.record_type,
            segment.key,
            node.pointer,
            lambda: checker.compile_document(checker, segment.rule, Scope(scope.table)),
        )
    except Invalid as invalid:
        what = T("The segment “%(name)s”", name=segment.label)
        raise elsewhere(what, node.pointer, invalid) from invalid
    assert not isinstance(rule, ir.ValueNode)
    return ir.InSegment(segment.key, rule)


RULES: dict[str, Rule] = {
    "count": _aggregate,
    **{one.value: _aggregate for one in Aggregate if one not in WITHOUT_OPERAND},
    "share": _share,
    "filter": _filter,
    "some": _quantified,
    "all": _quantified,
    "none": _quantified,
    "segment": _segment,
}
