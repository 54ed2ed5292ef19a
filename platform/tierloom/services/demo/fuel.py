"""A chain of filling stations: companies, customers, cards, fill-ups, complaints, satisfaction.

Planted: a fleet with more cards than any other, and customers whose city nobody wrote down.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tierloom.services.demo.names import Lang
from tierloom.services.demo.rows import (
    Row,
    Sample,
    TableRows,
    birthday,
    numbered,
    one_of,
    people,
    perhaps,
)

CUSTOMERS = 10_000
TRANSACTIONS = 95_000
HISTORY_DAYS = 400
FLEET_CARDS = 40
WITHOUT_CITY = 312
_REMARKS = {
    "zh": ("常在夜间加油", "需要月结发票", "希望延长洗车服务", "介绍过新客户"),
    "en": (
        "Fills up at night",
        "Needs a monthly invoice",
        "Asks for a longer car wash",
        "Has brought new customers",
    ),
}
_CITIES = {
    "shanghai": 22, "hangzhou": 18, "suzhou": 15, "nanjing": 13, "wuhan": 10, "chengdu": 8,
    "guangzhou": 6, "shenzhen": 4, "xian": 2, "chongqing": 2,
}  # fmt: skip
_STATIONS = {f"s{number:02}": 14 - number for number in range(1, 13)}
_PRICES = {"e92": 7.5, "e95": 8.1, "e98": 9.2, "diesel": 7.2, "charge": 1.3}
_ABOUT = {"queue": 34, "price": 24, "service": 19, "invoice": 14, "fuel_quality": 9}
_INDUSTRIES = {
    "logistics": ("物流", "Logistics"), "construction": ("建设", "Construction"),
    "trade": ("商贸", "Trading"), "travel": ("客运", "Coaches"), "services": ("服务", "Services"),
}  # fmt: skip
_FIRMS = (
    ("顺达", "Swift"), ("宏远", "Broadway"), ("恒通", "Constant"), ("金桥", "Goldbridge"),
    ("华晨", "Morning"), ("东升", "Sunrise"), ("四海", "Seven Seas"), ("永盛", "Evergood"),
    ("天成", "Skyline"), ("瑞丰", "Harvest"), ("安捷", "Surefoot"), ("新源", "Newspring"),
    ("中联", "Midlink"), ("泰和", "Concord"), ("长风", "Longwind"), ("海诚", "Trueharbor"),
    ("正达", "Straightline"), ("百川", "Hundred Rivers"), ("凌云", "Cloudtop"), ("嘉禾", "Goodgrain"),
    ("广源", "Widespring"), ("明德", "Brightway"), ("万里", "Farfield"), ("兴业", "Prosper"),
    ("通途", "Throughway"), ("国顺", "Fairland"), ("卓越", "Paramount"), ("联众", "Together"),
    ("鼎新", "Newmark"), ("景行", "Highroad"), ("博远", "Widehorizon"), ("同心", "Oneheart"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Driver:
    """A kind of customer.

    `share` is how many of a hundred they are; `gap` the usual days between two fill-ups (0: they
    never came); `joined` and `quiet` are ranges of days ago: when they got their card, and when
    they stopped coming. `litres` is what they usually take of which `fuel`.
    """

    share: float
    vehicle: str
    gap: float
    litres: float
    fuel: Mapping[str, float]
    joined: tuple[int, int] = (90, 900)
    quiet: tuple[int, int] = (0, 0)
    company: bool = False


_PETROL = {"e92": 58, "e95": 34, "e98": 8}
_DRIVERS = (
    Driver(29, "car", 47, 38, _PETROL),
    Driver(13, "suv", 50, 52, {"e92": 30, "e95": 58, "e98": 12}),
    Driver(6, "car", 13, 36, _PETROL),
    Driver(10, "car", 36, 38, _PETROL, (200, 900), (47, 112)),
    Driver(12, "suv", 42, 48, _PETROL, (330, 900), (122, 300)),
    Driver(6, "car", 18, 35, _PETROL, (3, 42)),
    Driver(4, "car", 0, 0, _PETROL, (5, 600)),
    Driver(6, "hybrid", 38, 24, {"e92": 50, "e95": 28, "charge": 22}),
    Driver(2.5, "car", 30, 34, {"e98": 55, "charge": 35, "e95": 10}),
    Driver(6.5, "van", 15, 55, {"diesel": 62, "e92": 38}, company=True),
    Driver(3.8, "truck", 7.5, 210, {"diesel": 100}, company=True),
    Driver(1.2, "coach", 9, 160, {"diesel": 100}, company=True),
)


@dataclass(frozen=True, slots=True)
class _Person:
    driver: Driver
    joined: int
    litres: float
    fills: tuple[int, ...]
    """Days ago, oldest first."""


def draw(lang: Lang, today: date) -> Sample:
    """Draw the sample as if it were `today`."""
    random = Random("tierloom fuel")  # noqa: S311 sample data, no secrets
    found = sorted((_person(random) for _ in range(CUSTOMERS)), key=lambda one: -one.joined)
    employers = _employers(random, found)
    cards, owners, of_card = _cards(random, found, employers, today)
    return (
        TableRows("customers", _customers(random, found, lang, today)),
        TableRows("companies", _companies(random, max(one or 0 for one in employers) + 1, lang)),
        TableRows(
            "cards", cards, {"customer": ("customers", owners), "company": ("companies", of_card)}
        ),
        _transactions(random, found, owners, today),
        _complaints(random, found, today),
        _surveys(random, found, today),
    )


def _person(random: Random) -> _Person:
    driver = random.choices(_DRIVERS, [one.share for one in _DRIVERS])[0]
    joined = random.randint(*driver.joined)
    last = min(random.randint(*driver.quiet), joined)
    gap = driver.gap * random.lognormvariate(0, 0.3)
    day = min(joined, HISTORY_DAYS) - random.random() * min(gap, 10)
    fills = []
    while driver.gap and day >= max(last, 1):
        fills.append(int(day))
        day -= max(1.0, random.gammavariate(3, gap / 3))
    return _Person(driver, joined, driver.litres * random.lognormvariate(0, 0.22), tuple(fills))


def _employers(random: Random, found: list[_Person]) -> list[int | None]:
    """Return the position of each customer's company; the first company has the largest fleet."""
    drivers = [number for number, one in enumerate(found) if one.driver.company]
    random.shuffle(drivers)
    employers: list[int | None] = [None] * len(found)
    company, size = 0, FLEET_CARDS
    while drivers:
        for number in drivers[:size]:
            employers[number] = company
        drivers = drivers[size:]
        company, size = company + 1, min(19, 2 + int(random.expovariate(1 / 6)))
    return employers


