"""Results with memory: full runs that are stored, one edit and its tiers, and what a past day costs.

The customers of the yardstick lie in an installation on SQLite with the yardstick's tier model published. A full run
works out twenty segments, the tier model and a score from nothing; the tier model is what is stored. The records are in
the columns before (refreshing these is a figure of the store).
"""

import random
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

import pytest
from sqlalchemy import text

from tests.bench.figures import Figure, report
from tests.bench.side_by_side import side_by_side
from tests.bench.stored import CAUSE, chunks
from tests.bench.workload import Workload
from tests.bench.yardstick import ROWS, open_world
from tierloom.backends import columns as evaluator
from tierloom.domain.people import Actor, Role
from tierloom.services import configuration, records, workspaces
from tierloom.services.platform import Platform, open_platform
from tierloom.services.runs import recalculation
from tierloom.services.settings import Settings
from tierloom.services.workbench import reading, writing

SMALL = 10_000
EDITS = 200
BESIDE_SQL = "× CPU of CREATE TABLE AS in DuckDB"
TABLE = f"{ROWS:,} customers"


@dataclass
class Clock:
    """A clock that goes on by a second whenever somebody looks."""

    now: datetime

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Company:
    """A workspace with customers, on an installation that several share."""

    platform: Platform
    workload: Workload
    key: str
    rows: int
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    ids: "array[int]" = field(default_factory=lambda: array("q"))
    """An array: the garbage collector walks a list of a million again and again, 20 ms each time."""

    def __post_init__(self) -> None:
        workspace, _ = workspaces.ensure(self.platform, self.key, self.key, "en", "UTC")
        with self.platform.database.reading() as uow:
            account = uow.accounts.members(workspace.id)[0].account
        self.actor = Actor(account, "Owner", workspace.id, Role.OWNER)
        customers = self.workload.world.catalogue.table("customers")
        configuration.apply(self.platform, self.actor, [customers])
        with reading(self.platform, self.actor) as bench:
            self.table = bench.published.table("customers")
        for chunk in chunks(self.table, self.rows):
            with self.platform.database.writing() as uow:
                self.ids.extend(uow.records(self.table).insert_many(chunk, uow.now, CAUSE))
        self.chance.shuffle(self.ids)

    def publish(self) -> None:
        configuration.apply(self.platform, self.actor, [self.workload.model])

    def forget(self) -> None:
        """Make as if nobody had ever been placed."""
        with self.platform.database.writing() as uow:
            for name in ("baselines", "moves", "frontiers", "settled"):
                gone = text(f"DELETE FROM {name} WHERE workspace_id = :workspace")
                uow.connection.execute(gone, {"workspace": self.actor.workspace})
        self.platform.placements.clear()

    def take(self, count: int) -> list[int]:
        """Customers whom nobody has changed yet."""
        found, self.ids = self.ids[:count], self.ids[count:]
        return sorted(found)

    def change(self, count: int) -> None:
        """Change what tiers depend on, as an import does; the columns know it before the run."""
        ids = self.take(count)
        columns = {
            "total_amount": [self.chance.randrange(2_000_000) for _ in ids],
            "order_count": [self.chance.randrange(12) for _ in ids],
        }
        with writing(self.platform, self.actor) as bench:
            bench.uow.records(self.table).update_many(ids, columns, bench.uow.now, CAUSE)
            recalculation.enqueue(bench, "import")
        self.look()

    def look(self) -> None:
        """Bring the columns up to date, and forget what was worked out from them."""
        with reading(self.platform, self.actor) as bench:
            found = bench.columns("customers")
            for one in self.table.stored_fields:
                found.column(one.key)
            found.cache.clear()

    def run(self) -> int:
        """Work everything out and store it; returns how many moved."""
        work = self.workload
        with reading(self.platform, self.actor) as bench:
            columns = bench.columns("customers")
            evaluator.packed(work.rules, columns, bench.context)
            evaluator.value(work.score, columns, bench.context)
        found = recalculation.recalculate(self.platform, self.actor.workspace, "import")
        return sum(one.moves for one in found)

    def edit(self, count: int) -> list[float]:
        """Give customers another total, one after the other; the seconds of each edit."""
        found = []
        for number in self.take(count):
            values = {"total_amount": self.chance.randrange(2_000_000) / 100}
            start = time.perf_counter()
            records.edit(self.platform, self.actor, "customers", number, 1, values)
            found.append(time.perf_counter() - start)
        return found

    def past(self, at: int) -> int:
        """Read who was where at an instant; returns how many there were."""
        with reading(self.platform, self.actor) as bench:
            document = bench.published.documents["tier_model", "value"].id
            [found] = bench.uow.results.past(document, [at])
        return found.placements.ids.size if found else 0

    def stored_bytes(self) -> int:
        with self.platform.database.reading() as uow:
            pages, free, size = (
                int(uow.connection.execute(text(f"PRAGMA {one}")).scalar_one())
                for one in ("page_count", "freelist_count", "page_size")
            )
        return (pages - free) * size


