"""What happens while a run is between computing and storing; and edits that read what time has yet to bring."""

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.properties.history import scripts
from tests.properties.history.conditions import Both, Compared, InTier
from tests.properties.history.driver import Driver
from tests.properties.history.expected import Model, Policy
from tests.properties.history.killed import work
from tests.properties.history.meanwhile import PEOPLE, before_storing, played
from tests.properties.history.scripts import DAY
from tierloom.domain.fields import Link
from tierloom.errors import Conflict
from tierloom.services import records
from tierloom.services.runs import recalculation
from tierloom.services.workbench import reading
from tierloom.store.results import Move

RECENT = Model("first", "customers", False, (("gold", Compared("recent", ">=", 1)),))
KEPT = Model("first", "customers", False, RECENT.tiers, Policy(10, True, 7, False))


def run(driver: Driver) -> None:
    """Run, as a worker does that tries again later."""
    with suppress(Conflict):
        recalculation.recalculate(driver.platform, driver.actor.workspace, "time")


def other(driver: Driver) -> None:
    """What another worker does meanwhile."""
    recalculation.recalculate(driver.platform, driver.actor.workspace, "time")


def customer(driver: Driver, place: int) -> int:
    return sorted(driver.expected.rows["customers"])[place]


DEEDS: dict[str, Callable[[Driver], object]] = {
    "another run": other,
    "delete": lambda driver: driver.delete("customers", (0,)),
    "edit": lambda driver: driver.edit("customers", 0, {"points": 3}, None),
    "edit an order": lambda driver: driver.edit("orders", 0, {"day": -400}, None),
    "re-parent": lambda driver: driver.edit("orders", 0, {}, 3),
    "add": lambda driver: driver.take(scripts.Add(0, "customers", PEOPLE[0])),
    "add an order": lambda driver: driver.take(
        scripts.Add(0, "orders", {"day": 0, "amount": 1.0}, 3)
    ),
    "give": lambda driver: driver.give(0, 0, 1, 2),
    "import": lambda driver: driver.take(
        scripts.Import(0, ((3, {"day": 0, "amount": 1.0}),), (), None)
    ),
    "publish": lambda driver: driver.take(
        scripts.Publish(
            0, Model("first", "customers", False, (("gold", Compared("recent", ">=", 2)),)), None
        )
    ),
}


