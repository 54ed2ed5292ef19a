"""Questions about nodes that decide how they are evaluated."""

from dataclasses import dataclass
from functools import lru_cache

from tierloom.backends.columns.constants import NUMERIC
from tierloom.domain.fields import Aggregate
from tierloom.domain.tiers import TIER
from tierloom.rules import ir
from tierloom.rules.walk import parts

Atom = ir.Compare | ir.OneOf | ir.Matches | ir.HasAnyOf | ir.IsKnown | ir.IsTrue


def parts_of(node: ir.Node) -> tuple[ir.Node, ...]:
    """Return the nodes right below, also those of calculated fields, scores and segments."""
    match node:
        case ir.Calculated(value=below) | ir.Scored(value=below) | ir.InSegment(rule=below):
            return (below,)
        case _:
            return parts(node)


def inputs(atom: Atom) -> tuple[ir.ValueNode, ...]:
    """Return the values that an atom tests."""
    return (atom.left, atom.right) if isinstance(atom, ir.Compare) else (atom.value,)


@dataclass(frozen=True, slots=True)
class Traits:
    """How a node is to be evaluated.

    `constant`: its value is the same for all records. `streamed`: it is worked out block by block
    rather than kept whole. `dear`: that takes much longer than reading a column. `asks`: a predicate is
    in it, so that `hold` can make a difference. `today` and `now`: it reads the clock. `tiers` are the
    results of tier models that it reads. `roll_ups` are those in it (not those inside of them).
    """

    constant: bool
    streamed: bool
    dear: bool
    asks: bool
    today: bool
    now: bool
    tiers: tuple[str, ...]
    roll_ups: tuple[ir.RollUpOf, ...]


@lru_cache(maxsize=16_384)
def traits(node: ir.Node) -> Traits:
    """Return the traits of a node."""
    below = tuple(map(traits, parts_of(node)))
    asks = isinstance(node, ir.Predicate) or _operand_asks(node) or any(one.asks for one in below)
    # What decides by conditions has an answer for every record, though all may be the same.
    varies = isinstance(node, ir.Var | ir.RollUpOf | ir.Predicate)
    constant = not varies and all(one.constant for one in below)
    roll_ups = (node,) if isinstance(node, ir.RollUpOf) else ()
    return Traits(
        constant,
        not constant and _is_streamed(node, below),
        not constant and (_is_dear(node) or any(one.dear for one in below)),
        asks and not isinstance(node, ir.Scored),
        _reads_today(node) or any(one.today for one in below),
        isinstance(node, ir.Now) or any(one.now for one in below),
        tuple(dict.fromkeys((*_tiers(node), *(name for one in below for name in one.tiers)))),
        tuple(dict.fromkeys((*roll_ups, *(found for one in below for found in one.roll_ups)))),
    )


def _is_streamed(node: ir.Node, below: tuple[Traits, ...]) -> bool:
    match node:
        case ir.Calculated():
            return below[0].streamed
        case ir.Arithmetic() | ir.Call() | ir.If() | ir.Rounded():
            return node.type.family in NUMERIC
        case ir.Var(path):
            return node.type.family in NUMERIC and len(path) > 1
    return False


_QUICK = (ir.Function.MIN, ir.Function.MAX, ir.Function.COALESCE)


def _is_dear(node: ir.Node) -> bool:
    match node:
        case ir.Call(function):
            return function not in _QUICK
        case ir.Var(path):
            return len(path) > 1
    return False


def _tiers(node: ir.Node) -> tuple[str, ...]:
    match node:
        case ir.Var((name,)) if name.startswith(TIER):
            return (name,)
    return ()


def _operand_asks(node: ir.Node) -> bool:
    """Tell whether a roll-up's operand may differ under hold; what a share matches is two-valued."""
    match node:
        case ir.RollUpOf(aggregate, _, operand):
            asks = operand is not None and traits(operand).asks
            return asks and aggregate is not Aggregate.SHARE
    return False


def _reads_today(node: ir.Node) -> bool:
    match node:
        case ir.Today() | ir.Call(function=ir.Function.ANNIVERSARY):
            return True
    return False
