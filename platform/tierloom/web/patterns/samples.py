"""Invented data for /patterns. The numbers add up: a wrong sum teaches wrong habits."""

import math
from dataclasses import dataclass

from tierloom.domain.tiers import Slot
from tierloom.text import Label


@dataclass(frozen=True, slots=True)
class SampleTier:
    """The part of a tier that is shown."""

    label: Label
    icon: str
    slot: Slot
    count: int


@dataclass(frozen=True, slots=True)
class SampleCustomer:
    """A customer of an online shop that does not exist."""

    name: str
    tier: SampleTier | None
    spend: int
    orders: int
    days: int
    city: Label
    points: int
    plus: bool


TIERS = (
    SampleTier(Label({"zh": "钻石", "en": "Diamond"}), "gem", Slot.BLUE, 69),
    SampleTier(Label({"zh": "黄金", "en": "Gold"}), "crown", Slot.GOLD, 975),
    SampleTier(Label({"zh": "白银", "en": "Silver"}), "medal", Slot.SLATE, 3894),
    SampleTier(Label({"zh": "青铜", "en": "Bronze"}), "shield", Slot.COPPER, 3805),
    SampleTier(Label({"zh": "流失预警", "en": "At risk"}), "triangle-alert", Slot.MAGENTA, 948),
    SampleTier(Label({"zh": "新客", "en": "New"}), "sprout", Slot.TEAL, 197),
)
NEUTRAL = (
    SampleTier(Label({"zh": "沉睡", "en": "Sleeping"}), "moon", Slot.STONE, 81),
    SampleTier(Label({"zh": "其余客户", "en": "Everyone else"}), "circle", Slot.ASH, 0),
)
NO_DATA = 31
TOTAL = sum(tier.count for tier in (*TIERS, *NEUTRAL)) + NO_DATA

_SHANGHAI = Label({"zh": "上海", "en": "Shanghai"})
_SHENZHEN = Label({"zh": "深圳", "en": "Shenzhen"})
_BEIJING = Label({"zh": "北京", "en": "Beijing"})
_CHENGDU = Label({"zh": "成都", "en": "Chengdu"})
CUSTOMERS = (
    SampleCustomer("胡兰", TIERS[0], 28310, 22, 3, _SHANGHAI, 5190, True),
    SampleCustomer("陈勇磊", TIERS[1], 8438, 14, 12, _SHENZHEN, 2328, False),
    SampleCustomer("李敏", TIERS[4], 1375, 2, 176, _SHENZHEN, 1222, False),
    SampleCustomer("Anna Weber", TIERS[2], 2742, 7, 27, _SHANGHAI, 1006, False),
    SampleCustomer("黄敏", TIERS[2], 3147, 4, 67, _BEIJING, 1041, True),
    SampleCustomer("罗秀勇", TIERS[3], 671, 2, 94, _CHENGDU, 121, True),
    SampleCustomer("马刚", TIERS[5], 920, 1, 6, _BEIJING, 89, False),
    SampleCustomer("徐娜明", None, 0, 0, 18, _CHENGDU, 71, False),
)


def distribution(bars: int = 60) -> list[dict[str, object]]:
    """Return a bell of spending, each bar in the colour of the tier that it falls in."""
    slots = ((0.43, Slot.COPPER), (0.63, Slot.SLATE), (0.8, Slot.GOLD), (1.01, Slot.BLUE))
    found: list[dict[str, object]] = []
    for n in range(bars):
        place = (n + 0.5) / bars
        slot = next(slot for end, slot in slots if place < end)
        height = math.exp(-(((place - 0.47) / 0.17) ** 2))
        found.append({"height": height, "slot": slot, "label": str(round(height * 410))})
    return found


def heat() -> list[tuple[str, list[dict[str, object]]]]:
    """Return recency × frequency with a count in each cell."""
    counts = (
        (173, 259, 384, 474, 710),
        (278, 362, 423, 471, 466),
        (381, 443, 415, 380, 381),
        (469, 436, 432, 383, 280),
        (699, 500, 346, 292, 163),
    )
    top = max(map(max, counts))
    return [(f"R{5 - row}", [_cell(n, top) for n in line]) for row, line in enumerate(counts)]


def _cell(count: int, top: int) -> dict[str, object]:
    return {"value": count, "step": min(5, count * 6 // top), "href": "#charts"}
