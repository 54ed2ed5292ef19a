"""What became of the rows of a file. They always add up."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self, cast

from tierloom.domain.rules import Json


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """Rows in = created + updated + unchanged + skipped + rejected.

    Counted apart: parents that were created, links left open because no record has the key they
    name, and rows without any such key.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    rejected: int = 0
    parents_created: int = 0
    unlinked: int = 0
    without_parent: int = 0

    def __add__(self, other: "ImportCounts") -> "ImportCounts":
        mine, theirs = asdict(self), asdict(other)
        return ImportCounts(**{name: mine[name] + theirs[name] for name in mine})

    def require_balance(self) -> Self:
        """Return the counts if they add up.

        Raises:
            AssertionError: they do not: rows were lost or doubled.
        """
        taken = self.created + self.updated + self.unchanged
        if self.rows != taken + self.skipped + self.rejected:
            raise AssertionError(f"The rows of the import do not add up: {self}")
        return self

    def to_json(self) -> dict[str, Json]:
        """Return the counts as JSON."""
        return dict(asdict(self))

    @classmethod
    def from_json(cls, source: Json) -> Self:
        """Return the counts that `to_json` was asked of."""
        return cls(**{name: int(str(n)) for name, n in cast(Mapping[str, Json], source).items()})

    def to_text(self) -> str:
        """Return the counts as JSON text."""
        return json.dumps(self.to_json())

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the counts behind JSON text."""
        return cls.from_json(json.loads(text or "{}"))
