"""Forms: layouts over the fields of one table. Several may exist for one table."""

from dataclasses import dataclass

from tierloom.domain.keys import require_key
from tierloom.text import Label


@dataclass(frozen=True, slots=True)
class FormItem:
    """A place for one field. `wide` takes the whole width."""

    field: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with fields under it."""

    label: Label
    items: tuple[FormItem, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A `ui` document over the fields of `record_type` (its key)."""

    key: str
    label: Label
    record_type: str
    sections: tuple[Section, ...]
    id: int = 0

    def __post_init__(self) -> None:
        require_key(self.key)
        placed = [item.field for section in self.sections for item in section.items]
        if len(set(placed)) != len(placed):
            raise ValueError(f"A field stands twice in the form {self.key!r}.")
