"""A process is killed at every named point of a refresh and of a compaction: the next one reads what is right."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.store.columns.kills import POINTS, TIMES
from tests.unit.store.columns.turns import Turns
from tierloom.store.database import Database


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Processes are forked here.")
def test_whoever_is_killed_leaves_files_that_are_right(migrated_file: Path, tmp_path: Path) -> None:
    (tmp_path / "tierloom.db").write_bytes(migrated_file.read_bytes())
    database = Database(tmp_path / "tierloom.db", tmp_path)
    Turns(database, tmp_path).begin()
    database.close()
    command = [sys.executable, "-m", "tests.unit.store.columns.kills", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    sought = [[point, time + 1, True, True] for point in POINTS for time in range(TIMES)]
    assert found == sought, done.stderr
