"""The environment that Alembic runs the migrations in.

Tierloom hands its open connection over (`tierloom.store.migrating`). On Alembic's own command line,
as in `alembic revision --autogenerate`, the database of TIERLOOM_DATABASE_URL is used.
"""

import os
import re

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.schema import SchemaItem

from tierloom.store.database import open_driver
from tierloom.store.schema import metadata

RECORD_TABLE = re.compile(r"r_\d+\Z")


def include_object(thing: SchemaItem, name: str | None, kind: str, *_: object) -> bool:
    """Leave out record tables, made at run time, and tables of the other database system."""
    if kind == "table" and RECORD_TABLE.match(name or ""):
        return False
    only_on = thing.info.get("only_on") if hasattr(thing, "info") else None
    return only_on in {None, context.get_context().dialect.name}


def run(connection: Connection) -> None:
    """Run what was asked for, in the connection's transaction."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=include_object,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with open_driver(os.environ["TIERLOOM_DATABASE_URL"]).writing() as opened:
        run(opened)
