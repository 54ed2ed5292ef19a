"""The colours of tiers in a workbook: the light ones of the interface, since a sheet is white."""

from collections.abc import Iterable
from dataclasses import dataclass

from tierloom.domain.tiers import DefaultTier, Slot, Tier
from tierloom.services.exports.inert import neutralise
from tierloom.text import Translator


@dataclass(frozen=True, slots=True)
class Tint:
    """The background and the text of a cell."""

    chip: str
    ink: str


TINTS = {
    Slot.BLUE: Tint("#e3f0fb", "#0a4f87"),
    Slot.GOLD: Tint("#fdf3d3", "#6f4e00"),
    Slot.SLATE: Tint("#eceff4", "#414c5c"),
    Slot.COPPER: Tint("#f8e9e1", "#7c3a1b"),
    Slot.MAGENTA: Tint("#fce7f1", "#8f1856"),
    Slot.TEAL: Tint("#e1f5ee", "#096348"),
    Slot.STONE: Tint("#eef0f4", "#3f4856"),
    Slot.ASH: Tint("#f4f5f7", "#59626f"),
}


def tints_of(tiers: Iterable[Tier | DefaultTier], words: Translator) -> dict[str, Slot]:
    """Return the colours by what a cell says; two tiers of one name keep the first one's."""
    found: dict[str, Slot] = {}
    for one in tiers:
        found.setdefault(neutralise(words.read(one.label)), one.slot)
    return found
