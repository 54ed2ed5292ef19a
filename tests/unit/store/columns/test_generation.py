"""Generations of files: whole or not there, whatever happens to whoever writes them."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tierloom.engine.columns import NumberColumn, TextColumn
from tierloom.store.columns.encoding import Encoding, Shape
from tierloom.store.columns.generation import Base, open_newest, publish
from tierloom.store.columns.links import group
from tierloom.store.columns.lock import locked
from tierloom.store.columns.manifest import Point
from tierloom.store.columns.stored import ColumnBuilder, ReferenceIds, Stored

ENCODINGS = {
    1: Encoding(Shape.NUMBER, 2),
    2: Encoding(Shape.TEXT),
    3: Encoding(Shape.BOOLEAN),
    4: Encoding(Shape.REFERENCE),
}


def column(number: int, cells: list[int | str | None]) -> Stored:
    builder = ColumnBuilder(ENCODINGS[number])
    builder.add(cells)
    return builder.finish()


def base(turn: int = 7, rows: int = 3) -> Base:
    columns = {
        1: column(1, [turn * 100] * rows),
        2: column(2, [f"turn {turn}"] * rows),
        3: column(3, [1, 0, None] + [1] * (rows - 3)),
        4: column(4, [None] * rows),
    }
    moment = Point(turn, frozenset({turn + 1}))
    return Base(np.arange(1, rows + 1), columns, ENCODINGS, moment, moment, (turn, 2, 3))


def turn_of(found: Base) -> int:
    """The turn in which a base was written; every part of it has to agree."""
    numbers, texts = found.columns[1], found.columns[2]
    assert isinstance(numbers, NumberColumn)
    assert isinstance(texts, TextColumn)
    turn = found.since.cursor
    assert np.unique(numbers.values).tolist() == [turn]
    assert [texts.dictionary.text(code) for code in np.unique(texts.codes)] == [f"turn {turn}"]
    return turn


def test_what_is_published_is_found(tmp_path: Path) -> None:
    assert open_newest(tmp_path / "t", 9) is None
    publish(tmp_path / "t", 9, base())
    found = open_newest(tmp_path / "t", 9)
    assert found is not None
    assert turn_of(found) == 7
    assert found.ids.tolist() == [1, 2, 3]
    assert found.encodings == ENCODINGS
    assert (found.since, found.seen, found.mark) == (base().since, base().seen, base().mark)
    references = found.columns[4]
    assert isinstance(references, ReferenceIds)
    assert references.ids.tolist() == [-1, -1, -1]


def test_groups_are_found_and_written_once(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    pointers = ReferenceIds(np.array([8, -1, 5]))
    grouped = replace(base(), columns={**base().columns, 4: pointers})
    grouped = replace(grouped, groups={(4, 1): group(pointers.ids, None)})
    first = publish(folder, 9, grouped)
    found = first.groups[4, 1]
    assert (found.targets.tolist(), found.rows.tolist()) == ([5, 8], [2, 0])
    assert found.starts.tolist() == [0, 1, 2]
    size = (folder / "1" / "1.columns").stat().st_size
    fewer = {number: one for number, one in first.columns.items() if number != 3}
    second = publish(folder, 9, replace(first, columns=fewer))
    assert second.groups[4, 1].rows.tolist() == [2, 0]
    assert (folder / "2" / "1.columns").stat().st_size == size
    assert (folder / "2" / "2.columns").stat().st_size == 0
    assert publish(folder, 9, replace(second, groups={})).groups == {}


def test_rows_may_be_none(tmp_path: Path) -> None:
    empty = {number: column(number, []) for number in ENCODINGS}
    moment = Point(0)
    nobody = Base(np.empty(0, np.int64), empty, ENCODINGS, moment, moment, ())
    assert publish(tmp_path / "t", 9, nobody).ids.tolist() == []


def test_what_is_mapped_stays_when_a_newer_generation_comes(tmp_path: Path) -> None:
    first = publish(tmp_path / "t", 9, base(1))
    second = publish(tmp_path / "t", 9, base(2))
    assert (turn_of(first), turn_of(second)) == (1, 2)
    assert [one.name for one in (tmp_path / "t").iterdir()] == ["2"]


def test_files_of_another_table_are_not_taken(tmp_path: Path) -> None:
    publish(tmp_path / "t", 9, base())
    assert open_newest(tmp_path / "t", 10) is None


def test_arrays_of_files_cannot_be_written(tmp_path: Path) -> None:
    numbers = publish(tmp_path / "t", 9, base()).columns[1]
    assert isinstance(numbers, NumberColumn)
    with pytest.raises(ValueError, match="read-only"):
        numbers.values[0] = 1


WRITER = """
import sys
from itertools import count
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.unit.store.columns.test_generation import base, publish
from tierloom.store.columns.links import group
from tierloom.store.columns.lock import locked
folder = Path(sys.argv[2])
for turn in count(int(sys.argv[3])):
    with locked(folder, wait=True):
        publish(folder, 9, base(turn, 5_000))
"""


def test_a_writer_killed_at_any_moment_leaves_a_whole_generation(tmp_path: Path) -> None:
    folder, last = tmp_path / "t", 0
    publish(folder, 9, base(0, 5_000))
    for kill in range(2):
        first = (kill + 1) * 1_000_000
        arguments = [sys.executable, "-c", WRITER, str(Path.cwd()), str(folder), str(first)]
        with subprocess.Popen(arguments) as writer:
            try:
                deadline = time.monotonic() + 60
                seen: set[int] = set()
                while len(seen) < 5 + kill and time.monotonic() < deadline:
                    found = open_newest(folder, 9)
                    assert found is not None
                    assert turn_of(found) >= last
                    last = turn_of(found)
                    if last >= first:
                        seen.add(last)
                    time.sleep(0.002)
            finally:
                writer.kill()
        assert len(seen) == 5 + kill
    with locked(folder, wait=False) as ours:
        assert ours
        publish(folder, 9, base(9_999_999))
    assert len([one for one in folder.iterdir() if one.name != "lock"]) == 1
