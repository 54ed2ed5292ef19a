"""Members of a workspace as the options of its person fields.

Documents do not have them: they are put into the tables whenever a workspace's tables are read.
"""

from collections.abc import Mapping
from dataclasses import replace

from tierloom.domain.fields import FieldKind, Option
from tierloom.domain.tables import RecordType
from tierloom.schemas.person_text import person_option
from tierloom.store.uow import UnitOfWork


def has_persons(table: RecordType) -> bool:
    """Tell whether a table has a person field."""
    return any(one.type.kind is FieldKind.PERSON for one in table.fields)


def member_options(uow: UnitOfWork, workspace: int) -> tuple[Option, ...]:
    """Return the members of a workspace; those who are shut out are retired."""
    return tuple(
        person_option(one.account, one.name, one.login, shut_out=one.disabled)
        for one in uow.accounts.members(workspace)
    )


def with_members(table: RecordType, members: tuple[Option, ...]) -> RecordType:
    """Return the table with these members as the options of its person fields."""
    if not has_persons(table):
        return table
    fields = tuple(
        replace(one, type=replace(one.type, options=members))
        if one.type.kind is FieldKind.PERSON
        else one
        for one in table.fields
    )
    return replace(table, fields=fields)


def all_with_members(
    tables: Mapping[str, RecordType], members: tuple[Option, ...]
) -> dict[str, RecordType]:
    """Return all tables with these members."""
    return {key: with_members(one, members) for key, one in tables.items()}
