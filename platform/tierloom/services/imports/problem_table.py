"""The problem rows of an import as they stand in the file: whole rows, with the wrong cells marked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tierloom.errors import Problem
from tierloom.services.imports.problem_rows import RowProblem
from tierloom.services.imports.staging import StagedRows
from tierloom.services.imports.work import ImportWork

SHOWN_ROWS = 200
_SHOWN_COLUMNS = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a problem row. `place` is its column's place in the file."""

    place: int
    text: str
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class Line:
    """One problem row. `problems` are about it, those of cells that are not shown included."""

    row: int
    cells: tuple[Cell, ...]
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class ProblemTable:
    """The first problem rows; `columns` are the names of the shown columns."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]


def problem_table(work: ImportWork, problems: Sequence[RowProblem]) -> ProblemTable:
    """Lay problem rows out as a table."""
    by_row: dict[int, list[RowProblem]] = {}
    for one in problems:
        by_row.setdefault(one.row, []).append(one)
    shown = dict(list(by_row.items())[:SHOWN_ROWS])
    names = work.shape.column_names
    wrong = {one.column for found in shown.values() for one in found}
    matched = [place for place, _ in work.fields]
    places = [one for one in matched if names[one] in wrong]
    places = sorted(
        {*places, *[one for one in matched if one not in places][: max(3, 8 - len(places))]}
    )
    places = places[:_SHOWN_COLUMNS]
    texts = _texts(work, list(shown), places)
    return ProblemTable(
        tuple(names[place] for place in places),
        tuple(
            Line(row, tuple(_cells(places, names, texts.get(row), found)), tuple(found))
            for row, found in shown.items()
        ),
    )


def _cells(
    places: Sequence[int],
    names: Sequence[str],
    texts: Sequence[str] | None,
    found: Sequence[RowProblem],
) -> Iterable[Cell]:
    """Rows whose width is wrong have no cells that could be told apart."""
    if texts is None:
        return
    problems = {one.column: one.problem for one in reversed(found)}
    for place, text in zip(places, texts, strict=True):
        yield Cell(place, text, problems.get(names[place]))


def _texts(
    work: ImportWork, rows: Sequence[int], places: Sequence[int]
) -> Mapping[int, tuple[str, ...]]:
    wanted = np.array(rows, np.int64)
    texts: dict[int, tuple[str, ...]] = {}
    for batch in StagedRows(work.folder):
        numbers = batch.column("row").to_numpy()
        at = np.flatnonzero(np.isin(numbers, wanted))
        if not len(at):
            continue
        taken = [batch.column(f"c{place}").take(pa.array(at)).to_pylist() for place in places]
        rows_of = zip(*taken, strict=True) if taken else (() for _ in at)
        texts.update(zip(numbers[at].tolist(), rows_of, strict=True))
    return texts


def corrected(batch: pa.RecordBatch, fixes: Mapping[int, Mapping[int, str]]) -> pa.RecordBatch:
    """Return a chunk of staged rows with some cells replaced; `fixes` is row → place → text."""
    numbers = batch.column("row").to_numpy()
    at = np.flatnonzero(np.isin(numbers, np.array(list(fixes), np.int64)))
    if not len(at):
        return batch
    columns = {name: batch.column(name) for name in batch.schema.names}
    for place in {place for cells in fixes.values() for place in cells}:
        texts = columns[f"c{place}"].to_pylist()
        for one in at.tolist():
            texts[one] = fixes[int(numbers[one])].get(place, texts[one])
        columns[f"c{place}"] = pa.array(texts, pa.string())
    return pa.record_batch(list(columns.values()), schema=batch.schema)


def correct_rows(work: ImportWork, fixes: Mapping[int, Mapping[int, str]]) -> None:
    """Write cells that somebody has corrected into the staged rows; the uploaded file stays as it was."""
    staged = StagedRows(work.folder)
    target, partial = staged.path, staged.path.with_suffix(".part")
    schema = staged.schema
    with pa.OSFile(str(partial), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in staged:
            writer.write_batch(corrected(batch, fixes))
    partial.replace(target)
