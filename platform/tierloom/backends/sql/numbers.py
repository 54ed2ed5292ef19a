"""Numbers as doubles, and the whole numbers behind them."""

from functools import reduce

from tierloom.backends.sql.plan import Plan
from tierloom.backends.sql.refused import Refused
from tierloom.backends.sql.terms import BIGINT, DOUBLE, Sql, case, cast, whole
from tierloom.domain.fields import MAX_DIGITS
from tierloom.rules import ir
from tierloom.rules.check.bounds import MAX_EXPONENT, bounds
from tierloom.rules.ir import Sign
from tierloom.text import T

_EXACT = 2**52
_WHOLE_DIGITS = 18
_FAR = 10**10


def unit(scale: int) -> Sql:
    """Return 10**scale as a double."""
    return cast(whole(10**scale), DOUBLE)


def from_cell(plan: Plan, cell: Sql, scale: int | None) -> Sql:
    """Return the number that a cell stands for: by division, which is the nearest double."""
    number = cast(cell, DOUBLE)
    return plan.script.engine.ratio(number, unit(scale)) if scale else number


def arithmetic(plan: Plan, node: ir.Arithmetic, parts: list[Sql]) -> Sql:
    """Work from left to right. Zero has one sign."""
    high, low = bounds(node)
    if high > MAX_EXPONENT or low < -MAX_EXPONENT:
        raise Refused(T("The calculation could become too large or too small to be exact."))
    return plan.let(reduce(lambda a, b: plan.let(_apply(plan, node, a, b)), parts)) + cast(
        whole(0), DOUBLE
    )


def _apply(plan: Plan, node: ir.Arithmetic, left: Sql, right: Sql) -> Sql:
    match node.sign:
        case Sign.ADD:
            return left + right
        case Sign.SUBTRACT:
            return left - right
        case Sign.MULTIPLY:
            return left * right
        case Sign.DIVIDE:
            return plan.script.engine.ratio(left, right)
        case Sign.REMAINDER:
            return _remainder(plan, node, left, right)


def _remainder(plan: Plan, node: ir.Arithmetic, left: Sql, right: Sql) -> Sql:
    if any(one.type.scale != 0 for one in node.parts):
        raise Refused(T("A remainder needs whole numbers."))
    if any(bounds(one)[0] > _WHOLE_DIGITS for one in node.parts):
        raise Refused(T("A remainder of numbers with more than 18 digits is not exact."))
    engine = plan.script.engine
    return cast(engine.remainder(cast(left, BIGINT), cast(right, BIGINT)), DOUBLE)


def nearest(plan: Plan, number: Sql) -> Sql:
    """Return the nearest whole number as a double, ties to even.

    Up to 2**52, adding and taking away 2**52 leaves no room for a fraction; beyond there is none.
    """
    size = cast(whole(_EXACT), DOUBLE)
    number = plan.let(number)
    up, down = plan.let(number + size), plan.let(number - size)
    return case(
        [
            (number >= size, number),
            (number <= whole(-_EXACT), number),
            (number >= whole(0), up - size),
            (number < whole(0), down + size),
        ]
    )


def scaled(plan: Plan, number: Sql, scale: int) -> Sql:
    """Return number x 10**scale as a whole number."""
    return cast(plan.let(nearest(plan, number * unit(scale))), BIGINT)


def rounded(plan: Plan, number: Sql, scale: int) -> Sql:
    """Round to a number of decimals, ties to even; unknown beyond 15 digits."""
    found = plan.let(nearest(plan, number * unit(scale)))
    divided = plan.script.engine.ratio(found, unit(scale)) if scale else found
    size = 10**MAX_DIGITS
    return case([(_between(found, -size, size), divided)])


def _between(number: Sql, low: int, high: int) -> Sql:
    return (number.copy() > whole(low)).and_(number.copy() < whole(high))


def truncated(plan: Plan, number: Sql) -> Sql:
    """Return a number without its fraction, as a whole number; what is far away is brought nearer.

    So far, no calendar and no text goes.
    """
    near = plan.let(
        case(
            [(number > whole(_FAR), unit(10)), (number < whole(-_FAR), unit(10) * whole(-1))],
            number,
        )
    )
    floor = plan.script.engine.floor
    return case([(near < whole(0), whole(0) - floor(plan.let(whole(0) - near)))], floor(near))


def extreme(plan: Plan, parts: list[Sql], *, largest: bool) -> Sql:
    """Return the largest or the smallest, unknown if any is."""

    def better(a: Sql, b: Sql) -> Sql:
        if largest:
            return plan.let(case([(a >= b, a), (a < b, b)]))
        return plan.let(case([(a <= b, a), (a > b, b)]))

    return reduce(better, parts)
