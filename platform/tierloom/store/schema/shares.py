"""Share links of views, and what happened to each: opened, password tried, unlocked."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from tierloom.store.schema.metadata import Id, Millis, metadata

shares = Table(
    "shares",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("view_id", Id, ForeignKey("documents.id"), nullable=False, index=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("note", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_by", Id, ForeignKey("accounts.id"), nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("expires_at", Millis, nullable=False),
    Column("revoked_at", Millis),
)

share_events = Table(
    "share_events",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("share_id", Id, ForeignKey("shares.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Millis, nullable=False),
    Column("secret_hash", Text),
)

Index("ix_share_events_share_id", share_events.c.share_id, share_events.c.kind, share_events.c.at)
