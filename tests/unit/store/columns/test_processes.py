"""One process writes, three read, all compact: nobody ever reads a state that was not committed.

`TIERLOOM_TEST_READS` asks for more reads; `make properties` does.
"""

import os
from pathlib import Path

from tests.unit.store.columns.processes import run
from tests.unit.store.columns.turns import Turns
from tierloom.store.database import Database

READS = int(os.environ.get("TIERLOOM_TEST_READS", "450"))


def test_processes_share_a_folder(database: Database, migrated_url: str, tmp_path: Path) -> None:
    Turns(database, tmp_path).begin()
    outcome = run(migrated_url, tmp_path, READS)
    assert outcome.torn == 0
    assert outcome.reads >= READS
    assert outcome.fewest_turns > 3
    assert outcome.generations > 2
