"""The traps of SEMANTICS.md, one by one: what a rule says of one record, strictly and under hold."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.unit.rules.world import Record, certainly, customer, holds, order, var

NOBODY = customer()
D = date(2025, 3, 31)


def ago(days: int) -> date:
    return date.fromordinal(D.toordinal() - days)


# rule, record, strict answer, answer under hold
CASES: dict[str, tuple[Any, Record, bool, bool | None]] = {
    "never ordered is not active": (
        {"<": [{"days_since": [var("last")]}, 90]}, NOBODY, False, None,
    ),
    "89 days ago": ({"<": [{"days_since": [var("last")]}, 90]}, customer(last=ago(89)), True, True),
    "90 days ago": (
        {"<": [{"days_since": [var("last")]}, 90]}, customer(last=ago(90)), False, False,
    ),
    "tomorrow is minus one day": (
        {"==": [{"days_since": [var("last")]}, -1]}, customer(last=ago(-1)), True, True,
    ),
    "half a day": (
        {"<": [{"days_since": [var("last")]}, 89.5]}, customer(last=ago(89)), True, True,
    ),
    "unknown is not gold": ({"!=": [var("tier"), "gold"]}, NOBODY, True, None),
    "unknown is none of": (
        {"!": [{"in": [var("city"), ["sh", "bj"]]}]}, NOBODY, True, None,
    ),
    "not less is not at least": ({"!": [{"<": [var("spend"), 5]}]}, NOBODY, True, None),
    "unknown is not at least": ({">=": [var("spend"), 5]}, NOBODY, False, None),
    "between drops unknown": ({"<=": [1, var("visits"), 5]}, NOBODY, False, None),
    "not between keeps unknown": ({"!": [{"<=": [1, var("visits"), 5]}]}, NOBODY, True, None),
    "both ends are in": ({"<=": [1, var("visits"), 5]}, customer(visits=5), True, True),
    "no end is in": ({"<": [1, var("visits"), 5]}, customer(visits=5), False, False),
    "null is unknown": ({"==": [var("name"), None]}, NOBODY, True, True),
    "empty text is unknown": ({"==": [var("name"), ""]}, customer(name=""), True, True),
    "known is not null": ({"!=": [None, var("name")]}, customer(name="x"), True, True),
    "zero is filled in": ({"!!": [var("visits")]}, customer(visits=0), True, True),
    "empty is certain": ({"!": [var("visits")]}, NOBODY, True, True),
    "no option is unknown": ({"!": {"var": "tags"}}, customer(tags=()), True, True),
    "a boolean may be uncertain": ({"!": [var("plus")]}, NOBODY, True, None),
    "no is not unknown": ({"==": [var("plus"), False]}, NOBODY, False, None),
    "no": ({"==": [var("plus"), False]}, customer(plus=False), True, True),
    "remainder follows the dividend": (
        {"==": [{"%": [var("visits"), 3]}, -1]}, customer(visits=-7), True, True,
    ),
    "one half": (
        {"==": [{"/": [var("visits"), 2]}, 0.5]}, customer(visits=1), True, True,
    ),
    "division by zero is unknown": (
        {"!": [{">": [{"/": [var("spend"), var("visits")]}, 1]}]},
        customer(spend=5.0, visits=0), True, None,
    ),
    "0.1 + 0.2 is a double": (
        {"==": [{"+": [var("spend"), 0.2]}, 0.3]}, customer(spend=0.1), False, False,
    ),
    "0.3 is 0.3": ({"==": [var("spend"), 0.3]}, customer(spend=30 / 100), True, True),
    "a percent sign is a letter": (
        {"in": ["%", var("name")]}, customer(name="abc"), False, False,
    ),
    "case counts": ({"in": ["BOB", var("name")]}, customer(name="Bob"), False, False),
    "code points": ({"starts_with": [var("name"), "王"]}, customer(name="王芳"), True, True),
    "composed": ({"==": [var("name"), "e\u0301"]}, customer(name="\u00e9"), True, True),
    "ranked": ({">": [var("tier"), "bronze"]}, customer(tier="gold"), True, True),
    "ranked the other way": ({"<": ["bronze", var("tier")]}, customer(tier="gold"), True, True),
    "phones are normalised": (
        {"==": [var("phone"), "138 1234 5678"]}, customer(phone="13812345678"), True, True,
    ),
    "default": ({">=": [{"var": ["visits", 5]}, 5]}, NOBODY, True, True),
    "coalesce": ({"==": [{"coalesce": [var("visits"), var("age")]}, 3]}, customer(age=3), True, True),
    "min of unknown is unknown": (
        {"==": [{"min": [var("visits"), var("age")]}, None]}, customer(age=3), True, True,
    ),
    "unknown takes the else branch": (
        {"==": [{"if": [{">": [var("visits"), 1]}, 1, 2]}, 2]}, NOBODY, True, None,
    ),
    "branches that agree": (
        {"==": [{"if": [{">": [var("visits"), 1]}, 2, 2]}, 2]}, NOBODY, True, True,
    ),
    "certainly false beats uncertain": (
        {"and": [{">": [var("visits"), 1]}, {"==": [var("age"), 1]}]},
        customer(age=2), False, False,
    ),
    "certainly true beats uncertain": (
        {"or": [{">": [var("visits"), 1]}, {"==": [var("age"), 1]}]},
        customer(age=1), True, True,
    ),
    # related records
    "sum of nothing is 0": ({"==": [var("total"), 0]}, NOBODY, True, True),
    "sum of unknowns is unknown": ({"==": [var("total"), None]}, customer(order()), True, True),
    "unknowns are skipped": (
        {"==": [var("total"), 3]}, customer(order(amount=3.0), order()), True, True,
    ),
    "cents add up": (
        {"==": [var("total"), 0.3]}, customer(*(order(amount=0.1) for _ in range(3))), True, True,
    ),
    "average of nothing compares false": (
        {"<": [{"avg": [var("orders"), var("amount")]}, 5]}, NOBODY, False, False,
    ),
    "and its negation is certain": (
        {"!": [{"<": [{"avg": [var("orders"), var("amount")]}, 5]}]}, NOBODY, True, True,
    ),
    "never": ({"!": [var("newest")]}, NOBODY, True, True),
    "never is far from idle": ({">": [var("idle"), 5]}, NOBODY, False, False),
    "never and unknown is unknown": (
        {"==": [{"+": [{"avg": [var("orders"), var("amount")]}, var("spend")]}, 1]},
        NOBODY, False, None,
    ),
    "child rules are two-valued": (
        {"some": [var("orders"), {">": [var("amount"), 1]}]}, customer(order()), False, False,
    ),
    "all of none": ({"all": [var("orders"), {">": [var("amount"), 1]}]}, NOBODY, False, False),
    "none of none": ({"none": [var("orders"), {">": [var("amount"), 1]}]}, NOBODY, True, True),
    "all fails on unknown": (
        {"all": [var("orders"), {">": [var("amount"), 1]}]},
        customer(order(amount=2.0), order()), False, False,
    ),
    "orders of tomorrow do not exist": (
        {"==": [{"count": [var("orders")]}, 1]},
        customer(order(day=ago(0)), order(day=ago(-1))), True, True,
    ),
    "undated orders do": ({"==": [{"count": [var("orders")]}, 1]}, customer(order()), True, True),
    "window: 89 days ago is in, 90 is out": (
        {"==": [var("recent"), 1]},
        customer(*(order(day=ago(n), amount=100.0) for n in (89, 90, 91))), True, True,
    ),
    "last by date": (
        {"==": [{"last": [var("orders"), var("amount")]}, 2]},
        customer(order(day=ago(1), amount=2.0), order(day=ago(9), amount=1.0)), True, True,
    ),
    "any of": (
        {"some": [var("tags"), {"in": [{"var": ""}, ["milk", "tea"]]}]},
        customer(tags=("tea",)), True, True,
    ),
    "only": (
        {"all": [var("tags"), {"in": [{"var": ""}, ["tea"]]}]},
        customer(tags=("tea", "milk")), False, False,
    ),
    "none of no options": (
        {"none": [var("tags"), {"in": [{"var": ""}, ["tea"]]}]}, NOBODY, True, None,
    ),
    # moments
    "a day is local": (
        {"==": [var("joined"), "2025-03-31"]},
        customer(joined=datetime(2025, 3, 30, 16, tzinfo=UTC)), True, True,
    ),
    "its last second": (
        {"<=": [var("joined"), "2025-03-31"]},
        customer(joined=datetime(2025, 3, 31, 15, 59, 59, tzinfo=UTC)), True, True,
    ),
    "after a day begins the next": (
        {">": [var("joined"), "2025-03-31"]},
        customer(joined=datetime(2025, 3, 31, 15, 59, 59, tzinfo=UTC)), False, False,
    ),
    "a time without offset is local": (
        {"==": [var("joined"), "2025-03-31T08:00:00"]},
        customer(joined=datetime(2025, 3, 31, 0, 0, tzinfo=UTC)), True, True,
    ),
    "a builder's midnight is a date": (
        {"date==": [var("last"), "2025-06-01T00:00:00.000Z"]},
        customer(last=date(2025, 6, 1)), True, True,
    ),
    "local date": (
        {"==": [{"date_of": [var("joined")]}, "2025-03-31"]},
        customer(joined=datetime(2025, 3, 30, 16, tzinfo=UTC)), True, True,
    ),
    "months clamp": (
        {"==": [{"date_add": [var("last"), 1, "month"]}, "2025-02-28"]},
        customer(last=date(2025, 1, 31)), True, True,
    ),
    "29 February": (
        {"==": [{"days_to_anniversary": [var("born")]}, 334]},
        customer(born=date(2000, 2, 29)), True, True,
    ),
    "beyond the calendar": (
        {"==": [{"date_add": [var("last"), 9999, "year"]}, None]}, customer(last=D), True, True,
    ),
    "segment": ({"segment": ["spenders"]}, customer(spend=500.0), True, True),
    "segment of unknown": ({"!": [{"segment": ["spenders"]}]}, NOBODY, True, None),
    "missing": ({"missing": ["name", "age"]}, customer(name="x"), True, True),
    "missing some": ({"missing_some": [1, ["name", "age"]]}, customer(name="x"), False, False),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_answer(name: str) -> None:
    rule, record, strict, hold = CASES[name]
    assert holds(rule, record) is strict
    assert certainly(rule, record) is hold


def test_the_customer_of_an_order() -> None:
    one, lost = order(amount=1.0), order(amount=1.0)
    customer(one, no="K1", spend=5.0)
    for rule in ({"==": [var("customer"), "K1"]}, {">": [var("customer.spend"), 4]}):
        assert holds(rule, one, "orders")
        assert not holds(rule, lost, "orders")
        assert certainly(rule, lost, "orders") is None
    assert holds({"!": [var("customer")]}, lost, "orders")
    assert holds({"in": [var("customer"), ["K0", "K1"]]}, one, "orders")
