"""Documents: what users design (tables, forms, segments, tier models, views), with drafts and
versions.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, text

from tierloom.store.schema.metadata import Id, Millis, metadata

documents = Table(
    "documents",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("draft", Text),
    Column("published", Text),
    Column("published_version", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    Column("updated_by", Id, nullable=False),
    Column("deleted_at", Millis),
)

# A key in the bin does not block a new document with the same key.
Index(
    "uq_documents_live_key",
    documents.c.workspace_id,
    documents.c.kind,
    documents.c.key,
    unique=True,
    sqlite_where=text("deleted_at IS NULL"),
    postgresql_where=text("deleted_at IS NULL"),
)

document_revisions = Table(
    "document_revisions",
    metadata,
    Column("document_id", Id, ForeignKey("documents.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("body", Text, nullable=False),
    Column("saved_at", Millis, nullable=False),
    Column("saved_by", Id, nullable=False),
)

document_versions = Table(
    "document_versions",
    metadata,
    Column("document_id", Id, ForeignKey("documents.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("body", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("published_at", Millis, nullable=False),
    Column("published_by", Id, nullable=False),
)
