"""Rows that could not be taken, each with its column, value and reason: all of them in a file, the
first ones at hand.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Self, cast

from tierloom.domain.rules import Json
from tierloom.errors import Problem
from tierloom.services.exports.inert import neutralise
from tierloom.services.notes import problem_from_json, problem_to_json
from tierloom.text import T, Translator

SHOWN = 1_000
_VALUE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row of the file that is not imported as it stands. `column` is empty where the whole row
    is meant.
    """

    row: int
    column: str
    value: str
    problem: Problem


class ProblemRows:
    """Collects problem rows in `<folder>/<name>`: one line for each reason, with its rows and
    values.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / name
        self.count = 0
        self._stream: IO[str] = self.path.open("w", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def add(
        self, column: str, problem: Problem, rows: Sequence[int], values: Sequence[str]
    ) -> None:
        """Add rows that share a reason."""
        if not rows:
            return
        self.count += len(rows)
        body: Json = {
            "column": column,
            "problem": problem_to_json(problem),
            "rows": [int(row) for row in rows],
            "values": [value[:_VALUE_LENGTH] for value in values],
        }
        self._stream.write(json.dumps(body, ensure_ascii=False) + "\n")


def add_refusals(
    problems: ProblemRows,
    refused: Mapping[int, tuple[str, Problem]],
    rows: Sequence[int],
    columns: Mapping[str, Sequence[object]],
    name: Callable[[str], str],
) -> None:
    """Add the refusals of a chunk by place, grouped by field and reason; `name` gives a field's
    column.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for place, (field, problem) in refused.items():
        groups.setdefault((field, problem.code), []).append(place)
    for (field, _), places in groups.items():
        cells = columns.get(field)
        values = ["" if cells is None or cells[one] is None else str(cells[one]) for one in places]
        problems.add(name(field), refused[places[0]][1], [rows[one] for one in places], values)


def read_problem_rows(path: Path) -> Iterator[RowProblem]:
    """Yield what was collected in `path`; nothing where there is no such file."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            body = json.loads(line)
            problem = problem_from_json(body["problem"])
            for row, value in zip(body["rows"], body["values"], strict=True):
                yield RowProblem(cast(int, row), str(body["column"]), str(value), problem)


def first_problem_rows(paths: Sequence[Path], limit: int = SHOWN) -> tuple[RowProblem, ...]:
    """Return the first problem rows of all files, by row."""
    found = (one for path in paths for one in islice(read_problem_rows(path), limit))
    return tuple(sorted(found, key=lambda one: one.row)[:limit])


def write_problem_csv(paths: Sequence[Path], target: Path, translator: Translator) -> int:
    """Write all problem rows as a CSV file with inert cells, in the reader's language; return their
    number.
    """
    count = 0
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        titles = (T("Row"), T("Column"), T("Value"), T("Reason"))
        writer.writerow([translator.read(title) for title in titles])
        for path in paths:
            for one in read_problem_rows(path):
                reason = translator.read(one.problem.message)
                writer.writerow(
                    [one.row, neutralise(one.column), neutralise(one.value), neutralise(reason)]
                )
                count += 1
    return count
