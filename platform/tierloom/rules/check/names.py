"""Operators that name fields: `var`, `missing`, `missing_some`, `is_known`."""

from tierloom.rules import ir
from tierloom.rules.check.alike import beside, require_constants
from tierloom.rules.check.checker import Checker, Rule, Scope, every, refuse
from tierloom.rules.check.literals import is_null
from tierloom.rules.check.sources import lookup
from tierloom.rules.syntax import Apply, Items, Scalar, Syntax, variable
from tierloom.rules.types import INTEGER
from tierloom.text import T


def _var(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    name = node.args[0]
    found = lookup(
        checker, scope, _key(name.value if isinstance(name, Scalar) else None, name), name.pointer
    )
    if len(node.args) == 1 or is_null(node.args[1]):
        return found
    default = node.args[1]
    if not isinstance(default, Scalar):
        message = T("The value in place of an unknown one must be a constant.")
        raise refuse("computed-default", default.pointer, message)
    require_constants(found.type, default.pointer)
    literal = beside(checker, scope, default, found)
    return ir.Call(ir.Function.COALESCE, (found, literal), found.type)


def _named(checker: Checker, node: Syntax, scope: Scope) -> ir.Var | ir.Calculated:
    """Read a name, or a `var` with one."""
    name = node.value if isinstance(node, Scalar) else variable(node)
    return lookup(checker, scope, _key(name, node), node.pointer)


def _key(name: object, node: Syntax) -> str:
    if isinstance(name, str):
        return name
    raise refuse("computed-path", node.pointer, T("A field is named by its key, as text."))


def _is_known(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    return ir.IsKnown(_named(checker, node.args[0], scope))


def _missing(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    known = _all_named(checker, node, node.args, scope)
    parts = tuple(ir.Not(one) for one in known)
    return parts[0] if len(parts) == 1 else ir.Or(parts)


def _missing_some(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    needed, names = node.args
    if not isinstance(needed, Scalar) or type(needed.value) is not int or needed.value < 1:
        message = T("Write how many must be there: a whole number from 1.")
        raise refuse("wrong-type", needed.pointer, message)
    known = _all_named(checker, node, (names,), scope)
    one, zero = ir.Literal(1, INTEGER), ir.Literal(0, INTEGER)
    counted = tuple(ir.If(((part, one),), zero, INTEGER) for part in known)
    total: ir.ValueNode = counted[0]
    if len(counted) > 1:
        total = ir.Arithmetic(ir.Sign.ADD, counted, INTEGER)
    return ir.Compare(ir.Comparison.LESS, total, ir.Literal(needed.value, INTEGER))


def _all_named(
    checker: Checker, node: Apply, given: tuple[Syntax, ...], scope: Scope
) -> tuple[ir.IsKnown, ...]:
    """Read names given one by one, or as one list."""
    names = given[0].items if len(given) == 1 and isinstance(given[0], Items) else given
    if not names:
        raise refuse("empty-list", node.pointer, T("Name at least one field."))
    return every(lambda name: ir.IsKnown(_named(checker, name, scope)), names)


RULES: dict[str, Rule] = {
    "var": _var,
    "is_known": _is_known,
    "missing": _missing,
    "missing_some": _missing_some,
}
