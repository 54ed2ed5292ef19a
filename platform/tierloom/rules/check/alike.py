"""Values of one type: constants beside a value take its type, and several values must agree."""

from collections.abc import Sequence

from tierloom.domain.fields import FieldKind
from tierloom.rules import ir
from tierloom.rules.check.checker import Checker, Scope, every, refuse
from tierloom.rules.check.literals import cast, is_null, plain, require_decimals
from tierloom.rules.check.sources import declared
from tierloom.rules.ir import Family, ValueType
from tierloom.rules.syntax import Scalar, Syntax
from tierloom.rules.types import name_of
from tierloom.schemas.parsing import BadText, parse_text
from tierloom.text import T

_NORMALISED = (FieldKind.PHONE, FieldKind.EMAIL)


def beside(checker: Checker, scope: Scope, node: Scalar, value: ir.ValueNode) -> ir.Literal:
    """Cast a constant that is compared directly with a value.

    Raises:
        Invalid: it is not of the value's type, or finer than the field can be.
    """
    literal = cast(checker, node, value.type)
    if value.type.family is Family.NUMBER:
        require_decimals(literal, value, node.pointer)
    field = declared(checker, scope, value)
    if field is None or field.type.kind not in _NORMALISED:
        return literal
    try:
        normal = parse_text(field.type, str(literal.value), checker.zone)
    except BadText as bad:
        raise refuse(bad.problem.code, node.pointer, bad.problem.message) from bad
    return ir.Literal(normal, literal.type)


def alike(
    checker: Checker, nodes: Sequence[Syntax], scope: Scope, *, nulls: bool = False
) -> tuple[tuple[ir.ValueNode, ...], ValueType]:
    """Type several nodes as values of one type; constants follow the others.

    Raises:
        Invalid: they do not agree, or one has problems of its own.
    """
    found = every(lambda one: _unless_constant(checker, one, scope, nulls=nulls), nodes)
    known = [one for one in found if one is not None]
    if not known:
        known = [plain(node) for node in nodes if isinstance(node, Scalar) and not is_null(node)]
    if not known:
        raise refuse("unexpected-null", nodes[0].pointer, T("A value is needed here."))
    kind = known[0].type
    for node, one in zip(nodes, found, strict=True):
        if one is not None:
            kind = agreed(kind, one.type, node.pointer)
    values = every(
        lambda pair: pair[1] if pair[1] is not None else _constant(checker, pair[0], kind),
        zip(nodes, found, strict=True),
    )
    scales = {one.type.scale for one in values}
    scale = None if None in scales else max(s for s in scales if s is not None)
    return values, ValueType(
        kind.family, scale, kind.currency, kind.options, kind.ranked, kind.target
    )


def agreed(kind: ValueType, other: ValueType, pointer: str) -> ValueType:
    """Return the type that two values share.

    Raises:
        Invalid: they have none in common.
    """
    same = kind.family is other.family and kind.currency == other.currency
    if same and kind.family in (Family.CHOICE, Family.CHOICES):
        same = kind.options == other.options
    if same and kind.family is not Family.REFERENCE:
        return kind
    message = T(
        "%(one)s and %(other)s do not go together.", one=name_of(kind), other=name_of(other)
    )
    raise refuse("types-differ", pointer, message)


def require_constants(kind: ValueType, pointer: str) -> None:
    """Refuse a constant in place of a multiple choice: an option is not the options of a record.

    Raises:
        Invalid: with the place.
    """
    if kind.family is Family.CHOICES:
        message = T("An option cannot stand in place of a multiple choice.")
        hint = T("Ask whether it has any of some options.")
        raise refuse("choices-compared", pointer, message, hint)


def _unless_constant(
    checker: Checker, node: Syntax, scope: Scope, *, nulls: bool
) -> ir.ValueNode | None:
    if isinstance(node, Scalar) and (nulls or not is_null(node)):
        return None
    return checker.value(node, scope)


def _constant(checker: Checker, node: Syntax, kind: ValueType) -> ir.Literal:
    assert isinstance(node, Scalar)
    if is_null(node):
        return ir.Literal(None, kind)
    require_constants(kind, node.pointer)
    literal = cast(checker, node, kind)
    if literal.type.family is not kind.family:
        message = T("A time is needed here, not only a day.")
        raise refuse("wrong-type", node.pointer, message)
    return literal
