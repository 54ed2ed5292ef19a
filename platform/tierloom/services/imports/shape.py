"""What was found in a file: its columns with samples, its size, how it was read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from tierloom.domain.rules import Json
from tierloom.errors import Problem
from tierloom.services.notes import problem_from_json, problem_to_json

SHAPE_FILE = "shape.json"
RAGGED_FILE = "ragged.jsonl"


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of a file. `name` is unique within it; `samples` are its first distinct values."""

    name: str
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileShape:
    """A file as it was read.

    `rows` are those that have the header's width and are not blank; `ragged` those that have
    another width (they are problem rows). `header_row` is the header's number as a spreadsheet
    counts, from 1. `digest` is the SHA-256 of the file's bytes. `sheet` and `sheets` are of
    workbooks only. `problems` are warnings.
    """

    name: str
    columns: tuple[FileColumn, ...]
    rows: int
    ragged: int
    header_row: int
    encoding: str
    delimiter: str
    digest: str
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def total(self) -> int:
        """All rows of the file: what every count of an import adds up to."""
        return self.rows + self.ragged

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def to_json(self) -> Json:
        """Return the shape as JSON."""
        return {
            "format": 1,
            "name": self.name,
            "columns": [{"name": one.name, "samples": list(one.samples)} for one in self.columns],
            "rows": self.rows,
            "ragged": self.ragged,
            "header_row": self.header_row,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "digest": self.digest,
            "sheet": self.sheet,
            "sheets": list(self.sheets),
            "problems": [problem_to_json(one) for one in self.problems],
        }

    @classmethod
    def from_json(cls, source: Json) -> Self:
        """Return the shape that `to_json` was asked of."""
        body = cast(Mapping[str, object], source)
        columns = cast(list[Mapping[str, object]], body["columns"])
        return cls(
            name=str(body["name"]),
            columns=tuple(
                FileColumn(str(one["name"]), tuple(cast(list[str], one["samples"])))
                for one in columns
            ),
            rows=cast(int, body["rows"]),
            ragged=cast(int, body["ragged"]),
            header_row=cast(int, body["header_row"]),
            encoding=str(body["encoding"]),
            delimiter=str(body["delimiter"]),
            digest=str(body["digest"]),
            sheet=str(body["sheet"]),
            sheets=tuple(cast(list[str], body["sheets"])),
            problems=tuple(problem_from_json(one) for one in cast(list[Json], body["problems"])),
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the shape of the file that was read into `folder`.

        Raises:
            FileNotFoundError: none was.
        """
        return cls.from_json(json.loads((folder / SHAPE_FILE).read_text("utf-8")))
