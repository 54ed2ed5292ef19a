"""Rules as documents: what is stored. What they mean is the work of `tierloom.rules`."""

import json
from dataclasses import dataclass
from typing import Self

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class RuleDocument:
    """A JSON Logic document as canonical JSON text: equal rules have equal text.

    It is not parsed here, because parsing has limits and problems; `tierloom.rules` reads it.
    """

    json: str

    @classmethod
    def of(cls, document: Json) -> Self:
        """Make one from parsed JSON."""
        return cls(json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


NOBODY = RuleDocument("false")
EVERYBODY = RuleDocument("true")
