"""What a rule reads beyond the fields of the record itself: whose change can change its answer."""

from dataclasses import dataclass
from functools import lru_cache

from tierloom.domain.tiers import TIER
from tierloom.rules import ir
from tierloom.rules.walk import parts

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reads:
    """References that a rule follows up, related records that it counts, and whether it reads tiers.

    `above` are paths of references; `below` are child tables with the reference that leads here and what
    is read of them. `tiers`: it reads the result of a tier model, of this or of another table.
    """

    above: frozenset[Path] = frozenset()
    below: "frozenset[tuple[str, str, Reads]]" = frozenset()
    tiers: bool = False

    def __or__(self, other: "Reads") -> "Reads":
        return Reads(self.above | other.above, self.below | other.below, self.tiers or other.tiers)


_NOTHING = Reads()


@lru_cache(maxsize=16_384)
def reads(node: ir.Node) -> Reads:
    """Return what a node reads beyond the record itself."""
    match node:
        case ir.Var(path, kind):
            followed = path if kind.family is ir.Family.REFERENCE else path[:-1]
            above = frozenset({followed}) if followed else frozenset()
            return Reads(above, tiers=any(one.startswith(TIER) for one in path))
        case ir.RollUpOf(rows=rows, operand=operand):
            asked = [reads(one) for one in (rows.only, operand) if one is not None]
            inner = _all(asked)
            return Reads(below=frozenset({(rows.child, rows.reference, inner)}), tiers=inner.tiers)
        case ir.Calculated(value=below) | ir.Scored(value=below) | ir.InSegment(rule=below):
            return reads(below)
    return _all([reads(one) for one in parts(node)])


def _all(several: list[Reads]) -> Reads:
    found = _NOTHING
    for one in several:
        found |= one
    return found
