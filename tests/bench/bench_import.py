"""Half a million real lines from the file to the last tier, beside pandas reading the same file."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.bench.figures import report
from tests.realdata.given import (
    CUSTOMERS,
    LINE_COLUMNS,
    LINES,
    ORDER_COLUMNS,
    ORDERS,
    VALUE,
    data_file,
)
from tierloom.jobs.worker import Worker, complete
from tierloom.services import demo, drafts, grid, preview
from tierloom.services.access.accounts import actor_named
from tierloom.services.grid import Query
from tierloom.services.imports import command
from tierloom.services.imports.plan import UnknownParents
from tierloom.services.platform import open_platform
from tierloom.services.settings import Settings
from tierloom.services.workbench import reading

RATIO = 20.0
GIGABYTE = 1000.0
"""In MB."""


def _run(folder: Path, *words: str) -> tuple[float, float, float]:
    """Run a command; returns its CPU and wall seconds and its largest process in MB, children included."""
    place = {**os.environ, "TIERLOOM_DATA": str(folder), "TIERLOOM_DATABASE_URL": ""}
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "tierloom", *words], env=place, stdout=subprocess.DEVNULL
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, words
    wall = time.perf_counter() - start
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1000


def _import(folder: Path, file: Path) -> tuple[float, float]:
    """CPU (the reading process included) and wall seconds from the file to rows in the table and tiers brought up to
    date. Like pandas', without the start of Python."""
    with open_platform(Settings(folder)) as platform:
        actor = actor_named(platform, "main", None)
        asked = command.Asked("lines", None, False, LINE_COLUMNS, UnknownParents.LEAVE)
        before, start = _cpu(), time.perf_counter()
        number, check = command.prepare(platform, actor, file, asked)
        assert complete(platform, check).state == "done"
        assert complete(platform, command.publish(platform, actor, number)).state == "done"
        Worker(platform).run_until_done()
        return _cpu() - before, time.perf_counter() - start


def _cpu() -> float:
    own, children = (
        resource.getrusage(resource.RUSAGE_SELF),
        resource.getrusage(resource.RUSAGE_CHILDREN),
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _read(file: Path) -> tuple[float, float]:
    """CPU and wall seconds of pandas, the middle one of three."""
    found = []
    for _ in range(3):
        cpu, start = time.process_time(), time.perf_counter()
        assert len(pd.read_csv(file)) == 541_909
        found.append((time.process_time() - cpu, time.perf_counter() - start))
    return sorted(found)[1]


def test_import_of_the_lines(tmp_path: Path) -> None:
    lines, orders = (
        data_file("uci_online_retail_lines.csv.gz"),
        data_file("uci_online_retail_orders.csv"),
    )
    (tmp_path / "config.json").write_text(json.dumps([CUSTOMERS, ORDERS, LINES, VALUE]), "utf-8")
    data = tmp_path / "data"
    _run(data, "init", "--currency", "GBP", "--zone", "Europe/London")
    _run(data, "apply", str(tmp_path / "config.json"))
    pairs = [word for pair in ORDER_COLUMNS.items() for word in ("--map", "=".join(pair))]
    _run(data, "import", str(orders), "--table", "orders", *pairs, "--unknown-parent", "create")
    cpu, wall = _import(data, lines)
    pandas_cpu, pandas_wall = _read(lines)
    ratio = report(
        "import 541,909 lines / pandas.read_csv", cpu / pandas_cpu, "× CPU seconds", RATIO,
        cpu=cpu, wall=wall, pandas_cpu=pandas_cpu, pandas_wall=pandas_wall,
    )  # fmt: skip
    pairs = [word for pair in LINE_COLUMNS.items() for word in ("--map", "=".join(pair))]
    cpu, wall, memory = _run(data, "import", str(lines), "--table", "lines", *pairs)
    report(
        "the same as a command, Python's start included", cpu / pandas_cpu, "× CPU seconds", 30.0,
        cpu=cpu, wall=wall,
    )  # fmt: skip
    peak = report("import 541,909 lines, largest process", memory, "MB", GIGABYTE)
    assert ratio.ok
    assert peak.ok


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    with open_platform(Settings(folder)) as platform:
        demo.load(platform, "demo", "zh")
    return folder


def _times(work: object, rounds: int = 40) -> list[float]:
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()  # type: ignore[operator]
        found.append((time.perf_counter() - start) * 1000)
    return sorted(found)


def test_builder_preview_and_grid_page(sample: Path) -> None:
    """On the sample shop (2,000 customers, some 12,500 orders), each from a fresh unit of work, as a request is."""
    with open_platform(Settings(sample), migrate=False) as platform:
        actor = demo.load(platform, "demo", "zh")

        def look() -> None:
            with reading(platform, actor) as bench:
                draft = drafts.opened(bench, "tier_model", "value")
                assert preview.preview(bench, draft, draft.thing.tiers[0].key).sizes  # type: ignore[union-attr]

        def page() -> None:
            with reading(platform, actor) as bench:
                assert len(grid.listing(bench, Query("customers", search="李")).rows) > 0

        for name, work, goal in (("builder preview", look, 100.0), ("grid page", page, 100.0)):
            times = _times(work)
            figure = report(f"{name}, sample shop, p95", times[-3], "ms", goal, median=times[20])
            assert figure.ok
