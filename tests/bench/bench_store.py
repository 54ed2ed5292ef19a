"""The column store over the yardstick's customers: its size, its refreshes beside a rebuild, its opening.

A rebuild reads all records from the database and writes the files.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from tests.bench.figures import report
from tests.bench.stored import Stored
from tests.bench.yardstick import FULL, ROWS
from tests.unit.store.columns.processes import run
from tests.unit.store.columns.turns import Turns
from tierloom.store.columns import Snapshot
from tierloom.store.database import Database

TABLE = f"{ROWS:,} customers"
REBUILD = "× CPU of a rebuild"
READS = 10_000 if FULL else 2_000


@dataclass(frozen=True)
class Spent:
    """Seconds of the processor (all threads) and by the clock."""

    cpu: float
    wall: float


def measured(work: Callable[[], object]) -> Spent:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Spent(time.process_time() - cpu, time.perf_counter() - wall)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    made = Stored(tmp_path_factory.mktemp("stored"))
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def rebuild(stored: Stored) -> Spent:
    """The median of three; the last one leaves the files of the bench."""
    spent = []
    for _ in range(3):
        stored.store().forget(stored.workspace)
        spent.append(measured(lambda: stored.snapshot(stored.store())))
    return sorted(spent, key=lambda one: one.cpu)[1]


def everything(snapshot: Snapshot) -> None:
    for table in snapshot:
        for one in table.record_type.fields:
            table.column(one.key)


def test_store_bytes_per_record(stored: Stored, rebuild: Spent) -> None:
    size = sum(one.stat().st_size for one in stored.place.folder.rglob("*.columns"))
    figure = report(
        "store-bytes-per-record", size / ROWS, "bytes of 30 fields with ids and dictionaries", 180,
        records=ROWS, rebuild_cpu=rebuild.cpu, rebuild_wall=rebuild.wall,
    )  # fmt: skip
    assert figure.ok


@pytest.mark.parametrize(
    ("count", "goal", "rounds"), [(1, 1 / 500, 15), (1_000, 1 / 50, 7), (ROWS // 10, 1 / 2, 3)]
)
def test_refresh(stored: Stored, rebuild: Spent, count: int, goal: float, rounds: int) -> None:
    store, chance = stored.store(), random.Random(count)
    everything(stored.snapshot(store))
    found, read = [], []
    for _ in range(rounds):
        stored.change(count, chance)
        found.append(measured(lambda: stored.snapshot(store)))
        read.append(measured(lambda: everything(stored.snapshot(store))))
        store.settle()
    cpu, wall = median(one.cpu for one in found), median(one.wall for one in found)
    report(
        f"refresh after {count:,} changed of {TABLE}", cpu / rebuild.cpu, REBUILD, goal,
        wall_ratio=wall / rebuild.wall, ms_of_cpu=cpu * 1000, ms=wall * 1000,
        and_all_columns=(cpu + median(one.cpu for one in read)) / rebuild.cpu,
    )  # fmt: skip


def test_open_in_a_new_process(stored: Stored, rebuild: Spent, tmp_path: Path) -> None:
    stored.place.write(tmp_path / "place")
    command = [sys.executable, "-m", "tests.bench.open_cold", str(tmp_path / "place")]
    answers = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for _ in range(5)
    ]
    middle = {key: median(one[key] for one in answers) for key in answers[0]}
    report(
        f"open {TABLE} in a new process", middle["cpu"] / rebuild.cpu, REBUILD, 1 / 50,
        wall_ratio=middle["wall"] / rebuild.wall, ms_of_cpu=middle["cpu"] * 1000,
        ms=middle["wall"] * 1000,
    )  # fmt: skip
    report(
        f"memory of its own that this takes, {TABLE}", middle["private"] / 10**6, "MB", 4,
        distinct_texts=middle["texts"],
    )  # fmt: skip


def test_readers_and_a_writer(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tierloom.db'}"
    database = Database(url, tmp_path)
    database.migrate()
    Turns(database, tmp_path).begin()
    database.close()
    outcome = run(url, tmp_path, READS)
    report(
        f"torn reads of {READS:,}, 3 reading processes and a writing one", outcome.torn, "reads", 0,
        reads=outcome.reads, written=outcome.written, generations=outcome.generations,
        states_seen=outcome.fewest_turns,
    )  # fmt: skip
