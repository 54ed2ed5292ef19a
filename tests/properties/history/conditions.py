"""Conditions twice: as the JSON that a user would store, and as plain Python written from the prose of the rules.

An answer is True, False, or None where an unknown value leaves it open; `hold` says whether that counts.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

Json = Any
Answer = bool | None
Values = dict[str, Any]


class _Nothing(Enum):
    NOTHING = "nothing"


NOTHING: Final = _Nothing.NOTHING
"""The greatest of no values: known not to exist, while None is unknown."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WINDOW, SUM_WINDOW, CALL_WINDOW = 30, 45, 7
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq,
}  # fmt: skip


def moment_of(at: int) -> datetime:
    """An instant in milliseconds as a date and time."""
    return EPOCH + timedelta(milliseconds=at)


@dataclass(frozen=True)
class Then:
    """An instant (milliseconds), and the local date of it."""

    at: int
    today: date
    zone: ZoneInfo

    def day_of(self, at: int) -> date:
        return moment_of(at).astimezone(self.zone).date()


class Seen(Protocol):
    """One record at an instant."""

    then: Then
    values: Values

    def children(self, table: str) -> list[Values]:
        """The related records, whatever their date."""

    def parent(self) -> Values | None:
        """The customer that an order is of."""

    def rank(self, model: str, tier: str) -> tuple[int | None, int | None]:
        """Where the record's tier and `tier` come in a tier model, the higher the better; None where there is none."""


class Condition(Protocol):
    """Something that is true of a record or not."""

    def json(self) -> Json: ...

    def answer(self, seen: Seen, hold: bool) -> Answer: ...


def compared(op: str, one: Any, other: Any, hold: bool) -> Answer:
    """A comparison that touches nothing is false, one that touches an unknown value is open or false."""
    if one is NOTHING or other is NOTHING:
        return False
    if one is None or other is None:
        return None if hold else False
    return COMPARE[op](one, other)


@dataclass(frozen=True)
class Compared:
    """A value of the record beside a number or a word: what is read is told by the name."""

    what: str
    op: str
    limit: Any

    def json(self) -> Json:
        return {self.op: [READINGS[self.what][0], self.limit]}

    def answer(self, seen: Seen, hold: bool) -> Answer:
        return compared(self.op, READINGS[self.what][1](seen), self.limit, hold)


@dataclass(frozen=True)
class Known:
    """The record has a value here."""

    field: str

    def json(self) -> Json:
        return {"!=": [{"var": self.field}, None]}

    def answer(self, seen: Seen, hold: bool) -> Answer:
        return seen.values[self.field] is not None


@dataclass(frozen=True)
class InTier:
    """The record's tier in another tier model, or a tier at least as good."""

    model: str
    op: str
    tier: str

    def json(self) -> Json:
        return {self.op: [{"tier": [self.model]}, self.tier]}

    def answer(self, seen: Seen, hold: bool) -> Answer:
        return compared(self.op, *seen.rank(self.model, self.tier), hold)


@dataclass(frozen=True)
class Not:
    part: Condition

    def json(self) -> Json:
        return {"!": [self.part.json()]}

    def answer(self, seen: Seen, hold: bool) -> Answer:
        found = self.part.answer(seen, hold)
        return None if found is None else not found


@dataclass(frozen=True)
class Both:
    one: Condition
    other: Condition

    def json(self) -> Json:
        return {"and": [self.one.json(), self.other.json()]}

    def answer(self, seen: Seen, hold: bool) -> Answer:
        found = {self.one.answer(seen, hold), self.other.answer(seen, hold)}
        return False if False in found else None if None in found else True


@dataclass(frozen=True)
class Either:
    one: Condition
    other: Condition

    def json(self) -> Json:
        return {"or": [self.one.json(), self.other.json()]}

    def answer(self, seen: Seen, hold: bool) -> Answer:
        found = {self.one.answer(seen, hold), self.other.answer(seen, hold)}
        return True if True in found else None if None in found else False


# ── readings ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _days_since(day: date | _Nothing | None, then: Then) -> int | _Nothing | None:
    return (then.today - day).days if isinstance(day, date) else day