@pytest.fixture(scope="module")
def workload() -> Workload:
    return Workload(open_world())


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, workload: Workload) -> Iterator[Platform]:
    clock = Clock(workload.world.context.as_of)
    with open_platform(Settings(tmp_path_factory.mktemp("history")), clock) as opened:
        yield opened


@pytest.fixture(scope="module")
def placed(platform: Platform, workload: Workload) -> Company:
    """Customers with a first result."""
    company = Company(platform, workload, "large", ROWS)
    company.publish()
    company.look()
    company.run()
    return company


def test_first_run(placed: Company) -> None:
    """Nobody was ever placed: the result is stored as a whole."""

    def before() -> None:
        placed.forget()
        placed.look()

    pair = side_by_side(placed.run, placed.workload.run_sql, rounds=3, before=before)
    figure = report(f"first run over {TABLE}, stored", pair.ratio, BESIDE_SQL, 0.5, **pair.seconds)
    assert figure.ok


def test_run_with_moves(placed: Company) -> None:
    """One customer in a hundred has changed: who moved is stored."""
    moved: list[int] = []
    pair = side_by_side(
        lambda: moved.append(placed.run()),
        placed.workload.run_sql,
        rounds=3,
        before=lambda: placed.change(ROWS // 100),
    )
    assert min(moved) > ROWS // 400
    run = report(
        f"full run over {TABLE}, 1 % changed, stored", pair.ratio, BESIDE_SQL, 0.25,
        moves=median(moved), **pair.seconds,
    )  # fmt: skip
    assert run.ok


def test_bytes_per_move(placed: Company) -> None:
    """Beside the records that were changed: those are written before."""
    placed.change(ROWS // 100)
    before = placed.stored_bytes()
    moved = placed.run()
    size = (placed.stored_bytes() - before) / moved
    assert report("bytes stored per move, indexes included", size, "bytes", 250.0, moves=moved).ok


@dataclass(frozen=True)
class Edits:
    """Edits one after the other: seconds by the clock, ascending, and of the processor on average."""

    wall: list[float]
    cpu: float

    @property
    def p95(self) -> float:
        return self.wall[int(len(self.wall) * 0.95)]


def in_turns(*companies: Company) -> list[Edits]:
    """Edit customers of some companies; in turns, for a machine that is busy now and then."""
    wall: list[list[float]] = [[] for _ in companies]
    cpu = [0.0 for _ in companies]
    for company in companies:
        company.edit(20)
    for _ in range(EDITS // 10):
        for place, company in enumerate(companies):
            start = time.process_time()
            wall[place] += company.edit(10)
            cpu[place] += time.process_time() - start
    return [Edits(sorted(one), spent / EDITS) for one, spent in zip(wall, cpu, strict=True)]


def compared(mine: Edits, other: Edits, beside: str, goal: float) -> Figure:
    return report(
        f"one edit of {TABLE} with its tier, p95", mine.p95 / other.p95, beside, goal,
        cpu_ratio=mine.cpu / other.cpu, cpu_ms=1000 * mine.cpu, ms=1000 * mine.p95,
        median_ms=1000 * median(mine.wall), other_ms=1000 * other.p95,
        other_median_ms=1000 * median(other.wall),
    )  # fmt: skip


def test_one_edit(placed: Company) -> None:
    """Its tiers are stored with it."""
    plain = Company(placed.platform, placed.workload, "plain", SMALL)
    mine, other = in_turns(placed, plain)
    assert compared(mine, other, "× the edit where there is no tier model", 2.0).ok


def test_one_edit_grows_not_with_the_table(placed: Company) -> None:
    small = Company(placed.platform, placed.workload, "small", SMALL)
    small.publish()
    small.look()
    small.run()
    mine, other = in_turns(placed, small)
    assert compared(mine, other, f"× the same of {SMALL:,}", 1.2).ok


def test_a_past_day(placed: Company) -> None:
    """Everybody's tiers before the last hundredth moved."""
    at = placed.platform.now_ms()
    placed.change(ROWS // 100)
    placed.run()
    pair = side_by_side(lambda: placed.past(at), placed.workload.run_sql, rounds=7)
    assert placed.past(at) == ROWS
    figure = report(f"a past day of {TABLE}", pair.ratio, BESIDE_SQL, 0.1, **pair.seconds)
    assert figure.ok
