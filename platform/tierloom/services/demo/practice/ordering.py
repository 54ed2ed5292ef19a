"""An online shop's export in English: one row for each line of an order."""

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tierloom.services.demo.names import draw_name

CUSTOMERS = 480
HEAD = (
    "Order ID", "Order Date", "Customer ID", "Customer Name", "Email", "Country", "SKU",
    "Product Name", "Qty", "Unit Price", "Newsletter",
)  # fmt: skip
_COUNTRIES = {"United States": 52, "Canada": 17, "United Kingdom": 15, "Germany": 9, "France": 7}
_GOODS = (
    "Canvas tote", "Desk lamp", "Ceramic mug", "Wool throw", "Notebook set", "Water bottle",
    "Scented candle", "Throw pillow", "Tea sampler", "Wall clock", "Cutting board", "Rain jacket",
    "Picture frame", "Garden gloves", "Travel pouch", "Coffee grinder",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Customer:
    number: str
    name: str
    email: str
    country: str
    newsletter: str
    orders: tuple[int, ...]
    """Days ago, oldest first."""
    basket: float


def order_lines(today: date) -> bytes:
    """Return the export as CSV in UTF-8: orders of two years, by date, up to five lines each.

    Recent and silent, frequent and rare, large and small baskets are crossed, so that all eight RFM
    types have customers.
    """
    random = Random("practice orders")  # noqa: S311 sample data, no secrets
    people = [_customer(random, number) for number in range(1, CUSTOMERS + 1)]
    orders = sorted(
        ((day, one.number, one) for one in people for day in one.orders),
        key=lambda order: (-order[0], order[1]),
    )
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(HEAD)
    for number, (day, _, one) in enumerate(orders, 100_001):
        writer.writerows(_lines(random, number, today - timedelta(days=day), one))
    return target.getvalue().encode()


def _customer(random: Random, number: int) -> _Customer:
    name = draw_name(random, "en", random.choice(("female", "male")))
    last = random.choice((random.randrange(1, 60), random.randrange(150, 420)))
    gap = random.choice((24, 130)) * random.lognormvariate(0, 0.3)
    days = [float(last)]
    while days[-1] + gap < 700 and len(days) < 14 and random.random() < 0.86:
        days.append(min(days[-1] + max(1, random.gammavariate(3, gap / 3)), 729))
    return _Customer(
        f"C-{1_000 + number}",
        name.full,
        f"{name.spelling}{number}@example.com",
        random.choices(list(_COUNTRIES), list(_COUNTRIES.values()))[0],
        random.choice(("yes", "no")),
        tuple(int(one) for one in reversed(days)),
        random.choice((14, 62)) * random.lognormvariate(0, 0.25),
    )


def _lines(random: Random, number: int, day: date, one: _Customer) -> list[tuple[str | int, ...]]:
    moment = (
        f"{day} {random.randrange(7, 24):02}:{random.randrange(60):02}:{random.randrange(60):02}"
    )
    chosen = random.sample(range(len(_GOODS)), random.choice((1, 1, 2, 2, 3, 5)))
    return [
        (
            number, moment, one.number, one.name, one.email, one.country, f"P{place + 101:05}",
            _GOODS[place], random.choice((1, 1, 1, 2, 3)),
            f"{one.basket * random.uniform(0.6, 1.4):.2f}", one.newsletter,
        )
        for place in chosen
    ]  # fmt: skip
