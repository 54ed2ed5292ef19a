"""The first tables."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RECORD_TABLE = re.compile(r"r_\d+\Z")

TABLES = (
    "import_chunks",
    "import_batches",
    "moves",
    "baselines",
    "runs",
    "jobs",
    "changes",
    "document_versions",
    "document_revisions",
    "documents",
    "one_time_tokens",
    "sessions",
    "memberships",
    "accounts",
    "workspaces",
)


def upgrade() -> None:
    _ids()
    _workspaces()
    _accounts()
    _sessions()
    _documents()
    _document_texts()
    _changes()
    _jobs()
    _results()
    _imports()


def downgrade() -> None:
    """Drop everything; record tables too: the ids in their names would be given out again."""
    names = [
        name for name in sa.inspect(op.get_bind()).get_table_names() if RECORD_TABLE.match(name)
    ]
    for name in [*names, *TABLES]:
        op.drop_table(name)
    if op.get_context().dialect.name == "sqlite":
        op.drop_table("id_counter")
    else:
        op.execute("DROP SEQUENCE tierloom_ids")


def _ids() -> None:
    if op.get_context().dialect.name == "sqlite":
        counter = op.create_table("id_counter", sa.Column("last", sa.Integer(), nullable=False))
        op.bulk_insert(counter, [{"last": 0}])
    else:
        op.execute("CREATE SEQUENCE tierloom_ids")


def _workspaces() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("catalogue_version", sa.Integer(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
        sa.UniqueConstraint("key", name="uq_workspaces_key"),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("updated_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("login", name="uq_accounts_login"),
    )
    op.create_table(
        "memberships",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_memberships_account_id"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_memberships_workspace_id"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "account_id", name="pk_memberships"),
    )
    op.create_index("ix_memberships_account_id", "memberships", ["account_id"], unique=False)


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("seen_at", ID, nullable=False),
        sa.Column("expires_at", ID, nullable=False),
        sa.Column("revoked_at", ID, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_sessions_account_id"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_sessions_workspace_id"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"], unique=False)
    op.create_table(
        "one_time_tokens",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("expires_at", ID, nullable=False),
        sa.Column("used_at", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_one_time_tokens_account_id"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_one_time_tokens"),
    )


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("draft", sa.Text(), nullable=True),
        sa.Column("published", sa.Text(), nullable=True),
        sa.Column("published_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("updated_at", ID, nullable=False),
        sa.Column("updated_by", ID, nullable=False),
        sa.Column("deleted_at", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_documents_workspace_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
    )
    op.create_index(
        "uq_documents_live_key",
        "documents",
        ["workspace_id", "kind", "key"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def _document_texts() -> None:
    op.create_table(
        "document_revisions",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_at", ID, nullable=False),
        sa.Column("saved_by", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_document_revisions_document_id"
        ),
        sa.PrimaryKeyConstraint("document_id", "number", name="pk_document_revisions"),
    )
    op.create_table(
        "document_versions",
        sa.Column("document_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("published_at", ID, nullable=False),
        sa.Column("published_by", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_document_versions_document_id"
        ),
        sa.PrimaryKeyConstraint("document_id", "number", name="pk_document_versions"),
    )


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("seq", ID, nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("at", ID, nullable=False),
        sa.Column("record_type_id", ID, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("first_id", ID, nullable=False),
        sa.Column("last_id", ID, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("actor", ID, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("ids", sa.LargeBinary(), nullable=True),
        sa.Column("image", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_changes_range",
        "changes",
        ["record_type_id", "first_id", "last_id"],
        unique=False,
        sqlite_where=sa.text("last_id > first_id"),
        postgresql_where=sa.text("last_id > first_id"),
    )
    op.create_index("ix_changes_record", "changes", ["record_type_id", "first_id"], unique=False)
    op.create_index(
        "ix_changes_ref",
        "changes",
        ["cause", "ref"],
        unique=False,
        sqlite_where=sa.text("ref <> ''"),
        postgresql_where=sa.text("ref <> ''"),
    )
    op.create_index("ix_changes_xid", "changes", ["xid"], unique=False)


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("actor", ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("not_before", ID, nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", ID, nullable=True),
        sa.Column("heartbeat_at", ID, nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("queued_at", ID, nullable=False),
        sa.Column("started_at", ID, nullable=True),
        sa.Column("finished_at", ID, nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_jobs_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_key", "jobs", ["workspace_id", "kind", "key"], unique=False)
    op.create_index("ix_jobs_state", "jobs", ["state", "id"], unique=False)
    op.create_index("ix_jobs_workspace", "jobs", ["workspace_id", "id"], unique=False)


def _results() -> None:
    op.create_table(
        "runs",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("as_of", ID, nullable=False),
        sa.Column("started_at", ID, nullable=False),
        sa.Column("finished_at", ID, nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_runs_workspace_id"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_workspace", "runs", ["workspace_id", "id"], unique=False)
    op.create_table(
        "baselines",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("object_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("as_of", ID, nullable=False),
        sa.Column("recorded_at", ID, nullable=False),
        sa.Column("last_move", ID, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("ids", sa.LargeBinary(), nullable=False),
        sa.Column("codes", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_baselines_workspace_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_baselines"),
    )
    op.create_index("ix_baselines_object", "baselines", ["object_id", "id"], unique=False)
    op.create_table(
        "moves",
        sa.Column("seq", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("object_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("origin", sa.SmallInteger(), nullable=False),
        sa.Column("target", sa.SmallInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("effective_at", ID, nullable=False),
        sa.Column("recorded_at", ID, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_moves"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_moves_object", "moves", ["object_id", "seq"], unique=False)
    op.create_index("ix_moves_record", "moves", ["record_id", "seq"], unique=False)


def _imports() -> None:
    op.create_table(
        "import_batches",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("record_type_id", ID, nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("job_id", ID, nullable=True),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("updated_at", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_import_batches_workspace_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_import_batches"),
    )
    op.create_index(
        "ix_import_batches_workspace", "import_batches", ["workspace_id", "id"], unique=False
    )
    op.create_table(
        "import_chunks",
        sa.Column("batch_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("published_at", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name="fk_import_chunks_batch_id"
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_import_chunks"),
    )
