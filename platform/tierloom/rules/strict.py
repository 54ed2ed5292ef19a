"""What two-valued semantics allows to leave out: every evaluator does, and none does under hold."""

from collections.abc import Iterator

from tierloom.rules import ir


def without_needless(parts: tuple[ir.Predicate, ...]) -> tuple[ir.Predicate, ...]:
    """Leave out of an `and` the parts that only ask whether something is known that another part tests.

    Where it is unknown, or *none*, the other part does not hold either. (Under hold the two differ:
    the first one is certainly false, the other one uncertain.)
    """
    asked = {part.value for part in parts if isinstance(part, ir.IsKnown)}
    if not asked:
        return parts
    tested = {value for part in parts for value in _tested(part)}
    return tuple(
        part for part in parts if not (isinstance(part, ir.IsKnown) and part.value in tested)
    )


def _tested(part: ir.Predicate) -> Iterator[ir.ValueNode]:
    match part:
        case ir.Compare(left=left, right=right):
            yield from _needed(left)
            yield from _needed(right)
        case ir.OneOf(value=value) | ir.Matches(value=value):
            yield from _needed(value)
        case ir.HasAnyOf(value=value) | ir.IsTrue(value=value):
            yield from _needed(value)


def _needed(value: ir.ValueNode) -> Iterator[ir.ValueNode]:
    """Walk a value and the parts without any of which it is unknown."""
    yield value
    match value:
        case ir.Arithmetic(parts=below):
            pass
        case ir.Call(function=function, args=below) if function is not ir.Function.COALESCE:
            pass
        case ir.Rounded(value=inner):
            below = (inner,)
        case _:
            return
    for one in below:
        yield from _needed(one)
