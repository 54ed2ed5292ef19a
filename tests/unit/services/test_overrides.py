"""Tiers given by hand: who may, what is refused, what follows at once, and what stays on record."""

from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest

from tests.unit.services.shop import NAME, TODAY, VALUE, Shop
from tierloom.domain.people import Role
from tierloom.domain.rules import Json
from tierloom.errors import Conflict, Forbidden, Invalid, NotFound
from tierloom.services import overrides, records
from tierloom.services.overrides import Given
from tierloom.services.standing import Standing, standings
from tierloom.services.workbench import reading

YEAR_END = date(2026, 12, 31)


def give(
    shop: Shop,
    customer: int,
    tier: str = "gold",
    reason: str = "Key account",
    last_day: date | None = None,
    role: Role = Role.OWNER,
) -> int:
    return overrides.give(
        shop.platform, shop.people[role], "value", customer, tier, reason, last_day
    )


def given(shop: Shop, customer: int, role: Role = Role.OWNER) -> list[Given]:
    with reading(shop.platform, shop.people[role]) as bench:
        return overrides.of_record(bench, bench.published.table("customers"), customer)


def standing(shop: Shop, customer: int) -> Standing:
    with reading(shop.platform, shop.owner) as bench:
        [found] = standings(bench, bench.published.table("customers"), customer)
    return found


def key_of(found: Standing) -> str | None:
    return found.tier.key if found.tier else None


def one_in(shop: Shop, tier: str) -> int:
    return next(one for one in shop.customers if shop.tier(one) == tier)


def problems(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(one.code, one.pointer) for one in error.value.problems]


def test_the_tier_follows_at_once_and_goes_back_at_once(any_shop: Shop) -> None:
    shop = any_shop
    customer = one_in(shop, "rest")
    number = give(shop, customer, "gold", "  Buys through others 大客户\n", YEAR_END)
    found = standing(shop, customer)
    assert key_of(found) == "gold"
    assert found.by_hand
    shop.clock.pass_by(minutes=5)
    [one] = given(shop, customer)
    assert (one.id, one.key, one.ignored, one.holds) == (number, "gold", False, True)
    assert (one.reason, one.who) == ("Buys through others 大客户", "owner")
    assert one.last_day == YEAR_END
    # The end of that day in Shanghai.
    assert one.ends_at == datetime(2026, 12, 31, 16, tzinfo=UTC)
    overrides.end(shop.platform, shop.people[Role.DATA_ADMIN], number)
    found = standing(shop, customer)
    assert (key_of(found), found.given) == ("rest", None)
    [one] = given(shop, customer)
    assert (one.holds, one.ended, one.ended_by) == (False, shop.clock.now, "Data_admin")
    with pytest.raises(NotFound):
        overrides.end(shop.platform, shop.owner, number)


def test_a_run_changes_nothing_of_it(shop: Shop) -> None:
    customer = one_in(shop, "gold")
    give(shop, customer, "silver")
    shop.clock.pass_by(days=2)
    shop.run()
    assert key_of(standing(shop, customer)) == "silver"


def test_it_holds_until_the_end_of_its_last_local_day(shop: Shop) -> None:
    customer = one_in(shop, "rest")
    give(shop, customer, "silver", last_day=TODAY + timedelta(days=1))
    shop.clock.now = datetime(2026, 3, 11, 15, 59, 59, tzinfo=UTC)
    shop.run("time")
    assert key_of(standing(shop, customer)) == "silver"
    shop.clock.now = datetime(2026, 3, 11, 16, 0, 1, tzinfo=UTC)
    shop.run("time")
    found = standing(shop, customer)
    assert key_of(found) == "rest"
    assert found.since == datetime(2026, 3, 11, 16, tzinfo=UTC), "effective when the day was over"
    [one] = given(shop, customer)
    assert (one.holds, one.ended, one.ended_by) == (False, one.ends_at, "")


