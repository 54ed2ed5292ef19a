"""Rules over the yardstick, beside DuckDB, panzi-json-logic and Python written by hand, in the same process.

Ratios are in CPU seconds of the process, all threads; `wall_ratio` stands beside. Each round evaluates from nothing:
the shelf of what was worked out before is emptied first.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date
from statistics import median
from typing import Any

import json_logic
import numpy as np
import pytest

from tests.bench import by_hand
from tests.bench.figures import report
from tests.bench.many_rules import many
from tests.bench.side_by_side import Pair, side_by_side
from tests.bench.workload import Workload, selected, sizes
from tests.bench.yardstick import EVENTS, FULL, ROWS, World
from tierloom.backends import columns as evaluator
from tierloom.domain.tiers import OnMissing
from tierloom.engine.columns import Mask
from tierloom.rules.given import GivenRow
from tierloom.rules.row import compile_predicate

SAMPLE = 20_000
"""Records that are asked about one by one."""

PANZI_ROWS = 2_000
TABLE = f"{ROWS:,} customers"
DUCKDB = "× CPU of DuckDB"


@pytest.fixture(scope="module")
def workload(world: World) -> Workload:
    return Workload(world)


def _counts(world: World, conditions: list[str]) -> list[int]:
    """Ask DuckDB how many customers each condition, written by hand, takes."""
    counted = ", ".join(f"count(*) FILTER ({one})" for one in conditions)
    found = world.duck.execute(f"SELECT {counted} FROM customers").fetchone()
    assert found is not None
    return list(found)


# ── exactness ───────────────────────────────────────────────────────────────────────────────────


def test_counts_are_exact(world: World, workload: Workload) -> None:
    given, results = world.rules, workload.run(world.columns("customers"))
    workload.run_sql()
    database = world.duck
    counts = [int(np.bitwise_count(one).sum()) for one in results.members]
    placed = sizes(results.placements, len(workload.model.all_tiers))
    points = float(results.points.sum())
    wrong = sum(a != b for a, b in zip(counts, _counts(world, _written(given)), strict=True))
    tiers = database.execute("SELECT tier, count(*) FROM results GROUP BY 1 ORDER BY 1").fetchall()
    wrong += [(code, number) for code, number in enumerate(placed)] != tiers
    wrong += database.execute("SELECT sum(points) FROM results").fetchone() != (points,)
    report(f"sizes that differ from DuckDB's, {TABLE}", wrong, "of 22", 0)
    assert not wrong
    if FULL:
        names = [one.label.read("zh") for one in workload.model.all_tiers]
        listed = dict(zip(names, placed, strict=True))
        wrong = sum(
            one["matches_of_1000000"] != n for one, n in zip(given["segments"], counts, strict=True)
        )
        wrong += given["tier_model"]["sizes_of_1000000"] != listed
        wrong += given["score"]["sum_over_1000000"] != points
        report("sizes that differ from the yardstick's", wrong, "of 22", 0)
        assert not wrong


def _written(given: Any) -> list[str]:
    return [one["duckdb"] for one in given["segments"]]


# ── columns ─────────────────────────────────────────────────────────────────────────────────────


def test_rules_tiers_and_score(world: World, workload: Workload) -> None:
    columns = world.columns("customers")
    pair = side_by_side(lambda: workload.run(columns), workload.run_sql)
    name = f"20 rules, tier model and score over {TABLE}"
    report(name, pair.ratio, DUCKDB, 0.08, **pair.seconds)
    report(f"{name}, by the clock", pair.wall_ratio, "× time of DuckDB", 0.2)


def test_hold(world: World, workload: Workload) -> None:
    columns, held = world.columns("customers"), Workload(world, OnMissing.HOLD)
    pair = side_by_side(lambda: held.run(columns), lambda: workload.run(columns))
    report(f"hold over {TABLE}", pair.ratio, "× CPU of skip", 2, **pair.seconds)


def test_ten_times_the_records(world: World, workload: Workload) -> None:
    small, large = world.columns("customers"), world.larger("customers", 10)
    pair = side_by_side(lambda: workload.run(large), lambda: workload.run(small), 3)
    report(f"ten times {TABLE}", pair.ratio, "× CPU of the table once", 11, **pair.seconds)


def test_panzi_json_logic(world: World, workload: Workload) -> None:
    given, columns = world.rules, world.columns("customers")
    records = world.arrow("customers").slice(0, PANZI_ROWS).to_pylist()
    records = [{key: _json(value) for key, value in one.items()} for one in records]
    rules = [one["rule"] for one in given["segments"]]
    tiers = [one["rule"] for one in given["tier_model"]["tiers"] if "rule" in one]
    criteria = [(one["rule"], one["points"]) for one in given["score"]["criteria"]]

    def ask() -> list[Any]:
        apply = json_logic.jsonLogic
        return [
            (
                [apply(rule, record) for rule in rules],
                next((n for n, rule in enumerate(tiers) if apply(rule, record)), len(tiers)),
                sum(points for rule, points in criteria if apply(rule, record)),
            )
            for record in records
        ]

    pair = side_by_side(lambda: workload.run(columns), ask, 3)
    ratio = pair.ratio * PANZI_ROWS / ROWS
    name = f"20 rules, tier model and score over {TABLE}, panzi extrapolated from {PANZI_ROWS:,}"
    report(name, 1000 * ratio, "thousandths of panzi's CPU", 1, times_faster=1 / ratio)


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def test_child_condition(world: World) -> None:
    given = world.rules["child_condition"]
    columns, context = world.columns("customers"), world.context
    relation = world.catalogue.relation("customers", "events")
    assert relation is not None
    columns.children(relation)  # the store keeps them with the snapshot
    texts = json.dumps(given["rule"]), given["duckdb"]
    changed = texts[0].replace("200", "500"), texts[1].replace("200", "500")
    more = changed[0].replace("]}, 2]", "]}, 3]"), changed[1].replace(">= 2", ">= 3")
    for logic, sql in (texts, more):
        rule = world.compiled(json.loads(logic))

        def ours(rule: Any = rule) -> Mask:
            world.forget()
            return evaluator.mask(rule, columns, context)

        def theirs(sql: str = sql) -> object:
            made = (
                f"CREATE OR REPLACE TABLE found AS SELECT customer_id, {sql} AS yes FROM customers"
            )
            return world.duck.execute(made)

        found = int(ours().sum())
        assert [found] == _counts(world, [sql])
        if FULL and logic is texts[0]:
            assert found == given["matches_of_1000000_with_10000000_events"]
    pair = side_by_side(ours, theirs)
    name = f"≥ 3 events over 500 in 90 days, {EVENTS:,} events"
    report(name, pair.ratio, DUCKDB, 0.3, found=found, **pair.seconds)


# ── five hundred rules ──────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def five_hundred(world: World) -> list[tuple[Any, str]]:
    fields = world.catalogue.table("customers").fields
    return many(world.rules["segments"], {one.key: one.type.scale for one in fields})


def test_five_hundred_rules(world: World, five_hundred: list[tuple[Any, str]]) -> None:
    columns, context = world.columns("customers"), world.context
    rules = [world.compiled(logic) for logic, _ in five_hundred]
    conditions = [sql for _, sql in five_hundred]
    wanted = f"CREATE OR REPLACE TABLE members AS SELECT {selected(conditions)} FROM customers"

    def ours() -> list[Any]:
        world.forget()
        return evaluator.packed(rules, columns, context)

    counts = [int(np.bitwise_count(one).sum()) for one in ours()]
    assert counts == _counts(world, conditions)
    pair = side_by_side(ours, lambda: world.duck.execute(wanted), 3)
    report(f"500 rules over {TABLE}", pair.ratio, DUCKDB, 0.08, **pair.seconds)


def test_compiling(five_hundred: list[tuple[Any, str]]) -> None:
    lines = "\n".join(json.dumps(logic, ensure_ascii=False) for logic, _ in five_hundred)
    command = [sys.executable, "-m", "tests.bench.compile_cold"]
    spent = [
        float(
            subprocess.run(command, input=lines, text=True, check=True, capture_output=True).stdout
        )
        for _ in range(5)
    ]
    best = min(spent) * 1000
    report("compile 500 rules in a new process", median(spent) * 1000, "ms of CPU", 250, best=best)


# ── one record at a time ────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def sample(world: World) -> list[GivenRow]:
    records = world.arrow("customers").slice(0, SAMPLE).to_pylist()
    return [GivenRow(one, {}, {}) for one in records]


@pytest.mark.parametrize(
    ("name", "goal", "written"),
    [("closures", 2, by_hand.PLAIN), ("closures with arithmetic", 5, by_hand.ARITHMETIC)],
)
def test_closures(
    world: World,
    sample: list[GivenRow],
    name: str,
    goal: float,
    written: Mapping[str, Callable[[by_hand.Get], bool]],
) -> None:
    """Both ask the same records by `value`; beside: as if a record were a dict."""
    rules = {one["name"]: one["rule"] for one in world.rules["segments"]}
    pairs: list[Pair] = []
    dicts: list[Pair] = []
    for rule, ask in written.items():
        compiled = compile_predicate(world.compiled(rules[rule]), world.context)
        assert [compiled(row) for row in sample] == [ask(row.value) for row in sample]

        def ours(compiled: Any = compiled) -> None:
            for row in sample:
                compiled(row)

        def theirs(ask: Any = ask) -> None:
            for row in sample:
                ask(row.value)

        def plain(ask: Any = ask) -> None:
            for row in sample:
                ask(row.values.get)

        pairs.append(side_by_side(ours, theirs))
        dicts.append(side_by_side(ours, plain, 3))
    worst = max(pair.ratio for pair in pairs)
    report(
        f"{name}, {len(written)} rules over {SAMPLE:,} records", _together(pairs),
        "× CPU of Python by hand", goal, worst_rule=worst, of_dicts=_together(dicts),
    )  # fmt: skip


def _together(pairs: list[Pair]) -> float:
    """Weigh the rules by their time."""
    ours = [median(pair.ours.cpu) for pair in pairs]
    theirs = [median(pair.theirs.cpu) for pair in pairs]
    return sum(ours) / sum(theirs)
