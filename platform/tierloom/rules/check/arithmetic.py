"""Arithmetic over numbers and money."""

from tierloom.rules import ir
from tierloom.rules.check.bounds import require_bounds
from tierloom.rules.check.checker import Checker, Rule, Scope, every, refuse
from tierloom.rules.check.literals import cast
from tierloom.rules.ir import Family, Sign, ValueType
from tierloom.rules.syntax import Apply, Scalar, Syntax
from tierloom.rules.types import DOUBLE, INTEGER, name_of
from tierloom.text import T


def _arithmetic(checker: Checker, node: Apply, scope: Scope) -> ir.ValueNode:
    sign = Sign(node.key)
    parts = every(lambda one: _number(checker, one, scope), node.args)
    if sign in (Sign.ADD, Sign.SUBTRACT):
        parts = _with_currency(parts)
    kind = _kind(sign, parts, node.pointer)
    if len(parts) == 1:
        if sign is not Sign.SUBTRACT:
            return parts[0]
        parts = (ir.Literal(0, parts[0].type), *parts)
    made = ir.Arithmetic(sign, parts, kind)
    require_bounds(made, node.pointer)
    return made


def _number(checker: Checker, node: Syntax, scope: Scope) -> ir.ValueNode:
    if isinstance(node, Scalar):
        return cast(checker, node, DOUBLE)
    value = checker.value(node, scope)
    if value.type.family is not Family.NUMBER:
        message = T("A number is needed here, this is %(kind)s.", kind=name_of(value.type))
        raise refuse("wrong-type", node.pointer, message)
    return value


def _with_currency(parts: tuple[ir.ValueNode, ...]) -> tuple[ir.ValueNode, ...]:
    """Constants that are added to money are money, in major units."""
    currency = next((one.type.currency for one in parts if one.type.currency), None)
    return tuple(
        ir.Literal(one.value, ValueType(Family.NUMBER, one.type.scale, currency))
        if isinstance(one, ir.Literal)
        else one
        for one in parts
    )


def _kind(sign: Sign, parts: tuple[ir.ValueNode, ...], pointer: str) -> ValueType:
    """Type the result: money adds to money of one currency, and is scaled by numbers."""
    kinds = [one.type for one in parts]
    currencies = [kind.currency for kind in kinds]
    money = [currency for currency in currencies if currency]
    whole = all(kind.scale == 0 for kind in kinds)
    match sign:
        case Sign.ADD | Sign.SUBTRACT:
            fits, currency = len(set(currencies)) == 1, currencies[0]
        case Sign.MULTIPLY:
            fits, currency = len(money) <= 1, money[0] if money else None
        case Sign.DIVIDE:
            fits = currencies[1] in (None, currencies[0])
            currency = None if currencies[1] else currencies[0]
        case Sign.REMAINDER:
            fits, currency = whole and not money, None
    if not fits:
        raise _misfit(sign, pointer)
    if whole and sign is not Sign.DIVIDE:
        return ValueType(Family.NUMBER, scale=INTEGER.scale, currency=currency)
    return ValueType(Family.NUMBER, currency=currency)


def _misfit(sign: Sign, pointer: str) -> Exception:
    match sign:
        case Sign.ADD | Sign.SUBTRACT:
            message = T("Money is added to money of the same currency only.")
        case Sign.MULTIPLY:
            message = T("Money cannot be multiplied by money.")
        case Sign.DIVIDE:
            message = T("A number cannot be divided by money, nor money by another currency.")
        case Sign.REMAINDER:
            message = T("A remainder needs whole numbers.")
    return refuse("wrong-arithmetic", pointer, message)


RULES: dict[str, Rule] = {sign.value: _arithmetic for sign in Sign}
