"""The summary sheet of a workbook: plain blocks of lines, put together by whoever knows what the
export is about.
"""

from dataclasses import dataclass

from tierloom.domain.tiers import Slot

SummaryCell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a whole (0.25), shown as a percentage."""

    value: float


@dataclass(frozen=True, slots=True)
class Tinted:
    """A tier's name in its colour."""

    text: str
    slot: Slot


@dataclass(frozen=True, slots=True)
class SummaryBlock:
    """A heading with lines under it; each line is a row of cells."""

    heading: str
    lines: tuple[tuple[SummaryCell | Share | Tinted, ...], ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A sheet called `sheet`, with a title and blocks: sizes and shares, rules in words, as of, by
    whom, what is masked.
    """

    sheet: str
    title: str
    blocks: tuple[SummaryBlock, ...]