def test_giving_again_ends_what_was_before_and_keeps_it_listed(shop: Shop) -> None:
    customer = one_in(shop, "rest")
    first = give(shop, customer, "gold")
    shop.clock.pass_by(hours=1)
    second = give(shop, customer, "silver", "Not that large", role=Role.DATA_ADMIN)
    assert key_of(standing(shop, customer)) == "silver"
    new, old = given(shop, customer)
    assert [old.id, new.id] == [first, second]
    assert (old.holds, old.ended_by, new.holds, new.who) == (
        False,
        "Data_admin",
        True,
        "Data_admin",
    )


def test_what_was_ended_is_given_again_and_both_stay_listed(any_shop: Shop) -> None:
    shop = any_shop
    customer = one_in(shop, "rest")
    first = give(shop, customer, "gold", "Key account", YEAR_END)
    with pytest.raises(Conflict):
        overrides.give_again(shop.platform, shop.owner, first)
    shop.clock.pass_by(hours=1)
    overrides.end(shop.platform, shop.owner, first)
    shop.clock.pass_by(hours=1)
    second = overrides.give_again(shop.platform, shop.people[Role.DATA_ADMIN], first)
    assert key_of(standing(shop, customer)) == "gold"
    new, old = given(shop, customer)
    assert (old.id, old.holds, old.ended_by) == (first, False, "owner")
    assert (new.id, new.holds, new.who) == (second, True, "Data_admin")
    assert (new.reason, new.last_day, new.ends_at) == (old.reason, YEAR_END, old.ends_at)


def test_what_is_given_meanwhile_is_not_lost(shop: Shop) -> None:
    customer = one_in(shop, "rest")
    first = give(shop, customer, "gold")
    shop.clock.pass_by(hours=1)
    second = give(shop, customer, "silver", "Somebody else's reason")
    for other in (None, first, second + 1):
        with pytest.raises(Conflict):
            overrides.give_again(shop.platform, shop.owner, first, other)
    assert key_of(standing(shop, customer)) == "silver"
    overrides.give_again(shop.platform, shop.owner, first, second)
    assert key_of(standing(shop, customer)) == "gold"
    assert [one.holds for one in given(shop, customer)] == [True, False, False]


def test_what_is_over_by_itself_is_not_given_again(shop: Shop) -> None:
    number = give(shop, one_in(shop, "rest"), "gold", last_day=TODAY)
    shop.clock.pass_by(days=2)
    with pytest.raises(Invalid) as caught:
        overrides.give_again(shop.platform, shop.owner, number)
    assert problems(caught) == [("past-day", "/until")]
    with pytest.raises(NotFound):
        overrides.give_again(shop.platform, shop.owner, 999_999)


