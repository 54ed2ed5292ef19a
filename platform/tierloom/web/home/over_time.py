"""Tier sizes over time as columns, each of which opens its day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_skeleton

from tierloom.domain.tiers import DefaultTier, Tier, TierModel
from tierloom.services.grid import HELD
from tierloom.services.trends import Point
from tierloom.text import T
from tierloom.web import formats
from tierloom.web.as_of import TimeBar
from tierloom.web.home.sankey import moved_address
from tierloom.web.i18n import locale, read

HELD_WORDS = T("Not enough data")
HEAD, ROOM = 8.0, 76.0
"""Per cent of the drawing's height above the tallest column, for its total, and of that column; below it stand the
days."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One tier in a column; figures are per cent of the drawing."""

    slot: str
    title: str
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """The sizes at the end of a day, from `top` downwards.

    `short` names its day below it, and `period` the year or month that begins with it. `said` is the column in words,
    `moved_href` who moved since the one before.
    """

    point: Point
    left: float
    width: float
    top: float
    pieces: tuple[Piece, ...]
    short: str
    period: str
    said: str
    href: str
    moved_href: str
    here: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """The columns, the earliest first; `tiers` are those of the model by key, None for "not enough data"."""

    model: TierModel
    tiers: tuple[tuple[str, Tier | DefaultTier | None], ...]
    bars: tuple[Bar, ...]

    @property
    def rebuilt(self) -> bool:
        """Whether something of it was worked out afterwards."""
        return any(one.point.rebuilt for one in self.bars)

    @property
    def legend(self) -> list[dict[str, object]]:
        """What the colours mean."""
        named = [(one.slot.value if one else "stone", _name(one)) for _, one in self.tiers]
        return [{"slot": slot, "label": name} for slot, name in named]


def chart(model: TierModel, points: Sequence[Point], time: TimeBar, by: str = "month") -> Chart:
    """Draw the sizes of a model's tiers; a column's address is that of its day on the page of `time`."""
    tiers: list[tuple[str, Tier | DefaultTier | None]] = [(one.key, one) for one in model.all_tiers]
    if any(one.sizes.get(HELD) for one in points):
        tiers.append((HELD, None))
    most = max((one.total for one in points), default=0) or 1
    step = 100 / max(1, len(points))
    bars = []
    for number, one in enumerate(points):
        pieces = tuple(_pieces(one, tiers, most))
        before = one.before
        bars.append(
            Bar(
                one,
                number * step,
                step,
                HEAD + ROOM * (1 - one.total / most),
                pieces,
                _short(one.day, by),
                _period(one.day, points[number - 1].day if number else None, by),
                _said(one, tiers),
                time.at(None if one.day >= time.today else one.day),
                moved_address(model.key, before, one.day) if before and before < one.day else "",
                one.day == (time.day or time.today),
            )
        )
    return Chart(model, tuple(tiers), tuple(bars))


def _pieces(
    point: Point, tiers: Sequence[tuple[str, Tier | DefaultTier | None]], most: int
) -> Iterator[Piece]:
    """Stack the tiers, the first one at the top."""
    top = HEAD + ROOM * (1 - point.total / most)
    for key, tier in tiers:
        count = point.sizes.get(key, 0)
        height = ROOM * count / most
        if count:
            title = f"{_name(tier)}: {formats.number(count)}"
            yield Piece(tier.slot.value if tier else "stone", title, top, height)
        top += height


def _name(tier: Tier | DefaultTier | None) -> str:
    return read(tier.label) if tier else read(HELD_WORDS)


def _said(point: Point, tiers: Sequence[tuple[str, Tier | DefaultTier | None]]) -> str:
    sizes = ", ".join(
        f"{_name(tier)} {formats.number(point.sizes.get(key, 0))}" for key, tier in tiers
    )
    return f"{formats.day(point.day)}: {sizes}"


def _short(day: date, by: str) -> str:
    return str(format_skeleton("MMM" if by == "month" else "d", day, locale=locale()))


def _period(day: date, before: date | None, by: str) -> str:
    """Return the year or month that begins with a column, nothing where it goes on."""
    if by == "month":
        begins = before is None or before.year != day.year
        return str(format_skeleton("y", day, locale=locale())) if begins else ""
    begins = before is None or before.month != day.month
    return str(format_skeleton("MMM", day, locale=locale())) if begins else ""
