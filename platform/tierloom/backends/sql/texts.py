"""Functions and tests of texts, by code points. No pattern and no collation is in them."""

from sqlglot import exp

from tierloom.backends.sql import civil, numbers
from tierloom.backends.sql.plan import Plan
from tierloom.backends.sql.refused import Refused
from tierloom.backends.sql.terms import (
    BIGINT,
    INT,
    TEXT,
    Sql,
    all_of,
    call,
    case,
    cast,
    joined,
    mark,
    whole,
)
from tierloom.domain.fields import Aggregate
from tierloom.rules import ir
from tierloom.rules.ir import Family, Function, TextTest
from tierloom.text import T

_WRITTEN_CALLS = (Function.MIN, Function.MAX, Function.COALESCE)
_CHOSEN = (
    Aggregate.FIRST,
    Aggregate.LAST,
    Aggregate.MINIMUM,
    Aggregate.MAXIMUM,
    Aggregate.MOST_FREQUENT,
)


def matches(test: TextTest, text: Sql, needle: Sql, length: int) -> Sql:
    """Whether the text contains, starts with or ends with the needle, which has `length` code points."""
    match test:
        case TextTest.CONTAINS:
            return holds(text, needle)
        case TextTest.STARTS_WITH:
            return call("SUBSTR", text, whole(1), whole(length)).eq(needle)
        case TextTest.ENDS_WITH:
            size = exp.Length(this=text.copy())
            begin = cast(size - whole(length - 1), INT)
            ends = call("SUBSTR", text, begin, whole(length)).eq(needle)
            return case([(size >= whole(length), ends)], exp.false())


def holds(text: Sql, needle: Sql) -> Sql:
    """Whether a text has another one in it."""
    return exp.StrPosition(this=text.copy(), substr=needle.copy()) > whole(0)


def cut(plan: Plan, text: Sql, args: list[Sql]) -> Sql:
    """Cut from a place, counted from the end where it is negative; a negative length cuts there."""
    size = plan.let(cast(exp.Length(this=text.copy()), BIGINT))
    start, *lengths = [plan.let(numbers.truncated(plan, one)) for one in args]
    begin = plan.let(_not_negative(plan, case([(start < whole(0), size + start)], start)))
    end = size
    if lengths:
        end = plan.let(case([(lengths[0] < whole(0), size + lengths[0])], begin + lengths[0]))
    end = plan.let(case([(end > size, size)], end))
    found = call("SUBSTR", text, cast(begin + whole(1), INT), cast(end - begin, INT))
    return case([(all_of([begin < size, begin < end]), found)])


def _not_negative(plan: Plan, number: Sql) -> Sql:
    found = plan.let(number)
    return case([(found < whole(0), whole(0))], found)


def concatenated(plan: Plan, nodes: tuple[ir.ValueNode, ...], values: list[Sql]) -> Sql:
    """Join texts; numbers and dates by one canonical format."""
    pieces = [
        plan.let(_canonical(plan, node, value)) for node, value in zip(nodes, values, strict=True)
    ]
    return exp.Nullif(this=exp.paren(joined(pieces)), expression=mark(""))


def _canonical(plan: Plan, node: ir.ValueNode, value: Sql) -> Sql:
    match node.type.family:
        case Family.TEXT | Family.CHOICE | Family.CHOICES | Family.REGION:
            return value
        case Family.DATE:
            return civil.written(plan, value)
        case Family.NUMBER if node.type.scale is not None and _has_declared_digits(node):
            return _figures(plan, value, node.type.scale)
        case Family.NUMBER:
            raise Refused(T("A number without declared decimals has no exact text."))
    raise TypeError(f"{node.type.family} has no canonical text.")


def _has_declared_digits(node: ir.ValueNode) -> bool:
    """Whether all of a number's digits are within its type: what adds and multiplies may have more."""
    match node:
        case ir.Var() | ir.Literal() | ir.Rounded():
            return True
        case ir.Calculated(value=value) | ir.Scored(value=value):
            return _has_declared_digits(value)
        case ir.If(branches, otherwise):
            return all(map(_has_declared_digits, (*(one for _, one in branches), otherwise)))
        case ir.Call(function, args):
            return function not in _WRITTEN_CALLS or all(map(_has_declared_digits, args))
        case ir.RollUpOf(aggregate, _, operand) if aggregate in _CHOSEN and operand is not None:
            return _has_declared_digits(operand)
        case ir.RollUpOf(aggregate):
            return aggregate in (Aggregate.COUNT, Aggregate.DISTINCT, Aggregate.GAP)
    return False


def _figures(plan: Plan, number: Sql, scale: int) -> Sql:
    """Write a number's digits: no exponent, no zeros at the end."""
    digits = plan.let(numbers.scaled(plan, number, scale))
    size = plan.let(exp.Abs(this=digits.copy()))
    sign = case([(digits < whole(0), mark("-"))], mark(""))
    if not scale:
        return joined([sign, cast(size, TEXT)])
    above = plan.let(plan.script.engine.quotient(size, 10**scale))
    below = plan.let(size - above * whole(10**scale))
    padded = civil.padded(below, scale)
    fraction = joined([mark("."), call("RTRIM", padded, mark("0"))])
    if plan.script.engine.dialect == "spark":  # its RTRIM takes what to trim first
        trimmed = exp.Trim(this=padded, expression=mark("0"), position="TRAILING")
        fraction = joined([mark("."), trimmed])
    return joined([sign, cast(above, TEXT), case([(below.eq(whole(0)), mark(""))], fraction)])


def shadowed(plan: Plan, node: ir.Call) -> Sql:
    """Return the column that holds a text in small letters or capitals.

    Raises:
        Refused: it is no stored text, or no such column stands beside it: engines change the case of
            letters in ways of their own.
    """
    (text,) = node.args
    if isinstance(text, ir.Var):
        table = plan.table_of(text.path)
        key = plan.script.layout.shadow(table, text.path[-1], node.function)
        if key is not None:
            return plan.shadow(text.path, key)
    raise Refused(
        T("Engines differ in small letters and capitals: a stored column with them is needed.")
    )
