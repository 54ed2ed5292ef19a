"""People and sharing: invitations, share links, and members who are shut out of one workspace."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("memberships", sa.Column("disabled_at", ID, nullable=True))
    op.add_column("sessions", sa.Column("browser", sa.Text(), nullable=True))
    _invitations()
    _shares()
    _share_events()


def downgrade() -> None:
    for name in ("share_events", "shares", "invitations"):
        op.drop_table(name)
    op.drop_column("sessions", "browser")
    op.drop_column("memberships", "disabled_at")


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("expires_at", ID, nullable=False),
        sa.Column("used_by", ID, nullable=True),
        sa.Column("used_at", ID, nullable=True),
        sa.Column("cancelled_at", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_invitations_workspace_id"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_invitations_created_by"),
        sa.ForeignKeyConstraint(["used_by"], ["accounts.id"], name="fk_invitations_used_by"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
    )
    op.create_index("ix_invitations_workspace_id", "invitations", ["workspace_id"], unique=False)


def _shares() -> None:
    op.create_table(
        "shares",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("view_id", ID, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", ID, nullable=False),
        sa.Column("expires_at", ID, nullable=False),
        sa.Column("revoked_at", ID, nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_shares_workspace_id"),
        sa.ForeignKeyConstraint(["view_id"], ["documents.id"], name="fk_shares_view_id"),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name="fk_shares_created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_shares"),
        sa.UniqueConstraint("token_hash", name="uq_shares_token_hash"),
    )
    op.create_index("ix_shares_view_id", "shares", ["view_id"], unique=False)


def _share_events() -> None:
    op.create_table(
        "share_events",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("share_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", ID, nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name="fk_share_events_share_id"),
        sa.PrimaryKeyConstraint("id", name="pk_share_events"),
    )
    op.create_index(
        "ix_share_events_share_id", "share_events", ["share_id", "kind", "at"], unique=False
    )
