"""Kills processes at the named points of a refresh and a compaction, and looks at what is left.

`python -m tests.unit.store.columns.kills FOLDER` prints one JSON line a kill. It has a process of its own, with one
thread, because it forks.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.unit.store.columns.turns import Turns
from tierloom.store.columns import refresh
from tierloom.store.database import Database

POINTS = (
    "columns-read",
    "columns-merged",
    "columns-written",
    "columns-synced",
    "columns-renamed",
    "columns-cleaned",
)
TIMES = 3


def live(folder: Path) -> None:
    """What a process does until it is killed: read everything anew, change all rows, compact; again and again."""
    for _ in range(TIMES):
        turns = Turns(Database(folder / "tierloom.db", folder), folder)
        turns.store.forget(turns.workspace)
        assert turns.look().turn == turns.committed()
        for _ in range(2):
            turns.write()
            assert turns.look().turn == turns.committed()
            turns.store.settle()
        turns.database.close()


def look(folder: Path) -> None:
    """What the next process does: it sees the last turn, and its own; it sweeps, and compacts."""
    turns = Turns(Database(folder / "tierloom.db", folder), folder)
    before = turns.committed()
    assert turns.look().turn == before
    turns.store.settle()
    former = turns.generations()[-1]
    for _ in range(2):
        turns.write()
        assert turns.look().turn == turns.committed() > before
        turns.store.settle()
    (newest,) = turns.generations()
    assert newest > former
    turns.database.close()


def in_a_fork(work: Callable[[Path], None], folder: Path) -> int:
    """Return how the process ended: 0, or the number of an error, or minus the number of a signal."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work(folder)
            status = 0
        except Exception:
            traceback.print_exc()
            raise
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    folder = Path(sys.argv[1])
    refresh.SMALL_TAIL, refresh.REBUILD_SHARE = 5, 2
    for point in POINTS:
        for time in range(1, TIMES + 1):
            os.environ["TIERLOOM_FAIL_AT"] = f"{point}:{time}"
            killed = in_a_fork(live, folder) == -signal.SIGKILL
            del os.environ["TIERLOOM_FAIL_AT"]
            right = in_a_fork(look, folder) == 0
            print(json.dumps([point, time, killed, right]), flush=True)


if __name__ == "__main__":
    main()
