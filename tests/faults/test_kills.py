"""kill -9 of a worker at every named point of a job, up to three times: another one finishes, nothing is lost, nothing
is there twice, and tiers are never a mixture.

By default some points are tried; `make faults` tries all of them on both databases, with one, two and three deaths.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import tierloom
from tests.faults import world
from tests.faults.processes import die_at, finish, later, start
from tests.unit.services.shop import Shop
from tierloom.domain.people import system_actor
from tierloom.services.exports import requests
from tierloom.services.jobs import schedules, work
from tierloom.services.jobs.pruning import enqueue as ask_for_cleanup
from tierloom.services.runs import recalculation
from tierloom.services.workbench import writing
from tierloom.store.jobs import MAX_TROUBLES

pytestmark = pytest.mark.faults
EVERYTHING = os.environ.get("TIERLOOM_TEST_FAULTS") == "all"

JOB = ("job-claimed", "job-worked", "job-finished")
RUN = ("run-computed", "run-written", "run-stored")
POINTS: dict[str, tuple[Callable[[Shop], int], tuple[str, ...]]] = {
    "run": (world.recalculate, (*JOB, *RUN)),
    "import": (
        world.publish,
        ("job-claimed", "import-in-chunk", "import-in-chunk:2", "import-after-chunk", "import-after-chunk:3",
         "import-step-done", "import-step-stored", "job-worked", *RUN),
    ),
    "undo": (
        world.undo,
        ("undo-in-change", "undo-after-change", "import-step-done", "import-step-stored", *RUN),
    ),
    "export": (world.export, ("export-in-file", "export-written", "job-worked")),
    "check": (world.check, ("check-compared",)),
}  # fmt: skip
ELSEWHERE = {
    "schedule-asking",
    "schedule-asked",
    "cleanup-files-gone",
    "cleanup-jobs-gone",
    "check-asked",
}
"""Points that have a test of their own below."""
ALL = [(kind, point) for kind, (_, points) in POINTS.items() for point in points]
FEW = [
    ("run", "job-claimed"),
    *(("run", point) for point in RUN),
    ("import", "import-in-chunk:2"),
    ("import", "import-after-chunk"),
    ("import", "import-step-stored"),
    ("undo", "undo-in-change"),
    ("undo", "import-step-done"),
    ("export", "export-in-file"),
    ("check", "check-compared"),
]


def cases() -> Iterator[tuple[str, str, str, int]]:
    """Yield database, kind of job, point, and how many workers die there."""
    if EVERYTHING:
        for kind, point in ALL:
            for deaths in (1, 2, 3):
                yield "sqlite", kind, point, deaths
                yield "postgresql", kind, point, deaths
        return
    for kind, point in FEW:
        yield "sqlite", kind, point, 1
    yield "sqlite", "import", "import-after-chunk", 3
    yield "postgresql", "run", "run-written", 1
    yield "postgresql", "import", "import-in-chunk:2", 1


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    with world.of_kind(request, tmp_path, getattr(request, "param", "sqlite")) as found:
        yield found


@pytest.mark.parametrize(("shop", "kind", "point", "deaths"), list(cases()), indirect=["shop"])
def test_killed(shop: Shop, kind: str, point: str, deaths: int) -> None:
    ask, _ = POINTS[kind]
    number = 0
    if kind == "undo":
        number = ask(shop)
    with world.nothing_lost_nothing_twice(shop) as given_up:
        before = world.stored_tiers(shop)
        number = number or ask(shop)
        wanted, place = world.true_tiers(shop), world.place_of(shop)
        died = 0
        while died < deaths and die_at(place, point):
            died += 1
            place = later(place)
            seen = world.stored_tiers(shop)
            assert seen in (before, wanted), "a mixture of two results"
        assert died, f"{point} was never reached"
        assert finish(start(place)) == 0
        given_up.extend(try_again(shop))
        if given_up:
            assert died == MAX_TROUBLES
            assert number in given_up or point in RUN
            differing = recalculation.verify(shop.platform, shop.workspace)
            assert not any(one.records for one in differing), "tiers follow what was left half done"
            assert finish(start(later(place, 2))) == 0
        assert world.job(shop, number).state == "done"
    found = world.job(shop, number).result
    if kind == "import":
        assert isinstance(found, dict)
        assert (found["rows"], found["created"]) == (world.ROWS, world.ROWS), "no row went in twice"
    if kind == "export":
        file = requests.file_of(shop.platform, shop.owner, world.job(shop, number))
        assert file is not None
        assert file.path.read_text("utf-8-sig").count("\n") == len(shop.customers) + 1
        assert [one.name for one in file.path.parent.iterdir()] == [file.path.name]


def try_again(shop: Shop) -> list[int]:
    """Let somebody try again what was given up; returns the jobs."""
    with shop.platform.database.reading() as uow:
        failed = [one.id for one in uow.jobs.recent(shop.workspace, 100) if one.state == "failed"]
    for one in failed:
        work.try_again(shop.platform, shop.owner, one)
    return failed


@pytest.mark.parametrize("point", ["schedule-asking", "schedule-asked"])
def test_killed_while_asking_for_what_is_due(shop: Shop, point: str) -> None:
    """The schedule moves on and its job is there, or neither; nobody asks twice."""
    soon = shop.clock() + timedelta(minutes=3)
    schedules.add(shop.platform, shop.owner, "check", f"{soon.minute} * * * *", "UTC")
    shop.clock.pass_by(minutes=6)  # the next one is due in an hour
    place = world.place_of(shop)
    assert die_at(place, point)
    assert finish(start(place)) == 0
    with shop.platform.database.reading() as uow:
        checks = [one for one in uow.jobs.recent(shop.workspace) if one.kind == "check"]
    assert [one.state for one in checks] == ["done"]


@pytest.mark.parametrize("point", ["cleanup-files-gone", "cleanup-jobs-gone"])
def test_killed_while_cleaning_up(shop: Shop, point: str) -> None:
    old = [world.export(shop) for _ in range(3)]
    assert finish(start(world.place_of(shop))) == 0
    shop.clock.pass_by(days=100)
    young = world.export(shop)
    with writing(shop.platform, system_actor(shop.workspace)) as bench:
        number = ask_for_cleanup(bench)
    place = world.place_of(shop)
    assert die_at(place, point)
    assert finish(start(later(place))) == 0
    assert world.job(shop, number).state == "done"
    folders = {int(one.name) for one in (shop.platform.folder / "jobs").iterdir()}
    with shop.platform.database.reading() as uow:
        left = {one.id for one in uow.jobs.recent(shop.workspace, 500)}
    assert not {*old} & (folders | left)
    assert young in folders & left


def test_killed_after_a_check_has_asked_for_a_run(shop: Shop) -> None:
    from tests.unit.services.runs.test_self_check import spoil

    wrong = spoil(shop)
    number = world.check(shop)
    place = world.place_of(shop)
    assert die_at(place, "check-asked")
    assert finish(start(later(place))) == 0
    found = world.job(shop, number)
    assert isinstance(found.result, dict)
    assert (found.state, found.result["differences"]) == ("done", len(wrong))
    shop.platform.placements.clear()
    assert world.stored_tiers(shop) == world.true_tiers(shop)


def test_every_point_is_killed_at() -> None:
    """Those of the column store have tests beside it."""
    source = Path(tierloom.__file__).parent
    texts = [path.read_text("utf-8") for path in source.rglob("*.py")]
    named = {one for text in texts for one in re.findall(r"fail_point\(\"([a-z-]+)\"\)", text)}
    killed = {point.partition(":")[0] for _, point in ALL} | ELSEWHERE
    assert {one for one in named if not one.startswith("columns-")} == killed
