"""Calculations inside conditions: each is a source of its own, of which little more is known than what it needs."""

from dataclasses import dataclass, field, replace

from tierloom.rules import ir
from tierloom.rules.explain.candidates import names_in
from tierloom.rules.explain.sources import Source
from tierloom.rules.ir import Family, Function
from tierloom.rules.lint.conditions import Leaf
from tierloom.rules.walk import parts as parts_of

_WHOLE = (Function.DATE_DIFF, Function.DATE_PART, Function.ANNIVERSARY)


@dataclass(slots=True)
class Calculations:
    """The calculations that conditions ask about, each with the source that stands for it."""

    made: dict[ir.ValueNode, Source] = field(default_factory=dict)

    def plain(self, leaf: Leaf, one: ir.ValueNode) -> Leaf:
        """Return a condition on a plain source in place of one on `one`."""
        if isinstance(one, ir.Var):
            return leaf
        if one not in self.made:
            name = f"={len(self.made)}"
            self.made[one] = Source(name, ir.Var((name,), _type_of(one)), "", None)
        source = self.made[one].node
        assert isinstance(source, ir.Var), "made above"
        match leaf:
            case ir.Compare(left=left):
                return replace(leaf, left=source) if left == one else replace(leaf, right=source)
            case _:
                return replace(leaf, value=source)

    def behind(self, source: Source) -> ir.ValueNode:
        """Return what a source stands for: itself, or a calculation."""
        return next((node for node, made in self.made.items() if made is source), source.node)


def needed(node: ir.ValueNode) -> frozenset[str]:
    """Return the sources without which a calculation has no value."""
    match node:
        case ir.Var():
            return names_in(node)
        case ir.Call(function=Function.COALESCE):
            return frozenset()
        case ir.Arithmetic() | ir.Call() | ir.Rounded() | ir.Banded():
            found = (one for one in parts_of(node) if isinstance(one, ir.ValueNode))
            return frozenset[str]().union(*map(needed, found))
        case _:
            return frozenset()


def _type_of(node: ir.ValueNode) -> ir.ValueType:
    """Return the type of a calculation: only days and the like are sure to be whole."""
    kind = node.type
    is_whole = isinstance(node, ir.Call) and node.function in _WHOLE
    return kind if kind.family is not Family.NUMBER or is_whole else replace(kind, scale=None)
