"""What is stored or asked for out of order: by who began before a run looked, and came to an end after it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.properties.history import scripts
from tests.properties.history.conditions import Compared, InTier
from tests.properties.history.documents import document_of
from tests.properties.history.driver import Driver
from tests.properties.history.expected import Model
from tests.properties.history.killed import work
from tests.properties.history.meanwhile import before_storing, played
from tests.properties.history.scripts import DAY
from tierloom.errors import Conflict
from tierloom.services import drafts
from tierloom.services.jobs import schedules
from tierloom.services.runs import recalculation, touched, waking
from tierloom.services.workbench import writing

EARLIER = 5
"""So many milliseconds before the run's instant the other one began."""
POINTS = Model("first", "customers", False, (("gold", Compared("points", ">=", 5)),))
EVERYBODY = Model("first", "customers", False, (("gold", Compared("points", ">=", 0)),))
YOUNG = Model("first", "customers", False, (("gold", Compared("joined", "<", 12)),))
TOTAL = Model("first", "customers", False, (("gold", Compared("total", ">=", 100)),))


@contextmanager
def a_day_later(url: str, folder: Path, model: Model) -> Iterator[Driver]:
    """A workspace of which only the places are compared: whoever comes late may be dated otherwise."""
    with played(url, folder, model) as driver:
        driver.places_only = True
        driver.wait(DAY)
        yield driver


def run_over(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]
) -> None:
    """Run, and let something happen before that is stored."""
    with before_storing(monkeypatch, happens), suppress(Conflict):
        recalculation.recalculate(driver.platform, driver.actor.workspace, "command")
    driver.wait(2000)


@contextmanager
def before_the_run(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What began a little before a run, which had looked already when that came to an end."""
    driver.clock.at -= EARLIER
    monkeypatch.setattr(recalculation, "catch_up", lambda *_: None)  # it was at rest
    yield
    driver.clock.at += EARLIER


def test_an_import_that_began_before_a_run(
    migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_day_later(migrated_url, tmp_path, POINTS) as driver:
        changed = tuple((place, {"points": 7}) for place in range(4))

        def happens() -> None:
            with before_the_run(driver, monkeypatch):
                driver.bulk((), changed)

        run_over(driver, monkeypatch, happens)
        driver.run("import")


def test_rules_that_were_published_from_before_a_run_on(
    migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the records was edited meanwhile, under the rules that were."""
    with a_day_later(migrated_url, tmp_path, POINTS) as driver:

        def happens() -> None:
            driver.edit("customers", 0, {"points": 3}, None)
            with before_the_run(driver, monkeypatch):
                driver.publish(EVERYBODY)

        run_over(driver, monkeypatch, happens)
        driver.run("rules")


def test_an_edit_from_before_midnight(
    migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that began after it is stored first; at midnight the edited record has to move."""
    with a_day_later(migrated_url, tmp_path, YOUNG) as driver:
        midnight = driver.expected._next(driver.clock.at)
        assert midnight is not None
        driver.clock.at = midnight + EARLIER
        driver.expected.now = midnight - EARLIER

        def happens() -> None:
            driver.clock.at = midnight - EARLIER
            driver.edit("customers", 0, {"joined": -11}, None)
            driver.clock.at = midnight + EARLIER

        run_over(driver, monkeypatch, happens)
        driver.run("time")


def test_a_small_edit_between_large_ones(
    migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both large ones wait for one run; the small one of the same record was settled between them."""
    with a_day_later(migrated_url, tmp_path, TOTAL) as driver:
        for most, amount in ((0, 20.0), (200, 30.0), (0, 300.0)):
            monkeypatch.setattr(touched, "MOST", most)
            driver.edit("orders", 2, {"amount": amount}, None)
            driver.wait(1000)
        driver.run("edit")


def test_a_request_for_the_time_takes_no_other_in(
    migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits when an import is at its end. A large edit falls into what takes that in; its own run still comes."""
    second = Model("second", "customers", False, YOUNG.tiers)
    with played(migrated_url, tmp_path, TOTAL, second) as driver:
        driver.places_only = True
        driver.wait(5 * DAY)
        assert waking.ask_for_due_runs(driver.platform) == 1
        driver.bulk((), ())
        driver.wait(1000)

        def happens() -> None:
            driver.wait(1000)
            with monkeypatch.context() as few:
                few.setattr(touched, "MOST", 0)
                driver.edit("orders", 2, {"amount": 300.0}, None)

        with before_storing(monkeypatch, happens):
            recalculation.catch_up(driver.platform, driver.actor.workspace)
        driver.wait(1000)
        driver.run("edit")


def test_a_schedule_asks_while_an_import_waits(migrated_url: str, tmp_path: Path) -> None:
    """Whom the import moved was moved by the import, and then."""
    with played(migrated_url, tmp_path, POINTS) as driver:
        driver.wait(DAY)
        driver.take(scripts.Import(0, (), ((0, {"points": 7}),), None))
        driver.wait(1000)
        with writing(driver.platform, driver.actor) as bench:
            schedules.KINDS["recalculation"].ask(bench)
        driver.wait(1000)
        driver.run("import")


def test_a_tier_model_comes_back_before_time_was_taken_in(
    migrated_url: str, tmp_path: Path
) -> None:
    """Whom time had moved in another one was moved by time, and then."""
    with played(migrated_url, tmp_path, YOUNG) as driver:
        driver.apply(document_of(Model("other", "customers", False, POINTS.tiers)))
        work(driver.platform)
        drafts.delete(driver.platform, driver.actor, "tier_model", "other")
        driver.wait(5 * DAY)
        drafts.restore(driver.platform, driver.actor, "tier_model", "other")
        driver.wait(1000)
        driver.run("rules")


def test_a_tier_model_alone_takes_those_along_that_it_reads(
    migrated_url: str, tmp_path: Path
) -> None:
    second = Model("second", "customers", False, (("gold", InTier("first", "==", "gold")),))
    with played(migrated_url, tmp_path, YOUNG, second) as driver:
        driver.wait(5 * DAY)
        found = recalculation.recalculate(
            driver.platform, driver.actor.workspace, "time", only="second"
        )
        assert [one.model.key for one in found] == ["first", "second"]
        driver.wait(1000)
        driver.run("time")
