"""A full run over stored customers, and counts while somebody types, beside DuckDB and SQLite.

Columns are those of the column store, mapped from its files. A run starts from nothing: what was worked
out before is thrown away first. So does every draft: each has other numbers than all before.
"""

import sqlite3
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import pytest

from tests.bench.company import KEY, Company, in_sqlite, sqlite_of
from tests.bench.figures import report
from tests.bench.many_rules import many
from tests.bench.side_by_side import in_turns, p95, side_by_side
from tests.bench.workload import Workload, sizes
from tests.bench.yardstick import ROWS, World
from tierloom.domain.rules import RuleDocument
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
    ask = _asking(company, lambda bench, n: count_of(bench.matching(documents[n], KEY)))
    ours, theirs = in_turns(len(drafts), ask, lambda n: _counted(world, [drafts[n][1]])[0])
    assert ours.answers == theirs.answers
    name = f"count of a draft rule over {TABLE}, p95 of {len(drafts)}"
    beside = ours.beside("our") | theirs.beside("duckdb")
    ratio = p95(ours.wall) / p95(theirs.wall)
    report(name, ratio, "× time of DuckDB's count", 0.25, **beside)
    slow = sqlite_of(world, tmp_path / "customers.sqlite3")
    ask = _asking(company, lambda bench, n: count_of(bench.matching(documents[n], KEY)))
    ours, theirs = in_turns(SLOW, ask, lambda n: _in_sqlite(slow, drafts[n][1]))
    assert ours.answers == theirs.answers
    slow.close()
    share = 30 * p95(ours.wall) / p95(theirs.wall)
    beside = ours.beside("our") | theirs.beside("sqlite")
    report(f"the same, of {SLOW}", share, "thirtieths of SQLite's time", 1, **beside)


def test_count_of_every_part(world: World, company: Company, drafts: list[Rule]) -> None:
    """What a builder asks after each change: the whole, and every condition and group alone."""
    documents = [RuleDocument.of(logic) for logic, _ in drafts]
    trees = [read_tree(one, KEY, world.catalogue) for one in documents]
    parts: list[int] = []

    def count(bench: Workbench, number: int) -> int:
        counted = count_filter(bench, KEY, trees[number])
        assert counted.total is not None
        parts.append(len(counted.nodes))
        return counted.total

    ask = _asking(company, count)
    ours, theirs = in_turns(len(drafts), ask, lambda n: _counted(world, [drafts[n][1]])[0])
    assert ours.answers == theirs.answers
    name = f"a draft rule and each of its parts over {TABLE}, p95 of {len(trees)}"
    beside = ours.beside("our") | theirs.beside("duckdb")
    ratio = p95(ours.wall) / p95(theirs.wall)
    report(name, ratio, "× time of DuckDB's count", 0.25, parts=median(parts), **beside)


def _asking(company: Company, ask: Callable[[Workbench, int], int]) -> Callable[[int], int]:
    """Return what asks in a unit of work of its own, whose opening counts; forgets what is known so far."""

    def one(number: int) -> int:
        with reading(company.platform, company.owner) as bench:
            return ask(bench, number)

    one(0)
    with reading(company.platform, company.owner) as bench:
        bench.snapshot.table(KEY).cache.clear()
    return one


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
