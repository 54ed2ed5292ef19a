"""Texts of a file → cells of the fields, column-wise; chunk by chunk into one Arrow file."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tierloom.domain.fields import Field
from tierloom.errors import Problem
from tierloom.schemas.bulk import BulkResult, read_column
from tierloom.schemas.field_types import Cell
from tierloom.services.imports.plan import UnknownParents
from tierloom.services.imports.problem_rows import ProblemRows
from tierloom.services.imports.work import ImportWork
from tierloom.text import T

CELLS_FILE = "cells.arrow"
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CellChunk:
    """Rows as cells: `columns` by field key; of a reference, the parent's key. `rows` are numbers
    in the file.
    """

    columns: Mapping[str, Any]
    rows: NDArray[np.int64]
    readable: Flags

    def taken(self, which: Flags, keys: Collection[str] | None = None) -> "TakenRows":
        """Return some of the rows, in all fields or in some, as plain Python cells."""
        mask = None if which.all() else pa.array(which)
        columns = {
            key: (column if mask is None else column.filter(mask)).to_pylist()
            for key, column in self.columns.items()
            if keys is None or key in keys
        }
        return TakenRows(columns, self.rows[which].tolist())


@dataclass(frozen=True, slots=True)
class TakenRows:
    """Rows to be written, by columns of cells."""

    columns: dict[str, list[Cell]]
    rows: list[int]

    def only(self, places: Sequence[int]) -> "TakenRows":
        """Return the rows at some places, which ascend."""
        if len(places) == len(self.rows):
            return self
        columns = {key: [cells[one] for one in places] for key, cells in self.columns.items()}
        return TakenRows(columns, [self.rows[one] for one in places])

    def without(self, places: Collection[int]) -> "TakenRows":
        """Return the rows except those at some places."""
        return self.only([one for one in range(len(self.rows)) if one not in places])


class CellReader:
    """Reads chunks of texts into cells, and notes what cannot be read."""

    def __init__(self, work: ImportWork, problems: ProblemRows) -> None:
        self.work = work
        self.problems = problems
        self._keys = {one.field.key: one.key for one in work.references}

    def read(self, batch: Any) -> CellChunk:
        """Read one chunk."""
        rows = batch.column(batch.num_columns - 1).to_numpy()
        readable = np.ones(batch.num_rows, dtype=np.bool_)
        columns = {}
        for place, field in self.work.fields:
            texts = batch.column(place)
            result = read_column(self._as_read(field), texts, self.work.zone)
            self._note(field, texts, rows, result)
            blank = result.cells.is_null().to_numpy(zero_copy_only=False) & ~result.bad
            missing = self._missing(field)
            if missing is not None and blank.any():
                self.add(field.key, missing, rows[blank], texts.filter(pa.array(blank)).to_pylist())
                readable &= ~blank
            readable &= ~result.bad
            columns[field.key] = result.cells
        return CellChunk(columns, rows, readable)

    def add(
        self, field: str, problem: Problem, rows: NDArray[np.int64], values: Sequence[str]
    ) -> None:
        """Note a problem of some rows in a field's column."""
        self.problems.add(self.work.column_of(field), problem, rows.tolist(), values)

    def _as_read(self, field: Field) -> Field:
        """A reference is read as the key it names; whether a blank is allowed is decided here, by
        `_missing`.
        """
        return replace(self._keys.get(field.key, field), required=False)

    def _missing(self, field: Field) -> Problem | None:
        """The problem of a blank cell in this field; None where a blank may be, or depends on the
        record.
        """
        pointer = f"/{field.key}"
        if field.key == self.work.key:
            message = T("The key “%(field)s” is blank.", field=field.label)
            return Problem("missing-key", pointer, message)
        if field.required and self.work.key is None:
            return required_problem(field)
        rejecting = self.work.plan.unknown_parents is UnknownParents.REJECT
        if field.key in self._keys and rejecting:
            return Problem(
                "missing-parent",
                pointer,
                T("“%(field)s” is blank: the row names no record.", field=field.label),
            )
        return None

    def _note(self, field: Field, texts: Any, rows: NDArray[np.int64], result: BulkResult) -> None:
        """Note the bad rows, grouped by value: equal texts have equal problems."""
        if not result.bad.any():
            return
        places = np.flatnonzero(result.bad)
        values = texts.take(pa.array(places)).to_pylist()
        groups: dict[str, tuple[Problem, list[int]]] = {}
        for place, value in zip(places.tolist(), values, strict=True):
            if value not in groups:
                groups[value] = (result.problems.get(place) or _unreadable(field), [])
            groups[value][1].append(int(rows[place]))
        for value, (problem, numbers) in groups.items():
            self.problems.add(
                self.work.column_of(field.key), problem, numbers, [value] * len(numbers)
            )


def required_problem(field: Field) -> Problem:
    """The problem of a new record without a required value."""
    return Problem("required", f"/{field.key}", T("%(field)s is required.", field=field.label))


def _unreadable(field: Field) -> Problem:
    message = T("This is no value of the field “%(field)s”.", field=field.label)
    return Problem("bad-value", f"/{field.key}", message)


class CellWriter:
    """Writes chunks; the file appears under its name when it is whole."""

    def __init__(self, folder: Path) -> None:
        self._target = folder / CELLS_FILE
        self._target.unlink(missing_ok=True)
        self._partial = folder / f"{CELLS_FILE}.part"
        self._writer: Any = None
        self._file = pa.OSFile(str(self._partial), "wb")

    def write(self, chunk: CellChunk) -> None:
        """Append a chunk."""
        batch = pa.record_batch(
            {**chunk.columns, "#row": pa.array(chunk.rows), "#readable": pa.array(chunk.readable)}
        )
        if self._writer is None:
            self._writer = pa.ipc.new_file(self._file, batch.schema)
        self._writer.write_batch(batch)

    def close(self) -> None:
        """Finish the file. Without any chunk there is none."""
        if self._writer is not None:
            self._writer.close()
        self._file.close()
        if self._writer is not None:
            self._partial.replace(self._target)


class StagedCells:
    """The chunks of cells, from a memory-mapped file; none where every row was ragged."""

    def __init__(self, folder: Path) -> None:
        path = folder / CELLS_FILE
        self._reader = pa.ipc.open_file(pa.memory_map(str(path))) if path.is_file() else None

    def __len__(self) -> int:
        return int(self._reader.num_record_batches) if self._reader else 0

    def __iter__(self) -> Iterator[CellChunk]:
        return (self.chunk(number) for number in range(len(self)))

    def chunk(self, number: int) -> CellChunk:
        """Return chunk `number`.

        Raises:
            IndexError: there is none.
        """
        if self._reader is None:
            raise IndexError(number)
        batch = self._reader.get_batch(number)
        names = batch.schema.names
        return CellChunk(
            {name: batch.column(place) for place, name in enumerate(names[:-2])},
            batch.column(len(names) - 2).to_numpy(),
            batch.column(len(names) - 1).to_numpy(zero_copy_only=False),
        )

    def whole(self, key: str) -> Any:
        """Return one field's cells of all chunks."""
        return pa.chunked_array([chunk.columns[key] for chunk in self])

    def readable(self) -> Flags:
        """Return which rows could be read, of all chunks."""
        return np.concatenate([np.zeros(0, np.bool_), *(chunk.readable for chunk in self)])

    def rows(self) -> NDArray[np.int64]:
        """Return the rows' numbers in the file, of all chunks."""
        return np.concatenate([np.zeros(0, np.int64), *(chunk.rows for chunk in self)])