def run_over(driver: Driver, monkeypatch: pytest.MonkeyPatch, deed: str) -> None:
    """Run, and let something happen a second later, before that is stored."""

    def happens() -> None:
        driver.wait(1000)
        DEEDS[deed](driver)

    with before_storing(monkeypatch, happens):
        run(driver)
    driver.wait(2000)


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("model", [RECENT, KEPT], ids=["plain", "kept"])
def test_while_a_run_computes(
    deed: str, model: Model, migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time has moved three customers when a run begins; before it stores that, something happens a second later."""
    with played(migrated_url, tmp_path, model) as driver:
        driver.wait(7 * DAY)
        run_over(driver, monkeypatch, deed)
        driver.run("time")
        driver.wait(40 * DAY)
        driver.run("time")


@pytest.mark.parametrize("deed", [one for one in DEEDS if one != "publish"])
def test_while_the_run_of_an_import_computes(
    deed: str, migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is due by time when an import has moved everybody: afterwards all are where they belong."""
    ever = Model("first", "customers", False, (("gold", Compared("points", ">=", 5)),))
    with played(migrated_url, tmp_path, ever) as driver:
        driver.places_only = True
        driver.wait(7 * DAY)
        changed = tuple((place, {"points": 7}) for place in range(4))
        driver.take(scripts.Import(0, (), changed, None))
        driver.wait(1000)
        run_over(driver, monkeypatch, deed)
        driver.run("import")
        driver.wait(40 * DAY)
        driver.run("time")


def test_an_edit_reads_the_tier_that_time_has_brought(migrated_url: str, tmp_path: Path) -> None:
    """The first model does not read what is edited, and no worker has looked since time moved people in it."""
    young = Model("first", "customers", False, (("gold", Compared("joined", "<", 30)),))
    both = Both(InTier("first", "==", "gold"), Compared("total", ">=", 100))
    second = Model("second", "customers", False, (("gold", both),))
    with played(migrated_url, tmp_path, young, second) as driver:
        for days in (5, 15, 1, 30):
            driver.wait(days * DAY)
            driver.take(scripts.Add(0, "orders", {"day": 0, "amount": 250.25}, 1))
            driver.take(scripts.Edit(0, "orders", 0, {"amount": 250.25}))
        driver.wait(1000)
        driver.run("time")


def test_the_clock_goes_back(migrated_url: str, tmp_path: Path) -> None:
    """Nothing is dated before what is stored already, and nobody is lost."""
    with played(migrated_url, tmp_path, RECENT) as driver:
        driver.wait(7 * DAY)
        driver.run("time")
        now = driver.clock.at
        driver.clock.at -= 3 * DAY
        driver.edit("orders", 0, {"day": -400}, None)
        work(driver.platform)
        driver.clock.at = now + 1000
        driver.wait(0)
        work(driver.platform)
        with reading(driver.platform, driver.actor) as bench:
            document = bench.published.documents["tier_model", "first"].id
            driver._check_present(bench.uow, document, driver.expected.kept["first"])


def test_published_twice_before_the_worker_looks(migrated_url: str, tmp_path: Path) -> None:
    with played(migrated_url, tmp_path, RECENT) as driver:
        for least in (2, 3, 1):
            driver.wait(4 * DAY)
            rule = Compared("ever" if least == 2 else "recent", ">=", least)
            driver.take(
                scripts.Publish(0, Model("first", "customers", False, (("silver", rule),)), None)
            )
        driver.run("rules")


def test_many_write_at_once(migrated_url: str, tmp_path: Path) -> None:
    """Four people edit, add and move orders of the same customers while a worker runs: every move follows the last."""
    second = Model("second", "customers", False, (("gold", InTier("first", "==", "gold")),))
    first = Model("first", "customers", False, (("gold", Compared("total", ">=", 100)),))
    with played(migrated_url, tmp_path, first, second) as driver:
        people, known = (
            sorted(driver.expected.rows["customers"]),
            sorted(driver.expected.rows["orders"]),
        )
        lock, failures = threading.Lock(), []

        def write(seed: int) -> None:
            chance = random.Random(seed)
            for number in range(12):
                with lock:
                    driver.clock.at += 1
                values: dict[str, Any] = {
                    "customer": Link(chance.choice(people), ""),
                    "amount": float(chance.choice((1, 90, 150))),
                }
                try:
                    if number % 3:
                        _edit(driver, chance.choice(known), values)
                    else:
                        new = {"number": 1000 * seed + number, "day": date(2025, 10, 23), **values}
                        records.add(driver.platform, driver.actor, "orders", new)
                except Exception as error:  # noqa: BLE001 - told by the main thread
                    failures.append(error)

        threads = [threading.Thread(target=write, args=(seed,)) for seed in range(1, 5)]
        for one in threads:
            one.start()
        while any(one.is_alive() for one in threads):
            run(driver)
        for one in threads:
            one.join()
        assert failures == []
        driver.clock.at += 1
        work(driver.platform)
        found = recalculation.verify(driver.platform, driver.actor.workspace)
        assert [one.records for one in found] == [0, 0]
        with reading(driver.platform, driver.actor) as bench:
            for key in ("first", "second"):
                document = bench.published.documents["tier_model", key].id
                last: dict[int, Move] = {}
                for move in bench.uow.results.moves(document, limit=10_000):
                    if move.record in last:
                        assert move.origin == last[move.record].target
                        assert move.effective_at >= last[move.record].effective_at
                    last[move.record] = move


def _edit(driver: Driver, number: int, values: dict[str, Any]) -> None:
    """Edit an order, and again where somebody else was quicker."""
    while True:
        with reading(driver.platform, driver.actor) as bench:
            stored = bench.uow.records(bench.published.table("orders")).fetch([number])[number]
        with suppress(Conflict):
            records.edit(driver.platform, driver.actor, "orders", number, stored.version, values)
            return
