"""The cards at the top of the overview: how large each tier is, how that changed, and how it went."""

from collections.abc import Iterable
from dataclasses import dataclass

from tierloom.domain.tiers import DefaultTier, Tier
from tierloom.services.grid import HELD
from tierloom.services.history.moves import at_risk
from tierloom.services.overview import ModelFigures
from tierloom.services.trends import Trend
from tierloom.web.home.sparkline import Spark, spark


@dataclass(frozen=True, slots=True)
class Card:
    """A tier (None: "not enough data"), or with `whole` all records.

    `change` is None where the last month-end is not known; `tone` says how it is meant: good, poor, or nothing.
    """

    tier: Tier | DefaultTier | None
    whole: bool
    count: int
    share: float
    brought: float | None
    change: int | None
    tone: str
    line: Spark | None
    href: str


def cards(figures: ModelFigures) -> list[Card]:
    """Return the cards of a tier model: all records, then its tiers."""
    return [_whole(figures), *_tiers(figures)]


def _whole(figures: ModelFigures) -> Card:
    trend = figures.trend
    change = None if trend is None else figures.total - trend.since.total
    line = _line(trend, [one.total for one in trend.points[:-1]], figures.total) if trend else None
    tone = "good" if change and change > 0 else ""
    return Card(
        None, True, figures.total, 1, None, change, tone, line, f"/data/{figures.table.key}"
    )


def _tiers(figures: ModelFigures) -> Iterable[Card]:
    tiers: list[tuple[str, Tier | DefaultTier | None]] = [
        (one.key, one) for one in figures.model.all_tiers
    ]
    if figures.sizes.get(HELD):
        tiers.append((HELD, None))
    address = f"/data/{figures.table.key}?tier={figures.model.key}"
    for key, tier in tiers:
        size, trend = figures.sizes[key], figures.trend
        change = None if trend is None else size - trend.since.sizes[key]
        line = _line(trend, [one.sizes[key] for one in trend.points[:-1]], size) if trend else None
        share = size / figures.total if figures.total else 0
        tone = _tone(figures, key, change or 0)
        brought = figures.shares.get(key)
        yield Card(tier, False, size, share, brought, change, tone, line, f"{address}.{key}")


def _line(trend: Trend, before: list[int], now: int) -> Spark:
    return spark([*before, now], [one.rebuilt for one in trend.points[:-1]] + [False])


def _tone(figures: ModelFigures, key: str, change: int) -> str:
    """Judge only where there is no doubt: the first tier, and those that stand for churn risk."""
    if not change:
        return ""
    if key in at_risk(figures.model):
        return "poor" if change > 0 else "good"
    if key == figures.model.tiers[0].key:
        return "good" if change > 0 else "poor"
    return ""
