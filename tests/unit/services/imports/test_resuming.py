"""A process that is killed between chunks loses nothing, and doubles nothing."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.services.imports.world import World
from tierloom.services.imports import publishing, staging
from tierloom.services.imports.counts import ImportCounts
from tierloom.services.imports.plan import UnknownParents

ROOT = Path(__file__).parents[4]
ROWS = 1_000
SCRIPT = """
import json, sys
from pathlib import Path
from tests.unit.services.imports.world import World, ImportPlan, ImportWork, ZONE
from tierloom.services.imports.publishing import publish_import
from tierloom.services.imports.shape import FileShape
from tierloom.store.database import Database
folder, batch, plan = Path(sys.argv[1]), int(sys.argv[2]), ImportPlan.from_json(json.loads(sys.argv[3]))
world = World(Database(folder / "tierloom.db", folder), folder)
work = ImportWork(folder / "job", FileShape.load(folder / "job"), plan, world.catalogue, ZONE)
counts = publish_import(world.actor, world.database, work, batch)
print(counts.to_text())
"""


def file() -> str:
    lines = [f"I{n},{n % 40},2024-01-01,{n}" for n in range(ROWS)] + ["bad,x,2024-01-01,1"]
    return "invoice,customer,day,amount\n" + "\n".join(lines) + "\n"


def publish_elsewhere(
    world: World, batch: int, plan: object, fail_at: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(world.folder), str(batch), json.dumps(plan)],
        env={**os.environ, "TIERLOOM_FAIL_AT": fail_at, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.faults
def test_killed_after_every_chunk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "CHUNK_ROWS", 300)
    work = world.read(file(), "orders", key="invoice", parents=UnknownParents.CREATE)
    shape = json.dumps(work.shape.to_json())
    (work.folder / "shape.json").write_text(shape)
    report = world.check(work)
    batch = world.batch(work)
    for chunk in range(4):
        done = publish_elsewhere(world, batch, work.plan.to_json(), "import-after-chunk")
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert len(world.rows("orders", ("invoice",))) == min(ROWS, 300 * (chunk + 1))
    done = publish_elsewhere(world, batch, work.plan.to_json(), "")
    assert done.returncode == 0, done.stderr
    counts = ImportCounts.from_text(done.stdout)
    assert counts == report.counts
    assert counts == ImportCounts(rows=ROWS + 1, created=ROWS, rejected=1, parents_created=40)
    assert sorted(n for _, n in world.rows("orders", ("invoice", "amount"))) == [
        100 * n for n in range(ROWS)
    ]
    assert len(world.rows("customers", ("number",))) == 40
    assert world.undo(batch).removed == ROWS + 40
    assert world.everything() == {"customers": [], "orders": [], "lines": []}


class Stop(Exception):
    """Somebody pressed cancel."""


def test_stopping_between_chunks_leaves_something_to_undo(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "CHUNK_ROWS", 300)
    work = world.read(file(), "orders", key="invoice", parents=UnknownParents.CREATE)
    world.check(work)
    batch = world.batch(work)
    heard: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        heard.append((done, total))
        if done >= 600:
            raise Stop

    with pytest.raises(Stop):
        publishing.publish_import(world.actor, world.database, work, batch, progress)
    assert heard == [(300, ROWS + 1), (600, ROWS + 1)]
    assert len(world.rows("orders", ("invoice",))) == 600
    world.undo(batch)
    assert world.everything() == {"customers": [], "orders": [], "lines": []}


def test_what_changed_between_check_and_publishing_is_decided_by_publishing(world: World) -> None:
    work = world.read(
        "invoice,customer,day\nA,1,2024-01-01\nB,2,\n",
        "orders",
        key="invoice",
        parents=UnknownParents.REJECT,
    )
    world.run(world.read("number\n1\n2\n", "customers", name="c"))
    world.run(world.read("invoice,day\nB,2024-01-01\n", "orders", key="invoice", name="o"))
    assert world.check(work).counts == ImportCounts(rows=2, created=1, updated=1)
    ids = world.ids("customers", "number") | world.ids("orders", "invoice")
    with world.database.writing() as uow:
        cause = publishing.Cause("edit", 1)
        uow.records(world.table("customers")).delete([ids[1]], uow.now, cause)
        uow.records(world.table("orders")).delete([ids["B"]], uow.now, cause)
    _, counts = world.publish(work)
    assert counts == ImportCounts(rows=2, rejected=2)
    assert [path.name for path in work.all_problem_files[2:]] == ["late-0.jsonl"]
