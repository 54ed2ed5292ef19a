"""In a list, in a choice, in a text, in a region: `in`, `starts_with`, `ends_with`, `within`."""

from unicodedata import normalize

from tierloom.rules import ir
from tierloom.rules.check.alike import beside
from tierloom.rules.check.checker import Checker, Rule, Scope, every, refuse
from tierloom.rules.check.comparison import whole_day
from tierloom.rules.check.literals import cast, is_null
from tierloom.rules.check.sources import key_of
from tierloom.rules.ir import Family
from tierloom.rules.syntax import Apply, Items, Scalar, Syntax
from tierloom.rules.types import name_of
from tierloom.schemas.regions import prefix_of
from tierloom.text import T


def _in(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    needle, where = node.args
    if isinstance(where, Items):
        return _in_list(checker, needle, where, scope)
    if not isinstance(where, Apply):
        message = T("Give a list of values, or a field to look in.")
        raise refuse("no-list", where.pointer, message)
    return _inside(checker, needle, where, scope)


def _in_list(checker: Checker, needle: Syntax, items: Items, scope: Scope) -> ir.Predicate:
    require_values(items)
    value = key_of(checker, checker.value(needle, scope), needle.pointer)
    if value.type.family is Family.CHOICES:
        message = T("A multiple choice cannot be compared as a whole.")
        hint = T("Ask whether it has any of some options.")
        raise refuse("choices-compared", needle.pointer, message, hint)
    literals = every(lambda item: beside(checker, scope, item, value), items.items)
    days = [one for one in literals if one.type.family is not value.type.family]
    others = dict.fromkeys(one.value for one in literals if one.type.family is value.type.family)
    parts: list[ir.Predicate] = [
        whole_day(checker, ir.Comparison.EQUAL, value, day) for day in days
    ]
    if others:
        parts.append(ir.OneOf(value, tuple(others)))
    return parts[0] if len(parts) == 1 else ir.Or(tuple(parts))


def require_values(items: Items) -> None:
    """Refuse an empty list, and an unknown value in one.

    Raises:
        Invalid: with the place.
    """
    if not items.items:
        message = T("The list is empty, so nothing can be in it.")
        raise refuse("empty-list", items.pointer, message, T("Add a value to the list."))
    for item in items.items:
        if is_null(item):
            message = T("An unknown value cannot be in a list.")
            hint = T("Ask apart whether the field is empty.")
            raise refuse("null-in-list", item.pointer, message, hint)


def _inside(checker: Checker, needle: Syntax, where: Apply, scope: Scope) -> ir.Predicate:
    value = checker.value(where, scope)
    if value.type.family is Family.TEXT:
        return ir.Matches(ir.TextTest.CONTAINS, value, _needle(needle))
    if value.type.family is not Family.CHOICES:
        message = T("Nothing can be in %(kind)s.", kind=name_of(value.type))
        hint = T("Use “==”, or give a list of values.")
        raise refuse("wrong-type", where.pointer, message, hint)
    if not isinstance(needle, Scalar):
        raise refuse("computed-needle", needle.pointer, T("An option is given as a constant."))
    option = cast(checker, needle, value.type).value
    assert isinstance(option, str)
    return ir.HasAnyOf(value, (option,))


def _edge(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    value = checker.value(node.args[0], scope)
    if value.type.family is not Family.TEXT:
        message = T("Text is needed here, this is %(kind)s.", kind=name_of(value.type))
        raise refuse("wrong-type", node.args[0].pointer, message)
    return ir.Matches(ir.TextTest(node.key), value, _needle(node.args[1]))


def _needle(node: Syntax) -> str:
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        message = T("The text to look for is given as a constant text.")
        raise refuse("computed-needle", node.pointer, message)
    if not node.value:
        message = T("The text to look for is empty.")
        raise refuse("empty-needle", node.pointer, message)
    return normalize("NFC", node.value)


def _within(checker: Checker, node: Apply, scope: Scope) -> ir.Predicate:
    """A region is within another when its code begins with the digits of the other's."""
    value = checker.value(node.args[0], scope)
    if value.type.family is not Family.REGION:
        message = T("A region is needed here, this is %(kind)s.", kind=name_of(value.type))
        raise refuse("wrong-type", node.args[0].pointer, message)
    where = node.args[1]
    if isinstance(where, Apply):
        message = T("A region to be within is given as a constant code.")
        raise refuse("computed-needle", where.pointer, message)
    if isinstance(where, Items):
        require_values(where)
    found = every(
        lambda one: cast(checker, one, value.type),
        where.items if isinstance(where, Items) else (where,),
    )
    prefixes = dict.fromkeys(prefix_of(str(one.value)) for one in found)
    parts = [ir.Matches(ir.TextTest.STARTS_WITH, value, one) for one in prefixes]
    return parts[0] if len(parts) == 1 else ir.Or(tuple(parts))


RULES: dict[str, Rule] = {
    "in": _in,
    "starts_with": _edge,
    "ends_with": _edge,
    "within": _within,
}
