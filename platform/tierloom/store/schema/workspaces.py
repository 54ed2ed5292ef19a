"""Workspaces, and the sequence that every id comes from."""

from sqlalchemy import Column, Integer, Sequence, Table, Text

from tierloom.store.schema.metadata import Id, Millis, metadata

id_sequence = Sequence("tierloom_ids", metadata=metadata)
"""On PostgreSQL: a sequence, so that writers do not wait for one another."""

id_counter = Table(
    "id_counter",
    metadata,
    Column("last", Integer, nullable=False),
    info={"only_on": "sqlite"},
)
"""On SQLite, which has no sequences: one row with the last id given out."""

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("catalogue_version", Integer, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("marks", Text),
)
