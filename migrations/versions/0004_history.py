"""How far results reach, what stay policies remember, and tiers given by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _frontiers()
    _settled()
    _stays()
    _overrides()


def downgrade() -> None:
    for name in ("overrides", "stays", "settled", "frontiers"):
        op.drop_table(name)


def _frontiers() -> None:
    op.create_table(
        "frontiers",
        sa.Column("object_id", ID, autoincrement=False, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("as_of", ID, nullable=False),
        sa.Column("next_at", ID, nullable=True),
        sa.Column("stale_at", ID, nullable=True),
        sa.Column("stale_cause", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_frontiers_workspace_id"
        ),
        sa.PrimaryKeyConstraint("object_id", name="pk_frontiers"),
    )
    op.create_index("ix_frontiers_next", "frontiers", ["next_at"], unique=False)


def _settled() -> None:
    op.create_table(
        "settled",
        sa.Column("object_id", ID, autoincrement=False, nullable=False),
        sa.Column("record_id", ID, autoincrement=False, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("at", ID, nullable=False),
        sa.PrimaryKeyConstraint("object_id", "record_id", name="pk_settled"),
    )


def _stays() -> None:
    op.create_table(
        "stays",
        sa.Column("object_id", ID, autoincrement=False, nullable=False),
        sa.Column("record_id", ID, autoincrement=False, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("code", sa.SmallInteger(), nullable=False),
        sa.Column("since", ID, nullable=False),
        sa.Column("protected_until", ID, nullable=False),
        sa.Column("grace_until", ID, nullable=False),
        sa.PrimaryKeyConstraint("object_id", "record_id", name="pk_stays"),
    )


def _overrides() -> None:
    op.create_table(
        "overrides",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("object_id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", ID, nullable=False),
        sa.Column("from_at", ID, nullable=False),
        sa.Column("until_at", ID, nullable=True),
        sa.Column("ended_at", ID, nullable=True),
        sa.Column("ended_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_overrides_workspace_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_overrides"),
    )
    op.create_index("ix_overrides_record", "overrides", ["object_id", "record_id"], unique=False)
