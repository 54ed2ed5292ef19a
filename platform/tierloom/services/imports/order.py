"""What the reading process is asked to do."""

import json
from dataclasses import asdict, dataclass
from typing import Self

from tierloom.services.imports.limits import ReadLimits


@dataclass(frozen=True, slots=True)
class Order:
    """What to read, where to put it, and within which limits. `name` is only data; `sheet` of a
    workbook, or empty.
    """

    source: str
    folder: str
    name: str
    sheet: str
    limits: ReadLimits

    def to_json(self) -> str:
        """Return the order as JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the order behind the JSON text."""
        body = json.loads(text)
        return cls(**{**body, "limits": ReadLimits(**body["limits"])})
