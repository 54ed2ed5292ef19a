"""Numbers that a few conditions decide: points of a score, say.

They are worked out once for every combination of answers; a record's answers, as bits, are its place in
that table.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tierloom.backends.columns.bounds import Bounds, sure
from tierloom.backends.columns.constants import NUMERIC
from tierloom.backends.columns.nodes import traits
from tierloom.backends.columns.operations import conditions, operands, operation
from tierloom.backends.columns.vectors import Numbers, Vector, spread
from tierloom.domain.context import RunContext
from tierloom.engine.columns import Mask, Positions
from tierloom.rules import ir

ENTRIES = 4096
"""At most so many combinations: the table still fits the processor's nearest cache."""

Places = NDArray[np.unsignedinteger]
Constants = Callable[[ir.ValueNode], Vector]


def deciding(node: ir.ValueNode, states: int) -> tuple[ir.Predicate, ...]:
    """Return the conditions that decide a number, none where anything else has a part in it.

    An answer is one of `states`: no or yes, and under hold uncertain.
    """
    found: dict[ir.Predicate, None] = {}
    if node.type.family not in NUMERIC or not _collect(node, found):
        return ()
    return tuple(found) if states ** len(found) <= ENTRIES else ()


def table(
    node: ir.ValueNode,
    deciders: Sequence[ir.Predicate],
    constants: Constants,
    context: RunContext,
    states: int,
) -> Numbers:
    """Return the number for every combination of answers; the first condition changes most quickly."""
    combinations = np.arange(states ** len(deciders))
    digits = (combinations // states**place % states for place in range(len(deciders)))
    answers = {one: _bounds(digit, states) for one, digit in zip(deciders, digits, strict=True)}

    def work(part: ir.ValueNode) -> Vector:
        if traits(part).constant:
            return constants(part)
        if isinstance(part, ir.Calculated):
            return work(part.value)
        asked = (answers[one] for one in conditions(part))
        return operation(part, context)(*asked, *map(work, operands(part)))

    found = spread(work(node), len(combinations))
    assert isinstance(found, Numbers)
    return found


def _bounds(digit: Positions, states: int) -> Bounds:
    true = digit == states - 1
    return Bounds(true, digit >= 1) if states == 3 else sure(true)


def place(*masks: Mask) -> Places:
    """Return each record's place in the table of yes and no."""
    found: Places = masks[0].astype(np.uint16)
    for bit, mask in enumerate(masks[1:], 1):
        np.bitwise_or(found, np.multiply(mask, np.uint16(1 << bit)), out=found)
    return found


def place_held(*answers: Bounds) -> Places:
    """Return each record's place in the table of no, uncertain and yes."""
    found: Places = np.zeros(answers[0].true.shape, np.uint16)
    for digit, one in enumerate(answers):
        state = one.true.view(np.uint8) + one.possible.view(np.uint8)
        np.add(found, np.multiply(state, np.uint16(3**digit)), out=found)
    return found


def looked_up(numbers: Numbers) -> Callable[[Places], Numbers]:
    """Return what reads a block's numbers from a table."""
    assert numbers.none is None, "Nothing here is an aggregate of nothing."
    values = numbers.values.copy()
    return lambda places: Numbers(values.take(places, mode="clip"))


def _collect(node: ir.ValueNode, found: dict[ir.Predicate, None]) -> bool:
    """Collect the conditions of a node; tell whether it is made of conditions and constants only."""
    if traits(node).constant:
        return True
    match node:
        case ir.Calculated(value=inner):
            return _collect(inner, found)
        case ir.Arithmetic() | ir.Rounded() | ir.If():
            found.update(dict.fromkeys(conditions(node)))
            return all(_collect(one, found) for one in operands(node))
        case ir.Call(function) if function in (ir.Function.MIN, ir.Function.MAX):
            return all(_collect(one, found) for one in operands(node))
    return False