def _companies(random: Random, count: int, lang: Lang) -> list[Row]:
    industries = list(_INDUSTRIES)
    rows: list[Row] = []
    for number in range(count):
        # Every pair of a name and a trade once; the first is the fleet.
        firm = _FIRMS[number % len(_FIRMS)]
        industry = industries[(number // len(_FIRMS) + number) % len(industries)]
        trade = _INDUSTRIES[industry]
        name = f"{firm[1]} {trade[1]}" if lang == "en" else f"{firm[0]}{trade[0]}有限公司"
        phone = f"1370027{number:04}"
        rows.append(
            {
                "name": name,
                "industry": industry,
                "city": one_of(random, _CITIES),
                "contact_phone": perhaps(random, phone),
            }
        )
    return numbered("company_no", "Q", 4, rows)


def _customers(random: Random, found: list[_Person], lang: Lang, today: date) -> list[Row]:
    without = set(random.sample(range(len(found)), WITHOUT_CITY))
    named = people("tierloom drivers", len(found), lang, 0.3)
    rows = [
        {
            "name": who["name"],
            "phone": perhaps(random, f"139002{number:05}"),
            "city": _city(random, known=number not in without),
            "gender": perhaps(random, who["gender"]),
            "birthday": perhaps(random, birthday(random, today)),
            "joined_on": today - timedelta(days=one.joined),
            "vehicle": perhaps(random, one.driver.vehicle, 0.02),
            "app_user": perhaps(random, random.random() < 0.55),
            "remark": random.choice(_REMARKS[lang]) if random.random() < 0.05 else None,
        }
        for number, (one, who) in enumerate(zip(found, named, strict=True))
    ]
    return numbered("customer_no", "K", 5, rows)


def _city(random: Random, *, known: bool) -> str | None:
    drawn = one_of(random, _CITIES)
    return drawn if known else None


def _cards(
    random: Random, found: list[_Person], employers: list[int | None], today: date
) -> tuple[list[Row], list[int | None], list[int | None]]:
    """Return cards, whose they are, and which company pays; a second card is always private."""
    rows: list[Row] = []
    owners: list[int | None] = []
    paying: list[int | None] = []
    for number, one in enumerate(found):
        for card in range(2 if random.random() < 0.06 else 1):
            rows.append(
                {
                    "opened_on": today - timedelta(days=one.joined // (card + 1)),
                    "status": one_of(random, {"active": 94, "blocked": 4, "lost": 2}),
                }
            )
            owners.append(number)
            paying.append(None if card else employers[number])
    return numbered("card_no", "6688", 8, rows), owners, paying


def _transactions(
    random: Random, found: list[_Person], owners: list[int | None], today: date
) -> TableRows:
    held: list[list[int]] = [[] for _ in found]
    for card, owner in enumerate(owners):
        if owner is not None:
            held[owner].append(card)
    events = [(day, number) for number, one in enumerate(found) for day in one.fills]
    # As many in any version of the drawing above: the sample's size is promised.
    events = sorted(random.sample(events, TRANSACTIONS), key=lambda one: -one[0])
    rows = [_fill(random, found[number], day, today) for day, number in events]
    cards = [random.choice(held[number]) for _, number in events]
    customers = [number for _, number in events]
    return TableRows(
        "transactions",
        numbered("transaction_no", "T", 7, rows),
        {"card": ("cards", cards), "customer": ("customers", customers)},
    )


def _fill(random: Random, person: _Person, day: int, today: date) -> Row:
    fuel = one_of(random, person.driver.fuel)
    litres = round(max(5.0, person.litres * random.lognormvariate(0, 0.18)), 2)
    return {
        "filled_on": today - timedelta(days=day),
        "station": one_of(random, _STATIONS),
        "fuel": fuel,
        "litres": None if fuel == "charge" else litres,
        # Whole ten fen, so that a fifth of it is exact as well.
        "amount": perhaps(random, round(litres * _PRICES[fuel], 1), 0.004),
    }


def _complaints(random: Random, found: list[_Person], today: date) -> TableRows:
    of = [
        n for n, one in enumerate(found) if random.random() < (0.1 if one.driver.quiet[1] else 0.03)
    ]
    drawn = sorted(((random.randint(1, 380), number) for number in of), reverse=True)
    rows: list[Row] = [
        {
            "raised_on": today - timedelta(days=day),
            "about": one_of(random, _ABOUT),
            "solved": perhaps(random, random.random() < (0.9 if day > 14 else 0.4)),
        }
        for day, _ in drawn
    ]
    links = {"customer": ("customers", [number for _, number in drawn])}
    return TableRows("complaints", numbered("complaint_no", "P", 5, rows), links)


def _surveys(random: Random, found: list[_Person], today: date) -> TableRows:
    of = [number for number, one in enumerate(found) if one.fills and random.random() < 0.2]
    drawn = sorted(((random.randint(1, 360), number) for number in of), reverse=True)
    rows: list[Row] = []
    for day, number in drawn:
        usual = 6.2 if found[number].driver.quiet[1] else 8.3
        rating = max(1, min(10, round(random.gauss(usual, 1.5))))
        rows.append({"answered_on": today - timedelta(days=day), "rating": rating})
    links = {"customer": ("customers", [number for _, number in drawn])}
    return TableRows("surveys", numbered("survey_no", "W", 5, rows), links)
