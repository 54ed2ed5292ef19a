"""Results with memory: full runs that are stored, one edit and its tiers, and what a past day costs.

The customers of the yardstick lie in an installation on SQLite with the yardstick's tier model published. A full run
works out twenty segments, the tier model and a score from nothing; the tier model is what is stored. The records are in
the columns before (refreshing these is a figure of the store).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import pytest

from tests.bench.figures import Figure, report
from tests.bench.placed import Clock, Company
from tests.bench.side_by_side import side_by_side
from tests.bench.workload import Workload
from tests.bench.yardstick import ROWS, open_world
from tierloom.services.platform import Platform, open_platform
from tierloom.services.settings import Settings

SMALL = 10_000
EDITS = 200
BESIDE_SQL = "× CPU of CREATE TABLE AS in DuckDB"
TABLE = f"{ROWS:,} customers"


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
