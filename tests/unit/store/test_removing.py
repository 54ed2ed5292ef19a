"""Removing a workspace leaves nothing of it in any table, and all of the others."""

from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import Column, Table, func, inspect, select
from sqlalchemy import LargeBinary as Blob
from sqlalchemy.sql.sqltypes import Boolean, Integer, SmallInteger

from tests.unit.store.conftest import BY_HAND, customers, numbered
from tierloom.errors import NotFound
from tierloom.store.database import Database
from tierloom.store.schema import metadata

OF_THE_INSTALLATION = {"accounts", "one_time_tokens", "id_counter"}
"""Tables whose rows belong to no workspace."""
TABLES = sorted(
    (one for one in metadata.sorted_tables if one.name != "id_counter"),
    key=lambda one: one.name == "changes",  # It names documents without a foreign key.
)
NUMBERS = count(1_000_000)


def fill(database: Database, key: str) -> int:
    """Make a workspace with a row in every table, whatever that holds."""
    with database.writing() as work:
        workspace = work.workspaces.create(key, key, "en", "UTC", "EUR").id
    made = {"workspaces": workspace}
    for table in TABLES:
        if table.name == "workspaces":
            continue
        values = {one.name: _value(table, one, workspace, made) for one in table.columns}
        with database.writing() as work:
            work.connection.execute(table.insert().values(values))
        first = next(iter(table.primary_key.columns))
        made[table.name] = values[first.name]  # type: ignore[assignment]
    return workspace


def _value(table: Table, column: Column[object], workspace: int, made: dict[str, int]) -> object:
    for key in column.foreign_keys:
        return made[key.column.table.name]
    match table.name, column.name:
        case _, "workspace_id":
            return workspace
        case "documents", "kind":
            return "record_type"
        case "changes", "record_type_id":
            return made["documents"]
        case _, "deleted_at":
            return None
        case "memberships", "role":
            return "owner"
    match column.type:
        case Boolean():
            return False
        case SmallInteger():
            return 1
        case Integer():
            return next(NUMBERS)
        case Blob():
            return b""
    return f"{column.name}{next(NUMBERS)}"


def counted(database: Database) -> dict[str, int]:
    with database.reading() as work:
        return {
            one.name: int(work.connection.scalar(select(func.count()).select_from(one)) or 0)
            for one in TABLES
        }


def test_nothing_is_left_and_others_keep_everything(database: Database) -> None:
    fill(database, "first")
    alone = counted(database)
    gone = fill(database, "second")
    assert all(number > alone[name] for name, number in counted(database).items())
    with database.writing() as work:
        work.workspaces.remove(gone)
    expected = {name: number + (name in OF_THE_INSTALLATION) for name, number in alone.items()}
    assert counted(database) == expected
    with database.reading() as work:
        assert [one.key for one in work.workspaces.all()] == ["first"]
        for table in TABLES:
            if "workspace_id" in table.c:
                found = select(func.count()).where(table.c.workspace_id == gone)
                assert work.connection.scalar(found) == 0, table.name


def test_tables_of_records_are_dropped(database: Database) -> None:
    made = {}
    for key in ("kept", "dropped"):
        with database.writing() as work:
            place = work.workspaces.create(key, key, "en", "UTC", "EUR").id
            document = work.documents.create(place, "record_type", "customers", "{}", 0)
        made[key] = numbered(database, replace(customers(), id=document.id))
    with database.writing() as work:
        for one in made.values():
            work.records(one).insert_many({"number": ["a", "b"]}, 1, BY_HAND)
        work.workspaces.remove(work.workspaces.by_key("dropped").id)
    with database.reading() as work:
        names = set(inspect(work.connection).get_table_names())
        assert work.records(made["kept"]).count() == 2
    assert f"r_{made['kept'].id}" in names
    assert f"r_{made['dropped'].id}" not in names


def test_a_workspace_that_is_not_there_cannot_be_removed(database: Database) -> None:
    with database.writing() as work, pytest.raises(NotFound):
        work.workspaces.remove(999)