def test_the_default_tier_can_be_given_and_too_little_data_cannot(shop: Shop) -> None:
    customer = one_in(shop, "gold")
    give(shop, customer, "rest")
    assert key_of(standing(shop, customer)) == "rest"
    for tier in ("not_enough_data", "platinum", ""):
        with pytest.raises(Invalid) as caught:
            give(shop, customer, tier)
        assert problems(caught) == [("unknown-tier", "/tier")]


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("", "no-reason"),
        (" \n\u3000", "no-reason"),
        ("x" * 501, "long-reason"),
        ("a\x00b", "bad-characters"),
    ],
)
def test_a_reason_is_needed(shop: Shop, reason: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        give(shop, one_in(shop, "rest"), reason=reason)
    [(found, pointer)] = problems(caught)
    assert pointer == "/reason"
    assert code in (found, "bad-characters")


def test_days_that_will_not_do(shop: Shop) -> None:
    customer = one_in(shop, "rest")
    for day in (TODAY - timedelta(days=1), date(2036, 3, 11), date.max):
        with pytest.raises(Invalid) as caught:
            give(shop, customer, last_day=day)
        assert [pointer for _, pointer in problems(caught)] == ["/until"]
    for day in (TODAY, date(2036, 3, 10)):
        give(shop, customer, last_day=day)
        assert given(shop, customer)[0].last_day == day
    give(shop, customer, reason="x" * 500)
    with pytest.raises(Invalid) as caught:
        give(shop, customer, "", "", TODAY - timedelta(days=1))
    assert [pointer for _, pointer in problems(caught)] == ["/tier", "/reason", "/until"]


@pytest.mark.parametrize("role", [Role.DESIGNER, Role.ANALYST, Role.VIEWER])
def test_who_may_not_change_records_may_not_but_reads_them(shop: Shop, role: Role) -> None:
    customer = one_in(shop, "rest")
    with pytest.raises(Forbidden):
        give(shop, customer, role=role)
    number = give(shop, customer)
    with pytest.raises(Forbidden):
        overrides.end(shop.platform, shop.people[role], number)
    assert [one.reason for one in given(shop, customer, role)] == ["Key account"]


def test_what_is_out_of_sight_is_not_there(shop: Shop) -> None:
    other = next(one for one, row in shop.customers.items() if row["city"] == "sh")
    number = give(shop, other)
    shop.limit(Role.DATA_ADMIN, "customers", {"==": [{"var": "city"}, "bj"]})
    with pytest.raises(NotFound):
        give(shop, other, role=Role.DATA_ADMIN)
    with pytest.raises(NotFound):
        given(shop, other, Role.DATA_ADMIN)
    with pytest.raises(NotFound):
        overrides.end(shop.platform, shop.people[Role.DATA_ADMIN], number)
    assert given(shop, other)[0].holds


def test_a_record_in_the_bin_has_none_and_gets_it_back(shop: Shop) -> None:
    customer = one_in(shop, "rest")
    number = give(shop, customer)
    records.delete(shop.platform, shop.owner, "customers", [customer])
    shop.run("edit")
    for attempt in (
        lambda: give(shop, customer),
        lambda: overrides.end(shop.platform, shop.owner, number),
        lambda: given(shop, customer),
    ):
        with pytest.raises(NotFound):
            attempt()
    with reading(shop.platform, shop.owner) as bench:
        model = bench.published.tier_model("value")
        assert bench.placed(model).code_of(customer) == -2  # type: ignore[union-attr]
    records.restore(shop.platform, shop.owner, "customers", [customer])
    shop.run("edit")
    assert key_of(standing(shop, customer)) == "gold"
    assert given(shop, customer)[0].holds


def test_a_tier_that_a_newer_version_has_not_is_ignored_and_said_so(shop: Shop) -> None:
    customer = one_in(shop, "rest")
    number = give(shop, customer, "silver")
    tiers = cast("list[Json]", VALUE["tiers"])  # type: ignore[call-overload, index]
    shop.apply({**VALUE, "tiers": tiers[:1]})  # type: ignore[dict-item]
    shop.run("rules")
    found = standing(shop, customer)
    assert (key_of(found), found.by_hand) == ("rest", False)
    assert found.given
    assert (found.given.ignored, found.given.id) == (True, number)
    assert found.given.tier
    assert str(found.given.tier.label) == "Silver", "as the former version called it"
    with reading(shop.platform, shop.owner) as bench:
        assert overrides.holding(bench, bench.published.tier_model("value")) == {}
    overrides.end(shop.platform, shop.owner, number)
    assert standing(shop, customer).given is None


def test_who_holds_one(shop: Shop) -> None:
    first, second, third = list(shop.customers)[:3]
    give(shop, first, "silver", last_day=TODAY)
    give(shop, second, "gold")
    overrides.end(shop.platform, shop.owner, give(shop, third, "gold"))
    with reading(shop.platform, shop.owner) as bench:
        found = overrides.holding(bench, bench.published.tier_model("value"))
        assert {one: overrides.last_day_of(bench, at) for one, at in found.items()} == {
            first: TODAY, second: None,
        }  # fmt: skip
    shop.clock.pass_by(days=1)
    with reading(shop.platform, shop.owner) as bench:
        found = overrides.holding(bench, bench.published.tier_model("value"))
    assert set(found) == {second}


def test_no_such_model_record_or_number(shop: Shop) -> None:
    customer = next(iter(shop.customers))
    with pytest.raises(NotFound):
        overrides.give(shop.platform, shop.owner, "nothing", customer, "gold", NAME, None)
    with pytest.raises(NotFound):
        give(shop, 10**9)
    order = next(iter(shop.orders))
    with pytest.raises(NotFound):
        give(shop, order)
    with pytest.raises(NotFound):
        overrides.end(shop.platform, shop.owner, 10**9)
