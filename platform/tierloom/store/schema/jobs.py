"""Jobs: work that outlives a request and a crash."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from tierloom.store.schema.metadata import Id, Millis, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text),
    Column("payload", Text, nullable=False),
    Column("actor", Id, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("not_before", Millis, nullable=False),
    Column("worker", Text),
    Column("lease_until", Millis),
    Column("heartbeat_at", Millis),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("result", Text),
    Column("error", Text),
    Column("queued_at", Millis, nullable=False),
    Column("started_at", Millis),
    Column("finished_at", Millis),
)

Index("ix_jobs_state", jobs.c.state, jobs.c.id)
Index("ix_jobs_workspace", jobs.c.workspace_id, jobs.c.id)
Index("ix_jobs_key", jobs.c.workspace_id, jobs.c.kind, jobs.c.key)
