"""A car dealer: customers, what they bought, when they came.

Planted: one customer who is there twice, and a visit frequency that forgets those with five visits.
"""

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
    some_of,
)

CUSTOMERS = 8_000
PURCHASES = 12_317
TWINS = (4_210, 6_377)
"""Positions of the two records of one customer."""
_TWIN = {"zh": "周建国", "en": "Joseph Carter"}
_CITIES = {"hangzhou": 46, "suzhou": 22, "shanghai": 17, "nanjing": 11, "wuhan": 4}
_SOURCES = {"walk_in": 31, "website": 25, "referral": 19, "auto_show": 14, "advert": 11}
_CONSULTANTS = {"chen": 26, "liu": 24, "sun": 20, "wu": 17, "zhao": 13}
MODELS = {"a4": 20, "q3": 19, "q5": 18, "e5": 15, "a6": 11, "q7": 7, "e7": 6, "m8": 4}
PRICES = {
    "a4": 186_000, "a6": 298_000, "q3": 158_000, "q5": 239_000, "q7": 418_000, "e5": 199_000,
    "e7": 329_000, "m8": 276_000,
}  # fmt: skip
_EXTRAS = {"service": 70, "accessory": 16, "insurance": 14}
_EXTRA_PRICES = {"service": 1_350, "accessory": 2_400, "insurance": 5_200}
_REMARKS = {
    "zh": ("周末方便看车", "等新款上市", "家里有充电桩", "预算需再确认", "希望旧车置换"),
    "en": (
        "Has time at weekends",
        "Waits for the new model",
        "Has a charger at home",
        "Budget to be confirmed",
        "Would trade in the old car",
    ),
}


@dataclass(frozen=True, slots=True)
class Persona:
    """A kind of customer.

    `share` is how many of a hundred they are. `bought` is when they bought a car, in days ago
    (None: never), `extras` how many services and the like followed, the last one `until` days ago
    at the latest; `visits` and `came` are how often they came besides, and how long ago.
    """

    share: float
    bought: tuple[int, int] | None
    extras: tuple[int, int]
    until: tuple[int, int]
    visits: tuple[int, int]
    came: tuple[int, int]


_PERSONAS = (
    Persona(17, (420, 1_600), (3, 6), (5, 330), (0, 5), (3, 360)),
    Persona(23, (12, 520), (0, 2), (5, 500), (0, 4), (5, 520)),
    Persona(19, (541, 1_800), (0, 2), (541, 900), (0, 2), (541, 1_000)),
    Persona(26, None, (0, 0), (0, 0), (1, 6), (2, 110)),
    Persona(15, None, (0, 0), (0, 0), (0, 2), (120, 700)),
)


@dataclass(frozen=True, slots=True)
class _Person:
    persona: Persona
    model: str
    bought: int | None
    extras: tuple[int, ...]
    visits: tuple[int, ...]

    @property
    def known(self) -> int:
        """Days since they first appeared."""
        return max((self.bought or 0, *self.visits, 30))


def draw(lang: Lang, today: date) -> Sample:
    """Draw the sample as if it were `today`."""
    random = Random("tierloom dealer")  # noqa: S311 sample data, no secrets
    found = sorted((_person(random) for _ in range(CUSTOMERS)), key=lambda one: -one.known)
    purchases = _purchases(random, found, today)
    return (
        TableRows("customers", _customers(random, found, lang, today)),
        purchases,
        _visits(random, found, today),
    )


def _person(random: Random) -> _Person:
    persona = random.choices(_PERSONAS, [one.share for one in _PERSONAS])[0]
    bought = random.randint(*persona.bought) if persona.bought else None
    extras = []
    for _ in range(random.randint(*persona.extras)):
        low, high = persona.until
        extras.append(random.randint(low, max(low, min(high, (bought or 0) - 20))))
    visits = [random.randint(*persona.came) for _ in range(random.randint(*persona.visits))]
    return _Person(
        persona, one_of(random, MODELS), bought, tuple(sorted(extras)), tuple(sorted(visits))
    )


