"""One process that writes and three that read, all over one database and one folder of columns.

Each is `python -m tests.unit.store.columns.processes ROLE URL FOLDER READS`, and ends by printing what it has done.
"""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.unit.store.columns.turns import Torn, Turns
from tierloom.store.columns import refresh
from tierloom.store.database import Database

READERS = 3
REOPEN = 40
"""Looks after which a reader begins anew from the files."""
TURNS, PATIENCE_SECONDS, PAUSE_SECONDS = 5, 120, 0.01
"""A reader goes on until it has seen so many turns, at most for so long: where the machine is busy, the writer may come
to its turn late. It then pauses between its looks."""


@dataclass(frozen=True)
class Outcome:
    """Turns that were written; how often readers looked, and how often what they saw was of no turn or too old."""

    written: int
    generations: int
    reads: int
    torn: int
    fewest_turns: int


def run(url: str, folder: Path, reads: int) -> Outcome:
    """Have three processes look, together at least so often, while one writes. The tables are there already.

    Raises:
        RuntimeError: a process failed otherwise than by a torn read.
    """

    def start(role: str) -> subprocess.Popen[str]:
        words = [role, url, str(folder), str(-(-reads // READERS))]
        command = [sys.executable, "-m", "tests.unit.store.columns.processes", *words]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    writer, readers = start("write"), [start("read") for _ in range(READERS)]
    try:
        told = [one.communicate() for one in readers]
    finally:
        _stop_file(folder).touch()
        written = writer.communicate()
    for one, (_, errors) in zip([*readers, writer], [*told, written], strict=True):
        if one.returncode:
            raise RuntimeError(errors)
    found, wrote = [json.loads(output) for output, _ in told], json.loads(written[0])
    return Outcome(
        wrote["turns"],
        wrote["generation"],
        sum(one["reads"] for one in found),
        sum(one["torn"] for one in found),
        min(one["turns"] for one in found),
    )


def _stop_file(folder: Path) -> Path:
    """The writer ends when this file is there."""
    return folder / "stop"


def read(url: str, folder: Path, reads: int) -> Mapping[str, int]:
    """Look again and again: every look is of one turn, no older than the one before or than what is committed."""
    database = Database(url, folder)
    turns, last, torn, seen = Turns(database, folder), 0, 0, set[int]()
    end = time.monotonic() + PATIENCE_SECONDS
    for number in count():
        if number >= reads:
            if len(seen) >= TURNS or time.monotonic() > end:
                break
            time.sleep(PAUSE_SECONDS)
        if number % REOPEN == REOPEN - 1:
            turns.store.settle()
            turns = Turns(database, folder)
        committed = turns.committed() if number % 10 == 0 else last
        try:
            last = turns.look().turn
        except Torn as error:
            print(error, file=sys.stderr)
            torn += 1
        torn += last < committed
        seen.add(last)
    database.close()
    return {"reads": number, "torn": torn, "turns": len(seen)}


def write(url: str, folder: Path, _: int) -> Mapping[str, int]:
    """Write turns until told to stop, and see each of them, before its end and after."""
    database = Database(url, folder)
    turns, written = Turns(database, folder), 0
    while written < TURNS or not _stop_file(folder).exists():
        turn = turns.write()
        assert turns.look().turn == turn
        written += 1
    turns.store.settle()
    generation = turns.generations()[-1]
    database.close()
    return {"turns": written, "generation": generation}


def main() -> None:
    refresh.SMALL_TAIL, refresh.REBUILD_SHARE = 5, 2
    role, url, folder, reads = sys.argv[1:]
    work = {"read": read, "write": write}[role]
    print(json.dumps(work(url, Path(folder), int(reads))))


if __name__ == "__main__":
    main()