def _orders(seen: Seen) -> list[Values]:
    """Orders dated later do not exist yet; those without a date always do."""
    then = seen.then
    return [
        one for one in seen.children("orders") if one["day"] is None or one["day"] <= then.today
    ]


def _last(seen: Seen, days: int) -> list[Values]:
    """The orders of the last days, today among them; one without a date is in no such window."""
    first = seen.then.today - timedelta(days)
    return [one for one in _orders(seen) if one["day"] is not None and one["day"] > first]


def _sum(rows: list[Values]) -> float | None:
    known = [one["amount"] for one in rows if one["amount"] is not None]
    return sum(known) if known or not rows else None


def _newest(seen: Seen) -> date | _Nothing | None:
    rows = _orders(seen)
    known = [one["day"] for one in rows if one["day"] is not None]
    return max(known) if known else None if rows else NOTHING


def _fresh(seen: Seen) -> int:
    return sum(
        one["day"] is not None and (seen.then.today - one["day"]).days < 20 for one in _orders(seen)
    )


def _calls(seen: Seen) -> list[Values]:
    return [one for one in seen.children("calls") if one["at"] is None or one["at"] <= seen.then.at]


def _recent_calls(seen: Seen) -> int:
    first = seen.then.today - timedelta(CALL_WINDOW)
    return sum(
        one["at"] is not None and seen.then.day_of(one["at"]) > first for one in _calls(seen)
    )


def _months(seen: Seen) -> int | None:
    """Whole months from joining until today: the 31st and a month is the last day of a shorter month."""
    day, today = seen.values["joined"], seen.then.today
    if day is None:
        return None
    if day > today:
        return -_whole_months(today, day)
    return _whole_months(day, today)


def _whole_months(first: date, last: date) -> int:
    found = 0
    while _month_later(first, found + 1) <= last:
        found += 1
    return found


def _month_later(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(number, day.day))
        except ValueError:
            continue
    raise AssertionError("Every month has 28 days.")


def _to_anniversary(seen: Seen) -> int | None:
    day, today = seen.values["joined"], seen.then.today
    if day is None:
        return None
    for ahead in range(400):
        one = today + timedelta(ahead)
        leap = one.year % 4 == 0 and (one.year % 100 != 0 or one.year % 400 == 0)
        wanted = (2, 28) if (day.month, day.day) == (2, 29) and not leap else (day.month, day.day)
        if (one.month, one.day) == wanted:
            return ahead
    raise AssertionError("An anniversary comes every year.")


def _of_parent(key: str) -> Callable[[Seen], Any]:
    def read(seen: Seen) -> Any:
        found = seen.parent()
        return None if found is None else found[key]

    return read


def _var(name: str) -> Json:
    return {"var": name}


READINGS: Mapping[str, tuple[Json, Callable[[Seen], Any]]] = {
    "points": (_var("points"), lambda seen: seen.values["points"]),
    "city": (_var("city"), lambda seen: seen.values["city"]),
    "joined": ({"days_since": [_var("joined")]}, lambda seen: _days_since(seen.values["joined"], seen.then)),
    "months": ({"date_diff": [{"today": []}, _var("joined"), "month"]}, _months),
    "anniversary": ({"days_to_anniversary": [_var("joined")]}, _to_anniversary),
    "recent": (_var("recent"), lambda seen: len(_last(seen, WINDOW))),
    "spent": (_var("spent"), lambda seen: _sum(_last(seen, SUM_WINDOW))),
    "total": (_var("total"), lambda seen: _sum(_orders(seen))),
    "idle": (_var("idle"), lambda seen: _days_since(_newest(seen), seen.then)),
    "fresh": (
        {"count": [{"filter": [_var("orders"), {"<": [{"days_since": [_var("day")]}, 20]}]}]},
        _fresh,
    ),
    "calls": (_var("called"), _recent_calls),
    "ever": ({"count": [_var("calls")]}, lambda seen: len(_calls(seen))),
    # Of an order:
    "amount": (_var("amount"), lambda seen: seen.values["amount"]),
    "age": ({"days_since": [_var("day")]}, lambda seen: _days_since(seen.values["day"], seen.then)),
    "customer.points": (_var("customer.points"), _of_parent("points")),
    "customer.city": (_var("customer.city"), _of_parent("city")),
}  # fmt: skip
