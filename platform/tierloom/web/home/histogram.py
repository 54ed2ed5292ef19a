"""The spread of a figure with handles at the thresholds, as its template takes it."""

from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, floor, log10

from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.tiers import DefaultTier, Tier
from tierloom.rules.sentence import Sentence, sentence
from tierloom.services.grid import HELD
from tierloom.services.spread import Bar
from tierloom.services.thresholds import AT, Step, Trial
from tierloom.services.workbench import Workbench
from tierloom.web import formats
from tierloom.web.components import slug
from tierloom.web.i18n import locale
from tierloom.web.values import affix, plain

TICKS = 8
NEAR = 9
"""So many per cent apart, the words of two handles do not touch."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A round amount below the drawing, at `left` per cent."""

    left: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a bar that is in one tier; figures are per cent of the drawing."""

    slot: str
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """A bar: where it begins, what it says, and its parts from the ground up."""

    left: float
    title: str
    count: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Handle:
    """A threshold: `left` is its place in per cent, `low` and `high` how far it may go.

    `anchor` keeps its words apart from those of a near neighbour.
    """

    tier: Tier
    id: str
    name: str
    text: str
    value: float
    low: float
    high: float
    left: float
    shown: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Line:
    """A tier with its threshold, if it has one, its size, and how that differs from what is published."""

    key: str
    tier: Tier | DefaultTier | None
    handle: Handle | None
    count: int
    change: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Everything that the card shows. `moved` is the tier whose rule is said in words."""

    trial: Trial
    columns: tuple[Column, ...]
    width: float
    ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    moved: Line
    words: Sentence

    @property
    def figure(self) -> Field:
        """The figure that is drawn."""
        return self.trial.thresholds.figure

    @property
    def affixes(self) -> tuple[str, str]:
        """What stands before and behind an amount."""
        if self.figure.type.kind is FieldKind.MONEY:
            currency = self.figure.type.currency or ""
            return formats.SYMBOLS.get(currency, currency), ""
        return "", affix(self.figure)


def histogram(bench: Workbench, trial: Trial, moved: str = "") -> Histogram:
    """Draw a trial; `moved` is the key of the tier whose threshold was moved last."""
    lines = tuple(_lines(trial))
    chosen = next((one for one in lines if one.handle and one.key == moved), None)
    chosen = chosen or next(one for one in lines if one.handle)
    rule = next(one.rule for one in trial.model.tiers if one.key == chosen.key)
    table, objects = trial.thresholds.table.key, bench.published.objects
    words = sentence(rule, table, bench.catalogue, objects, locale(), zone=bench.zone)
    columns = _columns(trial)
    return Histogram(trial, columns, 100 / len(columns), _ticks(trial), lines, chosen, words)


def _ticks(trial: Trial) -> tuple[Tick, ...]:
    """Mark powers of ten, and where there is room 2 and 5 times them as well."""
    low, high = trial.spread.low, trial.spread.high
    powers = [10.0**power for power in range(floor(log10(low)), ceil(log10(high)) + 1)]
    between = [one * share for one in powers for share in (1, 2, 5)]
    found = [one for one in between if low <= one <= high]
    if len(found) > TICKS:
        found = [one for one in powers if low <= one <= high]
    return tuple(_tick(trial, one) for one in found)


def _tick(trial: Trial, value: float) -> Tick:
    left = trial.spread.place(value) * 100
    anchor = "start" if left < 3 else "end" if left > 97 else "middle"
    return Tick(left, anchor, _said(trial, value))


def _said(trial: Trial, value: float) -> str:
    rounded = float(f"{value:.2g}")
    figure = trial.thresholds.figure
    return plain(figure, int(rounded) if rounded.is_integer() else rounded)


def _columns(trial: Trial) -> tuple[Column, ...]:
    bars = trial.spread.bars
    most = max((one.total for one in bars), default=0) or 1
    slots = [*(one.slot.value for one in trial.model.all_tiers), "stone"]
    return tuple(
        Column(
            number * 100 / len(bars),
            f"{_said(trial, one.start)} – {_said(trial, one.end)}",
            one.total,
            tuple(_pieces(one, slots, most)),
        )
        for number, one in enumerate(bars)
    )


def _pieces(bar: Bar, slots: list[str], most: int) -> list[Piece]:
    found, ground = [], 100.0
    for slot, count in zip(slots, bar.counts, strict=True):
        if count:
            height = count / most * 100
            ground -= height
            found.append(Piece(slot, ground, height))
    return found


def _lines(trial: Trial) -> list[Line]:
    before = trial.preview.published or {}
    handles = {one.tier.key: one for one in _handles(trial)}
    tiers: dict[str, Tier | DefaultTier | None] = {one.key: one for one in trial.model.all_tiers}
    counts = {**trial.sizes, HELD: trial.preview.not_enough_data}
    if counts[HELD] or before.get(HELD):
        tiers[HELD] = None
    return [
        Line(key, tier, handles.get(key), counts[key], counts[key] - before.get(key, 0))
        for key, tier in tiers.items()
    ]


def _handles(trial: Trial) -> list[Handle]:
    steps = trial.thresholds.steps
    values = [trial.values[one.tier.key] for one in steps]
    found = []
    for number, step in enumerate(steps):
        high = values[number - 1] if number else trial.spread.high
        low = values[number + 1] if number + 1 < len(steps) else trial.spread.low
        found.append(_handle(trial, step, low, high))
    return _apart(found)


def _apart(falling: list[Handle]) -> list[Handle]:
    """Let the words of two neighbours run away from each other where they would overlap."""
    found = list(falling)
    for place, (high, low) in enumerate(pairwise(falling)):
        if high.left - low.left < NEAR and found[place].anchor == "middle":
            found[place] = replace(high, anchor="start")
            found[place + 1] = replace(low, anchor="end")
    return found


def _handle(trial: Trial, step: Step, low: float, high: float) -> Handle:
    key = step.tier.key
    value = trial.values[key]
    name = f"{AT}{key}"
    return Handle(
        step.tier,
        slug(name),
        name,
        trial.texts[key],
        value,
        min(low, value),
        max(high, value),
        trial.spread.place(value) * 100,
        plain(trial.thresholds.figure, value),
    )
