"""Functions of text: `cat`, `substr`, `lower`, `upper`."""

from tierloom.rules import ir
from tierloom.rules.check.checker import Checker, Rule, Scope, every, refuse
from tierloom.rules.check.literals import cast, is_null, plain
from tierloom.rules.check.sources import whole_number
from tierloom.rules.ir import Family, Function
from tierloom.rules.syntax import Apply, Scalar, Syntax
from tierloom.rules.types import BOOLEAN, TEXT, name_of
from tierloom.text import T

_WRITTEN = (Family.TEXT, Family.NUMBER, Family.DATE)
"""What has one canonical way of writing. An instant has not: it depends on the zone."""


def _cat(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    parts = every(lambda one: _written(checker, one, scope), node.args)
    return ir.Call(Function.CAT, parts, TEXT)


def _written(checker: Checker, node: Syntax, scope: Scope) -> ir.ValueNode:
    if isinstance(node, Scalar):
        literal = cast(checker, node, TEXT) if is_null(node) else plain(node)
        if literal.type != BOOLEAN:
            return literal
    value = checker.value(node, scope)
    if value.type.family in _WRITTEN:
        return value
    message = T(
        "Text, a number or a date is needed here, this is %(kind)s.", kind=name_of(value.type)
    )
    hint = T("Take its day first, with date_of.") if value.type.family is Family.DATETIME else None
    raise refuse("wrong-type", node.pointer, message, hint)


def _substr(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    text = _text(checker, node.args[0], scope)
    places = every(lambda one: whole_number(checker, one, scope), node.args[1:])
    return ir.Call(Function.SUBSTR, (text, *places), TEXT)


def _cased(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    return ir.Call(Function(node.key), (_text(checker, node.args[0], scope),), TEXT)


def _text(checker: Checker, node: Syntax, scope: Scope) -> ir.ValueNode:
    if isinstance(node, Scalar):
        return cast(checker, node, TEXT)
    value = checker.value(node, scope)
    if value.type.family is Family.TEXT:
        return value
    message = T("Text is needed here, this is %(kind)s.", kind=name_of(value.type))
    raise refuse("wrong-type", node.pointer, message)


RULES: dict[str, Rule] = {"cat": _cat, "substr": _substr, "lower": _cased, "upper": _cased}
