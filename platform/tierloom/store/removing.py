"""Removing a workspace with all that belongs to it, found through the tables themselves.

A table belongs to a workspace by its `workspace_id`, or by a foreign key to a table that does. So a table
that is added later is emptied as well.
"""

from sqlalchemy import ColumnElement, Table, delete, select

from tierloom.store.schema import metadata
from tierloom.store.schema.changes import changes
from tierloom.store.schema.documents import documents
from tierloom.store.schema.workspaces import workspaces
from tierloom.store.transaction import Transaction


def remove_workspace(transaction: Transaction, workspace: int) -> None:
    """Delete a workspace, its rows in every table, and the tables of its records.

    Accounts stay: they may belong to other workspaces.
    """
    kinds = (documents.c.workspace_id == workspace) & (documents.c.kind == "record_type")
    numbers = transaction.connection.scalars(select(documents.c.id).where(kinds)).all()
    for number in numbers:
        transaction.connection.exec_driver_sql(f"DROP TABLE IF EXISTS r_{int(number)}")
    # The log names documents without a foreign key: it goes while they are still there to name it by.
    others = [one for one in reversed(metadata.sorted_tables) if one is not changes]
    for table in (changes, *others):
        condition = belonging(table, workspace)
        if condition is not None:
            transaction.connection.execute(delete(table).where(condition))


def belonging(table: Table, workspace: int) -> ColumnElement[bool] | None:
    """Return what the rows of a workspace in `table` have in common, None where it has none."""
    if table is workspaces:
        return workspaces.c.id == workspace
    if table is changes:
        of_types = (documents.c.workspace_id == workspace) & (documents.c.kind == "record_type")
        return changes.c.record_type_id.in_(select(documents.c.id).where(of_types))
    if "workspace_id" in table.c:
        return table.c.workspace_id == workspace
    for key in table.foreign_keys:
        above = belonging(key.column.table, workspace)
        if above is not None:
            return key.parent.in_(select(key.column).where(above))
    return None