def _customers(random: Random, found: list[_Person], lang: Lang, today: date) -> list[Row]:
    named = people("tierloom car buyers", len(found), lang, 0.42)
    rows = [
        {
            "name": who["name"],
            "gender": perhaps(random, who["gender"]),
            "birthday": perhaps(random, birthday(random, today)),
            "phone": perhaps(random, f"158003{number:05}"),
            "city": perhaps(random, one_of(random, _CITIES)),
            **_interest(random, one),
            "remark": random.choice(_REMARKS[lang]) if random.random() < 0.1 else None,
        }
        for number, (one, who) in enumerate(zip(found, named, strict=True))
    ]
    for twin in TWINS:
        same = {"name": _TWIN[lang], "gender": "male", "phone": "15800399999"}
        rows[twin] |= {**same, "city": "hangzhou", "birthday": today - timedelta(days=15_000)}
    return numbered("customer_no", "D", 5, rows)


def _interest(random: Random, one: _Person) -> Row:
    lead = one.bought is None
    minutes = int(random.expovariate(1 / (38 if lead and one.visits else 9)))
    return {
        "source": perhaps(random, one_of(random, _SOURCES)),
        "consultant": perhaps(random, one_of(random, _CONSULTANTS)),
        "watched": some_of(random, MODELS, 3),
        "browse_minutes": perhaps(random, minutes, 0.1),
        "click_rate": perhaps(random, round(random.betavariate(1.6, 9), 4), 0.1),
        "test_drive": perhaps(random, not lead or random.random() < 0.35),
    }


def _purchases(random: Random, found: list[_Person], today: date) -> TableRows:
    cars = [(one.bought, number, "car") for number, one in enumerate(found) if one.bought]
    extras = [
        (day, number, one_of(random, _EXTRAS))
        for number, one in enumerate(found)
        for day in one.extras
    ]
    # As many in any version of the drawing above: the sample's size is promised.
    kept = random.sample(extras, PURCHASES - len(cars))
    events = sorted([*cars, *kept], key=lambda one: (-one[0], one[1]))
    rows = [_purchase(random, found[number], day, kind, today) for day, number, kind in events]
    links = {"customer": ("customers", [number for _, number, _ in events])}
    return TableRows("purchases", numbered("purchase_no", "V", 6, rows), links)


def _purchase(random: Random, one: _Person, day: int, kind: str, today: date) -> Row:
    if kind == "car":
        kind = "used_car" if random.random() < 0.16 else "new_car"
        usual = PRICES[one.model] * (0.58 if kind == "used_car" else 1)
        price = round(usual * random.uniform(0.93, 1.06) / 100) * 100.0
    else:
        price = round(_EXTRA_PRICES[kind] * random.lognormvariate(0, 0.35) / 10) * 10.0
    return {
        "bought_on": today - timedelta(days=day),
        "kind": kind,
        "model": perhaps(random, one.model, 0.02),
        "price": perhaps(random, price, 0.006),
    }


def _visits(random: Random, found: list[_Person], today: date) -> TableRows:
    events = sorted(
        ((day, number) for number, one in enumerate(found) for day in (*one.visits, *one.extras)),
        reverse=True,
    )
    rows: list[Row] = []
    for day, number in events:
        lead = found[number].bought is None
        aims = {"look": 60, "test_drive": 28, "event": 12} if lead else {"service": 78, "event": 22}
        rows.append(
            {
                "visited_on": today - timedelta(days=day),
                "purpose": one_of(random, aims),
                "minutes": perhaps(random, random.randint(10, 150), 0.08),
            }
        )
    links = {"customer": ("customers", [number for _, number in events])}
    return TableRows("visits", numbered("visit_no", "F", 6, rows), links)
