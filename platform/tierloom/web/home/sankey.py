"""The moves between two days as bands from left to right: where each is drawn, and the list that it opens."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from tierloom.domain.tiers import DefaultTier, Tier, TierModel
from tierloom.services.history.moves import OUTSIDE, codes_of
from tierloom.services.trends import Trend

GAP = 5.0
"""Between two tiers, in per cent of the height."""
THINNEST = 0.45


@dataclass(frozen=True, slots=True)
class Node:
    """A tier at one side: `top` and `height` are per cent. `tier` is None for "not enough data" and for `outside`."""

    key: str
    tier: Tier | DefaultTier | None
    outside: bool
    count: int
    top: float
    height: float
    href: str

    @property
    def middle(self) -> float:
        """Where its name stands."""
        return self.top + self.height / 2

    @property
    def slot(self) -> str:
        """Its colour."""
        return str(self.tier.slot) if self.tier else "ash" if self.outside else "stone"


@dataclass(frozen=True, slots=True)
class Band:
    """Records that went from one tier to another, or stayed. `path` is in a square of 100 by 100."""

    origin: Node
    target: Node
    count: int
    path: str
    href: str

    @property
    def stayed(self) -> bool:
        """Whether nobody of it moved."""
        return self.origin.key == self.target.key


@dataclass(frozen=True, slots=True)
class Sankey:
    """Everything that the card draws; `counts` are by the keys of origin and target."""

    model: TierModel
    since: date
    until: date
    rebuilt: bool
    left: tuple[Node, ...]
    right: tuple[Node, ...]
    bands: tuple[Band, ...]
    moved: int
    href: str

    def band(self, origin: str, target: str) -> Band | None:
        """Return the band between two tiers, None where nobody went that way."""
        pairs = ((one.origin.key, one.target.key) for one in self.bands)
        return next(
            (b for b, keys in zip(self.bands, pairs, strict=True) if keys == (origin, target)), None
        )


def moved_address(model: str, start: date, end: date, **asked: str) -> str:
    """Return the address of the list of those who moved."""
    days = {"from": start.isoformat(), "to": end.isoformat()}
    return f"/tiers/{model}/moved?{urlencode({**days, **{k: v for k, v in asked.items() if v}})}"


def sankey(trend: Trend) -> Sankey:
    """Lay out the moves since the last month-end."""
    moves, since, today = trend.moves, trend.since.day, trend.points[-1].day
    model = moves.model
    flows = moves.flows()
    keys = list(codes_of(model))
    left = _column(keys, flows, 0)
    right = _column(keys, flows, 1)

    def address(**asked: str) -> str:
        return moved_address(model.key, since, today, **asked)

    nodes = tuple(
        {one[0]: _node(model, *one, address(kind="any", **{side: one[0]})) for one in column}
        for side, column in (("origin", left), ("target", right))
    )
    bands = tuple(
        Band(
            a,
            b,
            count,
            path,
            address(kind="stayed" if a.key == b.key else "moved", origin=a.key, target=b.key),
        )
        for a, b, count, path in _bands(nodes[0], nodes[1], flows, keys)
    )
    moved = sum(count for (a, b), count in flows.items() if a != b)
    return Sankey(
        model,
        since,
        today,
        trend.since.rebuilt,
        tuple(nodes[0].values()),
        tuple(nodes[1].values()),
        bands,
        moved,
        address(),
    )


Placed = tuple[str, int, float, float]


def _column(keys: Sequence[str], flows: Mapping[tuple[str, str], int], side: int) -> list[Placed]:
    """Stack one side's tiers: key, count, top and height."""
    counts = {key: sum(n for pair, n in flows.items() if pair[side] == key) for key in keys}
    shown = [key for key in keys if counts[key]]
    total = sum(counts.values()) or 1
    room = 100 - GAP * max(0, len(shown) - 1)
    top, found = 0.0, []
    for key in shown:
        height = counts[key] / total * room
        found.append((key, counts[key], top, height))
        top += height + GAP
    return found


def _node(model: TierModel, key: str, count: int, top: float, height: float, href: str) -> Node:
    tier = next((one for one in model.all_tiers if one.key == key), None)
    return Node(key, tier, key == OUTSIDE, count, top, height, href)


def _bands(
    left: Mapping[str, Node],
    right: Mapping[str, Node],
    flows: Mapping[tuple[str, str], int],
    keys: Sequence[str],
) -> Iterable[tuple[Node, Node, int, str]]:
    """Draw those who stayed first, so that those who moved lie above them."""
    filled = {("l", key): 0 for key in keys} | {("r", key): 0 for key in keys}
    drawn = []
    for a in keys:
        for b in keys:
            count = flows.get((a, b), 0)
            if count:
                path = _path(left[a], filled["l", a], right[b], filled["r", b], count)
                filled["l", a] += count
                filled["r", b] += count
                drawn.append((left[a], right[b], count, path))
    return sorted(drawn, key=lambda one: one[0].key != one[1].key)


def _path(a: Node, before: int, b: Node, after: int, count: int) -> str:
    y1, h1 = a.top + a.height * before / a.count, a.height * count / a.count
    y2, h2 = b.top + b.height * after / b.count, b.height * count / b.count
    h1, h2 = max(h1, THINNEST), max(h2, THINNEST)
    return (
        f"M0 {y1:.2f}C50 {y1:.2f} 50 {y2:.2f} 100 {y2:.2f}"
        f"V{y2 + h2:.2f}C50 {y2 + h2:.2f} 50 {y1 + h1:.2f} 0 {y1 + h1:.2f}Z"
    )
