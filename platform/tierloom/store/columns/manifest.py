"""What a generation of column files says about itself, as JSON beside them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

FORMAT = 2
"""Files of another one are not read, but made anew from the database. 2: arrays of several widths."""

FILE_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Point:
    """A moment in the change log, as one database transaction saw it.

    All changes before `cursor` were there; of those from it on, the ones numbered in `beyond` (none
    on SQLite, whose writers are serial).
    """

    cursor: int
    beyond: frozenset[int] = frozenset()

    def to_json(self) -> dict[str, Any]:
        return {"cursor": self.cursor, "beyond": sorted(self.beyond)}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        return cls(int(document["cursor"]), frozenset(map(int, document["beyond"])))


Mark = tuple[int, ...]
"""What the newest change looked like, number first: another database has another one there."""


GroupKey = tuple[int, int]
"""What rows are grouped by: the ids of a reference field, and of the date field (0 is none)."""


@dataclass(frozen=True, slots=True)
class Part:
    """An array within a file."""

    file: str
    offset: int
    dtype: str
    length: int


@dataclass(frozen=True, slots=True)
class FieldParts:
    """A field's arrays, and how its cells were turned into them."""

    encoding: str
    parts: Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of one generation.

    `since`, `seen` and `mark` are those of the base (see `generation.Base`). `files` gives sizes in
    bytes; `fields` goes by field id, `groups` by the ids of a reference and of a date field.
    """

    record_type: int
    generation: int
    rows: int
    since: Point
    seen: Point
    mark: Mark
    files: Mapping[str, int]
    ids: Part
    fields: Mapping[int, FieldParts]
    groups: Mapping[GroupKey, Mapping[str, Part]]

    def to_json(self) -> str:
        """Return it as JSON text."""
        document = {
            "format": FORMAT,
            "record_type": self.record_type,
            "generation": self.generation,
            "rows": self.rows,
            "since": self.since.to_json(),
            "seen": self.seen.to_json(),
            "mark": list(self.mark),
            "files": dict(self.files),
            "ids": asdict(self.ids),
            "fields": {str(number): asdict(one) for number, one in self.fields.items()},
            "groups": [
                {"by": list(key), "parts": {name: asdict(part) for name, part in parts.items()}}
                for key, parts in self.groups.items()
            ],
        }
        return json.dumps(document, indent=1)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: it is no JSON, or has another format number.
            KeyError, TypeError, AttributeError: something is missing or of another type.
        """
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise ValueError(f"Column files of format {document['format']!r}, not {FORMAT}.")
        return cls(
            record_type=int(document["record_type"]),
            generation=int(document["generation"]),
            rows=int(document["rows"]),
            since=Point.of(document["since"]),
            seen=Point.of(document["seen"]),
            mark=tuple(map(int, document["mark"])),
            files={name: int(size) for name, size in document["files"].items()},
            ids=Part(**document["ids"]),
            fields={
                int(number): FieldParts(one["encoding"], _parts(one["parts"]))
                for number, one in document["fields"].items()
            },
            groups={
                (int(one["by"][0]), int(one["by"][1])): _parts(one["parts"])
                for one in document["groups"]
            },
        )


def _parts(document: Mapping[str, Mapping[str, Any]]) -> dict[str, Part]:
    return {name: Part(**part) for name, part in document.items()}
