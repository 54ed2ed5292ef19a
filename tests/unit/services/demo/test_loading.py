"""All samples together: how many there are, whose they are, and what they are like in another country."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copyfile

import pytest

from tests.unit.services.demo import test_dealer, test_fuel
from tierloom.domain.people import Actor, Role
from tierloom.services import configuration, demo
from tierloom.services.demo.trades import KEYS, TRADES
from tierloom.services.platform import Platform, open_platform
from tierloom.services.runs import recalculation
from tierloom.services.settings import Settings
from tierloom.services.workbench import reading

LEAP_DAY = datetime(2024, 2, 29, 17, tzinfo=UTC)
"""Noon in New York; in Shanghai it is the first of March already."""


@pytest.fixture(scope="module")
def english(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Platform, list[Actor]]]:
    folder = tmp_path_factory.mktemp("samples")
    copyfile(migrated_file, folder / "tierloom.sqlite3")
    with open_platform(Settings(folder), lambda: LEAP_DAY, migrate=False) as platform:
        yield platform, demo.load_all(platform, "en")


def test_twenty_thousand_customers_and_six_times_as_many_purchases(
    english: tuple[Platform, list[Actor]],
) -> None:
    platform, actors = english
    customers = purchases = 0
    for actor, trade in zip(actors, TRADES.values(), strict=True):
        with reading(platform, actor) as bench:
            counts = {one.key: bench.uow.records(one).count() for one in bench.catalogue}
        assert counts["customers"] == trade.customers
        assert counts[trade.bought] == trade.purchases
        customers, purchases = customers + trade.customers, purchases + trade.purchases
    assert (customers, purchases) == (20_000, 120_000)


def test_tiers_in_dollars_have_the_sizes_counted_by_hand_in_yuan(
    english: tuple[Platform, list[Actor]],
) -> None:
    platform, actors = english
    for actor, sizes in zip(actors[1:], (test_fuel.SIZES, test_dealer.SIZES), strict=True):
        for one in recalculation.recalculate(platform, actor.workspace, "test"):
            found = {**one.sizes, "not enough data": one.not_enough_data}
            assert {key: size for key, size in found.items() if size} == sizes[one.model.key]
            assert one.moves == 0, "the stored tiers are up to date"
    assert len(test_fuel.SIZES) == 4
    assert len(test_dealer.SIZES) == 3


def test_an_english_sample_lives_in_america(english: tuple[Platform, list[Actor]]) -> None:
    platform, actors = english
    for actor in actors:
        with reading(platform, actor) as bench:
            place, table = bench.workspace, bench.published.table("customers")
            assert (place.locale, place.zone, place.currency) == ("en", "America/New_York", "USD")
            chunk = next(iter(bench.uow.records(table).scan(("name", "city", "phone"))))
            known = {city for city in chunk.columns["city"] if city is not None}
            assert {"new_york", "boston"} <= known
            assert not known & {"shanghai", "nanjing"}
            assert all(str(name).isascii() for name in chunk.columns["name"])
            assert all(str(one).startswith("+1555") for one in chunk.columns["phone"] if one)
            currencies = {one.type.currency for table in bench.catalogue for one in table.fields}
            assert currencies == {None, "USD"}
        dumped = " ".join(configuration.dump(platform, actor).values())
        assert "shanghai" not in dumped
        assert "beijing" not in dumped


def test_thresholds_are_a_fifth_in_dollars(english: tuple[Platform, list[Actor]]) -> None:
    platform, actors = english
    rules = json.loads(configuration.dump(platform, actors[0])["tier-model-value.json"])["tiers"]
    texts = [json.dumps(one["rule"]) for one in rules]
    for amount, text in zip(("3000", "1000", "400", "100"), texts, strict=True):
        assert f'{{"var": "spend_12m"}}, {amount}]' in text
    assert '"los_angeles"' in texts[1]
    assert '{"var": "orders_12m"}, 8' in texts[0], "numbers of orders stay"


def test_one_owner_belongs_to_all_and_they_are_marked(
    english: tuple[Platform, list[Actor]],
) -> None:
    platform, actors = english
    assert len({one.account for one in actors}) == 1
    with platform.database.reading() as uow:
        mine = uow.accounts.memberships(actors[0].account)
        assert {one.workspace for one in mine} == {one.workspace for one in actors}
        assert {one.role for one in mine} == {Role.OWNER}
        for actor, key in zip(actors, KEYS, strict=True):
            assert uow.workspaces.get(actor.workspace).marks == {"sample", f"sample-{key}"}
        assert [uow.workspaces.get(one.workspace).key for one in actors] == [
            "demo",
            "demo-fuel",
            "demo-dealer",
        ]


def test_loading_again_changes_nothing(english: tuple[Platform, list[Actor]]) -> None:
    platform, actors = english
    with platform.database.reading() as uow:
        before = uow.changes.head()
    assert demo.load_all(platform, "en", today=date(2030, 1, 1)) == actors
    with platform.database.reading() as uow:
        assert uow.changes.head() == before
