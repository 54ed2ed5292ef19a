"""The yardstick's customers in an installation, as people and services meet them, and in SQLite beside it."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from tests.bench.stored import CAUSE, CHUNK, chunks
from tests.bench.yardstick import World, catalogue_and_context
from tierloom.domain.people import Actor, Role
from tierloom.domain.tables import RecordType
from tierloom.services import configuration, workspaces
from tierloom.services.platform import Platform, open_platform
from tierloom.services.settings import Settings
from tierloom.services.workbench import writing

KEY = "customers"


@dataclass(frozen=True)
class Company:
    """A workspace with the customers, at the moment of the yardstick."""

    platform: Platform
    owner: Actor
    table: RecordType


@contextmanager
def open_company(folder: Path) -> Iterator[Company]:
    """Make the workspace in a folder and put the customers in."""
    catalogue, context = catalogue_and_context()
    with open_platform(Settings(folder), lambda: context.as_of) as platform:
        workspace, _ = workspaces.ensure(platform, "bench", "Bench", "zh_Hans_CN", "UTC")
        with platform.database.writing() as uow:
            account = uow.accounts.members(workspace.id)[0].account
        owner = Actor(account, "Owner", workspace.id, Role.OWNER)
        configuration.apply(platform, owner, [catalogue.table(KEY)])
        table = _filled(platform, owner)
        yield Company(platform, owner, table)


def _filled(platform: Platform, owner: Actor) -> RecordType:
    with writing(platform, owner) as bench:
        table = bench.published.table(KEY)
    for cells in chunks(table):
        with writing(platform, owner) as bench:
            bench.uow.records(table).insert_many(cells, bench.uow.now, CAUSE)
    return table


def sqlite_of(world: World, file: Path) -> sqlite3.Connection:
    """Return the customers in a SQLite database of their own, with typed columns; dates are days."""
    rows = world.arrow(KEY)
    columns = {name: _plain(rows[name]) for name in rows.column_names}
    connection = sqlite3.connect(file)
    connection.execute(f"CREATE TABLE {KEY} ({', '.join(columns)})")
    marks = ", ".join("?" * len(columns))
    for start in range(0, len(rows), CHUNK):
        part = [one.slice(start, CHUNK).to_pylist() for one in columns.values()]
        connection.executemany(f"INSERT INTO {KEY} VALUES ({marks})", zip(*part, strict=True))
    connection.commit()
    return connection


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_date(column.type):
        return column.cast(pa.int32())
    return column.cast(pa.float64()) if pa.types.is_decimal(column.type) else column


def in_sqlite(sql: str) -> str:
    """Return a condition written for DuckDB as SQLite says it."""
    sql = re.sub(r"DATE '([-\d]+)'", lambda one: str(_day(one[1])), sql)
    sql = re.sub(r"contains\(([^,()]+),([^()]+)\)", r"(instr(\1,\2) > 0)", sql)
    return sql.replace("is distinct from", "IS NOT")


def _day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days
