"""Jobs: work that outlives a request and a crash. Schedules: what asks for jobs at set times."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, text

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
    Column("troubles", Integer, nullable=False, server_default=text("0")),
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

schedules = Table(
    "schedules",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("expression", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_by", Id, nullable=False),
    Column("created_at", Millis, nullable=False),
    Column("paused_at", Millis),
    Column("deleted_at", Millis),
    Column("next_at", Millis),
    Column("last_at", Millis),
    Column("last_job", Id),
)
"""`next_at` is NULL while a schedule is paused or in the bin."""

Index("ix_schedules_next", schedules.c.next_at)
Index("ix_schedules_workspace", schedules.c.workspace_id, schedules.c.kind)
