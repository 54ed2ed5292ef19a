"""The rows of the sample data: the same for the same language and day, anywhere."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tierloom.domain.fields import Value
from tierloom.services.demo.history import Buyer, Purchase, draw_buyer
from tierloom.services.demo.names import Lang, Name, draw_name

CUSTOMERS = 2000
UNKNOWN = 0.04
UNKNOWN_AMOUNT = 0.01
Row = dict[str, Value]

_CITIES = {
    "shanghai": 18, "beijing": 16, "shenzhen": 12, "guangzhou": 11, "hangzhou": 9, "chengdu": 9,
    "wuhan": 6, "nanjing": 6, "suzhou": 5, "xian": 4, "chongqing": 4,
}  # fmt: skip
_SOURCES = {"store": 30, "mini_program": 27, "website": 18, "referral": 14, "advert": 11}
_CHANNELS = {"app": 34, "mini_program": 30, "store": 21, "website": 15}
_CATEGORIES = {"home": 24, "clothing": 22, "beauty": 18, "food": 16, "digital": 12, "baby": 8}
_TAGS = {"beauty": 22, "home": 20, "digital": 18, "food": 16, "baby": 13, "outdoor": 11}
_PLUS = {"devoted": 0.8, "regular": 0.45, "occasional": 0.14, "new": 0.1}
_REMARKS = {
    "zh": (
        "喜欢周末送货",
        "需要开具发票",
        "对包装要求较高",
        "老客户介绍",
        "偏好电话沟通",
        "换季时会集中采购",
    ),
    "en": (
        "Prefers delivery at weekends",
        "Needs an invoice",
        "Particular about the packaging",
        "Came through an old customer",
        "Likes to be called",
        "Buys when the seasons change",
    ),
}


@dataclass(frozen=True, slots=True)
class Order:
    """One order: the position of its customer in the list of customers, and its values."""

    customer: int
    values: Row


@dataclass(frozen=True, slots=True)
class Sample:
    """Customers by number, and their orders by date."""

    customers: list[Row]
    orders: list[Order]


def draw_sample(lang: Lang, today: date) -> Sample:
    """Draw the sample data as if it were `today`."""
    random = Random("tierloom shop")  # noqa: S311 sample data, no secrets
    # Names have their own stream: whatever the language, the same customers buy the same things.
    naming = Random("tierloom names")  # noqa: S311
    buyers = sorted((draw_buyer(random) for _ in range(CUSTOMERS)), key=lambda one: -one.joined)
    genders = [naming.choice(("female", "female", "male")) for _ in buyers]
    names = [draw_name(naming, lang, gender) for gender in genders]
    customers = [
        _customer(random, number, buyer, today)
        | _identity(random, number, name, gender)
        | {"remark": random.choice(_REMARKS[lang]) if random.random() < 0.12 else None}
        for number, (buyer, name, gender) in enumerate(zip(buyers, names, genders, strict=True), 1)
    ]
    bought = sorted(
        ((one, customer) for customer, buyer in enumerate(buyers) for one in buyer.purchases),
        key=lambda pair: -pair[0].days_ago,
    )
    orders = [
        Order(customer, _order(random, number, purchase, today))
        for number, (purchase, customer) in enumerate(bought, 1)
    ]
    return Sample(customers, orders)


def _customer(random: Random, number: int, buyer: Buyer, today: date) -> Row:
    return {
        "customer_no": f"C{number:05}",
        "city": _perhaps(random, _one_of(random, _CITIES)),
        "birthday": _perhaps(random, _birthday(random, today)),
        "member_since": today - timedelta(days=buyer.joined),
        "plus_member": _perhaps(random, random.random() < _PLUS.get(buyer.persona, 0.06)),
        "tags": _tags(random),
        "source": _perhaps(random, _one_of(random, _SOURCES)),
    }


def _identity(random: Random, number: int, name: Name, gender: str) -> Row:
    return {
        "name": name.full,
        "gender": _perhaps(random, gender),
        "phone": _perhaps(random, f"1380013{number:04}"),
        "email": _perhaps(random, f"{name.spelling}{number}@example.com"),
    }


def _perhaps(random: Random, value: Value) -> Value:
    return None if random.random() < UNKNOWN else value


def _order(random: Random, number: int, purchase: Purchase, today: date) -> Row:
    return {
        "order_no": f"SO{number:06}",
        "ordered_on": today - timedelta(days=purchase.days_ago),
        "amount": None if random.random() < UNKNOWN_AMOUNT else purchase.amount,
        "channel": _perhaps(random, _one_of(random, _CHANNELS)),
        "category": _perhaps(random, _one_of(random, _CATEGORIES)),
        "status": _status(random, purchase.days_ago),
    }


def _one_of(random: Random, weights: dict[str, int]) -> str:
    return random.choices(list(weights), list(weights.values()))[0]


def _tags(random: Random) -> tuple[str, ...] | None:
    drawn = {_one_of(random, _TAGS) for _ in range(random.choice((0, 1, 1, 2, 2, 3)))}
    return tuple(tag for tag in _TAGS if tag in drawn) or None


def _status(random: Random, days_ago: int) -> str:
    drawn = random.random()
    if drawn < 0.03:
        return "cancelled"
    if drawn < 0.07:
        return "refunded"
    if days_ago <= 3:
        return "paid"
    return "shipped" if days_ago <= 8 else "completed"


def _birthday(random: Random, today: date) -> date:
    """Draw a birthday by the days until it returns: as many are near on any day of loading."""
    returns = today + timedelta(days=random.randrange(365))
    age = int(random.triangular(18, 72, 32))
    if (returns.month, returns.day) == (2, 29):
        age -= age % 4
    return returns.replace(year=returns.year - age)
