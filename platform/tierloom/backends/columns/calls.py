"""Functions of a rule over vectors."""

from collections.abc import Sequence

import numpy as np

from tierloom.backends.columns import arithmetic, civil, texts, zones
from tierloom.backends.columns.constants import number
from tierloom.backends.columns.vectors import Numbers, Vector, none_of
from tierloom.domain.context import RunContext
from tierloom.engine.columns import Doubles
from tierloom.rules import dates
from tierloom.rules.ir import Call, Family, Function

_FIRST, _LAST = number(dates.FIRST_INSTANT), number(dates.LAST_INSTANT)
TEXT_FUNCTIONS = frozenset({Function.CAT, Function.SUBSTR, Function.LOWER, Function.UPPER})


def call(node: Call, args: Sequence[Vector], context: RunContext) -> Vector:
    """Return the function's values; `args` are those of the node's arguments."""
    if node.function is Function.COALESCE:
        return arithmetic.first_known(args)
    if node.function in TEXT_FUNCTIONS:
        return texts.call(node, args, context)
    numbers = [_numbers(arg, node) for arg in args]
    match node.function:
        case Function.MIN:
            return arithmetic.smallest(numbers)
        case Function.MAX:
            return arithmetic.largest(numbers)
    return Numbers(_date(node, [one.values for one in numbers], context), none_of(*numbers))


def _date(node: Call, args: Sequence[Doubles], context: RunContext) -> Doubles:
    zone = context.zone
    instants = node.args[0].type.family is Family.DATETIME
    match node.function:
        case Function.DATE_ADD if instants:
            return _instants(zones.shift(args[0], np.trunc(args[1]), node.unit, zone))
        case Function.TRUNCATE:
            return _instants(zones.truncate(args[0], node.unit, zone))
        case Function.DATE_ADD:
            return civil.shift(args[0], np.trunc(args[1]), node.unit)
        case Function.DATE_DIFF if instants:
            return zones.difference(args[0], args[1], node.unit, zone)
        case Function.DATE_DIFF:
            return civil.difference(args[0], args[1], node.unit)
        case Function.DATE_OF:
            return zones.local_day(args[0], zone)
    day = zones.local_day(args[0], zone) if instants else args[0]
    match node.function:
        case Function.DATE_PART:
            return civil.part(day, node.unit)
        case Function.ANNIVERSARY:
            return civil.to_anniversary(day, number(context.today))
    raise TypeError(f"{node.function} is no function of dates.")


def _instants(values: Doubles) -> Doubles:
    """Make unknown what leaves what instants can be."""
    return np.where((values >= _FIRST) & (values <= _LAST), values, np.nan)


def _numbers(vector: Vector, node: Call) -> Numbers:
    if not isinstance(vector, Numbers):
        raise TypeError(f"{node.function} needs numbers or dates.")
    return vector
