"""Tables (record types) and the catalogue of all of a workspace's tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.keys import require_key
from tierloom.text import Label


@dataclass(frozen=True, slots=True)
class RecordType:
    """A table: a kind of record, with its fields in order.

    `noun` is one of its records ("customer"); `key_field` is the field by which people and files know a record
    (unique; optional); `title_field` is what a list shows first; `date_field` says when a record happened (of an
    order, its date) and orders related records.
    """

    key: str
    label: Label
    fields: tuple[Field, ...]
    id: int = 0
    noun: Label | None = None
    key_field: str | None = None
    title_field: str | None = None
    date_field: str | None = None
    icon: str = "table-2"

    def __post_init__(self) -> None:
        require_key(self.key)
        keys = [one.key for one in self.fields]
        if len(set(keys)) != len(keys):
            raise ValueError(f"Two fields of {self.key!r} have the same key.")
        for role, key in (
            ("key", self.key_field),
            ("title", self.title_field),
            ("date", self.date_field),
        ):
            if key is not None and key not in keys:
                raise ValueError(f"The {role} field {key!r} is not a field of {self.key!r}.")
        if self.date_field and self.field(self.date_field).type.kind not in _DATED:
            raise ValueError(f"The date field {self.date_field!r} holds no date.")

    def field(self, key: str) -> Field:
        """Return the field with this key.

        Raises:
            KeyError: there is none.
        """
        for one in self.fields:
            if one.key == key:
                return one
        raise KeyError(key)

    def find(self, key: str) -> Field | None:
        """Return the field with this key, None where there is none."""
        return next((one for one in self.fields if one.key == key), None)

    @property
    def live_fields(self) -> tuple[Field, ...]:
        """The fields that are not in the bin."""
        return tuple(one for one in self.fields if not one.retired)

    @property
    def stored_fields(self) -> tuple[Field, ...]:
        """The live fields that people or files fill in."""
        return tuple(one for one in self.live_fields if one.is_stored)

    @property
    def name_field(self) -> Field | None:
        """What names a record for people: the title field, else the key field, else the first one."""
        key = self.title_field or self.key_field
        return self.field(key) if key else next(iter(self.live_fields), None)


_DATED = (FieldKind.DATE, FieldKind.DATETIME)


@dataclass(frozen=True, slots=True)
class Relation:
    """Related records, seen from the parent: the records of `child` whose `reference` points here."""

    name: str
    parent: str
    child: str
    reference: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All tables of a workspace at one moment; `version` changes with any of them."""

    tables: Mapping[str, RecordType]
    version: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    def __iter__(self) -> Iterator[RecordType]:
        return iter(self.tables.values())

    def table(self, key: str) -> RecordType:
        """Return the table with this key.

        Raises:
            KeyError: there is none.
        """
        return self.tables[key]

    def relations(self, parent: str) -> tuple[Relation, ...]:
        """Related records of `parent`.

        The name is the child's key (`orders`), with the reference's appended where two references of one child
        point here (`orders-billed_to`).
        """
        found = [
            (child.key, one.key)
            for child in self
            for one in child.live_fields
            if one.type.target == parent
        ]
        children = [child for child, _ in found]
        return tuple(
            Relation(child if children.count(child) == 1 else f"{child}-{key}", parent, child, key)
            for child, key in found
        )

    def relation(self, parent: str, name: str) -> Relation | None:
        """Return the relation of `parent` with this name, None where there is none."""
        return next((one for one in self.relations(parent) if one.name == name), None)
