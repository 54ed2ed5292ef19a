"""A fuel chain's fill-ups of the last three months: a file a month, as its till writes them (in GB18030)."""

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tierloom.services.demo.names import draw_name

MONTHS = 3
COMPANIES = 20
CARDS = 160
HEAD = (
    "公司名称", "行业", "卡号", "持卡人", "车牌号", "车辆类型", "加油时间", "油站", "油品", "升数", "单价",
    "金额(元)",
)  # fmt: skip
_PLACES = ("上海", "苏州", "杭州", "南京", "宁波")
_FIRMS = ("顺达", "通远", "宏昌", "天行")
_TRADES = ("快递", "冷链", "客运", "建材")
_STATIONS = ("虹桥站", "浦东站", "园区站", "港区站")


@dataclass(frozen=True, slots=True)
class _Vehicle:
    """A kind of vehicle: days between fill-ups, litres each time, fuel and its price."""

    name: str
    share: int
    gap: float
    litres: float
    fuel: str
    price: float


_VEHICLES = (
    _Vehicle("重型货车", 34, 3.2, 190, "0#柴油", 7.15),
    _Vehicle("大客车", 12, 4.5, 150, "0#柴油", 7.15),
    _Vehicle("商务车", 26, 8, 52, "92#汽油", 7.62),
    _Vehicle("小轿车", 20, 11, 40, "95#汽油", 8.04),
    _Vehicle("混动车", 8, 13, 26, "E92乙醇汽油", 7.45),
)


@dataclass(frozen=True, slots=True)
class _Card:
    company: str
    trade: str
    number: str
    holder: str
    plate: str
    vehicle: _Vehicle
    days: tuple[int, int]
    """First and last day of its use, counted from the first day of the files."""


def fuel_files(today: date) -> dict[str, bytes]:
    """Return the files of the last three whole months by name, the oldest first.

    Some cards fall silent after the first month, some are new in the last one.
    """
    random = Random("practice fuel")  # noqa: S311 sample data, no secrets
    months = _months(today)
    span = (today.replace(day=1) - months[0]).days
    cards = [_card(random, number, span) for number in range(CARDS)]
    found: dict[date, list[tuple[str, ...]]] = {month: [] for month in months}
    for day, card in _fills(random, cards):
        when = months[0] + timedelta(days=day)
        found[when.replace(day=1)].append(_row(random, card, when))
    return {f"加油流水 {month:%Y-%m}.csv": _csv(rows) for month, rows in found.items()}


def _months(today: date) -> list[date]:
    months = [today.replace(day=1)]
    for _ in range(MONTHS):
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months[:0:-1]


def _card(random: Random, number: int, span: int) -> _Card:
    firm = number % COMPANIES if random.random() < 0.7 else random.randrange(4)
    company = f"{_PLACES[firm % 5]}{_FIRMS[firm // 5]}物流有限公司"
    use = random.choices(((0, span), (0, 26), (span - 24, span)), (78, 12, 10))[0]
    return _Card(
        company,
        _TRADES[firm % 4],
        f"{9_000_030 + 37 * number:010}",
        draw_name(random, "zh", "male" if random.random() < 0.8 else "female").full,
        f"沪A{10_000 + number * 31}",
        random.choices(_VEHICLES, [one.share for one in _VEHICLES])[0],
        use,
    )


def _fills(random: Random, cards: list[_Card]) -> list[tuple[int, _Card]]:
    found = []
    for card in cards:
        day = card.days[0] + random.random() * card.vehicle.gap
        while day < card.days[1]:
            found.append((int(day), card))
            day += max(0.6, random.gammavariate(4, card.vehicle.gap / 4))
    return sorted(found, key=lambda one: one[0])


def _row(random: Random, card: _Card, when: date) -> tuple[str, ...]:
    litres = round(card.vehicle.litres * random.lognormvariate(0, 0.2), 2)
    moment = f"{when:%Y/%m/%d} {random.randrange(6, 23):02}:{random.randrange(60):02}"
    amount = round(litres * card.vehicle.price, 2)
    return (
        card.company, card.trade, card.number, card.holder, card.plate, card.vehicle.name, moment,
        random.choice(_STATIONS), card.vehicle.fuel, f"{litres:.2f}", f"{card.vehicle.price:.2f}",
        f"{amount:.2f}",
    )  # fmt: skip


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(HEAD)
    writer.writerows(rows)
    return target.getvalue().encode("gb18030")
