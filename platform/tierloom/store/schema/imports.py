"""Imports: one batch per file, one row per published chunk."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from tierloom.store.schema.metadata import Id, Millis, metadata

import_batches = Table(
    "import_batches",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("record_type_id", Id),
    Column("file_name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("job_id", Id),
    Column("options", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("created_by", Id, nullable=False),
    Column("updated_at", Millis, nullable=False),
)
Index("ix_import_batches_workspace", import_batches.c.workspace_id, import_batches.c.id)

import_chunks = Table(
    "import_chunks",
    metadata,
    Column("batch_id", Id, ForeignKey("import_batches.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("counts", Text, nullable=False),
    Column("published_at", Millis, nullable=False),
)
