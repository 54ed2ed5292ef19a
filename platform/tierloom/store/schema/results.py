"""Results: runs, compressed baselines of placements, and the moves after them."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
)

from tierloom.store.schema.metadata import Id, Millis, metadata

runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("cause", Text, nullable=False),
    Column("as_of", Millis, nullable=False),
    Column("started_at", Millis, nullable=False),
    Column("finished_at", Millis),
)
Index("ix_runs_workspace", runs.c.workspace_id, runs.c.id)

baselines = Table(
    "baselines",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("object_id", Id, nullable=False),
    Column("run_id", Id, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("as_of", Millis, nullable=False),
    Column("recorded_at", Millis, nullable=False),
    Column("last_move", Id, nullable=False),
    Column("size", Integer, nullable=False),
    Column("ids", LargeBinary, nullable=False),
    Column("codes", LargeBinary, nullable=False),
    Column("since", LargeBinary, nullable=False),
)
Index("ix_baselines_object", baselines.c.object_id, baselines.c.id)

moves = Table(
    "moves",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("workspace_id", Id, nullable=False),
    Column("object_id", Id, nullable=False),
    Column("run_id", Id, nullable=False),
    Column("record_id", Id, nullable=False),
    Column("origin", SmallInteger, nullable=False),
    Column("target", SmallInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("effective_at", Millis, nullable=False),
    Column("recorded_at", Millis, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_moves_object", moves.c.object_id, moves.c.seq)
Index("ix_moves_record", moves.c.record_id, moves.c.seq)

# How far the stored results of an object reach: every record is right up to `as_of`, or further where `settled` says
# so. At `next_at` time alone may move somebody; NULL: never. `stale_at` is the last change of data or rules that no run
# has taken in yet, `stale_cause` what it was.
frontiers = Table(
    "frontiers",
    metadata,
    Column("object_id", Id, primary_key=True, autoincrement=False),
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("as_of", Millis, nullable=False),
    Column("next_at", Millis),
    Column("stale_at", Millis),
    Column("stale_cause", Text),
)
Index("ix_frontiers_next", frontiers.c.next_at)

# Records whose results reach further than their object's frontier: an edit was taken in at once.
settled = Table(
    "settled",
    metadata,
    Column("object_id", Id, primary_key=True, autoincrement=False),
    Column("record_id", Id, primary_key=True, autoincrement=False),
    Column("workspace_id", Id, nullable=False),
    Column("at", Millis, nullable=False),
)

# What a stay policy remembers of a record where its placement does not tell: it is in grace, its stay has begun
# again, or an override hides it.
stays = Table(
    "stays",
    metadata,
    Column("object_id", Id, primary_key=True, autoincrement=False),
    Column("record_id", Id, primary_key=True, autoincrement=False),
    Column("workspace_id", Id, nullable=False),
    Column("code", SmallInteger, nullable=False),
    Column("since", Millis, nullable=False),
    Column("protected_until", Millis, nullable=False),
    Column("grace_until", Millis, nullable=False),
)

# A tier that somebody gave a record by hand. It holds from `from_at` until `until_at` (NULL: for good) or `ended_at`.
overrides = Table(
    "overrides",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("object_id", Id, nullable=False),
    Column("record_id", Id, nullable=False),
    Column("tier", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Id, nullable=False),
    Column("from_at", Millis, nullable=False),
    Column("until_at", Millis),
    Column("ended_at", Millis),
    Column("ended_by", Id),
)
Index("ix_overrides_record", overrides.c.object_id, overrides.c.record_id)
