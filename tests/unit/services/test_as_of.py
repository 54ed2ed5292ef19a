"""A past day says what was said on it: lists, sizes and moves, after edits, deletes and other rules have come."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, cast

import pytest

from tests.unit.services.shop import TODAY, VALUE, Shop, insert
from tierloom.domain.fields import Link
from tierloom.domain.people import Role
from tierloom.domain.rules import Json, RuleDocument
from tierloom.errors import Invalid
from tierloom.services import as_of, crossing, grid, overview, records
from tierloom.services.as_of import NotKnown, PastBench, Question
from tierloom.services.grid import Query
from tierloom.services.shown import Masked
from tierloom.services.workbench import Workbench, reading, writing
from tierloom.store.changes import Cause

BODY = cast(dict[str, Any], VALUE)
HALF: Json = {
    **BODY,
    "tiers": [
        {**BODY["tiers"][0], "rule": {">=": [{"var": "spend"}, 500]}},
        BODY["tiers"][1],
    ],
}
"""Gold for half the spend."""
POINTS: Json = {
    **BODY,
    "key": "keen",
    "main": False,
    "tiers": [{**BODY["tiers"][0], "key": "keen", "rule": {">": [{"var": "points"}, 30]}}],
}
LISTS = (
    Query("customers", limit=200),
    Query("orders", limit=200),
    Query("customers", RuleDocument.of({">": [{"var": "spend"}, 300]}), limit=200),
    Query("customers", search="赵", limit=200),
    Query("customers", tiers=(("value", "silver"),), limit=200),
)


@dataclass
class Said:
    """What lists and the overview said on a day."""

    lists: list[list[tuple[object, ...]]]
    sizes: list[object]
    crossed: object
    figures: object


def said(bench: Workbench) -> Said:
    found = [grid.listing(bench, one) for one in LISTS]
    figures = overview.overview(bench)
    return Said(
        [
            [(one.id, dict(one.values), dict(one.tiers), dict(one.link_names)) for one in each.rows]
            for each in found
        ],
        [(one.total, one.sizes) for one in found],
        [one.counts for one in crossing.crossings(bench)],
        [
            (one.total, one.sizes, one.shares, one.figure and one.figure.key, one.trend, one.week)
            for one in figures.models
        ]
        + [(one.records,) for one in figures.tables]
        + [(segment.key, size) for segment, size in figures.segments],
    )


@contextmanager
def looking_back(
    shop: Shop, day: date, question: Question = Question.THEN, role: Role = Role.OWNER
) -> Iterator[Workbench]:
    with reading(shop.platform, shop.people[role]) as bench:
        yield as_of.as_of(bench, day, question=question)


def a_days_work(shop: Shop, chance: Random) -> None:
    """Edit, delete, restore and add customers and orders; then calculate."""
    customers, orders = sorted(shop.customers), sorted(shop.orders)
    with writing(shop.platform, shop.owner) as bench:
        now, cause = bench.uow.now, Cause("edit", 0)
        people, bought = (
            bench.uow.records(bench.published.table(one)) for one in ("customers", "orders")
        )
        changed = chance.sample(customers, 6)
        people.update_many(
            changed,
            {
                "points": [chance.choice((None, 5, 25, 60)) for _ in changed],
                "city": [chance.choice((None, "bj", "gz")) for _ in changed],
            },
            now,
            cause,
        )
        other = sorted(chance.sample(orders, 8))
        bought.update_many(
            other,
            {
                "customer": [chance.choice(customers) for _ in other],
                "amount": [chance.randrange(1, 90_000) for _ in other],
            },
            now,
            cause,
        )
        bought.delete(chance.sample(orders, 3), now, cause)
        bought.restore(chance.sample(orders, 20), now, cause)
        people.delete(chance.sample(customers, 2), now, cause)
        people.restore(chance.sample(customers, 20), now, cause)
        today = bench.context.today
        insert(
            bench,
            "orders",
            [
                {
                    "invoice": f"B{now}-{number}",
                    "customer": Link(chance.choice(customers), ""),
                    "day": today - timedelta(chance.randrange(3)),
                    "amount": chance.randrange(1, 60_000) / 100,
                    "receiver": "13712345678",
                }
                for number in range(4)
            ],
        )
    shop.run("edit")


def lived(shop: Shop, days: int = 4) -> dict[date, Said]:
    """Let some days go by, and remember what was said in the evening of each."""
    chance, found = Random(3), {}
    shop.apply(POINTS)
    shop.run("rules")
    for number in range(days):
        if number:
            a_days_work(shop, chance)
        with reading(shop.platform, shop.owner) as bench:
            found[bench.context.today] = said(bench)
        shop.clock.pass_by(days=1)
    return found


def test_every_past_day_says_what_it_said(any_shop: Shop) -> None:
    shop = any_shop
    remembered = lived(shop)
    a_days_work(shop, Random(9))
    for day, wanted in remembered.items():
        with looking_back(shop, day) as bench:
            assert isinstance(bench, PastBench)
            assert bench.known
            now = said(bench)
            assert now.lists == wanted.lists
            assert now.sizes == wanted.sizes
            assert now.crossed == wanted.crossed
    assert len({str(one.sizes) for one in remembered.values()}) == len(remembered), (
        "something moved"
    )


def test_the_overview_of_a_past_day(shop: Shop) -> None:
    remembered = lived(shop)
    for day, wanted in remembered.items():
        with looking_back(shop, day) as bench:
            then = said(bench).figures
            # The instants are the ends of days, not the hours at which somebody looked.
            assert str(then)[:400] == str(wanted.figures)[:400]
            [first, *_] = overview.overview(bench).models
            assert all(move.when <= bench.context.as_of for _, move in first.moves)


def test_other_rules_do_not_change_the_past_but_can_be_asked_of_it(shop: Shop) -> None:
    remembered = lived(shop, 3)
    shop.apply(HALF)
    shop.run("rules")
    day = TODAY + timedelta(days=1)
    everybody = Query("customers", limit=200)
    with looking_back(shop, day) as bench:
        then = grid.listing(bench, everybody)
        # Money is rounded to two places here, as it is stored.
        spends = {one.id: cast(float, one.values["spend"]) for one in then.rows}
        points = {one.id: cast("int | None", one.values["points"]) for one in then.rows}
    assert then.sizes["value"] == cast(Any, remembered[day].sizes[0])[1]["value"]
    with looking_back(shop, day, Question.TODAY) as bench:
        now = grid.listing(bench, everybody)
    by_hand = {}
    for one, spend in spends.items():
        silver = spend >= 300 and (points[one] or 0) > 20
        by_hand[one] = 0 if spend >= 500 else 1 if silver else 2
    assert {one.id: one.tiers["value"] for one in now.rows} == by_hand
    assert now.sizes["value"] != then.sizes["value"]
    assert [one.values for one in now.rows] == [one.values for one in then.rows]


def test_a_limited_role_sees_by_todays_scope_and_nothing_that_is_gone(shop: Shop) -> None:
    lived(shop, 2)
    with looking_back(shop, TODAY) as bench:
        everybody = {one.id: one for one in grid.listing(bench, LISTS[0]).rows}
    moved, gone, stays = sorted(shop.customers)[:3]
    with writing(shop.platform, shop.owner) as bench:
        rows = bench.uow.records(bench.published.table("customers"))
        rows.restore(list(shop.customers), bench.uow.now, Cause("edit", 0))
        every = sorted(shop.customers)
        city = ["gz" if one == moved else "bj" if one in (gone, stays) else "sh" for one in every]
        rows.update_many(every, {"city": city}, bench.uow.now, Cause("edit", 0))
        rows.delete([gone], bench.uow.now, Cause("edit", 0))
    shop.limit(Role.VIEWER, "customers", {"==": [{"var": "city"}, "bj"]})
    for question in Question:
        with looking_back(shop, TODAY, question, Role.VIEWER) as bench:
            found = grid.listing(bench, LISTS[0])
            assert [one.id for one in found.rows] == [stays]
            assert sum(found.sizes["value"].values()) == 1
            assert bench.seen("customers", [moved, gone, stays]) == {stays}
    assert {moved, gone, stays} <= everybody.keys()


def test_whoever_may_not_read_a_field_does_not_read_it_in_the_past(shop: Shop) -> None:
    lived(shop, 2)
    with looking_back(shop, TODAY, role=Role.VIEWER) as bench:
        then = grid.listing(bench, LISTS[0])
        assert {type(one.values["phone"]) for one in then.rows} == {Masked}
        with pytest.raises(Invalid):
            grid.listing(
                bench, Query("customers", RuleDocument.of({"==": [{"var": "phone"}, "1"]}))
            )


def test_what_was_erased_does_not_come_back(shop: Shop) -> None:
    lived(shop, 2)
    with looking_back(shop, TODAY) as bench:
        before = grid.listing(bench, LISTS[1]).total
    victim = sorted(shop.orders)[0]
    with writing(shop.platform, shop.owner) as bench:
        table = bench.published.table("orders")
        bench.uow.records(table).delete([victim], bench.uow.now, Cause("edit", 0))
        bench.uow.connection.exec_driver_sql(f"DELETE FROM r_{table.id} WHERE id = {victim}")
    shop.platform.columns.forget(shop.workspace)
    with looking_back(shop, TODAY) as bench:
        assert grid.listing(bench, LISTS[1]).total == before - 1


def test_days_that_are_not_known(shop: Shop) -> None:
    shop.clock.pass_by(days=2)
    with reading(shop.platform, shop.owner) as bench:
        assert as_of.as_of(bench, bench.context.today) is bench
        with pytest.raises(NotKnown, match="still to come") as future:
            as_of.as_of(bench, TODAY + timedelta(days=3))
        assert future.value.nearest is None
        found = as_of.reach(bench, "customers")
        assert (found.first, found.data) == (date(2025, 3, 31), TODAY)
        with pytest.raises(NotKnown, match="Nothing is known") as early:
            as_of.as_of(bench, date(2025, 3, 30), "customers")
        assert early.value.nearest == date(2025, 3, 31)
        with pytest.raises(NotKnown, match="history begins later") as untold:
            as_of.as_of(bench, date(2025, 12, 31), "customers", Question.TODAY)
        assert untold.value.nearest == TODAY
        with pytest.raises(NotKnown):
            as_of.as_of(bench, date(2025, 12, 31), "orders"), "orders have no tiers"


def test_before_the_history_tiers_are_those_worked_out_afterwards(shop: Shop) -> None:
    day = date(2025, 12, 31)
    with looking_back(shop, day) as bench:
        assert isinstance(bench, PastBench)
        assert not bench.known
        found = grid.listing(bench, LISTS[0])
        [main, *_] = overview.overview(bench).models
    there = {
        cast(Link, row["customer"]).id
        for row in shop.orders.values()
        if cast(date, row["day"]) <= day
    }
    assert all(one.tiers["value"] >= 0 for one in found.rows)
    assert there <= {one.id for one in found.rows}
    assert found.total == sum(found.sizes["value"].values()) == main.total
    bought = dict.fromkeys(shop.customers, 0.0)
    for row in shop.orders.values():
        if cast(date, row["day"]) <= day:
            bought[cast(int, cast(Link, row["customer"]).id)] += cast(float, row["amount"])
    for one in found.rows:
        assert one.values["spend"] == pytest.approx(bought[one.id])


def test_month_ends() -> None:
    found = as_of.month_ends(date(2025, 11, 30), date(2026, 2, 28))
    assert found == (date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 31))
    assert as_of.month_ends(date(2026, 2, 1), date(2026, 2, 28)) == ()


def test_an_added_record_was_not_there_before(shop: Shop) -> None:
    shop.clock.pass_by(days=1)
    added = records.add(shop.platform, shop.owner, "customers", {"number": 7, "name": "新"})
    shop.run("edit")
    with looking_back(shop, TODAY) as bench:
        assert added.id not in {one.id for one in grid.listing(bench, LISTS[0]).rows}
        then = bench.stored(bench.published.table("customers"), [added.id])
        assert then[added.id].deleted_at is not None
