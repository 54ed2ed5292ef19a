"""The samples that there are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from tierloom.services.demo import dealer, fuel, shop
from tierloom.services.demo.names import Lang
from tierloom.services.demo.rows import Sample
from tierloom.text import Label, T, Text

TradeKey = Literal["shop", "fuel", "dealer"]
KEYS: tuple[TradeKey, ...] = get_args(TradeKey)


@dataclass(frozen=True, slots=True)
class Trade:
    """One sample. Its pack has the tables and rules under its key; `workspace` is its own one's key.

    `customers` and `purchases` are how many it has, the latter in the table `bought`.
    """

    key: TradeKey
    workspace: str
    name: Label
    title: Text
    about: Text
    icon: str
    customers: int
    purchases: int
    bought: str
    draw: Callable[[Lang, date], Sample]

    @property
    def mark(self) -> str:
        """The word by which its workspace remembers which sample it is."""
        return f"sample-{self.key}"


TRADES: dict[TradeKey, Trade] = {
    "shop": Trade(
        "shop",
        "demo",
        Label({"zh": "晨光商城", "en": "Daybreak Shop"}),
        T("Online shop"),
        T("Members, their orders and interests: value tiers and lifecycle."),
        "package",
        shop.CUSTOMERS,
        12_683,
        "orders",
        shop.draw,
    ),
    "fuel": Trade(
        "fuel",
        "demo-fuel",
        Label({"zh": "畅行加油", "en": "Roadside Fuel"}),
        T("Fuel chain"),
        T("Companies, drivers and cards, fill-ups, complaints: value, lifecycle, driver types."),
        "fuel",
        fuel.CUSTOMERS,
        fuel.TRANSACTIONS,
        "transactions",
        fuel.draw,
    ),
    "dealer": Trade(
        "dealer",
        "demo-dealer",
        Label({"zh": "星途汽车", "en": "Nova Motors"}),
        T("Car dealer"),
        T("Buyers and prospects, purchases and visits: value, relationship, visit frequency."),
        "car",
        dealer.CUSTOMERS,
        dealer.PURCHASES,
        "purchases",
        dealer.draw,
    ),
}
