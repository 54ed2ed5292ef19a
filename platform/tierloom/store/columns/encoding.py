"""How the cells of a field become arrays. A field whose encoding changes is read anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.tables import RecordType
from tierloom.schemas.field_types import is_text_storage


class Shape(StrEnum):
    """The four shapes of a column."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Encoding:
    """A shape; `scale` is the number of decimals that a number's cells are scaled by."""

    shape: Shape
    scale: int = 0

    def __str__(self) -> str:
        return f"{self.shape}:{self.scale}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `str` wrote; a ValueError says that it is something else."""
        shape, scale = text.split(":")
        return cls(Shape(shape), int(scale))


def encoding_of(field: Field) -> Encoding:
    """Return how a stored field's cells become arrays."""
    if is_text_storage(field.type):
        return Encoding(Shape.TEXT)
    match field.type.kind:
        case FieldKind.REFERENCE:
            return Encoding(Shape.REFERENCE)
        case FieldKind.BOOLEAN:
            return Encoding(Shape.BOOLEAN)
        case _:
            return Encoding(Shape.NUMBER, field.type.scale)


def encodings_of(record_type: RecordType) -> Mapping[int, Encoding]:
    """Return the encodings of all live stored fields by field id."""
    return {field.id: encoding_of(field) for field in record_type.stored_fields}
