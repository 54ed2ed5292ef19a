"""What is to be imported, and how: the answer to the wizard's questions, and to the command line's
options.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, cast

from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.people import Actor
from tierloom.domain.rules import Json
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.errors import Problem
from tierloom.services import authorize
from tierloom.services.imports.shape import FileShape
from tierloom.text import T


class UnknownParents(StrEnum):
    """What becomes of a row whose reference names a record that does not exist."""

    CREATE = "create"
    LEAVE = "leave"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Columns of a file (by name) → fields of `table` (by key).

    With a `key` field, rows update the records that have the same value there and add the others;
    without one, every row adds a record. `unknown_parents` also decides about a blank reference:
    `reject` refuses it, the others leave it empty.
    """

    table: str
    matches: Mapping[str, str]
    key: str | None = None
    unknown_parents: UnknownParents = UnknownParents.LEAVE

    def to_json(self) -> Json:
        """Return the plan as JSON."""
        return {
            "format": 1,
            "table": self.table,
            "matches": dict(self.matches),
            "key": self.key,
            "unknown_parents": self.unknown_parents.value,
        }

    @classmethod
    def from_json(cls, source: Json) -> Self:
        """Return the plan that `to_json` was asked of."""
        body = cast(Mapping[str, Json], source)
        matches = cast(Mapping[str, str], body["matches"])
        key = body["key"]
        return cls(
            str(body["table"]),
            dict(matches),
            None if key is None else str(key),
            UnknownParents(str(body["unknown_parents"])),
        )


def parent_key(catalogue: Catalogue, reference: Field) -> Field | None:
    """Return the field by which a file names the records that `reference` points to, None where
    there is none.
    """
    target = catalogue.tables.get(reference.type.target or "")
    return target.find(target.key_field) if target and target.key_field else None


def references(plan: ImportPlan, record_type: RecordType) -> tuple[Field, ...]:
    """The references that the plan fills, in the table's order."""
    mapped = set(plan.matches.values())
    return tuple(
        field
        for field in record_type.stored_fields
        if field.key in mapped and field.type.kind is FieldKind.REFERENCE
    )


def check_plan(
    actor: Actor, plan: ImportPlan, shape: FileShape, catalogue: Catalogue
) -> Iterator[Problem]:
    """Yield what is wrong with a plan for a file, pointing to the column or the field."""
    record_type = catalogue.tables.get(plan.table)
    if record_type is None:
        known = sorted(catalogue.tables)
        message = T(
            "There is no table “%(table)s”. Known: %(known)s.", table=plan.table, known=known
        )
        yield Problem("unknown-table", "/table", message)
        return
    yield from _check_columns(plan, shape)
    yield from _check_fields(actor, plan, record_type, catalogue)
    yield from _check_key(plan, record_type)
    yield from _check_required(plan, record_type)


def _check_columns(plan: ImportPlan, shape: FileShape) -> Iterator[Problem]:
    if not plan.matches:
        yield Problem("nothing-matched", "/matches", T("No column is matched to a field."))
    for column in plan.matches:
        if column not in shape.column_names:
            yield Problem(
                "unknown-column",
                f"/matches/{column}",
                T(
                    "The file has no column “%(column)s”. It has: %(known)s.",
                    column=column,
                    known=list(shape.column_names),
                ),
            )
    for field, count in Counter(plan.matches.values()).items():
        if count > 1:
            message = T(
                "%(count)s columns are matched to the field “%(field)s”.", count=count, field=field
            )
            yield Problem("field-matched-twice", f"/fields/{field}", message)


def _check_fields(
    actor: Actor, plan: ImportPlan, record_type: RecordType, catalogue: Catalogue
) -> Iterator[Problem]:
    for key in dict.fromkeys(plan.matches.values()):
        field = record_type.find(key)
        if field is None or field.retired:
            known = [one.key for one in record_type.stored_fields]
            message = T(
                "The table “%(table)s” has no field “%(field)s”. It has: %(known)s.",
                table=record_type.label,
                field=key,
                known=known,
            )
            yield Problem("unknown-field", f"/fields/{key}", message)
        elif not field.is_stored:
            message = T(
                "The field “%(field)s” is calculated; nothing can be imported into it.",
                field=field.label,
            )
            yield Problem("calculated-field", f"/fields/{key}", message)
        elif not authorize.may_write(actor, field):
            message = T("Your role may not write the field “%(field)s”.", field=field.label)
            yield Problem("field-not-writable", f"/fields/{key}", message)
        elif field.type.kind is FieldKind.REFERENCE:
            yield from _check_reference(plan, field, catalogue)


def _check_reference(plan: ImportPlan, field: Field, catalogue: Catalogue) -> Iterator[Problem]:
    target = catalogue.tables.get(field.type.target or "")
    key = parent_key(catalogue, field)
    if target is None or key is None:
        message = T(
            "“%(field)s” cannot be imported: the table it links to has no key field.",
            field=field.label,
        )
        yield Problem("parent-without-key", f"/fields/{field.key}", message)
        return
    missing = [one.label for one in target.stored_fields if one.required and one.key != key.key]
    if missing and plan.unknown_parents is UnknownParents.CREATE:
        message = T(
            "New records of “%(table)s” will have only their key; required fields stay empty:"
            " %(fields)s.",
            table=target.label,
            fields=missing,
        )
        yield Problem("bare-parents", f"/fields/{field.key}", message, severity="warning")


def _check_key(plan: ImportPlan, record_type: RecordType) -> Iterator[Problem]:
    if plan.key is None:
        return
    field = record_type.find(plan.key)
    pointer = "/key"
    if field is None:
        message = T(
            "The table “%(table)s” has no field “%(field)s”.",
            table=record_type.label,
            field=plan.key,
        )
        yield Problem("unknown-field", pointer, message)
    elif not (field.unique or field.key == record_type.key_field):
        message = T(
            "“%(field)s” cannot be the key: several records may share a value.", field=field.label
        )
        yield Problem("key-not-unique", pointer, message)
    elif plan.key not in plan.matches.values():
        message = T("“%(field)s” is the key, but no column is matched to it.", field=field.label)
        yield Problem("key-not-matched", pointer, message)


def _check_required(plan: ImportPlan, record_type: RecordType) -> Iterator[Problem]:
    mapped = set(plan.matches.values())
    for field in record_type.stored_fields:
        if field.required and field.key not in mapped:
            yield Problem(
                "required-not-matched",
                f"/fields/{field.key}",
                T("“%(field)s” is required, but no column is matched to it.", field=field.label),
                T("Rows that would add a record are rejected."),
                "error" if plan.key is None else "warning",
            )
