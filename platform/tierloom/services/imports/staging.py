"""Rows that were read, as Arrow files of texts in the job's folder: one batch is one chunk.

The columns are called `c0`, `c1`, …; `row` is the row's number in the file, as a spreadsheet
counts.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tierloom.errors import Invalid, Problem
from tierloom.services.exports.inert import ESCAPED_RE2
from tierloom.services.imports.limits import CHUNK_ROWS, MAX_CELL_BYTES, MIB
from tierloom.services.imports.shape import FileColumn
from tierloom.text import T

ROWS_FILE = "rows.arrow"
_SAMPLES = 5
_SAMPLE_LENGTH = 60


class RowWriter:
    """Takes batches of text columns, drops blank rows, undoes the export's escapes, and writes
    chunks.

    The file appears under its name only when all of it is written.
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.rows = 0
        self._samples: list[dict[str, None]] = [{} for _ in names]
        self._target = folder / ROWS_FILE
        self._partial = folder / f"{ROWS_FILE}.part"
        self._schema = pa.schema(
            [*((f"c{place}", pa.string()) for place in range(len(names))), ("row", pa.int64())]
        )
        self._pending: list[Any] = []
        self._file = pa.OSFile(str(self._partial), "wb")
        self._writer = pa.ipc.new_file(self._file, self._schema)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._flush()
        self._writer.close()
        self._file.close()
        if kind is None:
            self._partial.replace(self._target)

    @property
    def columns(self) -> tuple[FileColumn, ...]:
        """The columns with the samples that were seen."""
        return tuple(
            FileColumn(name, tuple(samples))
            for name, samples in zip(self.names, self._samples, strict=True)
        )

    def write(self, columns: Sequence[Any], numbers: NDArray[np.int64]) -> None:
        """Take string arrays of one length, and the rows' numbers.

        Raises:
            Invalid: a cell is too large.
        """
        for name, column in zip(self.names, columns, strict=True):
            _refuse_large(name, column, numbers)
        table = pa.table([*map(_restored, columns), pa.array(numbers)], schema=self._schema)
        blank = _blank(columns)
        if blank is not None:
            table = table.filter(pc.invert(blank))
        self._take_samples(table)
        self.rows += table.num_rows
        self._pending.append(table)
        self._flush(CHUNK_ROWS)

    def _take_samples(self, table: Any) -> None:
        for place, samples in enumerate(self._samples):
            if len(samples) < _SAMPLES:
                for value in table.column(place).slice(0, 1_000).to_pylist():
                    if value.strip() and len(samples) < _SAMPLES:
                        samples[value.strip()[:_SAMPLE_LENGTH]] = None

    def _flush(self, least: int = 1) -> None:
        """Write whole chunks; at the end (`least` is 1) the rest too."""
        waiting = pa.concat_tables(self._pending) if self._pending else self._schema.empty_table()
        while waiting.num_rows >= least:
            chunk = waiting.slice(0, CHUNK_ROWS).combine_chunks()
            self._writer.write_table(chunk)
            waiting = waiting.slice(CHUNK_ROWS)
        self._pending = [waiting] if waiting.num_rows else []


def _restored(column: Any) -> Any:
    if not pc.any(pc.starts_with(column, "'")).as_py():
        return column
    return pc.replace_substring_regex(column, ESCAPED_RE2, r"\1")


def _blank(columns: Sequence[Any]) -> Any | None:
    """Mask of the rows without any text, None where there is none."""
    blank = None
    for column in columns:
        empty = pc.equal(pc.utf8_trim_whitespace(column), "")
        blank = empty if blank is None else pc.and_(blank, empty)
        if not pc.any(blank).as_py():
            return None
    return blank


def _refuse_large(name: str, column: Any, numbers: NDArray[np.int64]) -> None:
    sizes = pc.binary_length(column)
    if (pc.max(sizes).as_py() or 0) <= MAX_CELL_BYTES:
        return
    row = int(numbers[pc.index(pc.greater(sizes, MAX_CELL_BYTES), True).as_py()])
    message = T(
        "Row %(row)s, column “%(column)s” holds more than %(size)s MB.",
        row=row,
        column=name,
        size=MAX_CELL_BYTES // MIB,
    )
    raise Invalid([Problem("cell-too-large", f"/rows/{row}", message)])


class StagedRows:
    """The rows that were read, chunk by chunk, from a memory-mapped file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ROWS_FILE
        self._file = pa.memory_map(str(self.path))
        self._reader = pa.ipc.open_file(self._file)

    @property
    def schema(self) -> Any:
        """The columns of the file."""
        return self._reader.schema

    def __len__(self) -> int:
        return int(self._reader.num_record_batches)

    def chunk(self, number: int) -> Any:
        """Return chunk `number` as a record batch."""
        return self._reader.get_batch(number)

    def __iter__(self) -> Iterator[Any]:
        return (self.chunk(number) for number in range(len(self)))
