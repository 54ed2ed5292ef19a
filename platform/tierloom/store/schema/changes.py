"""The change log: every write to records, with what was there before."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text, text

from tierloom.store.schema.metadata import Id, Millis, metadata

changes = Table(
    "changes",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("xid", BigInteger, nullable=False),
    Column("at", Millis, nullable=False),
    Column("record_type_id", Id, nullable=False),
    Column("action", Text, nullable=False),
    Column("first_id", Id, nullable=False),
    Column("last_id", Id, nullable=False),
    Column("cause", Text, nullable=False),
    Column("actor", Id, nullable=False),
    Column("ref", Text, nullable=False),
    # The blobs come last: who reads only the columns before them does not touch their pages.
    Column("ids", LargeBinary),
    Column("image", LargeBinary),
    # A sequence number is never given out twice, even when the newest rows are gone.
    sqlite_autoincrement=True,
)

Index("ix_changes_xid", changes.c.xid)
Index("ix_changes_record", changes.c.record_type_id, changes.c.first_id)
Index(
    "ix_changes_range",
    changes.c.record_type_id,
    changes.c.first_id,
    changes.c.last_id,
    sqlite_where=text("last_id > first_id"),
    postgresql_where=text("last_id > first_id"),
)
Index(
    "ix_changes_ref",
    changes.c.cause,
    changes.c.ref,
    sqlite_where=text("ref <> ''"),
    postgresql_where=text("ref <> ''"),
)
