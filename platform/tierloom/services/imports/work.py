"""One import at work: the file as it was read, the plan, the table, and where its files are."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from tierloom.domain.fields import Field, Value
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.schemas.display import edit_text
from tierloom.schemas.field_types import Cell, from_cell
from tierloom.services.imports.plan import ImportPlan, parent_key, references
from tierloom.services.imports.shape import RAGGED_FILE, FileShape

PROBLEM_FILE = "problems.jsonl"
_LATE = "late-{}.jsonl"


def late_file(chunk: int | str) -> str:
    """Name the file with the rows of a chunk that publishing refused although the check had taken
    them.
    """
    return _LATE.format(chunk)


@dataclass(frozen=True)
class Reference:
    """A reference that the import fills: its field, the table it points to, and the field that
    names records there.
    """

    field: Field
    target: RecordType
    key: Field


@dataclass(frozen=True)
class ImportWork:
    """What all steps of an import work with. `catalogue` and `zone` are the workspace's."""

    folder: Path
    shape: FileShape
    plan: ImportPlan
    catalogue: Catalogue
    zone: ZoneInfo

    @cached_property
    def record_type(self) -> RecordType:
        """The table that the rows go into."""
        return self.catalogue.table(self.plan.table)

    @cached_property
    def fields(self) -> tuple[tuple[int, Field], ...]:
        """The matched columns by place, and their fields, in the file's order."""
        names = self.shape.column_names
        return tuple(
            (place, self.record_type.field(self.plan.matches[name]))
            for place, name in enumerate(names)
            if name in self.plan.matches
        )

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """The references among them."""
        found = []
        for field in references(self.plan, self.record_type):
            key = parent_key(self.catalogue, field)
            if key is not None and field.type.target is not None:
                found.append(Reference(field, self.catalogue.table(field.type.target), key))
        return tuple(found)

    @property
    def key(self) -> str | None:
        """The field by which rows find their records."""
        return self.plan.key

    @cached_property
    def problem_files(self) -> tuple[Path, ...]:
        """Files with problem rows that the reading and the check have left."""
        return (self.folder / RAGGED_FILE, self.folder / PROBLEM_FILE)

    @property
    def all_problem_files(self) -> tuple[Path, ...]:
        """Those, and what the publishing has added."""
        return (*self.problem_files, *sorted(self.folder.glob(late_file("*"))))

    @cached_property
    def unique_fields(self) -> tuple[Field, ...]:
        """The matched fields, other than the import's key, in which no two records may share a
        value.
        """
        key = self.record_type.key_field
        return tuple(
            field
            for _, field in self.fields
            if (field.unique or field.key == key) and field.key != self.key
        )

    @cached_property
    def decisive(self) -> frozenset[str]:
        """The matched fields on which it depends what becomes of a row; with a key, all of them."""
        matched = [field for _, field in self.fields]
        if self.key is not None:
            return frozenset(field.key for field in matched)
        linked = {one.field.key for one in self.references}
        unique = {field.key for field in self.unique_fields}
        return frozenset(
            field.key for field in matched if field.required or field.key in linked | unique
        )

    def column_of(self, field: str) -> str:
        """The file's name of the column that fills a field; empty where none does."""
        return next((column for column, key in self.plan.matches.items() if key == field), "")


def key_text(key: Field, cell: Cell, zone: ZoneInfo) -> str:
    """Return a key as an unlinked reference keeps it: "17850.0" as "17850" if it is an integer."""
    value: Value = from_cell(key.type, cell)
    return edit_text(key.type, value, zone)
