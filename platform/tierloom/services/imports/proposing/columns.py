"""The columns of one or several files as distinct texts with a code for each row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tierloom.domain.fields import FieldType
from tierloom.schemas.bulk import UNKNOWN_WORDS, parse_column
from tierloom.services.imports.staging import StagedRows

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Texts:
    """A column: `distinct` trimmed texts, and for each row the place of its text there, -1 for none."""

    distinct: tuple[str, ...]
    codes: Codes
    _read: dict[tuple[FieldType, str], "Cells"] = field(default_factory=dict, compare=False)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many rows have each distinct text."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.distinct))

    @property
    def known(self) -> int:
        """How many rows have a text."""
        return int(self.counts.sum())

    def share(self, which: Sequence[bool] | Flags) -> float:
        """Return which part of the rows with a text has one of the distinct texts marked."""
        return float(self.counts[np.asarray(which, np.bool_)].sum()) / max(1, self.known)

    def read(self, field_type: FieldType, zone: ZoneInfo) -> "Cells":
        """Read the texts as values of a type; equal values get one code."""
        known = self._read.get((field_type, zone.key))
        if known is None:
            known = self._read[field_type, zone.key] = _read_cells(self, field_type, zone)
        return known


@dataclass(frozen=True)
class Cells:
    """A column read as a type: `cells` are the distinct values; `codes` the place of each row's, -1 for none.

    `bad` marks the distinct texts that are no values of the type.
    """

    cells: pa.Array
    codes: Codes
    bad: Flags

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(self.cells)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many rows have each value."""
        return np.bincount(self.codes[self.codes >= 0], minlength=self.distinct)

    @property
    def known(self) -> int:
        """How many rows have a value."""
        return int((self.codes >= 0).sum())


def _read_cells(texts: Texts, field_type: FieldType, zone: ZoneInfo) -> Cells:
    result = parse_column(field_type, pa.array(texts.distinct, pa.string()), zone)
    encoded = result.cells.dictionary_encode()
    by_text = np.append(pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy(), -1)
    return Cells(encoded.dictionary, by_text[texts.codes], result.bad)


@dataclass(frozen=True)
class FileTable:
    """All rows of some files with the same columns. `files` says which file a row is of, `rows` its number there."""

    names: tuple[str, ...]
    columns: tuple[Texts, ...]
    rows: NDArray[np.int64]
    files: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)


def load(
    folders: Sequence[Path], orders: Sequence[Sequence[int]], names: Sequence[str]
) -> FileTable:
    """Read the staged rows of some files; `orders` gives for each file the places of the columns in `names`."""
    batches = [list(StagedRows(folder)) for folder in folders]
    numbers = [_numbers(one) for one in batches]
    columns = []
    for place in range(len(names)):
        chunks = [
            batch.column(order[place])
            for found, order in zip(batches, orders, strict=True)
            for batch in found
        ]
        columns.append(_texts(pa.chunked_array(chunks, pa.string())))
    return FileTable(
        tuple(names),
        tuple(columns),
        np.concatenate([np.zeros(0, np.int64), *numbers]),
        np.repeat(np.arange(len(folders), dtype=np.int64), [len(one) for one in numbers]),
    )


def _numbers(batches: Sequence[pa.RecordBatch]) -> NDArray[np.int64]:
    found = [batch.column(batch.num_columns - 1).to_numpy() for batch in batches]
    return np.concatenate([np.zeros(0, np.int64), *found])


def _texts(column: pa.ChunkedArray) -> Texts:
    encoded = pc.utf8_trim_whitespace(column).combine_chunks().dictionary_encode()
    whole = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    distinct = whole.dictionary.to_pylist()
    blank = np.array([not one or one in UNKNOWN_WORDS for one in distinct], np.bool_)
    places = np.append(np.where(blank, -1, np.cumsum(~blank) - 1), -1)
    codes = places[pc.fill_null(whole.indices.cast(pa.int64()), len(distinct)).to_numpy()]
    kept = tuple(one for one, gone in zip(distinct, blank, strict=True) if not gone)
    return Texts(kept, codes.astype(np.int64))
