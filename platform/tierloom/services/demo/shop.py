"""An online shop: customers and their orders, the same for the same language and day, anywhere.

Planted: a customer of the best tier who has not ordered for almost a quarter.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from tierloom.services.demo.history import Buyer, Purchase, draw_buyer
from tierloom.services.demo.names import Lang, Name, draw_name
from tierloom.services.demo.rows import Row, TableRows, birthday, one_of, perhaps
from tierloom.services.demo.rows import Sample as Tables

CUSTOMERS = 2000
UNKNOWN_AMOUNT = 0.01
SILENT_DAYS = 83
_LEFT = ("cancelled", "refunded")

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
    """One order: the position of its customer in the list of customers, its day, and its values."""

    customer: int
    day: date
    values: Row

    @property
    def counts(self) -> bool:
        """Whether it was neither cancelled nor refunded."""
        return self.values["status"] not in _LEFT

    def moved(self, day: date) -> "Order":
        """Return the same order of an earlier day, long delivered."""
        status = "completed" if self.counts else self.values["status"]
        return replace(self, day=day, values=self.values | {"ordered_on": day, "status": status})


@dataclass(frozen=True, slots=True)
class Sample:
    """Customers by number, and their orders by date."""

    customers: list[Row]
    orders: list[Order]


def draw(lang: Lang, today: date) -> Tables:
    """Draw the tables of the sample as if it were `today`."""
    sample = draw_sample(lang, today)
    links = {"customer": ("customers", [one.customer for one in sample.orders])}
    return (
        TableRows("customers", sample.customers),
        TableRows("orders", [one.values for one in sample.orders], links),
    )


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
        Order(
            customer,
            today - timedelta(days=purchase.days_ago),
            _order(random, number, purchase, today),
        )
        for number, (purchase, customer) in enumerate(bought, 1)
    ]
    return Sample(customers, _silenced(orders, today))


def _silenced(orders: list[Order], today: date) -> list[Order]:
    """Let the customer who spends most fall silent; numbers follow the new days."""
    year = [one for one in orders if one.counts and (today - one.day).days < 365]
    spent: dict[int, float] = {}
    for one in year:
        amount = one.values["amount"]
        spent[one.customer] = spent.get(one.customer, 0) + float(str(amount or 0))
    silent = max(spent, key=lambda customer: spent[customer])
    end = today - timedelta(days=SILENT_DAYS)
    shift = max(one.day for one in year if one.customer == silent) - end
    joined = min(one.day for one in orders if one.customer == silent)
    moved = [
        one.moved(min(max(one.day - shift, joined), end)) if one.customer == silent else one
        for one in orders
    ]
    moved.sort(key=lambda one: one.day)
    return [
        replace(one, values=one.values | {"order_no": f"SO{number:06}"})
        for number, one in enumerate(moved, 1)
    ]


def _customer(random: Random, number: int, buyer: Buyer, today: date) -> Row:
    return {
        "customer_no": f"C{number:05}",
        "city": perhaps(random, one_of(random, _CITIES)),
        "birthday": perhaps(random, birthday(random, today)),
        "member_since": today - timedelta(days=buyer.joined),
        "plus_member": perhaps(random, random.random() < _PLUS.get(buyer.persona, 0.06)),
        "tags": _tags(random),
        "source": perhaps(random, one_of(random, _SOURCES)),
    }


def _identity(random: Random, number: int, name: Name, gender: str) -> Row:
    return {
        "name": name.full,
        "gender": perhaps(random, gender),
        "phone": perhaps(random, f"1380013{number:04}"),
        "email": perhaps(random, f"{name.spelling}{number}@example.com"),
    }


def _order(random: Random, number: int, purchase: Purchase, today: date) -> Row:
    return {
        "order_no": f"SO{number:06}",
        "ordered_on": today - timedelta(days=purchase.days_ago),
        "amount": None if random.random() < UNKNOWN_AMOUNT else purchase.amount,
        "channel": perhaps(random, one_of(random, _CHANNELS)),
        "category": perhaps(random, one_of(random, _CATEGORIES)),
        "status": _status(random, purchase.days_ago),
    }


def _tags(random: Random) -> tuple[str, ...] | None:
    drawn = {one_of(random, _TAGS) for _ in range(random.choice((0, 1, 1, 2, 2, 3)))}
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
