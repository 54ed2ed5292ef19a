"""A full run over stored customers, and counts while somebody types, beside DuckDB and SQLite.

Columns are those of the column store, mapped from its files. A run starts from nothing: what was worked
out before is thrown away first. So does every draft: each has other numbers than all before.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from statistics import median, quantiles
from typing import Any

import numpy as np
import pytest

from tests.bench.company import KEY, Company, in_sqlite, open_company, sqlite_of
from tests.bench.figures import report
from tests.bench.many_rules import many
from tests.bench.side_by_side import side_by_side
from tests.bench.workload import Workload, sizes
from tests.bench.yardstick import ROWS, World, open_world
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tiers import Segment, TierModel
from tierloom.rules.builder import read_tree
from tierloom.services.counting import count_filter, count_of
from tierloom.services.workbench import Workbench, reading

TABLE = f"{ROWS:,} stored customers"
DRAFTS = 100
SLOW = 20
"""Drafts that SQLite counts: it takes seconds for each."""

Rule = tuple[Any, str]
"""As JSON Logic, and as SQL for DuckDB."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    found = open_world()
    yield found
    found.duck.close()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with open_company(tmp_path_factory.mktemp("company")) as found:
        yield found


@pytest.fixture(scope="module")
def drafts(world: World) -> list[Rule]:
    scales = {one.key: one.type.scale for one in world.catalogue.table(KEY).fields}
    return many(world.rules["segments"], scales)[-DRAFTS:]


def test_full_run(world: World, company: Company) -> None:
    workload = Workload(world)
    with reading(company.platform, company.owner) as bench:
        columns = bench.snapshot.table(KEY)
        pair = side_by_side(lambda: workload.run(columns), workload.run_sql)
        found = workload.run(columns)
    counts = [int(np.bitwise_count(one).sum()) for one in found.members]
    assert counts == _counted(world, [one["duckdb"] for one in world.rules["segments"]])
    assert sum(sizes(found.placements, len(workload.model.all_tiers))) == ROWS
    name = f"full run: 20 segments, tier model and score over {TABLE}"
    report(name, pair.ratio, "× CPU of DuckDB's CREATE TABLE", 0.12, **pair.seconds)


def test_count_of_a_draft(
    world: World, company: Company, drafts: list[Rule], tmp_path: Any
) -> None:
    """The rule as a new request sees it: compiled, evaluated, with the row scope."""
    documents = [RuleDocument.of(logic) for logic, _ in drafts]

    def ours(bench: Workbench, number: int) -> int:
        return count_of(bench.matching(documents[number], KEY))

    mine, found = _each(company, len(drafts), ours)
    theirs, wanted = _clocked(len(drafts), lambda n: _counted(world, [drafts[n][1]])[0])
    assert found == wanted
    ratio = _p95(mine) / _p95(theirs)
    name = f"count of a draft rule over {TABLE}, p95 of {len(drafts)}"
    beside = {"ms": _p95(mine) * 1000, "median_ms": median(mine) * 1000}
    report(name, ratio, "× time of DuckDB's count", 0.25, duckdb_ms=_p95(theirs) * 1000, **beside)
    slow = sqlite_of(world, tmp_path / "customers.sqlite3")
    times, counts = _clocked(SLOW, lambda n: _in_sqlite(slow, drafts[n][1]))
    assert counts == wanted[:SLOW]
    slow.close()
    share = 30 * _p95(mine) / _p95(times)
    report(f"the same, of {SLOW}", share, "thirtieths of SQLite's time", 1, sqlite=_p95(times))


def test_count_of_every_part(world: World, company: Company, drafts: list[Rule]) -> None:
    """What a builder asks after each change: the whole, and every condition and group alone."""
    trees = [read_tree(RuleDocument.of(logic)) for logic, _ in drafts]
    parts: list[int] = []

    def ours(bench: Workbench, number: int) -> int:
        counted = count_filter(bench, KEY, trees[number])
        assert counted.total is not None
        parts.append(len(counted.nodes))
        return counted.total

    mine, found = _each(company, len(trees), ours)
    theirs, wanted = _clocked(len(drafts), lambda n: _counted(world, [drafts[n][1]])[0])
    assert found == wanted
    name = f"a draft rule and each of its parts over {TABLE}, p95 of {len(trees)}"
    report(
        name, _p95(mine) / _p95(theirs), "× time of DuckDB's count of the whole", 0.25,
        ms=_p95(mine) * 1000, parts=median(parts),
    )  # fmt: skip


def _each(
    company: Company, count: int, ask: Callable[[Workbench, int], int]
) -> tuple[list[float], list[int]]:
    """Ask in one unit of work each; opening it counts."""

    def one(number: int) -> int:
        with reading(company.platform, company.owner) as bench:
            return ask(bench, number)

    one(0)
    with reading(company.platform, company.owner) as bench:
        bench.snapshot.table(KEY).cache.clear()
    return _clocked(count, one)


def _clocked(count: int, ask: Callable[[int], int]) -> tuple[list[float], list[int]]:
    times, found = [], []
    for number in range(count):
        start = time.perf_counter()
        found.append(ask(number))
        times.append(time.perf_counter() - start)
    return times, found


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


def _counted(world: World, conditions: list[str]) -> list[int]:
    asked = ", ".join(f"count(*) FILTER ({one})" for one in conditions)
    if len(conditions) == 1:
        asked = f"count(*) FROM {KEY} WHERE {conditions[0]}"
        found = world.duck.execute(f"SELECT {asked}").fetchone()
    else:
        found = world.duck.execute(f"SELECT {asked} FROM {KEY}").fetchone()
    assert found is not None
    return list(found)


def _in_sqlite(connection: sqlite3.Connection, condition: str) -> int:
    asked = f"SELECT count(*) FROM {KEY} WHERE {in_sqlite(condition)}"
    return int(connection.execute(asked).fetchone()[0])
