"""How sample customers buy: who they are to the shop, and the days and amounts of their orders.

All days are counted backwards from the day of loading, so that every tier has the same size on any
day. The figures follow what shops see: most customers buy rarely, a few often, and amounts have a
long tail.
"""

from dataclasses import dataclass
from math import exp
from random import Random

HISTORY_DAYS = 1100


@dataclass(frozen=True, slots=True)
class Persona:
    """A kind of customer.

    `share` is how many of a hundred they are; `joined` and `quiet` are ranges of days ago: when
    they came, and when they stopped (0: not at all). `gap` is the usual number of days between two
    orders, `amount` the usual amount of one.
    """

    share: float
    joined: tuple[int, int]
    quiet: tuple[int, int]
    gap: float
    amount: float
    orders: bool = True


PERSONAS = {
    "devoted": Persona(4.5, (400, 1080), (0, 0), 33, 1150),
    "regular": Persona(14, (200, 1080), (0, 0), 66, 560),
    "occasional": Persona(33, (60, 1080), (0, 0), 118, 340),
    "fading": Persona(14, (260, 1000), (95, 175), 80, 430),
    "gone": Persona(17, (300, 1090), (190, 480), 150, 300),
    "new": Persona(9, (2, 29), (0, 0), 30, 290),
    "curious": Persona(9.5, (3, 700), (0, 0), 0, 0, orders=False),
}


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order: how many days ago, and for how much."""

    days_ago: int
    amount: float


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer's history, oldest purchase first; they became a member `joined` days ago."""

    persona: str
    joined: int
    purchases: tuple[Purchase, ...]


def draw_buyer(random: Random) -> Buyer:
    """Draw a customer's history."""
    names = list(PERSONAS)
    name = random.choices(names, [PERSONAS[one].share for one in names])[0]
    persona = PERSONAS[name]
    first = random.randint(*persona.joined)
    if not persona.orders:
        return Buyer(name, first, ())
    last = min(random.randint(*persona.quiet), first)
    gap = persona.gap * exp(random.gauss(0, 0.35))
    usual = persona.amount * exp(random.gauss(0, 0.55))
    purchases = []
    day = float(first)
    while day >= max(last, 1):
        purchases.append(Purchase(int(day), _amount(random, usual)))
        day -= max(1.0, random.gammavariate(2.5, gap / 2.5))
    registered = min(first + int(random.expovariate(1 / 12)), HISTORY_DAYS)
    return Buyer(name, registered, tuple(purchases))


def _amount(random: Random, usual: float) -> float:
    """Draw an amount around the usual one; shops like prices that end in 9."""
    drawn = max(9.0, usual * exp(random.gauss(-0.15, 0.6)))
    return round(drawn / 10) * 10 - 1.0 if drawn > 60 else round(drawn, 1)
